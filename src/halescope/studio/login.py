"""The page that asks for the token, where the studio is open to other machines."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from halescope.studio.pages import page
from halescope.studio.security import with_cookie
from halescope.studio.state import TheStudio

pages = APIRouter(include_in_schema=False)

Next = Annotated[str, Form(alias="next")]


@pages.get("/login")
def ask(request: Request, wrong: bool = False) -> Response:
    """Return the page."""
    goal = request.query_params.get("next", "/")
    return page(request, "studio/templates/login.html", title="Token", wrong=wrong, goal=goal)


@pages.post("/login")
def take(
    request: Request, studio: TheStudio, token: Annotated[str, Form()], goal: Next = "/"
) -> Response:
    """Keep a right token in a cookie and go on; ask again for a wrong one."""
    right = studio.settings.token
    if right is None or not secrets.compare_digest(token.strip().encode(), right.encode()):
        return page(
            request, "studio/templates/login.html", title="Token", wrong=True, goal=goal, status=401
        )
    # One slash alone: //other.site would lead away.
    return with_cookie(RedirectResponse("/" + goal.lstrip("/\\"), 303), right)
