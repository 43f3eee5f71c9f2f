"""Which polarity leads: drawn bipoles, their negatives and their mirror images."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_fields import disk_of, drawn_patches, field_of
from halescope.detection.proposals.basins import find_basins
from halescope.detection.proposals.links import hale_order
from halescope.detection.proposals.sums import sum_basins
from halescope.normalize import normalize
from halescope.synthetic import draw
from halescope.types import Disk

NORTH, SOUTH = 270.0, 145.0
"""Rows of a canonical disk; its middle is at 207.5."""


def order_of(grey: np.ndarray | Disk) -> float:
    disk = grey if isinstance(grey, Disk) else disk_of(grey)
    basins = find_basins(disk)
    return hale_order(sum_basins(disk, basins), basins.links)


def bipole(x: float, y: float, leader: int, apart: float = 26, strength: float = 110) -> tuple:
    """Return two patches, the western one, which leads, of the polarity asked for."""
    return (
        (x + apart / 2, y, 5.0, leader * strength),
        (x - apart / 2, y, 5.0, -leader * strength),
    )


LAWFUL = field_of(*bipole(180, NORTH, 1), *bipole(240, SOUTH, -1))


def test_positive_leads_in_the_north() -> None:
    assert order_of(LAWFUL) == 1.0  # all pairs agree


def test_negative_disk_has_the_opposite() -> None:
    assert order_of(-LAWFUL) == -1.0


@pytest.mark.parametrize("turn", [np.fliplr, np.flipud])
def test_mirror_images_have_the_opposite(turn) -> None:
    assert order_of(turn(LAWFUL)) == -1.0
    assert order_of(-turn(LAWFUL)) == 1.0


@pytest.mark.parametrize("y", [NORTH, SOUTH])
@pytest.mark.parametrize("apart", [12, 26])  # parted within one basin, or in two of them
def test_one_bipole_tells(y: float, apart: float) -> None:
    leader = 1 if y > 207.5 else -1
    assert order_of(field_of(*bipole(200, y, leader, apart))) > 0.9
    assert order_of(field_of(*bipole(200, y, -leader, apart))) < -0.9


def test_bipoles_that_contradict_each_other_cancel() -> None:
    found = order_of(field_of(*bipole(140, NORTH, 1), *bipole(270, NORTH, -1)))
    assert abs(found) < 0.2


def test_the_greater_flux_decides() -> None:
    greater, lesser = bipole(140, NORTH, 1), bipole(270, NORTH, -1, strength=70)
    assert 0.2 < order_of(field_of(*greater, *lesser)) <= 1


@pytest.mark.parametrize("patches", [[], [(180, NORTH, 6.0, 110.0)]])
def test_without_both_polarities_none_is_known(patches: list) -> None:
    assert order_of(field_of(*patches)) == pytest.approx(0, abs=1e-3)


def test_patches_apart_do_not_vote() -> None:
    apart = field_of((150, NORTH, 5, 110), (260, NORTH, 5, -110))
    assert order_of(apart) == pytest.approx(0, abs=1e-3)


@given(st.integers(0, 10**6), st.integers(2, 9))
@settings(max_examples=20)
def test_it_is_bounded_and_turns_with_the_field(seed: int, count: int) -> None:
    grey = field_of(*drawn_patches(seed, count, 110))
    found = order_of(grey)
    assert -1 <= found <= 1
    assert order_of(-grey) == pytest.approx(-found, abs=1e-9)
    # The grid of gaps is not the same for the mirror image, so that a pair may come or go.
    for turn in (np.fliplr, np.flipud):
        mirrored = order_of(turn(grey))
        if abs(found) > 0.5:
            assert mirrored * found < 0


@pytest.mark.parametrize("seed", range(3))
def test_drawn_disks_obey_the_cycle_they_are_drawn_in(seed: int) -> None:
    """Leaders in the north were negative in cycle 24, positive in cycle 25."""
    kinds = ("beta",) * 5
    for year, leader in ((2014, -1), (2026, 1)):
        time = datetime(year, 2, 4, 12, tzinfo=UTC)
        disk = normalize(draw(seed, size=512, regions=kinds, plage=0, time=time).magnetogram)
        assert order_of(disk) * leader > 0.3
