"""The whole flow from Python: a QTable with units beside the picture."""

from pathlib import Path

import numpy as np
import pytest

import halescope
from halescope.synthetic import Drawing
from halescope.synthetic.files import fits_bytes, header_of, picture_bytes

TOOLS = {"detector": "threshold", "classifier": "climatology"}


def test_fits_bytes_to_table_and_picture(small_drawing: Drawing) -> None:
    from astropy import units as u
    from astropy.table import QTable

    result = halescope.analyze(fits_bytes(small_drawing.magnetogram, False), **TOOLS)
    assert isinstance(result.table, QTable)
    assert result.table["hgs_lon"].unit == u.deg
    assert len(result.table) == len(result.regions) == len(result.catalog)
    truth = small_drawing.truth.columns
    for longitude, latitude in zip(truth["hgs_lon"], truth["hgs_lat"], strict=True):
        if abs(longitude) < 55:
            near = np.hypot(
                result.table["hgs_lon"].value - longitude, result.table["hgs_lat"].value - latitude
            )
            assert near.min() < 12  # neighbours may be merged by a plain threshold


def test_array_with_header_equals_the_file(small_drawing: Drawing) -> None:
    magnetogram = small_drawing.magnetogram
    header = header_of(magnetogram)
    a = halescope.analyze((magnetogram.field, header), **TOOLS).catalog.columns
    b = halescope.analyze(fits_bytes(magnetogram, False), **TOOLS).catalog.columns
    np.testing.assert_allclose(a["x_min"], b["x_min"], atol=0.02)
    np.testing.assert_allclose(a["hgs_lon"], b["hgs_lon"], atol=0.02)


def test_upside_down_file_gives_the_same_regions(small_drawing: Drawing) -> None:
    from halescope.synthetic import draw

    kinds = ("beta", "alpha", "beta-gamma-delta")
    a = halescope.analyze(fits_bytes(draw(8, size=512, regions=kinds).magnetogram, True), **TOOLS)
    turned = draw(8, size=512, regions=kinds, roll=180.0).magnetogram
    b = halescope.analyze(fits_bytes(turned, True), **TOOLS)
    assert abs(turned.geometry.roll) == 180.0
    assert len(a.catalog) == len(b.catalog)
    for name in ("hgs_lon", "hgs_lat"):
        np.testing.assert_allclose(
            np.sort(a.table[name].value), np.sort(b.table[name].value), atol=0.6
        )


def test_picture_without_time_is_analysed_in_pixels(small_drawing: Drawing) -> None:
    result = halescope.analyze(picture_bytes(small_drawing.magnetogram, "png"), **TOOLS)
    assert len(result.catalog) > 2
    assert set(result.catalog.columns["hgs_lon"]) == {None}
    assert all("no_time" in flags for flags in result.catalog.columns["flags"])


def test_min_score_goes_before_the_networks_own(small_drawing: Drawing) -> None:
    from halescope.errors import ConfigError

    data = fits_bytes(small_drawing.magnetogram)
    few, usual, many = (
        halescope.analyze(data, min_score=score, classifier="climatology")
        for score in (0.99, None, 0.01)
    )
    assert len(few) <= len(usual) <= len(many)
    assert len(few) < len(many)
    assert few.regions.score.min(initial=1) >= 0.99
    with pytest.raises(ConfigError, match="min_score: is 2"):
        halescope.analyze(data, min_score=2)


@pytest.mark.data
@pytest.mark.filterwarnings("ignore")
def test_sunpy_map_equals_the_file(shared_data: Path) -> None:
    sunpy_map = pytest.importorskip("sunpy.map")
    path = next(iter(sorted((shared_data / "mdi_small").glob("*.fits"))))
    a = halescope.analyze(sunpy_map.Map(path), **TOOLS).catalog.columns
    b = halescope.analyze(path, **TOOLS).catalog.columns
    np.testing.assert_allclose(a["hgs_lon"], b["hgs_lon"], atol=0.1)


def test_regions_are_numbered_from_east_to_west(drawing: Drawing) -> None:
    found = halescope.analyze(fits_bytes(drawing.magnetogram), **TOOLS)
    x = found.regions.boxes[:, 0] + found.regions.boxes[:, 2]
    assert (np.diff(x) >= 0).all()
    assert found.catalog.columns["region"] == list(range(1, len(x) + 1))
