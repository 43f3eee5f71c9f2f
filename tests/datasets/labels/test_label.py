"""Labels of a drawn disk from summaries written for it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from halescope.datasets.labels.label import Sources, label_disk
from halescope.datasets.labels.region import Label
from halescope.flags import Flag
from halescope.geometry import differential_rotation, stonyhurst_to_pixel, with_ephemeris
from halescope.noaa.srs import SrsRow
from halescope.normalize import canonical_geometry, normalize
from halescope.types import Disk, DiskGeometry, Magnetogram

DAY = date(2026, 2, 4)
NOON = datetime(2026, 2, 4, 12, tzinfo=UTC)


def row(number: int, lat: int, lon: int, kind: str = "beta", day: date = DAY) -> SrsRow:
    return SrsRow(day, number, "I", lat, lon, area=100, mag_class=kind)


def disk_with(places: list[tuple[float, float]], time: datetime = NOON) -> Disk:
    """Return a disk with a round patch of strong field at each Stonyhurst position."""
    origin = with_ephemeris(DiskGeometry(255.5, 255.5, 200.0), time)
    rows, columns = np.mgrid[:512, :512]
    field = np.zeros((512, 512), np.float32)
    for lon, lat in places:
        x, y = stonyhurst_to_pixel(origin, np.array(lon), np.array(lat))
        field += (120 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 72)).astype(np.float32)
    return normalize(Magnetogram(field, "display", origin, time=time))


def shifted(lon: float, lat: float, days: float) -> float:
    return lon + float(differential_rotation(np.array(lat), days))


def both_days(rows: list[SrsRow], later: list[SrsRow]) -> Sources:
    return Sources({DAY: rows, DAY + timedelta(days=1): later})


def labelled(disk: Disk, early: list[SrsRow], late: list[SrsRow]) -> list[Label]:
    out = label_disk(disk, both_days(early, late))
    assert out is not None
    return out


def test_firm_where_both_midnights_agree() -> None:
    disk = disk_with([(shifted(-20, 15, 0.5), 15)])
    (label,) = labelled(disk, [row(14366, 15, -20)], [row(14366, 15, -7)])
    assert (label.number, label.status, label.mount_wilson) == (14366, "firm", "beta")
    x, y = stonyhurst_to_pixel(
        canonical_geometry(disk.origin.geometry), np.array(shifted(-20, 15, 0.5)), np.array(15.0)
    )
    assert label.box[0] < x < label.box[2]
    assert label.box[1] < y < label.box[3]
    assert 20 < label.box[2] - label.box[0] < 45


def test_nearest_midnight_gives_the_position() -> None:
    evening = NOON + timedelta(hours=9)
    disk = disk_with([(shifted(-7, 15, -0.125), 15)], evening)
    (label,) = labelled(disk, [row(14366, 15, -25)], [row(14366, 15, -7)])
    assert label.longitude == pytest.approx(shifted(-7, 15, -3 / 24))


@pytest.mark.parametrize(
    ("early", "late", "word"),
    [
        ([row(1, 15, 0)], [], "preceding"),
        ([], [row(1, 15, 13)], "following"),
        ([row(1, 15, 0, "alpha")], [row(1, 15, 13, "beta")], "class alpha then beta"),
        ([row(1, 15, 74)], [row(1, 15, 87)], "beyond 75"),
    ],
)
def test_doubtful(early: list[SrsRow], late: list[SrsRow], word: str) -> None:
    start = (early or late)[0].lon
    disk = disk_with([(shifted(float(start or 0), 15, 0.5 if early else -0.5), 15)])
    label = labelled(disk, early, late)[0]
    assert label.number == 1
    assert label.status == "doubtful"
    assert word in label.note


def test_region_without_field_is_doubtful() -> None:
    (label,) = labelled(disk_with([]), [row(1, 15, 0)], [row(1, 15, 13)])
    assert label.status == "doubtful"
    assert "no strong field" in label.note


def test_unlisted_concentration_is_plage() -> None:
    disk = disk_with([(30, -20), (shifted(0, 15, 0.5), 15)])
    labels = labelled(disk, [row(1, 15, 0)], [row(1, 15, 13)])
    assert [label.status for label in labels] == ["firm", "plage"]
    assert labels[1].number == 0
    assert labels[1].longitude == pytest.approx(30, abs=0.5)
    assert labels[1].latitude == pytest.approx(-20, abs=0.5)


def test_missing_summary_leaves_the_image_out() -> None:
    disk = disk_with([(0, 15)])
    assert label_disk(disk, Sources({DAY: [row(1, 15, 0)]})) is None
    assert label_disk(disk, both_days([], [])) is not None


def test_a_cut_out_has_labels_of_what_it_shows() -> None:
    places = [(shifted(-20, 15, 0.5), 15), (shifted(30, -12, 0.5), -12)]
    whole = disk_with(places)
    field = np.where(np.arange(416) < 207, whole.field, np.nan).astype(np.float32)
    early = [row(14366, 15, -20), row(14367, -12, 30), row(14368, 5, -40), row(14369, 5, 40)]
    late = [row(r.number, r.lat, r.lon + 13) for r in early]
    for flags, numbers in (
        (Flag.CUTOUT, [14366, 14368]),
        (Flag.NONE, [14366, 14367, 14368, 14369]),
    ):
        disk = replace(whole, field=field, origin=replace(whole.origin, flags=flags))
        assert [label.number for label in labelled(disk, early, late) if label.number] == numbers
