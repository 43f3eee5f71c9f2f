"""The Mount Wilson vocabulary: one ordered tuple, and maps to every other scheme.

The Mount Wilson (Hale) classes are those of the NOAA Solar Region Summary. All arrays of class
probabilities in halescope follow the order of `MOUNT_WILSON`.
"""

from __future__ import annotations

import re

from halescope.errors import DatasetError

MOUNT_WILSON: tuple[str, ...] = (
    "alpha",
    "beta",
    "beta-gamma",
    "beta-delta",
    "beta-gamma-delta",
    "gamma",
    "gamma-delta",
)
"""Class names in the order of every probability array."""

HIERARCHY: tuple[str, ...] = ("alpha", "beta", "complex")
"""First level: unipolar, bipolar, and everything with a gamma or a delta."""

COARSE: dict[str, str] = {
    name: name if name in ("alpha", "beta") else "complex" for name in MOUNT_WILSON
}
"""Map from a Mount Wilson class to its first level (also known as alpha / beta / beta-x)."""

PAPER_CLASSES: tuple[str, ...] = ("A", "AG", "B", "BG")
"""The four classes of de Oliveira & Gradvohl (2020), Section 5.2, in their order."""

PAPER: dict[str, str] = {
    "alpha": "A",
    "beta": "B",
    "beta-gamma": "BG",
    "beta-delta": "B",
    "beta-gamma-delta": "BG",
    "gamma": "BG",
    "gamma-delta": "BG",
}
"""Map to the paper's four as Helioviewer's labels have them: the delta is dropped.

Helioviewer keeps the letters ALPHA, BETA and GAMMA of NOAA's class. A lone gamma, which the
paper's four do not have, goes to its nearest, BG. AG (alpha-gamma) occurs only in labels.
"""

SYMBOLS: dict[str, str] = {
    "alpha": "α",
    "beta": "β",
    "beta-gamma": "βγ",
    "beta-delta": "βδ",
    "beta-gamma-delta": "βγδ",
    "gamma": "γ",
    "gamma-delta": "γδ",
}
"""Greek letters for overlays and reports."""

_WORDS = {"a": "alpha", "α": "alpha", "b": "beta", "β": "beta"}
_WORDS |= {"g": "gamma", "γ": "gamma", "d": "delta", "δ": "delta"}
_TOKEN = re.compile(r"alpha|beta|gamma|delta|[abgdαβγδ]")


def letters_of(text: str) -> frozenset[str] | None:
    """Return the set of Greek letters that a spelling names, None where it is no class.

    Parameters
    ----------
    text : str
        Any spelling: ``"Beta-Gamma-Delta"``, ``"BGD"``, ``"βγδ"``, ``"beta gamma"``.
    """
    cleaned = re.sub(r"[\s\-_/,.+]+", "", text.strip().lower())
    tokens = _TOKEN.findall(cleaned)
    if not tokens or "".join(tokens) != cleaned:
        return None
    return frozenset(_WORDS.get(token, token) for token in tokens)


def parse_class(text: str) -> str:
    """Return the Mount Wilson class that a spelling means.

    `text`: spelling of SRS, HEK, Greek letters or abbreviation, any case. Returns a member of
    `MOUNT_WILSON`. NOAA's rare ``Alpha-Gamma`` (a unipolar group with stray polarity) is read as
    ``gamma``: its polarities are mixed beyond a bipole. Raises `DatasetError` where the text names
    no Mount Wilson class.
    """
    letters = letters_of(text)
    if letters:
        if "alpha" in letters and len(letters) > 1:
            letters = (letters - {"alpha"}) | {"gamma"}
        for name in MOUNT_WILSON:
            if frozenset(name.split("-")) == letters:
                return name
        if letters == {"delta"}:
            return "beta-delta"
    raise DatasetError(repr(text), "is no Mount Wilson class", "one of " + ", ".join(MOUNT_WILSON))


def paper_class(text: str) -> str:
    """Return the paper's class of a spelling, as Helioviewer's labels have it.

    `text`: any spelling that `parse_class` reads; ``Alpha-Gamma`` gives ``AG`` here. Returns one of
    `PAPER_CLASSES`.
    """
    letters = letters_of(text)
    if letters and {"alpha", "gamma"} <= letters:
        return "AG"
    return PAPER[parse_class(text)]
