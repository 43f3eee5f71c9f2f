"""Files that a browser or a program sends: written as they come, under plain names."""

from __future__ import annotations

import shutil
from pathlib import Path

from starlette.datastructures import UploadFile

from halescope.batch.plan import stem_of
from halescope.errors import OutputError
from halescope.studio.analyses.store import BESIDE, INPUT
from halescope.studio.problems import Problem
from halescope.studio.workspace import safe_name

RESERVED = (INPUT, BESIDE, "tracks", "day")
"""What no image's folder is called, as an analysis has a folder of this name."""

MOST = 2000
"""Files of one request."""


def keep(uploads: list[UploadFile], folder: Path) -> list[Path]:
    """Write uploads into ``input/`` of an analysis; return where they are.

    Names are made plain, and different from one another. 422 where there is none.
    """
    if not uploads:
        raise Problem(422, "No file", "the form holds no part named 'file'; expected one or more")
    target = folder / INPUT
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    taken: set[str] = set()
    for upload in uploads:
        name = _free(plain(upload.filename or ""), taken)
        path = target / name
        try:
            with path.open("wb") as out:
                shutil.copyfileobj(upload.file, out, 1 << 20)
        except OSError as error:
            found = f"cannot be written ({error.strerror or error})"
            raise OutputError(name, found, "", "make room, then send it again") from error
        written.append(path)
    return written


def plain(name: str) -> str:
    """Return the name under which an upload is kept.

    The folder of an image's results is called as the image, so that it must not be called as
    another folder or file of the analysis.
    """
    found = safe_name(name, "image")
    return f"image_{found}" if stem_of(Path(found)).lower() in RESERVED else found


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no other upload has, by a number before its ending."""
    stem, dot, ending = name.partition(".")
    number, found = 1, name
    while found.lower() in taken:
        number += 1
        found = f"{stem}-{number}{dot}{ending}"
    taken.add(found.lower())
    return found
