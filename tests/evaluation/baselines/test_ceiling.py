"""How often NOAA's class repeats: by hand, and on the whole table."""

from datetime import date
from pathlib import Path

import pytest

from halescope.evaluation.baselines.ceiling import PUBLISHED, repeatability
from halescope.noaa.srs import read_srs
from halescope.noaa.srs_row import SrsRow


def row(day: int, number: int, name: str, lon: int = 0) -> SrsRow:
    return SrsRow(date(2026, 2, day), number, "I", 10, lon, mag_class=name)


def test_pairs_of_days_by_hand() -> None:
    rows = [
        row(1, 1, "alpha"), row(2, 1, "beta"), row(3, 1, "beta"),
        row(1, 2, "beta-gamma"), row(2, 2, "beta-delta"),  # both complex
        row(1, 3, "beta"), row(3, 3, "beta"),  # no pair: a day is missing
        row(1, 4, "alpha", lon=61), row(2, 4, "beta", lon=70),  # too far
        row(4, 5, "beta", lon=60), row(5, 5, "beta", lon=73),  # near enough at first
    ]  # fmt: skip
    found = repeatability(rows)
    assert found is not None
    assert (found.pairs, found.regions) == (4, 3)
    assert found.agreement.value == 3 / 4
    assert {k: v.value for k, v in found.by_level.items()} == {"alpha": 0, "beta": 1, "complex": 1}
    assert found.balanced.value == round(2 / 3, 4)
    assert found.exact.value == 2 / 4
    assert found.to_json()["interval"][0] <= 3 / 4 <= found.to_json()["interval"][1]


def test_without_pairs_there_is_none() -> None:
    assert repeatability([]) is None
    assert repeatability([row(1, 1, "alpha"), row(3, 1, "alpha")]) is None


def test_published_figures_name_their_source() -> None:
    assert all(p.source and 0 < p.agreement < 1 for p in PUBLISHED)


@pytest.mark.data
def test_since_1996(shared_data: Path) -> None:
    table = read_srs(shared_data / "noaa" / "srs_1996_2026.csv")
    found = repeatability(table.section("I"))
    assert found is not None
    assert found.pairs == 31806
    assert found.agreement.value == pytest.approx(0.79, abs=0.005)
    values = {name: v.value for name, v in found.by_level.items()}
    assert values == pytest.approx({"alpha": 0.78, "beta": 0.79, "complex": 0.78}, abs=0.01)
    assert all(v.low < v.value < v.high for v in found.by_level.values())
