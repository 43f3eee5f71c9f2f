"""Errors as problem details (RFC 9457): what was found, what was expected, what to do."""

from __future__ import annotations

import errno
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from halescope.errors import FetchError, HalescopeError, MissingExtraError, OutputError, one_line

LOG = logging.getLogger(__name__)

TYPE = "application/problem+json"
FULL = (errno.ENOSPC, errno.EDQUOT)


class Problem(Exception):
    """What a handler raises where a request cannot be answered.

    Parameters
    ----------
    status : int
        Of HTTP.
    title : str
        The kind of problem in a few words, equal for all of its kind.
    detail : str
        This one: what was found, what was expected, what to do.
    **more
        Further members of the answer, such as ``used_by``; JSON can hold them.
    """

    def __init__(self, status: int, title: str, detail: str = "", **more: Any) -> None:
        self.status, self.title, self.detail, self.more = status, title, detail, more
        super().__init__(detail or title)


def answer(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **problem.more,
    }
    return JSONResponse(body, problem.status, headers, media_type=TYPE)


def of_error(error: HalescopeError) -> Problem:
    """Return the problem that an error of halescope is for the one who asked."""
    status, title = 422, "Cannot be used"
    if isinstance(error, OutputError):
        is_full = isinstance(error.__cause__, OSError) and error.__cause__.errno in FULL
        status, title = (507, "The disk is full") if is_full else (500, "Cannot be written")
    elif isinstance(error, MissingExtraError):
        status, title = 501, "Not installed"
    elif isinstance(error, FetchError):
        status, title = 502, "A service failed"
    parts = {
        "subject": error.subject, "found": error.found,
        "expected": error.expected, "advice": error.advice,
    }  # fmt: skip
    more = {key: one_line(value) for key, value in parts.items() if value}
    return Problem(status, title, str(error), kind=type(error).__name__, **more)


def _invalid(error: RequestValidationError) -> Problem:
    """Return what is wrong with the parts of a request, one sentence each."""
    lines = []
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"])
        found = one_line(repr(fault.get("input")))[:120]
        lines.append(f"{one_line(place)}: found {found}; {fault['msg'].lower()}")
    return Problem(422, "The request is not understood", "; ".join(lines), errors=lines)


def wants_page(request: Request) -> bool:
    """Say whether a person in a browser asks, who should read a page."""
    is_data = request.url.path.startswith(("/api/", "/static/"))
    return not is_data and "text/html" in request.headers.get("accept", "")


def respond(request: Request, problem: Problem, headers: Any = None) -> Response:
    """Return a problem as a page for a person, else as JSON."""
    if wants_page(request):
        from halescope.studio.pages import page

        return page(
            request, "studio/templates/problem.html", title=problem.title,
            status=problem.status, problem=problem,
        )  # fmt: skip
    return answer(problem, headers)


def install(app: FastAPI) -> None:
    """Have an application answer every error as a problem."""

    @app.exception_handler(Problem)
    def problem(request: Request, error: Problem) -> Response:
        return respond(request, error)

    @app.exception_handler(HalescopeError)
    def own(request: Request, error: HalescopeError) -> Response:
        return respond(request, of_error(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return respond(request, _invalid(error))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        title = HTTPStatus(error.status_code).phrase
        detail = "" if error.detail == title else str(error.detail)
        path = one_line(request.url.path)
        if error.status_code == HTTPStatus.NOT_FOUND and not detail:
            detail = f"{path} is no page of the studio"
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not detail:
            allowed = (error.headers or {}).get("Allow", "another method")
            detail = f"found {one_line(request.method)} of {path}; expected {allowed}"
        return respond(request, Problem(error.status_code, title, detail), error.headers)

    @app.exception_handler(ClientDisconnect)
    def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody hears it

    @app.exception_handler(OSError)
    def system(request: Request, error: OSError) -> Response:
        LOG.warning("%s %s: %s", request.method, request.url.path, error)
        if error.errno in FULL:
            text = "make room, then try again: what is written is whole"
            return respond(request, Problem(507, "The disk is full", text))
        text = f"the system says: {error.strerror or type(error).__name__}"
        return respond(request, Problem(500, "A file cannot be used", text))

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        LOG.error("%s %s", request.method, request.url.path, exc_info=error)
        text = f"an error of the program ({type(error).__name__}); the terminal shows more"
        return respond(request, Problem(500, "Something went wrong", text))
