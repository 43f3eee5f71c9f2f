"""To sunpy and back: what it makes of our coordinates are our pixels again, whoever observed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units as u

import halescope
from halescope.errors import ConfigError, TimeError
from halescope.synthetic import draw
from halescope.synthetic.files import fits_bytes, header_of, picture_bytes

maps = pytest.importorskip("sunpy.map")
pytestmark = pytest.mark.filterwarnings("ignore")  # sunpy's, of what old headers lack

TOOLS = {"detector": "threshold", "classifier": "climatology"}
KINDS = ("beta", "alpha", "beta-gamma-delta")
BOX = ("x_min", "y_min", "x_max", "y_max")
CLOSE = 0.01
"""Pixels."""


def boxes_by(sunpy_map: Any, result: halescope.Analysis) -> np.ndarray:
    """Return the boxes, (N, 4) pixel edges, that a map makes of an analysis's corners."""
    x, y = (np.asarray(v.to_value("pix")) for v in sunpy_map.world_to_pixel(result.corners))
    return np.stack([x.min(1), y.min(1), x.max(1), y.max(1)], 1) + 0.5


def boxes_of(result: halescope.Analysis) -> np.ndarray:
    return np.array([result.catalog.columns[name] for name in BOX]).T


def check(result: halescope.Analysis, sunpy_map: Any) -> None:
    """Set boxes against pixels, and positions against sunpy's Stonyhurst coordinates."""
    assert len(result) >= 2
    found, expected = boxes_by(sunpy_map, result), boxes_of(result)
    known = np.isfinite(found).all(1)  # sunpy cannot carry off-limb corners to another observer
    assert known.sum() >= 2
    np.testing.assert_allclose(found[known], expected[known], atol=CLOSE)
    x, y = (v.to_value("pix") for v in sunpy_map.world_to_pixel(result.coordinates))
    on = np.isfinite(x)
    assert on.sum() >= 2
    assert ((x + 0.5 > expected[:, 0]) & (y + 0.5 < expected[:, 3]))[on].all()
    there = result.coordinates.heliographic_stonyhurst
    apart = (there.lon.to_value("deg") - result.table["hgs_lon"].to_value("deg") + 180) % 360 - 180
    inner = np.array(result.catalog.columns["mu"]) > 0.3
    assert inner.sum() >= 2
    np.testing.assert_allclose(apart[inner], 0, atol=0.05)
    latitude = result.table["hgs_lat"].to_value("deg")
    np.testing.assert_allclose(there.lat.to_value("deg")[inner], latitude[inner], atol=0.05)


@pytest.mark.parametrize("roll", [0.0, 180.0, 37.0])
@pytest.mark.parametrize("given", ["map", "file"])
def test_drawn_disk_at_any_roll(roll: float, given: str) -> None:
    magnetogram = draw(8, size=512, regions=KINDS, roll=roll).magnetogram
    own = maps.Map(magnetogram.field, header_of(magnetogram))
    result = halescope.analyze(own if given == "map" else fits_bytes(magnetogram), **TOOLS)
    check(result, own)
    ours = result.map
    np.testing.assert_array_equal(ours.data, own.data)


@pytest.mark.parametrize("longitude", [-63.0, 90.0, 170.0])
def test_observer_off_the_line_to_earth(longitude: float) -> None:
    """Solar Orbiter and STEREO stand anywhere; the field is the same as seen from there."""
    magnetogram = draw(8, size=512, regions=KINDS).magnetogram
    header = header_of(magnetogram) | {"HGLN_OBS": longitude}
    header = {k: v for k, v in header.items() if k not in ("CRLN_OBS", "CRLT_OBS")}
    own = maps.Map(magnetogram.field, header)
    assert own.observer_coordinate.lon.to_value("deg") == pytest.approx(longitude)
    check(halescope.analyze(own, **TOOLS), own)
    check(halescope.analyze((magnetogram.field, header), **TOOLS), own)


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["mdi_small/mdi.fd_M_96m.19980423_000000.256.fits", "mdi", "rolled"]
)
def test_mdi(shared_data: Path, name: str) -> None:
    """Real ones; three of the small ones were stored upside down."""
    if name == "mdi":
        path = min((shared_data / "mdi").glob("*.fits"))
    elif name == "rolled":
        path = next(p for p in sorted((shared_data / "mdi_small").glob("*.fits")) if _is_turned(p))
    else:
        path = shared_data / name
    own = maps.Map(path)
    check(halescope.analyze(path, **TOOLS), own)
    check(halescope.analyze(own, **TOOLS), own)


def _is_turned(path: Path) -> bool:
    from astropy.io import fits

    return abs(fits.getval(path, "CROTA2") - 180) < 1


@pytest.mark.data
def test_gong_and_hmi_pictures(shared_data: Path) -> None:
    """No header there: sunpy's own header of a disk of that centre and radius is set against it."""
    from astropy.coordinates import SkyCoord
    from sunpy.coordinates import frames
    from sunpy.map.header_helper import make_fitswcs_header

    hmi = shared_data / "hmi" / "2026" / "02" / "04" / "HMI.m2026.02.04_12.00.00.jpg"
    for path in (min((shared_data / "gong").glob("*.jpg")), hmi):
        result = halescope.analyze(path, **TOOLS)
        seen = result.magnetogram.geometry_in_file
        frame = frames.Helioprojective(observer="earth", obstime=result.table["time"][0])
        origin = SkyCoord(0 * u.arcsec, 0 * u.arcsec, frame=frame)
        scale = np.degrees(np.arcsin(1 / seen.distance)) * 3600 / seen.radius * u.arcsec / u.pix
        header = make_fitswcs_header(
            result.magnetogram.file_shape,
            origin,
            reference_pixel=[seen.x_center, seen.y_center] * u.pix,
            scale=[scale.value] * 2 * scale.unit,
        )
        own = maps.Map(np.zeros(result.magnetogram.file_shape), header)
        x, y = own.world_to_pixel(result.corners)
        height = result.magnetogram.file_shape[0]  # rows of a picture run downwards
        expected = boxes_of(result)
        known = np.isfinite(x.value).all(1)
        assert known.sum() >= 2
        np.testing.assert_allclose(x.value[known, 0] + 0.5, expected[known, 0], atol=CLOSE)
        np.testing.assert_allclose(height - y.value[known, 0] - 0.5, expected[known, 3], atol=CLOSE)


@pytest.mark.data
def test_jpeg2000(shared_data: Path) -> None:
    """Positions of the whole file, also where a smaller copy was decoded."""
    path = min((shared_data / "hmi_jp2").glob("*.jp2"))
    result = halescope.analyze(path, **TOOLS)
    assert result.magnetogram.reduction > 1
    there = result.coordinates.heliographic_stonyhurst
    lon = result.table["hgs_lon"].to_value("deg")
    inner = np.array(result.catalog.columns["mu"]) > 0.3
    np.testing.assert_allclose(there.lon.to_value("deg")[inner], lon[inner], atol=0.05)
    assert result.map.data.shape == (4096, 4096)


def test_submap_is_the_box(small_result: halescope.Analysis) -> None:
    part = small_result.submap(2)
    x0, y0, x1, y1 = boxes_of(small_result)[1]
    assert part.data.shape == pytest.approx((y1 - y0, x1 - x0), abs=1.01)
    assert (part.meta["region"], part.meta["image"]) == (2, small_result.magnetogram.name)
    center = part.world_to_pixel(small_result.coordinates[1])
    assert center.x.value == pytest.approx((x1 - x0) / 2, abs=1.5)
    wider = small_result.submap(2, margin=0.5)
    assert min(wider.data.shape) > min(part.data.shape)
    for wrong in (0, 99, True, "a"):
        with pytest.raises(ConfigError, match="region"):
            small_result.submap(wrong)


def test_regions_of_the_regions_package(small_result: halescope.Analysis) -> None:
    regions = pytest.importorskip("regions")
    flat, sky = small_result.pixel_regions, small_result.sky_regions
    assert len(flat) == len(sky) == len(small_result)
    expected = boxes_of(small_result)
    for box, here, row, edges in zip(flat, sky, small_result.catalog.rows(), expected, strict=True):
        assert isinstance(box, regions.RectanglePixelRegion)
        assert isinstance(here, regions.RectangleSkyRegion)
        assert box.center.x == pytest.approx((edges[0] + edges[2]) / 2 - 0.5)
        assert box.width == pytest.approx(edges[2] - edges[0])
        assert box.meta["text"] == f"{row['region']} {row['class']}"
        assert box.meta["comment"] == row["image"]
        back = here.to_pixel(small_result.map.wcs)
        assert back.center.x == pytest.approx(box.center.x, abs=CLOSE)
        assert back.height == pytest.approx(box.height, rel=1e-3)


def test_without_time_there_is_no_observer(small_drawing: Any) -> None:
    result = halescope.analyze(picture_bytes(small_drawing.magnetogram), **TOOLS)
    for ask in (lambda: result.coordinates, lambda: result.corners, lambda: result.map):
        with pytest.raises(TimeError, match="observer is unknown"):
            ask()


def test_no_regions_have_no_coordinates(empty_result: halescope.Analysis) -> None:
    assert empty_result.coordinates.shape == (0,)
    assert empty_result.corners.shape == (0, 4)
    assert empty_result.sky_regions == []
    with pytest.raises(ConfigError, match="no region was found"):
        empty_result.submap(1)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what makes a library missing."""

    def hide(name: str) -> None:
        monkeypatch.setitem(__import__("sys").modules, name, None)

    return hide


@pytest.mark.parametrize(
    ("library", "ask", "extra"),
    [
        ("sunpy.map", lambda r: r.map, "sun"),
        ("regions", lambda r: r.pixel_regions, "notebook"),
        ("pandas", lambda r: r.to_pandas(), "notebook"),
        ("matplotlib", lambda r: r.plot(), "notebook"),
    ],
)
def test_missing_libraries_are_said(
    small_drawing: Any, without: Callable, library: str, ask: Callable, extra: str
) -> None:
    from halescope.errors import MissingExtraError

    result = halescope.analyze(fits_bytes(small_drawing.magnetogram), **TOOLS)
    without(library)
    with pytest.raises(MissingExtraError, match=rf"halescope\[{extra}\]"):
        ask(result)
