"""Real SHARP patches: their headers carry the survey's own values."""

import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from halescope.measure.columns import measure_patch
from halescope.measure.inversion import schrijver_r
from halescope.measure.sharp import sharp_patch

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "sharp"
NAMES = ("377.20110214_220000", "1449.20120307_022400", "13171.20250504_150000")

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real SHARP patches at {FOLDER}"),
]


def load(name):
    fits = pytest.importorskip("astropy.io.fits")
    path = FOLDER / f"hmi.sharp_cea_720s.{name}_TAI.magnetogram.fits"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(path) as hdus:
            hdus[-1].verify("silentfix")
            header = {key: hdus[-1].header[key] for key in dict.fromkeys(hdus[-1].header) if key}
            return np.asarray(hdus[-1].data, np.float32), header


@pytest.mark.parametrize("name", NAMES)
def test_survey_values_are_reproduced(name):
    field, header = load(name)
    patch = sharp_patch(field, header)
    row = measure_patch(patch, datetime(2012, 3, 7, tzinfo=UTC))
    assert row["flux_unsigned"] == pytest.approx(float(header["USFLUX"]), rel=0.15)
    for ours, theirs in (
        ("positive_lon", "LONFWTPO"),
        ("positive_lat", "LATFWTPO"),
        ("negative_lon", "LONFWTNE"),
        ("negative_lat", "LATFWTNE"),
    ):
        assert row[ours] == pytest.approx(float(header[theirs]), abs=0.6), theirs
    sampled = schrijver_r((patch.radial * patch.mu)[::4, ::4], patch.pixel * 4)[0]
    assert sampled == pytest.approx(float(header["R_VALUE"]), abs=0.01)
    assert row["r_value"] == pytest.approx(float(header["R_VALUE"]), abs=0.25)


def test_delta_region_has_opposite_cores_close_by():
    field, header = load("377.20110214_220000")
    row = measure_patch(sharp_patch(field, header))
    assert row["cores_positive"] >= 2
    assert row["cores_negative"] >= 2
    assert row["core_distance_mm"] < 10
