"""Exports of a data set: a job writes them, a zip file brings them to the browser."""

from __future__ import annotations

import io
import os
import shlex
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from halescope.datasets.lint_folder import BACKUP
from halescope.studio.datasets.index import open_index
from halescope.studio.datasets.store import ROOM, refuse_links_out, subject_of
from halescope.studio.problems import Problem
from halescope.studio.state import Studio
from halescope.studio.workspace import Workspace, safe_name, size_of

FOLDER = "exports"
"""In a data set: what was exported, a folder each."""

PIECE = 1 << 20
"""Bytes that are read, and sent, at once."""


@dataclass(frozen=True)
class Wanted:
    """What to write; see `halescope dataset convert` and `crops`.

    `format`: one of the label formats; ``crops``: class folders; ``folder``: the data set itself.
    `folder`: where to write, in the workspace; none for what is then downloaded.
    """

    format: str
    scheme: str = "mount-wilson"
    doubtful: str = "drop"
    plage: bool = False
    pictures: str = "png"
    size: int = 0
    folder: str | None = None


def begin(studio: Studio, name: str, wanted: Wanted) -> dict[str, Any]:
    """Queue the job that writes an export; return it and where its zip file will be."""
    if wanted.format == "folder":
        raise Problem(422, "Nothing to convert", "the data set itself is at exports/folder.zip")
    refuse_links_out(studio.workspace, studio.workspace.folder(ROOM, name))
    target = _target(studio, name, wanted)
    if target.exists() and any(target.iterdir()):
        if wanted.folder:
            text = f"{wanted.folder} holds files; choose a folder that is new or empty"
            raise Problem(409, "The folder is not empty", text)
        studio.workspace.delete(target)
    command = _command(studio, name, wanted)
    title = f"Export {name} as {wanted.format}"
    job = studio.queue.submit("export", [command], title, subject=f"{subject_of(name)}/exports")
    zip_file = None if wanted.folder else f"/api/datasets/{quote(name)}/exports/{target.name}.zip"
    return {"job": studio.queue.described(job), "export": target.name, "download": zip_file}


def shown(studio: Studio, name: str, wanted: Wanted) -> str:
    """Return the command line that does the same as `begin`."""
    if wanted.format == "folder":
        return f"zip -r {shlex.quote(name)}.zip {shlex.quote(subject_of(name))}"
    return f"halescope {shlex.join(_command(studio, name, wanted))}"


def _target(studio: Studio, name: str, wanted: Wanted) -> Path:
    """Return the folder to write to: of the data set, or one that was chosen in the workspace."""
    if wanted.folder:
        return studio.workspace.path(*wanted.folder.strip().strip("/").split("/"))
    parts = [wanted.format, wanted.scheme]
    parts += [str(wanted.size)] if wanted.size and wanted.pictures == "png" else []
    return studio.workspace.folder(ROOM, name) / FOLDER / "-".join(parts)


def _command(studio: Studio, name: str, wanted: Wanted) -> list[str]:
    index = open_index(studio.workspace.folder(ROOM, name))
    if index.kind == "crops":
        text = "class folders are in no other format; download the data set itself"
        raise Problem(422, "Nothing to convert", text)
    table = studio.workspace.relative(index.table)
    target = studio.workspace.relative(_target(studio, name, wanted))
    root = subject_of(name)
    if wanted.format == "crops":
        words = ["dataset", "crops", table, "-o", target, "--root", root, "--scheme", wanted.scheme]
        words += ["--size", str(wanted.size)] if wanted.size else []
        words += ["--doubtful"] if wanted.doubtful == "keep" else []
        return words + (["--plage"] if wanted.plage else [])
    words = ["dataset", "convert", table, "-o", target, "--root", root, "--to", wanted.format]
    words += ["--scheme", wanted.scheme, "--doubtful", wanted.doubtful]
    words += ["--pictures", wanted.pictures]
    if wanted.size and wanted.pictures == "png":
        words += ["--size", str(wanted.size)]
    return words + (["--plage"] if wanted.plage else [])


def listed(studio: Studio, name: str) -> list[dict[str, Any]]:
    """Return the exports of a data set, and the bytes of each."""
    place = studio.workspace.folder(ROOM, name) / FOLDER
    if not place.is_dir():
        return []
    folders = sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith("."))
    return [
        {
            "name": folder.name,
            "bytes": size_of(folder),
            "made": folder.stat().st_mtime,
            "download": f"/api/datasets/{quote(name)}/exports/{folder.name}.zip",
        }
        for folder in folders
    ]


def folder_of(studio: Studio, name: str, export: str) -> Path:
    """Return the folder of an export; ``folder`` is the data set itself; 404 where it is not."""
    folder = studio.workspace.folder(ROOM, name)
    if export == "folder":
        return folder
    found = studio.workspace.path(ROOM, name, FOLDER, export)
    if found.parent != folder / FOLDER or not found.is_dir():
        raise Problem(404, "No such export", f"{export[:80]!r} is no export of {name}")
    return found


def file_name(name: str, export: str) -> str:
    """Return what a zip file is called."""
    return (
        safe_name(f"{name}.zip" if export == "folder" else f"{name}-{export}.zip")
        .encode("ascii", "replace")
        .decode()
        .replace("?", "_")
    )


def delete(studio: Studio, name: str, export: str) -> None:
    """Delete what an export wrote."""
    if export == "folder":
        raise Problem(422, "No export", "that is the data set itself")
    studio.workspace.delete(folder_of(studio, name, export))


def zipped(folder: Path, workspace: Workspace) -> Iterator[bytes]:
    """Yield a zip file of a folder, piece by piece; pictures that are linked to are packed.

    Earlier exports and backups are left out, and links to what may not be read. Pictures are stored
    as they are, texts packed.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder, workspace):
            name = path.relative_to(folder).as_posix()
            kind = zipfile.ZIP_DEFLATED if path.suffix in _TEXTS else zipfile.ZIP_STORED
            info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
            info.compress_type = kind
            with path.open("rb") as stream, archive.open(info, "w", force_zip64=True) as out:
                while data := stream.read(PIECE):
                    out.write(data)
                    yield sink.taken()
    yield sink.taken()


_TEXTS = {".txt", ".csv", ".json", ".xml", ".yaml"}


def _files(folder: Path, workspace: Workspace) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != FOLDER)
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or name.endswith(BACKUP) or not path.is_file():
                continue
            if not path.is_symlink() or workspace.may_read(path):
                yield path


class _Sink(io.RawIOBase):
    """What an archive writes to that is sent while it is packed."""

    def __init__(self) -> None:
        self._data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._data += data
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        data = bytes(self._data)
        self._data.clear()
        return data
