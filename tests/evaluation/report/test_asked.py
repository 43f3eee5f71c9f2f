"""Which of the evaluated regions a network learned from."""

from dataclasses import replace
from pathlib import Path

import pytest

from halescope.datasets.manifest import write_manifest
from halescope.datasets.splits.returned import returned
from halescope.evaluation.report.asked import Asked, shared_regions
from halescope.evaluation.run import listed
from halescope.runtime.card import ModelCard
from halescope.runtime.store import default_card

# A region, its return a synodic rotation later, and one that stands elsewhere.
ROWS = (("2026-02-05", 14001), ("2026-03-04", 14002), ("2026-03-05", 14003))


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    rows = [
        {"image": f"{day}.png", "time": f"{day}T06:00:00Z", "noaa_number": number,
         "class": "beta", "status": "firm", "x_min": 1, "y_min": 1, "x_max": 9, "y_max": 9,
         "hgs_lon": 0 if number != 14003 else 60, "hgs_lat": 10}
        for day, number in ROWS
    ]  # fmt: skip
    write_manifest(tmp_path / "manifest.csv", rows)
    return Asked(tmp_path / "manifest.csv", days=("2026-03-01", "2026-03-31"))


def card(**training: object) -> ModelCard:
    found = default_card("detector")
    assert found is not None
    return replace(found, training=training)


def test_days_of_the_card_tell_what_was_learned(asked: Asked) -> None:
    group = returned([e for _, labels in listed(asked.manifest) for e in labels])
    numbers = [14002, 14003]
    february = card(days=["2026-02-01", "2026-02-28"])
    assert shared_regions(asked, february, numbers, group) == ([], [14002])
    march = card(days=["2026-03-01", "2026-03-04"])
    assert shared_regions(asked, march, numbers, group) == ([14002], [])


def test_numbers_on_the_card_are_groups(asked: Asked) -> None:
    group = returned([e for _, labels in listed(asked.manifest) for e in labels])
    assert shared_regions(asked, card(region_numbers=[14001]), [14002], group) == ([14002], [])
    assert shared_regions(asked, card(region_numbers=[15000]), [14002], group) == ([], [])


def test_a_card_that_says_nothing_and_a_baseline(asked: Asked) -> None:
    assert shared_regions(asked, card(), [14002], {}) == (None, [])
    assert shared_regions(asked, None, [14002], {}) == ([], [])
