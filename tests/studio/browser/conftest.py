"""A studio that serves, and a page in a real Chromium.

The browser is Debian's or another that is installed: `HALESCOPE_CHROMIUM`, or one of the usual
names on the path. Without one these tests are skipped; where CI is set, that is a failure.
"""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from loopback.studio import Serving

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def chromium() -> str:
    """Return the path of a Chromium, or skip."""
    found = os.environ.get("HALESCOPE_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )
    if found is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no Chromium: set HALESCOPE_CHROMIUM, or install chromium")
    return found


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Yield a studio on a fresh workspace, one for each module of tests."""
    studio = Serving(tmp_path_factory.mktemp("studio") / "workspace")
    yield studio
    studio.end()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:  # noqa: F821
    """Yield a Chromium, one for all tests."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium()
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: "Browser", serving: Serving) -> Iterator["Page"]:  # noqa: F821
    """Yield a page of 1280 pixels on the studio; what its console complains of fails the test."""
    context = browser.new_context(base_url=serving.address, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    opened, complaints = context.new_page(), []
    watch(opened, complaints.append)
    yield opened
    context.close()
    assert not complaints


def watch(page: "Page", complain: Callable[[str], None]) -> None:  # noqa: F821
    """Have errors of a page's scripts and of its security policy told.

    Answers of the server that are errors are no complaint: a page may ask for what is not there.
    """
    page.on("pageerror", lambda error: complain(str(error)))

    def heard(message: "ConsoleMessage") -> None:  # noqa: F821
        if message.type == "error" and "Failed to load resource" not in message.text:
            complain(message.text)

    page.on("console", heard)
