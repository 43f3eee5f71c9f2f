"""Who is told how a training goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Telling:
    """Who is told how a run goes.

    Parameters
    ----------
    say : callable
        Takes lines about data and epochs.
    track : callable
        Gets a title and the number of steps to come, and returns what is called after each.
    """

    say: Callable[[str], None] = print
    track: Callable[[str, int], Callable[[], None]] = lambda _title, _total: nothing
