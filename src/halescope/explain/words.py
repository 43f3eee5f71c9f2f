"""What an attribution says, in words that stand beside the measured evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from halescope.classes import HIERARCHY
from halescope.explain.attribution import Attribution
from halescope.measure.evidence import evidence
from halescope.types import Array

NOTABLE = 0.05
"""Change of a probability that is worth a sentence."""

LIMB = "near the limb: what looks like the opposite polarity may be inclined field"


def sentences(
    measured: Mapping[str, Any], attribution: Attribution, flags: str = "", note: str = ""
) -> list[str]:
    """Return what speaks for and against a region's class, one line each.

    `measured`: columns of `halescope.measure.measure_full` of this region. `flags`, `note`: the
    catalogue's words, and its note where the class is doubted. Returns list of str: first the
    doubt, then what was measured, then what the classifier looked at.
    """
    seen = ([f"uncertain: {note}"] if note else []) + evidence(measured)
    if seen and "near_limb" in flags:
        seen.append(LIMB)
    return [*seen, *_parts(attribution), _polarities(attribution)]


def _parts(found: Attribution) -> list[str]:
    """Say which part of the region carries the class, and which speaks against it."""
    level, before = found.level, float(found.whole[HIERARCHY.index(found.level)])
    said = []
    where = place_of(*found.lowest_at)
    if before - found.lowest >= NOTABLE:
        said.append(f"{level} rests most on the {where}: hidden, it falls to {found.lowest:.2f}")
    if found.highest - before >= NOTABLE:
        other = place_of(*found.highest_at)
        other = f"another place in the {other}" if said and other == where else f"the {other}"
        said.append(f"{other} speaks against {level}: hidden, it rises to {found.highest:.2f}")
    return said or [f"no single part decides: hiding any changes {level} by less than {NOTABLE:g}"]


def _polarities(found: Attribution) -> str:
    """Say what is left of the class when one polarity is hidden."""
    texts = [
        f"without {name} field {_verdict(found, levels)}"
        for name, levels in (
            ("positive", found.without_positive),
            ("negative", found.without_negative),
        )
    ]
    return ", ".join(texts)


def _verdict(found: Attribution, levels: Array) -> str:
    best = int(np.argmax(levels))
    still = "still " if HIERARCHY[best] == found.level else ""
    return f"{still}{HIERARCHY[best]} {float(levels[best]):.2f}"


def place_of(west: float, north: float) -> str:
    """Return the name of a place, half boxes from the middle: ``western part``, ``north-east``."""
    up = "north" if north > 1 / 3 else "south" if north < -1 / 3 else ""
    side = "west" if west > 1 / 3 else "east" if west < -1 / 3 else ""
    if up and side:
        return f"{up}-{side}"
    return f"{up or side}ern part" if up or side else "middle"
