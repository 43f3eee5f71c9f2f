from dataclasses import replace

import numpy as np
import pytest

from halescope.explain.attribution import Attribution
from halescope.explain.words import LIMB, place_of, sentences


def levels(*values):
    return np.array(values, np.float32)


FOUND = Attribution(
    "beta",
    levels(0.2, 0.8, 0.0),
    levels(0.9, 0.1, 0.0),
    levels(0.3, 0.6, 0.1),
    np.zeros((4, 4), np.float32),
    (0, 0),
    4.0,
    0.41,
    0.95,
    (-0.8, 0.1),
    (0.0, -0.7),
)


def test_parts_and_polarities():
    assert sentences({}, FOUND) == [
        "beta rests most on the eastern part: hidden, it falls to 0.41",
        "the southern part speaks against beta: hidden, it rises to 0.95",
        "without positive field alpha 0.90, without negative field still beta 0.60",
    ]


def test_nothing_decides():
    flat = replace(FOUND, lowest=0.78, highest=0.81)
    assert sentences({}, flat)[0].startswith("no single part decides")


def test_two_places_of_one_name():
    same = replace(FOUND, highest_at=(-0.5, 0.2))
    assert sentences({}, same)[1].startswith("another place in the eastern part speaks against")


def test_limb_is_said_where_something_was_measured():
    row = {"cores_positive": 1, "cores_negative": 1, "core_distance_mm": 4.0, "flux_unsigned": 1}
    words = sentences(row, FOUND, "near_limb|clipped")
    assert words[0] == "two opposite umbra-like cores 4 Mm apart, inside one penumbra-sized patch"
    assert words[1] == LIMB
    assert LIMB not in sentences({}, FOUND, "near_limb")


@pytest.mark.parametrize(
    ("at", "name"),
    [((0, 0), "middle"), ((0.9, 0.9), "north-west"), ((-0.5, 0), "eastern part"),
     ((0, -1), "southern part")],
)  # fmt: skip
def test_places(at, name):
    assert place_of(*at) == name
