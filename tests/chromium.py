"""Chromium, driven by Playwright, for tests that open pages."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BINARY = os.environ.get("HALESCOPE_CHROMIUM") or shutil.which("chromium")


@contextmanager
def opener() -> Iterator[Callable[..., tuple[list[str], Any]]]:
    """Yield what opens a page and returns what it did: alerts, errors, requests beyond the disk.

    A second argument is called with the page, and what it returns comes back too.
    """
    sync_api = pytest.importorskip("playwright.sync_api")
    if not BINARY:
        pytest.skip("no chromium to open pages in")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BINARY, args=["--no-sandbox"])
        yield lambda path, act=None: _opened(browser, path, act)
        browser.close()


def _opened(browser: Any, path: Path, act: Callable[[Any], Any] | None) -> tuple[list[str], Any]:
    tab, seen = browser.new_page(), []
    tab.on("dialog", lambda box: (seen.append(box.message), box.dismiss()))
    tab.on("pageerror", lambda error: seen.append(str(error)))
    tab.on("console", lambda line: seen.append(line.text) if line.type == "error" else None)
    tab.on("request", lambda r: None if r.url.startswith(("file", "data")) else seen.append(r.url))
    tab.goto(path.as_uri())
    out = act(tab) if act else None
    tab.close()
    return seen, out
