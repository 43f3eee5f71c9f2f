"""The server as a process: its first line, its end, its sudden death in the middle of a job."""

import json
import signal
import socket
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


def said_by(studio, head, body=b"", answers=True):
    """Return what a studio answers to the bytes of a request, up to the end of the body."""
    host, port = studio.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as line:
        line.sendall(head.replace("HOST", f"{host}:{port}").encode() + body)
        return line.makefile("rb").read() if answers else b""


UPLOAD = (
    "POST /api/analyses HTTP/1.1\r\nHost: HOST\r\nContent-Length: {}\r\n"
    "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
)
BEGUN = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.fits"\r\n\r\nabc'


def test_what_claims_too_much_or_breaks_off_costs_nothing(tmp_path):
    studio = Serving(tmp_path / "w", "--max-upload", "1")
    told = said_by(studio, UPLOAD.format(1_000_000_000), BEGUN)
    assert told.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in told
    assert b"larger than 1 MB, see --max-upload" in told
    waits = UPLOAD.format(2_000_000).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n")
    told = said_by(studio, waits)
    assert told.startswith(b"HTTP/1.1 413 ")  # before any of it was sent
    for length in (900_000, 3_500_000):
        said_by(studio, UPLOAD.format(length), BEGUN, answers=False)  # and hangs up
    assert said_by(studio, UPLOAD.format(-5)).startswith(b"HTTP/1.1 400 ")
    wrong = "PUT /api/analyses HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"
    assert b"found PUT of /api/analyses; expected " in said_by(studio, wrong)
    assert studio.ask("/api/health")["status"] == "ok"
    assert studio.ask("/api/analyses") == []
    studio.process.terminate()
    assert "Traceback" not in studio.process.communicate(timeout=20)[1]
