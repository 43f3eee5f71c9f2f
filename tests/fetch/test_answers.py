"""What to make of answers, without a server."""

import io
import socket
import time
import urllib.error
from email.message import Message
from email.utils import formatdate
from http.client import IncompleteRead
from types import SimpleNamespace

import pytest

from halescope.fetch.answers import (
    ContentError,
    NotThereError,
    ServiceDownError,
    check_length,
    first_byte,
    reason,
    refuse_page,
    retry_after,
    seconds_to_wait,
    socket_timeout,
)


def headers(**values):
    out = Message()
    for name, value in values.items():
        out[name.replace("_", "-")] = value
    return out


def refused(code, **values):
    return urllib.error.HTTPError("http://x", code, "why", headers(**values), io.BytesIO())


def answer(status=200, **values):
    return SimpleNamespace(status=status, headers=headers(**values))


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_errors_that_pass_are_tried_again(code):
    assert seconds_to_wait("x", refused(code), False) == 0
    assert seconds_to_wait("x", refused(code, Retry_After="7"), False) == 7
    with pytest.raises(ServiceDownError, match=str(code)):
        seconds_to_wait("x", refused(code, Retry_After="7"), True)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(404, NotThereError), (410, NotThereError), (400, ContentError), (401, ContentError),
     (403, ContentError), (409, ContentError), (501, ContentError), (505, ContentError)],
)  # fmt: skip
def test_errors_that_stay_are_not(code, kind):
    for last in (False, True):
        with pytest.raises(kind, match=str(code)):
            seconds_to_wait("x", refused(code), last)


def test_broken_lines_are_tried_again_but_for_the_last_time():
    assert seconds_to_wait("x", ConnectionResetError(), False) == 0
    with pytest.raises(ServiceDownError, match="breaks off"):
        seconds_to_wait("x", ConnectionResetError(), True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "in time"),
        (urllib.error.URLError(TimeoutError()), "in time"),
        (socket.gaierror(-2, "x"), "cannot be found"),
        (ConnectionRefusedError(), "refuses the connection"),
        (IncompleteRead(b""), "breaks off in the middle (IncompleteRead)"),
        (OSError("odd"), "odd"),
        (OSError(), "OSError"),
    ],
)
def test_reasons_in_plain_words(error, words):
    assert words in reason(error)


@pytest.mark.parametrize(
    ("text", "seconds"), [("12", 12), (" 3 ", 3), ("", 0), ("soon", 0), ("-5", 0)]
)
def test_seconds_that_a_service_asks_for(text, seconds):
    assert retry_after(refused(503, Retry_After=text)) == seconds
    assert retry_after(refused(503)) == 0


def test_a_date_that_a_service_asks_for():
    later, earlier = (formatdate(time.time() + s, usegmt=True) for s in (100, -100))
    assert 95 < retry_after(refused(503, Retry_After=later)) <= 100
    assert retry_after(refused(503, Retry_After=earlier)) == 0


@pytest.mark.parametrize(
    ("span", "total"),
    [("bytes 40-99/100", None), ("bytes 40-99/100", 100), ("bytes 40-99/*", 100)],
)
def test_answers_that_go_on_where_they_should(span, total):
    assert first_byte(answer(206, Content_Range=span), 40, total) == 40
    assert first_byte(answer(200, Content_Range=span), 40, total) == 0


@pytest.mark.parametrize(
    ("span", "total"),
    [("bytes 41-99/100", None), ("bytes 40-99/100", 101), ("", None), ("bytes 4-99/100", 100)],
)
def test_answers_that_go_on_elsewhere(span, total):
    with pytest.raises(ConnectionError, match="another place"):
        first_byte(answer(206, Content_Range=span), 40, total)


def test_pages_are_no_files():
    for kind in ("text/html", "text/html; charset=utf-8", "application/xhtml+xml"):
        with pytest.raises(ContentError, match="web page"):
            refuse_page("x", answer(Content_Type=kind))
    refuse_page("x", answer(Content_Type="image/jp2"))


def test_answers_have_as_many_bytes_as_they_promise():
    for got in (99, 0):
        with pytest.raises(ConnectionError, match=f"{got} of 100 bytes"):
            check_length(answer(Content_Length="100"), got)
    for promised, got in (("100", 100), ("100", 101), ("many", 5)):
        check_length(answer(Content_Length=promised), got)
    check_length(answer(), 5)


def test_the_time_limit_of_sockets_is_put_back():
    before = socket.getdefaulttimeout()
    with socket_timeout(3.5):
        assert socket.getdefaulttimeout() == 3.5
    assert socket.getdefaulttimeout() == before
