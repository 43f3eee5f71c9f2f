"""Crops and the part that each is in."""

from pathlib import Path

import numpy as np
import pytest

from halescope.training.data.crop_split import place_crops
from halescope.training.data.frames import DataConfig, Frame, at_random

BOX = np.array([[100, 100, 120, 130]], np.float32)


def frame(name, day, number, kind="beta", firm=True):
    return Frame(Path(name), f"{day}T00:00:00Z", "", BOX, (kind,), (firm,), (number,))


@pytest.fixture
def frames():
    """Region 1 crosses from training into validation; region 2 is of test days alone."""
    out = [frame(f"a{i}", "2026-03-01", 1) for i in range(20)]
    out += [frame(f"b{i}", "2026-03-09", 1) for i in range(20)]
    return out + [frame(f"c{i}", "2026-03-26", 2, "alpha") for i in range(20)]


def test_days_hold_out_regions_too(frames):
    placed = place_crops(frames, DataConfig(split="time"))
    assert {(c.part, c.number) for c in placed} == {("train", 1), ("test", 2)}
    assert len(placed) == 40


def test_random_divides_crops_and_not_days(frames):
    config = DataConfig(split="random")
    placed = place_crops(frames, config)
    assert [c.part for c in placed] == at_random(60, config)
    assert {c.number for c in placed if c.part == "test"} == {1, 2}


def test_shared_is_what_both_agree_on(frames):
    by_chance = {c.image: c.part for c in place_crops(frames, DataConfig(split="random"))}
    by_day = {c.image: c.part for c in place_crops(frames, DataConfig(split="time"))}
    shared = place_crops(frames, DataConfig(split="shared"))
    expected = {name for name, part in by_day.items() if by_chance[name] == part}
    assert {c.image for c in shared} == expected
    assert all(c.part == by_day[c.image] == by_chance[c.image] for c in shared)


def test_doubtful_and_unclassed_regions_are_no_crops():
    odd = [frame("a", "2026-03-01", 1, firm=False), frame("b", "2026-03-01", 2, kind="")]
    assert place_crops(odd, DataConfig()) == []


def test_limit_spreads_evenly(frames):
    placed = place_crops(frames, DataConfig(split="random"), limit=3)
    assert [c.image for c in placed] == ["a0", "b10", "c19"]


def test_the_manifests_own_parts():
    one = Frame(Path("a"), "2026-03-26T00:00:00Z", "validation", BOX, ("beta",), (True,), (1,))
    assert [c.part for c in place_crops([one], DataConfig(split="manifest"))] == ["validation"]
