"""Standard input, output and error, which some schedulers leave closed."""

from __future__ import annotations

import os
import sys


def open_streams() -> None:
    """Open what of the standard streams is closed; nothing is read from there, or kept.

    Else the first files and pipes that are opened would take their places, and what is printed
    would go into them.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)  # by processes that this one starts
            stream = os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False)
            setattr(sys, name, stream)
