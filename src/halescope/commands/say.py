"""What commands print: names and words of strangers reach no terminal as they are."""

from __future__ import annotations

import typer

from halescope.errors import one_line


def say(*lines: object, err: bool = False) -> None:
    """Print lines; what in one of them is not printable, newlines too, is escaped.

    `err`: to standard error.
    """
    typer.echo("\n".join(map(one_line, lines)), err=err)
