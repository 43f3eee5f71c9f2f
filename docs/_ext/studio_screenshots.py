"""Screenshots of every page of the studio, light and dark, for the documentation.

``python docs/_ext/studio_screenshots.py [WORKSPACE]``: WORKSPACE is one that `make studio` has
filled (out/studio if left out); pictures go to docs/figures/studio/. Needs playwright and a
Chromium.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from halescope.studio.jobs.events import Events
from halescope.studio.jobs.queue import Queue
from halescope.studio.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).resolve().parent.parent / "figures" / "studio"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
Address = Callable[[Callable[[str], Any]], str]


def _entry(room: str, key: str, page: str, place: int = 0) -> Address:
    """Return what finds the page of an entry of a room."""

    def found(ask: Callable[[str], Any]) -> str:
        return page.format(ask(f"/api/{room}")[place][key])

    return found


def _label(ask: Callable[[str], Any]) -> str:
    name = ask("/api/datasets")[0]["name"]
    image = ask(f"/api/datasets/{name}/images")["images"][0]["key"]
    return f"/label/{name}/{image}"


def _try(ask: Callable[[str], Any]) -> str:
    picture = ask("/api/analyses")[-1]["image"]
    return f"/try?network=centerpoint&picture=inputs/drawn/{picture}"


PAGES: dict[str, str | Address] = {
    "home": "/",
    "analyse": "/analyse",
    "analysis": _entry("analyses", "id", "/analyses/{}", -1),
    "datasets": "/datasets",
    "dataset-new": "/datasets/new",
    "dataset": _entry("datasets", "name", "/datasets/{}"),
    "label": _label,
    "models": "/models",
    "model-new": "/models/new",
    "model": _entry("models", "name", "/models/{}"),
    "try": _try,
    "regions": _entry("regions", "id", "/regions/{}"),
    "job": _entry("jobs", "id", "/jobs/{}"),
    "rest": "/docs",
}
"""Name of the picture to the page's address."""


def compact(png: bytes) -> bytes:
    """Return a screenshot in at most 256 colours, which halves those with a magnetogram."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    out = io.BytesIO()
    few = picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


SEEN = """[...document.images].filter((image) => {
    const box = image.getBoundingClientRect();
    return box.width && box.top < innerHeight && box.bottom > 0;
}).every((image) => image.complete)"""
"""Whether every picture that can be seen is there."""


def wait_for_pictures(page: Page) -> None:
    """Wait until every picture in sight has come, a minute at most."""
    for _ in range(120):
        if page.evaluate(SEEN):
            return
        page.wait_for_timeout(500)


def shoot(address: str, folder: Path, names: list[str], size: tuple[int, int]) -> None:
    """Write the pictures of pages of a studio that serves."""
    from playwright.sync_api import sync_playwright

    def ask(path: str) -> Any:
        with urllib.request.urlopen(address + path) as answer:
            return json.load(answer)

    chromium = os.environ.get("HALESCOPE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for theme in ("light", "dark"):
            view = {"width": size[0], "height": size[1]}
            context = browser.new_context(
                color_scheme=theme, viewport=view, reduced_motion="reduce"
            )
            for name in names:
                page = context.new_page()
                page.on("console", lambda told: told.type == "error" and print(told.text))
                page.on("pageerror", lambda error: print(error))
                try:
                    target = PAGES.get(name, name)
                    page.goto(address + (target if isinstance(target, str) else target(ask)))
                    page.wait_for_selector("[aria-busy=true]", state="detached", timeout=20_000)
                    page.wait_for_timeout(2500)  # pictures come in tiles
                    wait_for_pictures(page)
                    file = folder / f"{name.strip('/').replace('/', '-')}-{theme}.png"
                    file.write_bytes(compact(page.screenshot()))
                    print(file, file.stat().st_size)
                except (IndexError, KeyError, OSError) as error:
                    print(f"{name}: not to be had ({error!r})")
                page.close()
            context.close()
        browser.close()


def _job(folder: Path) -> None:
    """Have one job in the queue, for its page."""
    queue = Queue(Workspace(folder), Events())
    if not queue.all():
        words = ["dataset", "list", "datasets/drawn/manifest.csv"]
        queue.submit("dataset", [words], "Count the labels of drawn", subject="datasets/drawn")
    queue.close()


def main() -> None:
    """Start a studio on a workspace and write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", nargs="?", type=Path, default=Path("out/studio"))
    parser.add_argument("--to", type=Path, default=FOLDER)
    parser.add_argument("--only", nargs="*", default=list(PAGES))
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 800))
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    _job(asked.workspace)
    command = [sys.executable, "-m", "halescope", "studio", str(asked.workspace), "--no-browser"]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as studio:
        try:
            shoot(studio.stdout.readline().strip(), asked.to, asked.only, tuple(asked.size))
        finally:
            studio.terminate()


if __name__ == "__main__":
    main()
