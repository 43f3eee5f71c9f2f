"""The result of an analysis: what is printed, shown in a notebook, tabulated and plotted."""

import re
from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from astropy.time import Time

import halescope
from halescope.io.catalog import read_catalog, to_table, write_catalog
from halescope.types import Catalog


def test_repr_is_one_short_line(
    small_result: halescope.Analysis, empty_result: halescope.Analysis
) -> None:
    text = repr(small_result)
    assert text.startswith("<halescope.Analysis drawn.fits, 2026-02-04T12:00:00Z, synthetic: ")
    assert f"{len(small_result)} regions (" in text
    assert len(text) < 200
    assert "no regions>" in repr(empty_result)
    count = len(small_result)
    assert repr(small_result.catalog).startswith(f"<halescope.Catalog {count} regions on 1 image, ")


def test_table_has_units_and_times(small_result: halescope.Analysis) -> None:
    table = small_result.table
    assert isinstance(table["time"], Time)
    assert table["time"][0].isot == "2026-02-04T12:00:00.000"
    assert table["hgs_lon"].unit == u.deg
    area = table["area_msh"]
    np.testing.assert_allclose(area.to_value("Mm2") / area.value, 3.0412, rtol=1e-4)
    assert u.Unit("MSH") == halescope.MSH == area.unit
    assert (1 * halescope.MSH).to_value(u.km**2) == pytest.approx(3.0412e6, rel=1e-4)
    assert (1 * u.Unit("1e-6 MSH")).unit.physical_type == "area"
    assert set(table["image"]) == {"drawn.fits"}
    assert list(table["region"]) == list(range(1, len(table) + 1))


@pytest.mark.parametrize("times", [["", ""], ["2026-02-04T12:00:00Z", ""], []])
def test_unknown_times_are_masked(times: list[str]) -> None:
    columns = {"image": ["a"] * len(times), "time": times, "region": [1] * len(times)}
    table = to_table(Catalog(columns))
    assert len(table) == len(times)
    assert list(np.broadcast_to(table["time"].mask, len(times))) == [not time for time in times]


def test_units_survive_ecsv(small_result: halescope.Analysis, tmp_path) -> None:
    path = write_catalog(small_result.catalog, tmp_path / "catalog.ecsv")
    assert QTable.read(path)["area_msh"].unit == halescope.MSH
    assert QTable.read(path)["time"][0] == "2026-02-04T12:00:00Z"
    assert read_catalog(path).columns == small_result.catalog.columns


def test_pandas(small_result: halescope.Analysis, empty_result: halescope.Analysis) -> None:
    pandas = pytest.importorskip("pandas")
    frame = small_result.to_pandas()
    assert list(frame.columns) == list(small_result.catalog.columns)
    assert str(frame["time"].dt.tz) == "UTC"
    assert frame["time"][0] == pandas.Timestamp("2026-02-04T12:00:00Z")
    assert frame.attrs["units"]["area_msh"] == "MSH"
    assert frame["hgs_lon"].dtype == float
    assert len(empty_result.to_pandas()) == 0
    timeless = halescope.to_pandas(Catalog({"image": ["a"], "time": [""], "hgs_lon": [None]}))
    assert timeless["time"].isna().all()
    assert timeless["hgs_lon"].dtype == float


def test_notebook_shows_picture_and_table(small_result: halescope.Analysis) -> None:
    import base64
    import io

    from PIL import Image

    page = small_result._repr_html_()
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', page)
    assert picture is not None
    shown = Image.open(io.BytesIO(base64.b64decode(picture[1])))
    assert shown.size == small_result.picture.size
    assert page.count("<tr>") == len(small_result) + 1
    assert "area [MSH]" in page
    assert "<script" not in page


def test_names_are_escaped_in_notebooks_and_prompts(small_result: halescope.Analysis) -> None:
    wild = replace(small_result.magnetogram, name="<script>alert(1)</script>\n\x1b[31m")
    result = replace(small_result, magnetogram=wild)
    page = result._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\n" not in repr(result)
    assert "\x1b" not in repr(result) + page


def test_notebook_of_no_regions(empty_result: halescope.Analysis) -> None:
    assert "<table" not in empty_result._repr_html_()


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def test_plot_on_a_plain_axis(
    small_result: halescope.Analysis, empty_result: halescope.Analysis, pyplot
) -> None:
    _, ax = pyplot.subplots()
    assert small_result.plot(ax) is ax
    assert len(ax.lines) == len(ax.texts) == len(small_result)
    assert "arcsec" in ax.get_xlabel()
    truth = small_result.coordinates
    for line, here in zip(ax.lines, truth, strict=True):  # each box holds its region's position
        x, y = line.get_xdata(), line.get_ydata()
        assert x.min() < here.Tx.to_value("arcsec") < x.max()
        assert y.min() < here.Ty.to_value("arcsec") < y.max()
    assert len(empty_result.plot().lines) == 0
    ax.figure.canvas.draw()


@pytest.mark.filterwarnings("ignore")
def test_plot_on_an_axis_of_sunpy(small_result: halescope.Analysis, pyplot) -> None:
    """Also on the map of another image: here the same one, turned."""
    turned = small_result.map.rotate(30 * u.deg, missing=np.nan)
    for shown in (small_result.map, turned):
        ax = pyplot.figure().add_subplot(projection=shown)
        shown.plot(axes=ax)
        before = len(ax.lines)
        small_result.plot(ax)
        assert len(ax.lines) == before + len(small_result)
        line, corner = ax.lines[before], small_result.corners[0, 0]
        x, y = line.get_transform().transform(line.get_xydata()[:1])[0]
        expected = ax.transData.transform([v.to_value("pix") for v in shown.world_to_pixel(corner)])
        np.testing.assert_allclose([x, y], expected, atol=0.5)
        ax.figure.canvas.draw()
