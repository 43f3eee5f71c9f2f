"""A studio that serves on loopback, and can be killed."""

import json
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path


class Serving:
    """A studio in a process of its own.

    `address` is where it serves, `workspace` its folder.
    """

    def __init__(self, workspace: Path, *options: str) -> None:
        self.workspace, self.options, self.port = workspace, options, "0"
        self.start()

    def start(self) -> None:
        """Start it; after `kill` again, at the same address."""
        command = [sys.executable, "-m", "halescope", "studio", "--no-browser", "--port", self.port]
        self.process = subprocess.Popen(
            [*command, "--workspace", str(self.workspace), *self.options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            raise RuntimeError(self.process.stderr.read())
        self.port = self.address.rsplit(":", 1)[1]

    def ask(self, path: str, method: str = "GET", body: object = None) -> object:
        """Return what an address of the REST interface answers."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def kill(self) -> None:
        """End it as if the power had failed."""
        self.process.kill()
        self._drop()

    def end(self) -> None:
        """End it as Ctrl-C does."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()

    def _drop(self) -> None:
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
