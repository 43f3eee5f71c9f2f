"""Pages: one layout with the navigation, filled by the templates of the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from halescope._version import __version__
from halescope.render.pages import render_page


@dataclass(frozen=True)
class Entry:
    """A line of the navigation: `key` is both icon and section."""

    key: str
    title: str
    address: str


NAVIGATION = (
    Entry("home", "Home", "/"),
    Entry("analyse", "Analyse", "/analyse"),
    Entry("datasets", "Data sets", "/datasets"),
    Entry("label", "Label", "/label"),
    Entry("models", "Models", "/models"),
    Entry("try", "Try", "/try"),
    Entry("regions", "Regions", "/regions"),
)


def page(
    request: Request, template: str, *, title: str, section: str = "", data: Any = None,
    status: int = 200, **values: Any,
) -> HTMLResponse:  # fmt: skip
    """Return a page.

    Parameters
    ----------
    request : Request
        What is answered.
    template : str
        From the package's root: ``studio/templates/home/home.html``; it extends
        ``studio/templates/base.html``.
    title : str
        Of the page; heading and title of the window.
    section : str
        Key of the navigation's line that is lit.
    data : object
        What the page's module reads by ``pageData()``; JSON can hold it.
    status : int
        Of HTTP.
    **values
        What the template uses beside.
    """
    studio = getattr(request.app.state, "studio", None)
    text = render_page(
        template,
        title=title, section=section, data=data, navigation=NAVIGATION, version=__version__,
        workspace="" if studio is None else studio.workspace.root.name, **values,
    )  # fmt: skip
    return HTMLResponse(text, status)
