"""The server as a process: its first line, its end, its sudden death in the middle of a job."""

import json
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")

from halescope.studio.jobs.events import Events
from halescope.studio.jobs.queue import Queue
from halescope.studio.workspace import Workspace
from loopback.studio import Serving

SLOW = ["draw", "-o", "inputs/many/sun.fits", "--images", "400", "--size", "256"]


def wait_for(holds, seconds=30):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_a_killed_server_finds_its_job_again(tmp_path):
    workspace = tmp_path / "w"
    queue = Queue(Workspace(workspace), Events())
    job = queue.submit("draw", [SLOW], "Draw")
    queue.close()
    studio = Serving(workspace)
    assert studio.address.startswith("http://127.0.0.1:")
    assert studio.ask("/api/health")["status"] == "ok"
    address = f"/api/jobs/{job.id}"
    before = wait_for(lambda: studio.ask(address)["progress"])
    studio.kill()
    studio.start()
    wait_for(lambda: (studio.ask(address)["progress"] or before)["done"] > before["done"])
    found = studio.ask(address)
    assert (found["state"], found["attempt"]) == ("running", 1)
    studio.ask(f"{address}/abort", "POST")
    ended = wait_for(lambda: (told := studio.ask(address))["state"] != "running" and told)
    assert ended["state"] == "aborted"
    assert "interrupted" in studio.ask(f"{address}/log")["text"]
    studio.end()


def test_pages_are_told_and_ctrl_c_ends_it_though_they_listen(tmp_path):
    queue = Queue(Workspace(tmp_path / "w"), Events())
    job = queue.submit("info", [["info"]], "Info")
    queue.close()
    studio = Serving(tmp_path / "w")
    with urllib.request.urlopen(studio.address + "/api/events", timeout=10) as stream:
        assert stream.readline() == b"event: hello\n"
        while stream.readline() != b"event: queue\n":
            pass
        assert json.loads(stream.readline().removeprefix(b"data: "))["id"] == job.id
        began = time.monotonic()
        studio.process.send_signal(signal.SIGINT)
        studio.process.wait(10)
        assert time.monotonic() - began < 8
    assert studio.process.returncode in (0, 130)  # as it ends: by itself, or by the signal again
    studio.end()


def test_a_taken_port_and_a_second_studio_are_told(tmp_path):
    studio = Serving(tmp_path / "w")
    port = studio.address.rpartition(":")[2]

    def second(*options):
        command = [sys.executable, "-m", "halescope", "studio", "--no-browser", *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    taken = second("--port", port, "--workspace", str(tmp_path / "v"))
    assert (taken.returncode, "--port 0" in taken.stderr) == (2, True)
    same = second("--port", "0", "--workspace", str(tmp_path / "w"))
    assert (same.returncode, "another studio" in same.stderr) == (2, True)
    studio.end()


def test_starting_loads_nothing_slow():
    code = (
        "import sys, halescope.studio.serve\n"
        "print(*{name.split('.')[0] for name in sys.modules} & "
        "{'torch', 'sunpy', 'matplotlib', 'pandas', 'onnxruntime', 'lightning', 'sklearn'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
