"""How often regions of each Mount Wilson class flared within a day: climatology, not forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from halescope.types import Catalog


@dataclass(frozen=True)
class FlareRate:
    """Share of region days with a flare of a level or stronger from the region.

    Parameters
    ----------
    days : int
        Region days counted.
    c, m, x : float
        0..1.
    """

    days: int
    c: float
    m: float
    x: float


RATES: dict[str, FlareRate] = {
    "alpha": FlareRate(3528, 0.045, 0.004, 0.0006),
    "beta": FlareRate(6141, 0.141, 0.015, 0.0005),
    "beta-gamma": FlareRate(1143, 0.452, 0.086, 0.0044),
    "beta-delta": FlareRate(75, 0.52, 0.13, 0.027),
    "beta-gamma-delta": FlareRate(382, 0.736, 0.288, 0.0445),
}
"""Counted by ``benchmarks/flare_climatology.py`` from NOAA's GOES X-ray flare reports of 2010-2016
(NCEI, ``goes-xrs-report``; each flare with its region) and NOAA SWPC's Solar Region Summaries:
class as issued at 00:30 UTC, flares until 24:00 UTC of that day. Lone gamma and gamma-delta did not
occur. Rates follow the solar cycle: these are of cycle 24's rise, maximum and decline, and of
NOAA's classes, not this program's. He et al. (2021, Advances in Astronomy 2021, 5529383) print
shares of whole regions that rise through the classes in the same order."""

COLUMNS = ("flare_climatology_c_24h", "flare_climatology_m_24h", "flare_climatology_x_24h")


def flare_columns(classes: Sequence[str]) -> dict[str, list[float | None]]:
    """Return the rates of each class by `COLUMNS`, 0..1; None for a class that did not occur."""
    rates = [RATES.get(name) for name in classes]
    return {
        name: [None if rate is None else getattr(rate, level) for rate in rates]
        for name, level in zip(COLUMNS, "cmx", strict=True)
    }


def with_flare_climatology(catalog: Catalog) -> Catalog:
    """Return a catalogue with the columns of `flare_columns` at its end.

    `catalog`: with a column ``class``.
    """
    return replace(catalog, columns=catalog.columns | flare_columns(catalog.columns["class"]))
