"""Serving: the socket, the first line of output, the browser."""

from __future__ import annotations

import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import FrameType

import uvicorn

from halescope.errors import ConfigError
from halescope.io.atomic import check_writable
from halescope.studio.app import create_app
from halescope.studio.settings import Settings
from halescope.studio.state import Studio

PATIENCE = 3
"""Seconds for requests that run when the studio ends."""


class _Server(uvicorn.Server):
    """A server that says where it serves, and lets go of open event streams when it ends."""

    def __init__(self, config: uvicorn.Config, studio: Studio, address: str, browser: bool) -> None:
        super().__init__(config)
        self.studio, self.address, self.browser = studio, address, browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address on the first line."""
        await super().startup(sockets)
        if self.should_exit:
            return
        token = self.studio.settings.token
        entry = self.address if token is None else f"{self.address}/?token={token}"
        print(self.address, flush=True)  # noqa: T201
        if token is not None:
            print(f"open {entry}", flush=True)  # noqa: T201
        print(f"workspace {self.studio.workspace.root}; Ctrl-C ends", file=sys.stderr)  # noqa: T201
        if self.browser:
            Thread(target=webbrowser.open, args=(entry,), daemon=True).start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End: streams first, for which requests would wait."""
        self.studio.events.close()
        super().handle_exit(sig, frame)


def serve(settings: Settings, browser: bool = True) -> None:
    """Serve a studio until Ctrl-C; its address is the first line of standard output.

    Jobs that run go on without it and are found again at the next start. Raises `ConfigError` where
    the address is taken or not this machine's, or another studio uses the workspace.

    Parameters
    ----------
    settings : Settings
        Workspace, address, token.
    browser : bool
        Also open it in the browser.
    """
    listening = _listen(settings.host, settings.port)
    with listening, _alone(settings.workspace):
        app = create_app(settings)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False,
            timeout_graceful_shutdown=PATIENCE, lifespan="on", h11_max_incomplete_event_size=65536,
        )  # fmt: skip
        _Server(config, app.state.studio, address, browser).run([listening])


@contextmanager
def _alone(workspace: Path) -> Iterator[None]:
    """Hold a workspace while it is served: two queues on it would run each job twice."""
    check_writable(workspace)
    with (workspace / ".studio.lock").open("w") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # no such locks on this system
            pass
        except OSError as error:
            found = "is served by another studio"
            raise ConfigError(str(workspace), found, "a workspace of its own") from error
        yield


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        found = f"cannot be listened at ({error.strerror})"
        advice = "another studio may run there; --port 0 takes a free one"
        raise ConfigError(f"{host}:{port}", found, "a free port of this machine", advice) from error
    made.listen(256)
    return made
