"""The measured values in words: what speaks for a region's class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halescope.measure.spots import Spots

PENUMBRA_MM = 24.0
"""Two degrees on the Sun. NOAA's definition of delta: umbrae of opposite polarity within one
penumbra and less than 2 degrees apart (SWPC glossary of solar-terrestrial terms)."""

UNIPOLAR = 0.8
"""Imbalance from which a region is called nearly unipolar."""

LIKE = 0.5
"""Share of the greater polarity's core area from which opposite cores are of like weight."""

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def evidence(row: Mapping[str, Any]) -> list[str]:
    """Return what the values of one region say: cores, balance, leading polarity, lines.

    `row`: columns of `halescope.measure.columns.UNITS`; values may be None.
    """
    return [part for part in (_cores(row), _balance(row), _leading(row), _line(row)) if part]


def against(name: str, spots: Spots) -> str:
    """Return what the cores of a region say against a Mount Wilson class, nothing if they do not.

    A delta needs opposite cores within `PENUMBRA_MM`; an alpha has no two opposite cores of like
    weight, see `LIKE`.
    """
    what = "cores" if spots.calibrated else "saturated patches"
    if name.endswith("delta") and not (spots.distance or 0.0) <= PENUMBRA_MM:
        return f"opposite {what} are {spots.distance:.0f} Mm apart, too far for a delta"
    if name.endswith("delta") and spots.distance is None:
        return f"there are no opposite {what}, as a delta needs"
    if name == "alpha" and spots.likeness >= LIKE:
        return f"there are opposite {what} of like weight"
    return ""


def is_delta_hidden(name: str, spots: Spots) -> bool:
    """Say whether a class has a delta that the data cannot show: umbrae are saturated there."""
    return name.endswith("delta") and not spots.calibrated


def _cores(row: Mapping[str, Any]) -> str:
    plus, minus = row.get("cores_positive"), row.get("cores_negative")
    if plus is None or minus is None:
        return ""
    # Flux is given for calibrated data only: in clipped pictures cores are saturated patches.
    what = "umbra-like core" if row.get("flux_unsigned") is not None else "saturated patch"
    if not plus + minus:
        return f"no {what}"
    distance = row.get("core_distance_mm")
    if distance is None:
        sign = "positive" if plus else "negative"
        return f"{_count(plus + minus, f'{sign} {what}')}, none opposite"
    near = ", too far for a delta"
    if distance <= PENUMBRA_MM:
        near = ", inside one penumbra-sized patch"
        if row.get("flux_unsigned") is None:  # where umbrae saturate, a delta cannot be seen
            near = "; whether there is a delta a clipped picture cannot show"
    if plus == minus == 1:
        return f"{_count(2, f'opposite {what}')} {distance:.0f} Mm apart{near}"
    both = f"{_count(plus, 'positive')} and {_count(minus, f'negative {what}')}"
    return f"{both}, opposite ones {distance:.0f} Mm apart{near}"


def _balance(row: Mapping[str, Any]) -> str:
    imbalance = row.get("imbalance")
    if imbalance is None:
        return ""
    share = 50 * (1 + abs(imbalance))
    sign = "positive" if imbalance > 0 else "negative"
    of = "flux" if row.get("flux_unsigned") is not None else "field (clipped)"
    if abs(imbalance) >= UNIPOLAR:
        return f"nearly unipolar: {sign} polarity holds {share:.0f} % of the {of}"
    return f"both polarities, {sign} with {share:.0f} % of the {of}"


def _leading(row: Mapping[str, Any]) -> str:
    if row.get("leading") is None:
        return ""
    law = {"yes": ", as Hale's law has it", "no": ", against Hale's law"}.get(row.get("hale") or "")
    return f"{row['leading']} polarity leads{law or ''}"


def _line(row: Mapping[str, Any]) -> str:
    length, steep = row.get("pil_mm"), row.get("pil_steep_mm")
    if length is None:
        return ""
    if not length:
        return "no strong inversion line"
    more = "" if steep is None else f", {steep:.0f} Mm of it steep"
    return f"inversion lines of {length:.0f} Mm{more}"


def _count(number: int, what: str) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    plural = "es" if what.endswith("patch") else "s" if what.endswith("core") else ""
    return f"{word} {what}" + (plural if number != 1 else "")
