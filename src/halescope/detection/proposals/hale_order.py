"""Which polarity leads on a disk, told by the disk itself (Hale's law)."""

from __future__ import annotations

import numpy as np

from halescope.detection.proposals.basins import Links
from halescope.detection.proposals.sums import BasinSums

SURE = 3.0
"""The order counts in full where pairs that agree outweigh the others by a third of all flux."""


def hale_order(basins: BasinSums, links: Links) -> float:
    """Return which polarity leads in the northern hemisphere.

    In one cycle the leading, western polarities of a hemisphere are alike, and opposite in the
    other hemisphere (Hale and Nicholson 1925). Every pair of neighbouring basins of opposite
    polarity votes, and the two polarities within each basin, with the lesser of the two fluxes.

    Parameters
    ----------
    basins : BasinSums
        A row for each basin.

    Returns
    -------
    float
        -1..1: above zero where the positive polarity leads in the north; 0 where none is known.
    """
    net, place, dipole = basins.net, basins.place, basins.dipole
    first, second = links.first, links.second
    ahead = np.sign(place[first, 0] - place[second, 0]) * np.sign(net[first])
    north = np.sign(place[first, 1] + place[second, 1])
    flux = net * basins.total
    weight = np.minimum(np.abs(flux[first]), np.abs(flux[second])) * (net[first] * net[second] < 0)
    own = basins.pair("flux").min(1)
    votes = weight @ (ahead * north) + own @ (np.sign(dipole[:, 0]) * np.sign(place[:, 1]))
    share = float(votes / (weight.sum() + own.sum() + 1e-6))
    return float(np.clip(SURE * share, -1, 1))
