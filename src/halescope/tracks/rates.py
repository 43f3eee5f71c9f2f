"""How fast classes change and how often observers err: numbers counted from NOAA's summaries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from halescope.tracks.hmm import Generator

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClassRates:
    """What thirty years of summaries say of alpha, beta and complex.

    Parameters
    ----------
    generator : Generator
        Its first table holds for any region, the others for regions by area and extent.
    area_edges, extent_edges : tuple of float
        MSH of spots and degrees: a region belongs to the interval that ends there or before.
    error, error_limb : (3, 3) float64
        Class that a summary gives (column) of a region of some class (row), within `limb` degrees
        of the central meridian and beyond.
    shares, first : (3,) float64
        Of the classes among all regions, and among those listed for the first time.
    limb : float
        Degrees.
    """

    generator: Generator
    area_edges: tuple[float, ...]
    extent_edges: tuple[float, ...]
    error: Floats
    error_limb: Floats
    shares: Floats
    first: Floats
    limb: float

    def table(self, area: Floats, extent: Floats) -> NDArray[np.int64]:
        """Return the table that holds for regions of an area, MSH, and extent, degrees.

        NaN, where either is not known, gives the first table.
        """
        inside = np.searchsorted(self.area_edges, area, side="left")
        across = np.searchsorted(self.extent_edges, extent, side="left")
        known = np.isfinite(area) & np.isfinite(extent)
        found = 1 + inside * (len(self.extent_edges) + 1) + across
        return np.where(known, found, 0).astype(np.int64)


@cache
def class_rates() -> ClassRates:
    """Return the numbers that ship, made by ``benchmarks/track_rates.py``."""
    text = files("halescope.tracks").joinpath("noaa_rates.json").read_text("utf-8")
    found = json.loads(text)
    tables = np.array([*found["one"], *found["area_and_extent"]], float)
    return ClassRates(
        Generator(tables),
        tuple(found["area_edges"]),
        tuple(found["extent_edges"]),
        np.array(found["error"]),
        np.array(found["error_limb"]),
        np.array(found["shares"]),
        np.array(found["first"]),
        float(found["limb"]),
    )
