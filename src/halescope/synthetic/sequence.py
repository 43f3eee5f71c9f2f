"""Draws many disks of one Sun: regions that move, appear, grow, merge, decay and return."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from halescope.classes import MOUNT_WILSON
from halescope.errors import ConfigError
from halescope.geometry import differential_rotation
from halescope.synthetic.disk import DEFAULT_TIME, Drawing, cycle_of, draw_groups
from halescope.synthetic.recipe import Elements, Group, compose

EDGE = 82.0
"""Regions are drawn up to here, degrees from the central meridian."""

LEAST = 0.15
"""Flux at birth, as a share of the full one."""


@dataclass(frozen=True)
class Life:
    """One region from birth to death.

    Parameters
    ----------
    kind : str
        A member of `MOUNT_WILSON`.
    longitude, latitude : float
        Stonyhurst, degrees, at hour 0; longitude may be any: -360 is the far side's.
    born, dies : float
        Hours from the first image.
    grows : float
        Hours from birth to full flux; 0 for one that is full at once.
    fades : float
        Hours before death from which on it loses its flux again.
    drift : float
        Degrees of longitude a day beyond differential rotation: two that drift together merge.
    """

    kind: str
    longitude: float
    latitude: float
    born: float = -np.inf
    dies: float = np.inf
    grows: float = 0.0
    fades: float = 0.0
    drift: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in MOUNT_WILSON:
            raise ConfigError("kind", f"is {self.kind!r}", "one of " + ", ".join(MOUNT_WILSON))

    def place(self, hour: float) -> float:
        """Return the longitude at an hour, degrees from -180 to 180."""
        rate = float(differential_rotation(self.latitude, 1.0)) + self.drift
        return float((self.longitude + rate * hour / 24 + 180) % 360 - 180)

    def strength(self, hour: float) -> float:
        """Return the flux at an hour as a share of the full one; 0 before birth, after death."""
        if not self.born <= hour < self.dies:
            return 0.0
        young = (hour - self.born) / self.grows if self.grows else 1.0
        old = (self.dies - hour) / self.fades if self.fades else 1.0
        return float(np.clip(min(young, old), LEAST, 1))


LIVES: tuple[Life, ...] = (
    Life("beta", -40, 15),
    Life("alpha", 20, -12),
    Life("beta-gamma", -20, -22, born=24, grows=36),
    Life("beta", -8, 26, dies=72, fades=36),
    Life("beta", -34, 4, drift=2.5),
    Life("alpha", -18, 5, drift=-2.5),
    Life("beta", -75, -16),
)
"""What ``halescope draw --images`` draws: a region that moves, one that stays a spot, one that
appears and grows, one that decays, two that merge, and one that goes all the way and returns."""


def draw_sequence(
    lives: Sequence[Life] = LIVES, hours: Iterable[float] = range(0, 96, 6), *, seed: int = 0,
    size: int = 512, time: datetime = DEFAULT_TIME, noise: float = 4.0,
) -> Iterator[Drawing]:  # fmt: skip
    """Yield a disk for each hour.

    Parameters
    ----------
    hours : iterable of float
        From `time`.
    seed : int
        The same seed and options give the same disks, value for value.
    size, noise
        As of `halescope.synthetic.draw`.

    Yields
    ------
    Drawing
        Its truth has the column ``life``: index into `lives`.
    """
    odd = cycle_of(time) % 2 == 1
    groups = []
    for index, life in enumerate(lives):
        leader = (1 if life.latitude >= 0 else -1) * (1 if odd else -1)
        rng = np.random.default_rng((seed, index))
        groups.append(compose(rng, life.kind, 0.0, life.latitude, 6.0, leader))
    for hour in hours:
        shown = [
            (index, _aged(groups[index], life, hour))
            for index, life in enumerate(lives)
            if life.strength(hour) > 0 and abs(life.place(hour)) <= EDGE
        ]
        moment = time + timedelta(hours=float(hour))
        drawing = draw_groups(
            [group for _, group in shown], seed, size=size, time=moment, noise=noise
        )
        places = {(g.longitude, g.latitude): index for index, g in shown}
        columns = dict(drawing.truth.columns)
        at = zip(columns["hgs_lon"], columns["hgs_lat"], strict=True)
        columns["life"] = [places[place] for place in at]
        yield replace(drawing, truth=replace(drawing.truth, columns=columns))


def _aged(group: Group, life: Life, hour: float) -> Group:
    """Return a group at its place of an hour, as large as it is then."""
    share = life.strength(hour)
    size = share**0.5
    spots = [replace(spot, x=spot.x * size, y=spot.y * size, radius=spot.radius * size)
             for spot in group.spots]  # fmt: skip
    plage = group.elements
    elements = Elements(plage.x * size, plage.y * size, plage.flux * share)
    return replace(group, longitude=life.place(hour), spots=spots, elements=elements)
