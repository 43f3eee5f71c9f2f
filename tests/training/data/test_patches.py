"""Patches of regions land where they belong on the disk."""

from pathlib import Path

import numpy as np
import pytest

from halescope.datasets.labels.label import Sources
from halescope.errors import DatasetError
from halescope.geometry import stonyhurst_to_pixel
from halescope.training.data.patches import label_patch, patch_disk

HEADER = {
    "T_REC": "2011.02.15_04:00:00_TAI",
    "CRVAL1": 50.0,
    "CRVAL2": -20.0,
    "CRLN_OBS": 20.0,
    "CDELT1": 0.03,
    "CDELT2": 0.03,
    "CRPIX1": 200.5,
    "CRPIX2": 150.5,
}


def test_a_patch_lands_at_its_place() -> None:
    field = np.zeros((300, 400), np.float32)
    rows, columns = np.indices(field.shape)
    field[np.hypot(rows - 149.5, columns - 199.5) < 30] = 2000  # 0.9 degrees about the middle
    field[:3] = np.nan
    disk = patch_disk(field, HEADER)
    assert disk.grey.max() == 128  # clipped at 250 G
    weight = disk.grey / disk.grey.sum()
    y, x = np.indices(weight.shape)
    expected = stonyhurst_to_pixel(disk.geometry, np.array([30.0]), np.array([-20.0]))
    assert (weight * x).sum() == pytest.approx(expected[0][0], abs=0.3)
    assert (weight * y).sum() == pytest.approx(expected[1][0], abs=0.3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"CTYPE1": ""}, "CTYPE1"),
        ({"T_REC": ""}, "does not match"),
        ({"T_REC": "yesterday"}, "yesterday"),
        ({"CRVAL1": "east"}, "CRVAL1"),
        ({"CDELT1": True}, "CDELT1"),
        ({"NOAA_AR": "many"}, "many"),
    ],
)
def test_what_is_no_patch_is_refused(change: dict, said: str, tmp_path: Path) -> None:
    from astropy.io import fits

    other = tmp_path / "other.fits"
    cards = HEADER | {"CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA", "NOAA_AR": 11158} | change
    fits.PrimaryHDU(np.zeros((40, 40), np.float32), fits.Header(cards)).writeto(other)
    with pytest.raises(DatasetError, match=said):
        label_patch(other, Sources({}))


def test_what_is_no_whole_file_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"SIMPLE")
    with pytest.raises(DatasetError, match="damaged"):
        label_patch(broken, Sources({}))


def test_a_real_patch_has_its_own_regions(shared_data: Path) -> None:
    from halescope.noaa.srs import read_srs

    sources = Sources(read_srs(shared_data / "noaa" / "srs_1996_2026.csv").by_day())
    path = next((shared_data / "sharp").glob("*.377.20110216_100000*"))
    _, labels = label_patch(path, sources)
    assert [label.number % 10000 for label in labels] == [1158]
    assert labels[0].mount_wilson == "beta-gamma-delta"
