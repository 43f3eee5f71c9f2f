"""A real disk as an HMI FITS file, stored upside down as HMI's are: the same regions."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import halescope

pytestmark = pytest.mark.data


def test_upside_down_hmi_file_gives_the_same_regions(real_as_hmi: Callable[[float], bytes]) -> None:
    upright = halescope.analyze(real_as_hmi(0.0))
    turned = halescope.analyze(real_as_hmi(180.0))
    assert abs(turned.magnetogram.geometry.roll) == pytest.approx(180)
    assert turned.magnetogram.instrument == "HMI"
    assert turned.magnetogram.scale == "gauss"
    a, b = upright.catalog.columns, turned.catalog.columns
    assert len(a["class"]) >= 2
    assert a["class"] == b["class"]
    for name in ("score", "hgs_lon", "hgs_lat", "area_msh"):
        np.testing.assert_allclose(a[name], b[name], rtol=0.02, atol=0.05, err_msg=name)
    height, width = turned.magnetogram.field.shape
    np.testing.assert_allclose(np.add(a["x_min"], b["x_max"]), width, atol=0.5)
    np.testing.assert_allclose(np.add(a["y_min"], b["y_max"]), height, atol=0.5)


def test_real_picture_gives_regions_where_noaa_has_them(shared_data: Path) -> None:
    from halescope.noaa.matching import with_numbers
    from halescope.noaa.srs import read_srs

    name = "HMI.m2026.02.02_12.00.00.jpg"
    found = next((shared_data / "hmi").rglob(name), None)
    if found is None:
        pytest.skip(f"no {name} in ../shared/data/hmi")
    summaries = read_srs(shared_data / "noaa" / "srs_1996_2026.csv").by_day()
    catalog = with_numbers(halescope.analyze(found).catalog, summaries)
    listed = [number for number in catalog.columns["noaa"] if number]
    assert 4 <= len(listed) <= len(catalog) <= 12
    assert None not in catalog.columns["hgs_lon"]
