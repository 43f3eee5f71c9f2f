"""A server whose answers are meant to hang, fill, mislead or break the one who asks."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def whole(body: bytes, kind: str = "application/json", status: str = "200 OK", more: str = ""):
    """Return the bytes of an answer that is whole."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def sent_on(place: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()


def dripping(start: bytes, piece: bytes = b"a", seconds: float = 0.2) -> Callable:
    """Return an answer that never ends and never pauses for long."""

    def answer(send):
        send(start)
        while True:
            time.sleep(seconds)
            send(piece)

    return answer


def endless(start: bytes, piece: bytes) -> Callable:
    """Return an answer that comes as fast as it can and never ends."""

    def answer(send):
        send(start)
        while True:
            send(piece)

    return answer


STATUSES = (
    "201 Created", "204 No Content", "206 Partial Content", "300 Choices", "304 Not Modified",
    "400 Bad", "401 No", "403 No", "404 No", "410 Gone", "416 Range", "429 Slowly", "500 Down",
    "502 Down", "503 Down", "511 Login", "999 ???", "200 " + "x" * 60_000,
)  # fmt: skip
WORDS = (
    b"", b"null", b"true", b"0", b"NaN", b"1e999", b"1" * 5000, b'"text"', b"[]", b"{}", b"[[]]",
    b"[" * 200_000, b'{"a":' * 100_000, b"{'a': 1}", b"\xff\xfe\x00", b"\0" * 100_000,
    b'"\\ud800"', b"<!DOCTYPE html><html></html>", b"<?xml version='1.0'?><a>&x;</a>",
    b"\x1f\x8b\x08\0" + b"\0" * 50, b'{"error": {"a": [1]}}', b'{"result": 5, "status": []}',
    b'{"date": "0001-01-01 00:00:00"}', b'{"date": "9999-12-31T23:59:59-23:59"}',
    b'{"date": "' + b"[" * 200_000 + b'"}', b'{"date": null}', b'{"date": ["2026"]}',
    b'{"date": "2026-02-01T00:00:00+99:99"}', b'{"date": "2026-02-30 00:00:00"}',
    b'{"date": 1e308}', b'{"status": 0, "keywords": 5, "count": "x"}',
    json.dumps({"status": 0, "keywords": [{"name": "T_REC", "values": [5, None]}]}).encode(),
    json.dumps({"status": 0, "segments": {}, "recinfo": [[[]]]}).encode(),
    json.dumps([{"region": "x", "observed_date": "[", "location": 5}]).encode(),
    json.dumps([{"region": 1e400, "observed_date": "9999-12-31", "location": "N"}]).encode(),
    json.dumps({"result": [{"event_type": 5, "frm_name": [], "event_starttime": "0001"}]}).encode(),
    json.dumps({"result": [{}] * 3, "overmax": True}).encode(),
)  # fmt: skip
PLACES = (
    "file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "data:text/plain,x",
    "gopher://127.0.0.1:1/", "http://169.254.169.254/latest", "http://localhost:1/", "//other/x",
    "http://[::1", "http://127.0.0.1:99999/", "", "/again", "http://user:pass@/", "\x01",
    "x" * 5000, "http://127.0.0.1\\@other/", "https://127.0.0.1:1/",
)  # fmt: skip

ANSWERS: dict[str, object] = {
    **{f"status {s[:20]}": whole(b"{}", status=s) for s in STATUSES},
    **{f"words {w[:40]!r}": whole(w) for w in WORDS},
    **{f"redirect {p[:30]!r}": sent_on(p) for p in PLACES},
    "nothing": b"",
    "garbage": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" * 9,
    "half a status line": b"HTTP/1.1 2",
    "a status that is none": b"HTTP/9.9 -5 x\r\n\r\n",
    "a long status line": b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n",
    "a long header": HEAD + b"X: " + b"x" * 100_000 + b"\r\n\r\n{}",
    "many headers": HEAD + b"X: y\r\n" * 5000 + b"\r\n{}",
    "bad headers": HEAD + b"no colon\r\n: none\r\n\xff\xfe: \0\r\n\r\n{}",
    "a long wait asked": whole(b"", status="429 Slowly", more="Retry-After: 999999999999\r\n"),
    "a date to wait for": whole(b"", status="503 No", more="Retry-After: Fri, 99 Foo 9999\r\n"),
    "less than promised": HEAD + b"Content-Length: 5000\r\n\r\n{}",
    "a negative length": HEAD + b"Content-Length: -5\r\n\r\n{}",
    "a huge length": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "a length of text": HEAD + b"Content-Length: abc\r\n\r\n{}",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 900\r\n\r\n{}",
    "a bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "a negative chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}",
    "a huge chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n{}",
    "unknown encodings": HEAD + b"Transfer-Encoding: x\r\nContent-Encoding: br\r\n\r\n\xff",
    "a range of another file": HEAD.replace(b"200 OK", b"206 P")
    + b"Content-Range: bytes 900-5/x\r\nContent-Length: 2\r\n\r\n{}",
    "a dripping status": dripping(b"HTTP/1.1 ", b"2"),
    "dripping headers": dripping(HEAD, b"X"),
    "a dripping body": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"["),
    "a dripping chunk": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n"),
    "endless headers": endless(HEAD, b"X: " + b"y" * 60_000 + b"\r\n"),
    "endless go on": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "an endless body": endless(HEAD + b"\r\n", b"[" * 100_000),
    "an endless trailer": endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "silence": dripping(b"", b"", 0.5),
}  # fmt: skip
"""What is sent, by name: bytes, or a function that sends."""


@contextmanager
def hostile(name: str) -> Iterator[str]:
    """Yield the address of a server that gives one of `ANSWERS` to whatever it is asked."""
    answer = ANSWERS[name]
    with answering(lambda _: answer) as url:
        yield url


@contextmanager
def answering(choose: Callable[[str], object]) -> Iterator[str]:
    """Yield the address of a server that gives what a function chooses for the path asked for.

    The function returns bytes, or a function that sends.
    """
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=_serve, args=(listener, choose, stop), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            stop.set()
            thread.join()


def _serve(listener: socket.socket, choose: Callable, stop: threading.Event) -> None:
    while not stop.is_set():
        with suppress(TimeoutError):
            client, _ = listener.accept()
            threading.Thread(target=_answer, args=(client, choose, stop), daemon=True).start()


def _answer(client: socket.socket, choose: Callable, stop: threading.Event) -> None:
    def send(data: bytes) -> None:
        if stop.is_set():
            raise ConnectionError
        client.sendall(data)

    with client, suppress(OSError):
        client.settimeout(5)
        words = client.recv(65_536).split(b" ", 2)
        answer = choose(words[1].decode("latin-1") if len(words) > 1 else "/")
        if callable(answer):
            answer(send)
        else:
            send(answer)
            client.shutdown(socket.SHUT_WR)
            client.recv(65_536)
