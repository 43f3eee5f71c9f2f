"""Features on drawn regions: what each should say, and what mirrors leave alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halescope.classification.features import FEATURES, _kernel, _smooth, describe

SIDE = 80
INSIDE = np.ones((SIDE, SIDE), bool)


def spot(x: float, y: float, peak: float, width: float = 4.0) -> np.ndarray:
    """Return a Gaussian spot, grey levels."""
    rows, columns = np.indices((SIDE, SIDE))
    far = (columns - x) ** 2 + (rows - y) ** 2
    return (peak * np.exp(-far / (2 * width**2))).astype(np.float32)


def named(field: np.ndarray) -> dict[str, float]:
    """Return the features by name."""
    clipped = np.clip(field, -127, 127).astype(np.float32)
    return dict(zip(FEATURES, describe(clipped, INSIDE, 0.9), strict=True))


def test_unipolar_and_bipolar() -> None:
    alpha = named(spot(40, 40, -300))
    beta = named(spot(28, 40, 300) + spot(52, 40, -250))
    assert alpha["minor_flux"] == 0
    assert alpha["minor_cores"] == 0
    assert alpha["imbalance"] == pytest.approx(1, abs=0.01)
    assert beta["minor_cores"] == pytest.approx(np.log(2))
    assert beta["separation"] * 20 == pytest.approx(24, abs=1)
    assert beta["tilt"] == pytest.approx(0, abs=0.05)
    assert beta["wrong_side"] < 0.01


def test_mixed_polarities_are_seen() -> None:
    beta = named(spot(24, 40, 300) + spot(56, 40, -300))
    mixed = named(spot(24, 40, 300) + spot(40, 40, -300) + spot(56, 40, 300) + spot(40, 56, -200))
    assert mixed["wrong_side"] > beta["wrong_side"] + 0.1
    assert mixed["mixing_4"] > beta["mixing_4"]
    assert mixed["contact_20"] > beta["contact_20"]
    assert mixed["core_distance"] < beta["core_distance"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.booleans(), st.booleans(), st.booleans())
def test_mirrors_and_polarity_change_nothing(seed: int, ew: bool, ns: bool, swap: bool) -> None:
    random = np.random.default_rng(seed)
    field = sum(
        spot(*random.uniform(15, 65, 2), random.uniform(-400, 400), random.uniform(1, 6))
        for _ in range(4)
    )
    other = field[:, ::-1] if ew else field
    other = other[::-1] if ns else other
    found, expected = named(-other if swap else other), named(field)
    for name in FEATURES:
        assert found[name] == pytest.approx(expected[name], abs=0.05), name


@pytest.mark.parametrize("inside", [np.zeros((SIDE, SIDE), bool), INSIDE])
def test_an_empty_field_is_finite(inside: np.ndarray) -> None:
    assert np.isfinite(describe(np.zeros((SIDE, SIDE), np.float32), inside, 0.1)).all()


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.0, 4.0])
def test_smoothing_is_scipys(sigma: float) -> None:
    from scipy.ndimage import gaussian_filter

    field = np.random.default_rng(0).normal(size=(33, 51)).astype(np.float32)
    expected = gaussian_filter(field, sigma, truncate=3.0, mode="constant")
    assert np.abs(_smooth(field, sigma) - expected).max() < 1e-5
    assert _kernel(51, sigma).shape == (51, 51)
