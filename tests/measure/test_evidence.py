from halescope.classes import MOUNT_WILSON
from halescope.measure.climatology import (
    COLUMNS,
    RATES,
    flare_columns,
    with_flare_climatology,
)
from halescope.measure.columns import empty_row
from halescope.measure.evidence import evidence
from halescope.types import Catalog


def test_delta_in_words():
    row = empty_row() | {
        "cores_positive": 2,
        "cores_negative": 1,
        "core_distance_mm": 4.2,
        "flux_unsigned": 1e22,
        "imbalance": -0.2,
        "leading": "positive",
        "hale": "no",
        "pil_mm": 120.4,
        "pil_steep_mm": 45.0,
    }
    assert "; ".join(evidence(row)) == (
        "two positive and one negative umbra-like core, opposite ones 4 Mm apart, inside one "
        "penumbra-sized patch; both polarities, negative with 60 % of the flux; positive polarity "
        "leads, against Hale's law; inversion lines of 120 Mm, 45 Mm of it steep"
    )
    row["cores_positive"] = 1
    assert "; ".join(evidence(row)).startswith(
        "two opposite umbra-like cores 4 Mm apart, inside one penumbra-sized patch; "
    )


def test_unipolar_and_far_and_nothing():
    row = empty_row() | {"cores_positive": 1, "cores_negative": 0, "imbalance": 0.9}
    assert "; ".join(evidence(row)) == (
        "one positive saturated patch, none opposite; nearly unipolar: positive polarity holds "
        "95 % of the field (clipped)"
    )
    row |= {"cores_negative": 2, "core_distance_mm": 40.0}
    assert (
        "two negative saturated patches, opposite ones 40 Mm apart, too far for a delta"
        in "; ".join(evidence(row))
    )
    row["core_distance_mm"] = 20.0
    assert (
        "opposite ones 20 Mm apart; whether there is a delta a clipped picture cannot show"
        in "; ".join(evidence(row))
    )
    assert evidence(empty_row()) == []


def test_rates_grow_with_complexity_and_level():
    order = ["alpha", "beta", "beta-gamma", "beta-gamma-delta"]
    for level in ("c", "m"):
        rates = [getattr(RATES[name], level) for name in order]
        assert rates == sorted(rates)
    for rate in RATES.values():
        assert 1 >= rate.c >= rate.m >= rate.x >= 0
    columns = flare_columns(MOUNT_WILSON)
    assert tuple(columns) == COLUMNS
    assert columns["flare_climatology_m_24h"][MOUNT_WILSON.index("gamma")] is None


def test_climatology_stands_at_the_end_of_a_catalogue():
    catalog = Catalog({"image": ["a", "a"], "class": ["beta", "gamma"]})
    found = with_flare_climatology(catalog)
    assert list(found.columns) == ["image", "class", *COLUMNS]
    assert found.columns[COLUMNS[0]] == [RATES["beta"].c, None]
    assert with_flare_climatology(Catalog({"class": []})).columns[COLUMNS[2]] == []
