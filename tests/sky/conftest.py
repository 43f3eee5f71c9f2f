"""A server on loopback that speaks the services' protocols, and fails in every way asked for."""

import io
import json
import re
import struct
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from halescope.sky.transfer import Limits, Transfer


@dataclass
class Answer:
    body: bytes
    kind: str = "application/octet-stream"
    status: int = 200
    tag: str = ""
    ranges: bool = True


@dataclass
class Server:
    """Routes answer; faults come first, each used up by the requests that it meets."""

    routes: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    url: str = ""

    def route(self, pattern, answer):
        self.routes.append((re.compile(pattern), answer))

    def serve(self, pattern, body, **kind):
        """Serve bytes under a pattern, and return the answer, which may be changed later."""
        answer = Answer(body, **kind)
        self.route(pattern, answer)
        return answer

    def serve_json(self, pattern, value):
        self.route(pattern, ok_json(value))

    def fail(self, pattern, how, times=1):
        """Let the next `times` requests to a pattern meet a fault."""
        self.faults.append([re.compile(pattern), how, times])

    def fault_for(self, path):
        for fault in self.faults:
            if fault[2] > 0 and fault[0].search(path):
                fault[2] -= 1
                return fault[1]
        return None

    def count(self, pattern):
        return sum(bool(re.search(pattern, path)) for path, _ in self.seen)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server.state
        server.seen.append((self.path, dict(self.headers)))
        how = server.fault_for(self.path)
        if isinstance(how, int):
            return self.send(Answer(b"<html>error</html>", "text/html", how))
        if how == "html":
            page = b"<!DOCTYPE html><html><body>Maintenance</body></html>"
            return self.send(Answer(page, "text/html"))
        if how == "html as image":
            return self.send(Answer(b"<html>down</html>", "image/jp2"))
        if how == "hang":
            self.server.stop.wait(5)
            self.close_connection = True
            return None
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        for pattern, answer in server.routes:
            match = pattern.search(parts.path)
            if match:
                found = answer(match, query) if callable(answer) else answer
                return self.send(found, cut=how == "cut")
        return self.send(Answer(b"not found", "text/plain", 404))

    def send(self, answer, cut=False):
        body, start = answer.body, 0
        span = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, answer.tag)
        if span and answer.ranges and same and answer.status == 200:
            start = int(span[1])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body) - start))
        if answer.tag:
            self.send_header("ETag", answer.tag)
        self.end_headers()
        rest = body[start:]
        self.wfile.write(rest[: len(rest) // 2] if cut else rest)
        if cut:
            self.close_connection = True
        return None


@pytest.fixture
def server():
    """Return a server on a free port of loopback."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.stop = threading.Event()
    http.state = Server(url=f"http://127.0.0.1:{http.server_port}/")
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield http.state
    http.stop.set()
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def transfer():
    return Transfer(Limits(timeout=2, retries=1, backoff=0.01, pause=0))


@pytest.fixture
def no_one():
    """Return an address where nobody listens."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = http.server_port
    http.server_close()
    return f"http://127.0.0.1:{port}/"


def ok_json(value):
    return Answer(json.dumps(value).encode(), "application/json")


def draw_jp2(time, quality=0, grey=127):
    """Return a small JPEG 2000 file with Helioviewer's XML box."""
    from PIL import Image

    text = io.BytesIO()
    Image.new("L", (64, 64), grey).save(text, "JPEG2000")
    data = text.getvalue()
    xml = (
        "<?xml version='1.0'?><meta><fits><TELESCOP>SDO/HMI</TELESCOP>"
        f"<DATE-OBS>{time:%Y-%m-%dT%H:%M:%S.000}</DATE-OBS><QUALITY>{quality}</QUALITY>"
        "</fits></meta>"
    ).encode()
    box = struct.pack(">I4s", len(xml) + 8, b"xml ") + xml
    place = data.index(b"jp2c") - 4
    return data[:place] + box + data[place:]


@dataclass
class FakeHelioviewer:
    """Helioviewer's API v2 over images at given times; a closest image is never refused."""

    server: Server
    images: dict = field(default_factory=dict)
    lies: dict = field(default_factory=dict)

    def add(self, time, body=None, **kind):
        self.images[time] = draw_jp2(time, **kind) if body is None else body

    def closest(self, query):
        asked = datetime.fromisoformat(query["date"].replace("Z", "+00:00"))
        return min(self.images, key=lambda time: abs(time - asked))

    def closest_image(self, _, query):
        if query["sourceId"] not in ("19", "6"):
            return ok_json({"error": "no such source", "errno": 25})
        time = self.closest(query)
        return ok_json(
            {
                "id": "1",
                "date": f"{time:%Y-%m-%d %H:%M:%S}",
                "name": "HMI magnetogram",
                "scale": 0.6,
                "width": 4096,
                "height": 4096,
                "sunCenterOffsetParams": [],
            }
        )

    def jp2(self, _, query):
        time = self.closest(query)
        return Answer(self.lies.get(time, self.images[time]), "image/jp2")

    def screenshot(self, _, query):
        from PIL import Image

        size = int(query["width"]), int(query["height"])
        text = io.BytesIO()
        Image.new("L", size, 127).save(text, "PNG")
        return Answer(text.getvalue(), "image/png")

    def __post_init__(self):
        self.server.route(r"/v2/getClosestImage/$", self.closest_image)
        self.server.route(r"/v2/getJP2Image/$", self.jp2)
        self.server.route(r"/v2/takeScreenshot/$", self.screenshot)

    @property
    def url(self):
        return self.server.url + "v2/"


@pytest.fixture
def sun(server):
    """Return a Helioviewer that has an image at each hour from 00:00 to 05:00, 47 s late."""
    service = FakeHelioviewer(server)
    for hour in range(6):
        time = datetime(2026, 2, 1, hour, 0, 47, tzinfo=UTC)
        service.add(time, grey=120 + hour)
    return service


@pytest.fixture
def fetch(capsys):
    """Return a call of `halescope fetch` that gives exit code, output and error output."""
    from halescope.cli import run

    def call(*words, quick=True):
        few = ["--timeout", "2", "--retries", "1", "--backoff", "0.01", "--pause", "0"]
        code = run(["fetch", *map(str, words), *(few if quick else [])])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def hours():
    return [datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(6)]
