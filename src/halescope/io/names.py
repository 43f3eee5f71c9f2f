r"""Names of files in tables and messages: printable, and the file can be found again by them.

A name on a disk may hold any byte but two. In a text it stands as it is, unless it holds what is
not printable (control characters, newlines, bytes that are no UTF-8, which Python keeps as
surrogates) or a backslash: then these are written as Python writes them, ``\x1b``, ``\n``,
``\udcff``, ``\\``, and `unescaped` gives the name back.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:\\|[abfnrtv]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


_UNIT = re.compile(r"(.+)\[(\d{1,3})\]", re.DOTALL)


def split_unit(path: str) -> tuple[str, int | None]:
    """Return a path without the number of a FITS unit in brackets at its end, and that number.

    Units are counted from 0, as CFITSIO counts them; None where there is no such number.

    Examples
    --------
    >>> split_unit("disks.fits[2]")
    ('disks.fits', 2)
    """
    found = _UNIT.fullmatch(path)
    return (path, None) if found is None else (found[1], int(found[2]))


def escaped(name: str) -> str:
    r"""Return a file's name as tables hold it.

    Examples
    --------
    >>> print(escaped("a\nb.fits"))
    a\nb.fits
    """
    return "".join(c if c.isprintable() and c != "\\" else _written(c) for c in name)


def unescaped(text: str) -> str:
    """Return the name that `escaped` made a text of; `os.fsencode` gives its bytes."""
    return _ESCAPE.sub(
        lambda found: found[0].encode("ascii").decode("unicode_escape", "surrogatepass"), text
    )


def _written(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
