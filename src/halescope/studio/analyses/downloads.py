"""What can be downloaded of an analysis: pictures, tables, crops."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from tempfile import NamedTemporaryFile

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from halescope.io.catalog import read_catalog, write_catalog
from halescope.studio.analyses.present import CATALOGS
from halescope.studio.analyses.store import Stored
from halescope.studio.problems import Problem

SUFFIX = {"vot": "votable"}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ecsv": "text/plain; charset=utf-8",
    "json": "application/json",
    "vot": "application/x-votable+xml",
}


def picture(found: Stored, stem: str | None, name: str) -> FileResponse:
    """Return a picture of an image; 404 where it was not drawn."""
    path = found.image(stem)[0] / name
    if not path.is_file():
        raise Problem(404, "Not there", f"{name} of {found.id} was not drawn")
    return FileResponse(path, media_type="image/png", headers={"Cache-Control": "no-cache"})


def crop(found: Stored, stem: str | None, region: int) -> FileResponse:
    """Return one region cut out, as PNG; 404 where it was not."""
    folder = found.image(stem)[0] / "crops"
    start = f"{folder.parent.name}_{region:02d}_"
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    name = next((n for n in names if n.startswith(start) and n.endswith(".png")), None)
    if name is None:
        raise Problem(404, "Not there", f"{found.id} holds no crop of region {region}")
    headers = {"Cache-Control": "no-cache"}
    return FileResponse(folder / name, media_type="image/png", headers=headers)


def table(found: Stored, kind: str) -> FileResponse:
    """Return the catalogue in one of `CATALOGS`; 404 for another.

    It is written where the command line would write it, anew if images came since.
    """
    if kind not in CATALOGS:
        expected = ", ".join(CATALOGS)
        raise Problem(404, "Not there", f"no catalogue as {kind[:20]!r}; expected {expected}")
    path = found.folder / f"catalog.{SUFFIX.get(kind, kind)}"
    run = found.folder / "run.json"
    is_old = path.exists() and run.exists() and path.stat().st_mtime < run.stat().st_mtime - 5
    if not path.exists() or (is_old and kind != "csv"):
        write_catalog(read_catalog(found.folder / "catalog.csv"), path)
    name = f"{Path(found.id).stem}.{kind}"
    return FileResponse(path, media_type=TYPES[kind], filename=name)


def crops(found: Stored, stem: str | None) -> FileResponse:
    """Return the crops of an image, or of all of them, as a ZIP file; 404 where there are none."""
    folders = [found.image(stem)[0]] if stem else [folder for folder, _ in found.records]
    files = sorted(
        path
        for folder in folders
        if (folder / "crops").is_dir()
        for path in (folder / "crops").iterdir()
        if path.suffix in (".png", ".fits") and path.is_file() and not path.is_symlink()
    )
    if not files:
        raise Problem(404, "Not there", f"{found.id} holds no crops")
    with NamedTemporaryFile(dir=found.folder, prefix=".crops-", suffix=".zip", delete=False) as out:
        with zipfile.ZipFile(out, "w") as archive:
            for path in files:
                how = zipfile.ZIP_DEFLATED if path.suffix == ".fits" else zipfile.ZIP_STORED
                archive.write(path, f"{path.parent.parent.name}/{path.name}", how, 1)
    done = BackgroundTask(os.unlink, out.name)
    name = f"{stem or found.id}-crops.zip"
    return FileResponse(out.name, media_type="application/zip", filename=name, background=done)
