"""Boxes of HARPs: from SHARP headers, and from HEK's boxes in arcseconds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from astropy.io import fits

from halescope.datasets.labels.harp import (
    Harp,
    HarpTable,
    harp_box,
    read_harp_numbers,
    read_harps,
)
from halescope.datasets.labels.label import label_disk, sources_of
from halescope.errors import DatasetError
from halescope.geometry import (
    differential_rotation,
    offset_to_sphere,
    pixel_to_offset,
    stonyhurst_to_pixel,
)
from halescope.noaa.srs import SrsRow, SrsTable

NOON = datetime(2026, 2, 4, 12, tzinfo=UTC)
DAYS = date(2026, 2, 4), date(2026, 2, 5)
KEYS = {
    "HARPNUM": 377, "NOAA_ARS": "14366", "T_REC": "2026.02.04_12:00:37_TAI",
    "LON_MIN": -20.0, "LON_MAX": -5.0, "LAT_MIN": 10.0, "LAT_MAX": 20.0,
}  # fmt: skip


def write_sharp(path, **changed):
    unit = fits.PrimaryHDU(np.zeros((16, 24), "f4"))
    unit.header.update({k: v for k, v in (KEYS | changed).items() if v is not None})
    unit.writeto(path)
    return path


def labels_of(disk, harps, numbers=(14366,)):
    rows = [
        SrsRow(day, number, "I", 15, lon + 3 * i, mag_class="beta", area=100)
        for i, number in enumerate(numbers)
        for day, lon in zip(DAYS, (-20, -7), strict=True)
    ]
    return label_disk(disk, sources_of(SrsTable(tuple(rows), (), frozenset(DAYS)), harps))


def test_box_is_the_headers(disk_with, tmp_path):
    disk = disk_with([(-13.3, 15)])
    (label,) = labels_of(disk, read_harps(write_sharp(tmp_path / "s.fits")))
    assert label.box_source == "HARP 377"
    lon = np.array([-20.0, -5.0, -20.0, -5.0])
    x, y = stonyhurst_to_pixel(disk.geometry, lon, np.array([10.0, 10.0, 20.0, 20.0]))
    assert label.box[0] == pytest.approx(min(x), abs=0.6)
    assert label.box[2] == pytest.approx(max(x) + 1, abs=0.6)
    assert label.box[1] <= min(y) + 1e-3
    assert label.box[3] >= max(y)


def test_box_turns_with_the_sun(disk_with):
    harp = Harp(1, (14366,), NOON - timedelta(hours=10), (-20.0, -5.0), (10.0, 20.0))
    turned = float(differential_rotation(np.array(15.0), 10 / 24))
    now = replace(harp, time=NOON, longitude=(-20.0 + turned, -5.0 + turned))
    disk = disk_with([])
    assert harp_box(harp, disk) == pytest.approx(harp_box(now, disk))
    assert harp_box(replace(harp, longitude=(150.0, 170.0)), disk) is None


def test_a_harp_of_several_regions_leaves_the_fields_boxes(disk_with, tmp_path):
    harps = read_harps(write_sharp(tmp_path / "s.fits", NOAA_ARS="14366,14367"))
    labels = labels_of(disk_with([(-13.3, 15)]), harps, (14366, 14367))
    assert {label.box_source for label in labels} <= {"field", "point"}
    assert all("harp_shared" in label.flags for label in labels)


def test_a_harp_elsewhere_or_long_ago_is_not_used(disk_with, tmp_path):
    disk = disk_with([(-13.3, 15)])
    far = read_harps(write_sharp(tmp_path / "a.fits", LON_MIN=30.0, LON_MAX=40.0))
    (label,) = labels_of(disk, far)
    assert (label.box_source, label.flags) == ("field", ("harp_apart",))
    old = read_harps(write_sharp(tmp_path / "b.fits", T_REC="2026.02.03_12:00:00_TAI"))
    (label,) = labels_of(disk, old)
    assert (label.box_source, label.flags) == ("field", ())


def test_folders_lists_and_what_is_wrong(tmp_path):
    write_sharp(tmp_path / "a.fits")
    write_sharp(tmp_path / "b.fits", NOAA_ARS=None, HARPNUM=378)
    write_sharp(tmp_path / "c.fits", LON_MIN=None)
    (tmp_path / "d.fits").write_bytes(b"no FITS")
    listing = tmp_path / "harps.txt"
    listing.write_text("HARPNUM NOAA_ARS\n378 14370,14371\n")
    table = read_harps(tmp_path, read_harp_numbers(listing))
    assert set(table.by_number) == {14366, 14370, 14371}
    assert [line.split(":")[0] for line in table.problems] == ["c.fits", "d.fits"]
    assert "LON_MIN" in table.problems[0]
    with pytest.raises(DatasetError, match="does not exist"):
        read_harps(tmp_path / "none")
    with pytest.raises(DatasetError, match="no HARP"):
        read_harps(tmp_path / "d.fits")
    with pytest.raises(DatasetError, match="HARPNUM"):
        read_harp_numbers(tmp_path / "a.fits")


def test_heks_boxes_in_arcseconds(disk_with, tmp_path):
    disk = disk_with([])
    geometry = disk.geometry
    arcsec = np.degrees(np.arcsin(1 / geometry.distance)) * 3600 / geometry.radius
    x, y = stonyhurst_to_pixel(geometry, np.array([-13.3]), np.array([15.0]))
    west, north = (float(v[0] - geometry.x_center) * arcsec for v in (x, y))
    table = tmp_path / "regions.csv"
    table.write_text(
        "start,noaa_number,hpc_x_min,hpc_y_min,hpc_x_max,hpc_y_max\n"
        f"2026-02-04T12:00:00Z,14366,{west - 80},{north - 40},{west + 80},{north + 40}\n"
        "2026-02-04T12:00:00Z,14367,,,,\n"
    )
    harps = read_harps(table)
    assert isinstance(harps, HarpTable)
    assert len(harps.problems) == 1
    box = harp_box(harps.by_number[14366][0], disk)
    assert (box[0] + box[2]) / 2 == pytest.approx(float(x[0]) + 0.5, abs=1.5)
    assert box[2] - box[0] == pytest.approx(160 / arcsec, rel=0.15)
    assert box[3] - box[1] == pytest.approx(80 / arcsec, rel=0.35)


@pytest.mark.data
def test_real_sharps_on_disks_painted_from_them(disk_with, shared_data):
    """The header's box encloses nearly all strong field of the patch itself."""
    from halescope.io.fits import load_cea

    folder = shared_data / "sharp"
    table = read_harps(folder)
    assert {11158, 11429, 14079} <= set(table.by_number)
    assert not table.problems
    path = next(folder.glob("*.377.20110214_04*"))
    field, header = load_cea(path.read_bytes(), path.name)
    harp = min(
        table.by_number[11158], key=lambda h: abs(h.time - datetime(2011, 2, 14, 4, tzinfo=UTC))
    )
    disk = disk_with([], time=harp.time)
    rows, columns = np.mgrid[: disk.field.shape[0], : disk.field.shape[1]].astype(float)
    sphere = np.array(offset_to_sphere(*pixel_to_offset(disk.geometry, columns, rows), 215.0))
    b0 = np.radians(disk.geometry.b0)
    south = np.array([[1, 0, 0], [0, np.cos(b0), np.sin(b0)], [0, -np.sin(b0), np.cos(b0)]])
    west, north, depth = np.tensordot(south, sphere, 1)
    turn = np.radians(header["CRVAL1"] - header["CRLN_OBS"])
    tilt = np.radians(header["CRVAL2"])
    west, depth = (
        west * np.cos(turn) - depth * np.sin(turn),
        west * np.sin(turn) + depth * np.cos(turn),
    )
    north, depth = (
        north * np.cos(tilt) - depth * np.sin(tilt),
        north * np.sin(tilt) + depth * np.cos(tilt),
    )
    column = np.degrees(np.arctan2(west, depth)) / header["CDELT1"] + (field.shape[1] - 1) / 2
    row = np.degrees(north) / header["CDELT2"] + (field.shape[0] - 1) / 2
    inside = np.isfinite(column) & (depth > 0)
    inside &= (
        (column >= 0) & (column <= field.shape[1] - 1) & (row >= 0) & (row <= field.shape[0] - 1)
    )
    strong = np.zeros(rows.shape, bool)
    strong[inside] = np.abs(field[row[inside].astype(int), column[inside].astype(int)]) > 100
    x0, y0, x1, y1 = harp_box(harp, disk)
    y, x = np.nonzero(strong)
    held = (x >= x0 - 1) & (x <= x1) & (y >= y0 - 1) & (y <= y1)
    assert strong.sum() > 100
    assert held.mean() > 0.95
    assert x1 - x0 < 1.4 * np.ptp(np.percentile(x, [1, 99]))
    assert y1 - y0 < 1.4 * np.ptp(np.percentile(y, [1, 99]))
