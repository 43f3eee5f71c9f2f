"""Who may ask, from where, how much; and what a page may load.

Between the server and the application, for every request: the Host it names (DNS rebinding), the
Origin it comes from (another site's page that posts), the token where the address is open to
others, the size of its body while it streams. And headers on every answer.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from halescope.studio.problems import Problem, respond
from halescope.studio.settings import Settings, is_loopback

COOKIE = "halescope_token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FREE = frozenset({"/api/health", "/login"})
"""What is answered without a token; static files too."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
DRAINED = 4
"""Times the largest body: so much is read and thrown away before a refusal, so that it arrives."""


def make_token() -> str:
    """Return a token that nobody guesses."""
    return secrets.token_urlsafe(24)


def host_of(header: str) -> str:
    """Return the name or address of a Host header, without port and brackets."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


class Guard:
    """Middleware that refuses what should not be answered.

    Parameters
    ----------
    app : ASGIApp
        What answers the rest.
    settings : Settings
        Host, token and largest body.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        send = _with_headers(send, scope["path"])
        refusal = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, send)
        else:
            await self.app(scope, _bounded(receive, self.settings.max_upload), send)

    def _refusal(self, request: Request) -> Response | None:
        """Return the answer to a request that goes no further, None where it may."""
        headers, host = request.headers, request.headers.get("host", "")
        if not self._is_our_host(host):
            text = f"the Host header names {host[:100]!r}, expected this machine"
            return respond(request, Problem(421, "Another host is meant", text))
        if request.method not in SAFE and not _is_same_site(headers, host):
            text = "the request comes from another site's page; the studio answers its own alone"
            return respond(request, Problem(403, "From another site", text))
        if self.settings.token is not None:
            refusal = self._without_token(request, self.settings.token)
            if refusal is not None:
                return refusal
        limit = self.settings.max_upload
        return respond(request, _too_large(limit)) if _claims_too_much(headers, limit) else None

    def _is_our_host(self, header: str) -> bool:
        name = host_of(header)
        if is_loopback(name) or name == self.settings.host.lower():
            return True
        # Open to other machines: they know this one by names that it cannot know; the token guards.
        return not self.settings.is_local and self.settings.token is not None

    def _without_token(self, request: Request, token: str) -> Response | None:
        """Return the answer where the token is missing or wrong, or comes in the address."""
        path = request.url.path
        if path in FREE or path.startswith("/static/"):
            return None
        given = request.query_params.get("token")
        if given is not None and request.method == "GET" and _equal(given, token):
            rest = [pair for pair in parse_qsl(request.url.query) if pair[0] != "token"]
            target = "/" + path.lstrip("/\\") + (f"?{urlencode(rest)}" if rest else "")
            return with_cookie(RedirectResponse(target, 303), token)
        if _equal(_token_of(request.headers), token):
            return None
        text = (
            "expected the token that was printed at the start: a cookie, or Authorization: Bearer"
        )
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/login?{urlencode({'next': path})}", 303)
        problem = Problem(401, "No token, or a wrong one", text)
        return respond(request, problem, {"www-authenticate": "Bearer"})


def with_cookie(response: Response, token: str) -> Response:
    """Return a response that also leaves the token with the browser."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", max_age=30 * 86400)
    return response


def _equal(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode(), token.encode())


def _token_of(headers: Headers) -> str:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _is_same_site(headers: Headers, host: str) -> bool:
    """Say whether a request that changes something comes from our page or from no page at all."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault(
                "cache-control", "no-cache" if path.startswith("/static/") else "no-store"
            )
        await send(message)

    return sending


def _bounded(receive: Receive, limit: int) -> Receive:
    """Return what reads a body and refuses it where it grows too large, as it comes."""
    read = 0

    async def receiving() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read <= limit:
            return message
        while message.get("more_body", False) and read < DRAINED * limit:
            message = await receive()
            read += len(message.get("body", b""))
        told = _too_large(limit)
        raise HTTPException(told.status, told.detail)  # what reads a body lets no other error pass

    return receiving


def _claims_too_much(headers: Headers, limit: int) -> bool:
    """Say whether a request is refused by the length that it claims, before any of it is read.

    One that is not much too large is read to its end, since a browser hears no answer before; not
    so where the client waits for leave to send.
    """
    claimed = headers.get("content-length", "")
    if not claimed.isdecimal() or int(claimed) <= limit:
        return False
    return int(claimed) > DRAINED * limit or "100-continue" in headers.get("expect", "").lower()


def _too_large(limit: int) -> Problem:
    text = f"the request is larger than {limit / 1e6:,.0f} MB, see --max-upload"
    return Problem(413, HTTPStatus(413).phrase, text)
