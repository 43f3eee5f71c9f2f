"""The workspace: a folder of plain files, and paths that cannot leave it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from halescope.errors import one_line
from halescope.guards.inside import real
from halescope.io.atomic import check_writable
from halescope.studio.problems import Problem

FOLDERS = ("analyses", "datasets", "runs", "models", "inputs", "jobs")
NAME = re.compile(r"[\w](?:[\w .+@()-]{0,118}[\w+)])?\Z")
"""A name of a data set, run, analysis or picture as a user may give it."""


def safe_name(text: str, default: str = "file") -> str:
    """Return a file's name that is plain, made from what a stranger called it.

    Folders, control characters, leading dots and what shells and systems read as more than a letter
    go; at most 120 characters stay, the ending among them.
    """
    text = unicodedata.normalize("NFC", text).replace("\\", "/").rpartition("/")[2]
    text = re.sub(r"[^\w.+@()-]+", "_", text).strip("._")
    stem, dot, ending = text.rpartition(".")
    if len(text) > 120:
        text = stem[: 119 - len(ending)] + dot + ending if len(ending) < 12 else text[:120]
    return text or default


def check_name(name: str) -> str:
    """Return a name as it came, if a user may give it to a folder of the workspace."""
    if not NAME.match(name) or ".." in name:
        expected = "expected letters, digits, spaces and . _ + - @ ( ), at most 120 of them"
        raise Problem(422, "Not a name", f"{one_line(name)[:80]!r} found, {expected}")
    return name


@dataclass(frozen=True)
class DiskUse:
    """Bytes of the workspace by folder, and of the disk that it lies on."""

    folders: dict[str, int]
    used: int
    free: int
    total: int


class Workspace:
    """A folder of plain files that the command line reads and writes as well.

    Parameters
    ----------
    root : Path
        The folder; made with its rooms where missing.
    roots : iterable of Path
        Further folders from which files may be read.

    Raises `OutputError` where the folder cannot be made or written to.
    """

    def __init__(self, root: Path, roots: Iterable[Path] = ()) -> None:
        check_writable(root)
        self.root = real(root)
        self.roots = tuple(real(folder) for folder in roots)
        for name in FOLDERS:
            (self.root / name).mkdir(exist_ok=True)

    def path(self, *parts: str) -> Path:
        """Return a path in the workspace, there or not; 404 where it would leave it.

        `parts`: a room and names in it, as they come from an address. Links are followed.
        """
        for part in parts:
            if "\0" in part or part.startswith(("/", "\\")) or ".." in Path(part).parts:
                raise self._missing("/".join(parts))
        found = real(self.root / Path(*parts))
        if not found.is_relative_to(self.root):
            raise self._missing("/".join(parts))
        return found

    def folder(self, room: str, name: str) -> Path:
        """Return a folder of a room that is there, such as a data set; 404 where it is not."""
        found = self.path(room, name)
        if not name or name.startswith(".") or found.parent != self.root / room:
            raise self._missing(f"{room}/{name}")
        if not found.is_dir():
            raise self._missing(f"{room}/{name}")
        return found

    def new_folder(self, room: str, name: str) -> Path:
        """Make a folder in a room; 422 for a bad name, 409 where it is there."""
        made = self.path(room, check_name(name))
        try:
            made.mkdir()
        except FileExistsError:
            text = f"{room}/{name} is there; choose another name"
            raise Problem(409, "The name is taken", text) from None
        return made

    def find(self, text: str) -> Path:
        """Return a file or folder that a person names, in the workspace or a root; else 404.

        `text`: relative to the workspace, or absolute.
        """
        if "\0" in text or not text.strip():
            raise self._missing(text)
        given = Path(text.strip())
        found = real(given if given.is_absolute() else self.root / given)
        allowed = (self.root, *self.roots)
        if not any(found.is_relative_to(folder) for folder in allowed) or not found.exists():
            raise self._missing(text)
        return found

    def may_read(self, path: Path) -> bool:
        """Say whether a file or folder, links followed, lies in the workspace or a root."""
        found = real(path)
        return any(found.is_relative_to(place) for place in (self.root, *self.roots))

    def link_out(self, folder: Path, but: Collection[str] = ()) -> Path | None:
        """Return a link in a folder or below it that leads to what may not be read; None if none.

        `but`: endings of files, in small letters, that are not looked at.
        """
        if not self.may_read(folder):
            return folder
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                path = Path(place, name)
                if path.suffix.lower() in but or not path.is_symlink():
                    continue
                if not self.may_read(path):
                    return path
        return None

    def names(self, room: str) -> list[str]:
        """Return the folders of a room by name; hidden ones and links that leave are none."""
        return sorted(
            entry.name
            for entry in os.scandir(self.root / room)
            if not entry.name.startswith(".")
            and entry.is_dir()
            and (not entry.is_symlink() or real(entry.path).is_relative_to(self.root))
        )

    def relative(self, path: Path) -> str:
        """Return a path as a person types it in the workspace: relative, if it lies there."""
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return str(path)

    def delete(self, path: Path) -> None:
        """Delete a file or folder of a room; it is gone at once or not at all."""
        target = real(path.parent) / path.name
        inside = target.relative_to(self.root).parts if self.root in target.parents else ()
        if len(inside) < 2 or target.name == "..":
            raise Problem(403, "Not deleted", f"{one_line(path.name)} is no part of a room")
        gone = target.with_name(f".gone-{secrets.token_hex(4)}")
        target.rename(gone)
        if gone.is_dir() and not gone.is_symlink():
            shutil.rmtree(gone, ignore_errors=True)
        else:
            gone.unlink()

    def disk_use(self) -> DiskUse:
        """Return how much room the workspace takes, and how much is left."""
        folders = {name: size_of(self.root / name) for name in FOLDERS}
        disk = shutil.disk_usage(self.root)
        return DiskUse(folders, sum(folders.values()), disk.free, disk.total)

    def _missing(self, text: str) -> Problem:
        shown = one_line(text)[:200]
        expected = "expected a path in the workspace or in a folder given by --root"
        return Problem(404, "Not there", f"{shown!r} is not there; {expected}")


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder; links are not followed."""
    if not path.is_dir():
        return path.stat().st_size if path.exists() else 0
    total, waiting = 0, [os.fspath(path)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # deleted meanwhile
            continue
    return total
