"""An HTTP server on loopback whose routes can be told to fail in every way that services do."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    body: bytes
    kind: str = "application/octet-stream"
    status: int = 200
    tag: str = ""
    ranges: bool = True


def ok_json(value) -> Answer:
    return Answer(json.dumps(value).encode(), "application/json")


def not_found() -> Answer:
    return Answer(b"not found", "text/plain", 404)


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
        return self.send(not_found())

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


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that were killed or gave up waiting."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running() -> Iterator[Server]:
    """Yield a server on a free port of loopback."""
    http = Quiet(("127.0.0.1", 0), Handler)
    http.stop = threading.Event()
    http.state = Server(url=f"http://127.0.0.1:{http.server_port}/")
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield http.state
    finally:
        http.stop.set()
        http.shutdown()
        http.server_close()
        thread.join()


def dead_address() -> str:
    """Return an address where nobody listens."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = http.server_port
    http.server_close()
    return f"http://127.0.0.1:{port}/"
