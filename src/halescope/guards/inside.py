"""Join a name that stands in a file to a folder, so that it cannot lead out of that folder."""

from __future__ import annotations

import os
from pathlib import Path

from halescope.errors import UnsafePathError

LONGEST = 4096
"""Characters of a name, at most."""

_ADVICE = "a file may only name what lies in its own folder: mend it, or do not use it"


def inside(folder: str | os.PathLike[str], name: object, subject: object = "") -> Path:
    """Return the path of a file to write, which lies in a folder or below it.

    The name comes from a manifest, record, archive, card, label file or service, so it may be
    anything. Links below `folder` that lead out of it are followed by nobody: they are refused.
    `folder` itself may be a link, and so may the file itself, which writing replaces
    (`halescope.io.atomic` renames over it).

    Parameters
    ----------
    folder : path
        Chosen by the user; need not exist.
    name : str
        Relative, of one part or several with ``/`` between them.
    subject : object
        What holds the name, for the message; the name itself if left out.

    Raises
    ------
    UnsafePathError
        The name is no text, empty, absolute, holds ``..`` or a zero byte, or leads through a link
        out of `folder`.

    Examples
    --------
    >>> inside("crops", "train/beta/disk_01.png").as_posix()
    'crops/train/beta/disk_01.png'
    """
    base, parts = Path(folder), _parts(name, subject)
    target = base.joinpath(*parts)
    _refuse_links(base, target.parent, name, subject)
    return target


def existing_inside(folder: str | os.PathLike[str], name: object, subject: object = "") -> Path:
    """Return the path of a file to read or to delete, which lies in a folder or below it.

    As `inside`, and the file itself may be no link that leads out either.
    """
    base, parts = Path(folder), _parts(name, subject)
    target = base.joinpath(*parts)
    _refuse_links(base, target, name, subject)
    return target


def one_part(name: object, subject: object = "") -> str:
    """Return a name that is one part of a path: that of a class folder, a part of a split, a file.

    Raises
    ------
    UnsafePathError
        The name would lead elsewhere: see `inside`; or it has several parts.
    """
    parts = _parts(name, subject)
    if len(parts) != 1:
        raise _refused(name, subject, "has several parts", "one name, without /")
    return parts[0]


def listed(root: str | os.PathLike[str], name: str, subject: object = "") -> Path:
    """Return the path of an image that a manifest lists, to be read.

    With a `root` the image lies below it, or is refused; links that the user put there are
    followed. Without one (empty, or ``.``) the name is taken as it stands, absolute or relative to
    the working folder: a manifest that was made here names images anywhere.

    Raises
    ------
    UnsafePathError
        The name leads out of `root`, or is no name at all.
    """
    base = Path(root)
    if base == Path():
        _check_text(name, subject)
        return Path(name)
    if os.path.isabs(name):
        try:
            name = Path(os.path.normpath(name)).relative_to(base.absolute()).as_posix()
        except ValueError as error:
            raise _refused(name, subject, "is absolute", f"a path below {base}") from error
    return base.joinpath(*_parts(name, subject))


def real(path: str | os.PathLike[str]) -> Path:
    """Return where a path leads, links followed, absolute; links in a circle are left as they are.

    `Path.resolve` raises over such a circle, which anybody may put into a folder.
    """
    return Path(os.path.realpath(path))


def _parts(name: object, subject: object) -> tuple[str, ...]:
    """Return the parts of a relative name that cannot lead upwards."""
    text = _check_text(name, subject)
    path = Path(text)
    if path.drive or path.root:
        raise _refused(name, subject, "is absolute", "a relative path")
    parts = tuple(part for part in path.parts if part != ".")
    if not parts:
        raise _refused(name, subject, "names no file", "a file's name")
    if ".." in parts:
        raise _refused(name, subject, "leads out of its folder", "a path without ..")
    return parts


def _check_text(name: object, subject: object) -> str:
    if not isinstance(name, str | os.PathLike):
        raise _refused(name, subject, f"is a {type(name).__name__}", "the name of a file")
    text = os.fspath(name)
    if not isinstance(text, str) or "\0" in text or len(text) > LONGEST:
        raise _refused(name, subject, "is no file's name", f"text of up to {LONGEST} characters")
    return text


def _refuse_links(base: Path, path: Path, name: object, subject: object) -> None:
    """Raise UnsafePathError where what exists of a path lies, links followed, out of `base`."""
    try:
        real, own = os.path.realpath(path), os.path.realpath(base)
        within = os.path.commonpath([real, own]) == own
    except (OSError, ValueError) as error:
        raise _refused(name, subject, f"cannot be followed ({error})", "a plain path") from error
    if not within:
        raise _refused(name, subject, f"leads by a link to {real}", f"a place in {base}")


def _refused(name: object, subject: object, what: str, expected: str) -> UnsafePathError:
    shown = repr(name) if len(repr(name)) <= 120 else repr(name)[:117] + "..."
    holder = str(subject) or shown
    found = f"the name {shown} {what}" if str(subject) else what
    return UnsafePathError(holder, found, expected, _ADVICE)
