"""Classifiers answer with probabilities or are refused."""

import numpy as np
import pytest

from halescope.classes import MOUNT_WILSON
from halescope.classification.classify import (
    CLIMATOLOGY,
    NOAA_RATES,
    Classifier,
    classify,
    load_classifier,
)
from halescope.errors import ModelError
from halescope.normalize import normalize
from halescope.types import Disk, DiskGeometry, Magnetogram, Regions


@pytest.fixture
def disk() -> Disk:
    field = np.zeros((450, 450), np.float32)
    return normalize(Magnetogram(field, "display", DiskGeometry(225, 225, 200.0)))


REGIONS = Regions.from_boxes(np.array([[10, 10, 40, 30], [60, 60, 90, 80]], np.float32))


def test_climatology_covers_the_vocabulary(disk: Disk) -> None:
    assert set(NOAA_RATES) == set(MOUNT_WILSON)
    assert sum(NOAA_RATES.values()) == pytest.approx(1, abs=1e-3)
    found = classify(disk, REGIONS, load_classifier(CLIMATOLOGY))
    assert found.class_names == ["beta", "beta"]
    np.testing.assert_allclose(found.coarse.sum(1), 1, atol=1e-6)


def test_no_regions_asks_no_classifier(disk: Disk) -> None:
    def never(disk: Disk, regions: Regions) -> np.ndarray:
        raise AssertionError

    assert len(classify(disk, Regions.empty(), Classifier("never", never))) == 0


@pytest.mark.parametrize(
    "answer", [np.zeros((2, 7)), np.full((2, 3), 1 / 3), np.full((2, 7), np.nan)]
)
def test_answers_that_are_no_probabilities(disk: Disk, answer: np.ndarray) -> None:
    with pytest.raises(ModelError, match="gives"):
        classify(disk, REGIONS, Classifier("odd", lambda d, r: answer.astype(np.float32)))


def test_unknown_classifier() -> None:
    with pytest.raises(ModelError, match="no classifier"):
        load_classifier("oracle")
