"""Ready questions against counts by hand, and their pictures."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

import archive_finders
from halescope import archive
from halescope.archive.questions.pictures import draw
from halescope.archive.questions.ready import butterfly, classes, counts
from halescope.archive.questions.region import LIFE, life
from halescope.archive.tracking import read_hourly, track_archive
from halescope.errors import ConfigError, DatasetError
from halescope.geometry import differential_rotation
from halescope.noaa.srs_row import SrsRow


def turning(file, order, rows):
    """Find two regions that turn with the Sun: a beta at the equator and an alpha north of it."""
    hours = (file.time - 1_419_897_600_000) / 3_600_000
    row = dict(archive_finders.COLUMNS_OF_ROW)
    columns = {name: [row.get(name)] * 2 for name in archive_finders.COLUMNS}
    latitude = [0.0, 20.0]
    longitude = [-30.0 + float(differential_rotation(b, hours / 24)) for b in latitude]
    columns |= {
        "region": [1, 2], "hgs_lat": latitude, "hgs_lon": longitude, "cmd": longitude,
        "class": ["beta", "alpha"], "area_msh": [100.0 + hours, 50.0],
        "carrington_lon": [100.0, 100.0],
        "x_min": [256 + 200 * np.sin(np.radians(x)) - 10 for x in longitude],
        "x_max": [256 + 200 * np.sin(np.radians(x)) + 10 for x in longitude],
        "y_min": [246.0, 178.0], "y_max": [266.0, 198.0],
    }  # fmt: skip
    about = {
        "time": archive_finders.to_datetime(file.time).replace(tzinfo=None), "instrument": "HMI",
        "scale": "display", "width": 512, "height": 512, "rows_down": True, "radius": 200.0,
        "b0": 0.0, "l0": 0.0, "flags": "",
    }  # fmt: skip
    rows.add_found(file, order.key, about, archive_finders.Catalog(columns))


@pytest.fixture
def tables(make, sky, tmp_path):
    make(tmp_path / "a", sky, finder=turning)
    return archive.open(tmp_path / "a")


def summary(number: int, day: date, longitude: float) -> SrsRow:
    """Return NOAA's row of a beta region at the equator."""
    return SrsRow(day, number, "I", 0, round(longitude), area=50, mag_class="beta")


def test_classes_by_month(tables):
    assert classes(tables).to_pylist() == [
        {"month": date(2014, 12, 1), "class": "alpha", "regions": 48, "share": 0.5},
        {"month": date(2014, 12, 1), "class": "beta", "regions": 48, "share": 0.5},
        {"month": date(2015, 1, 1), "class": "alpha", "regions": 24, "share": 0.5},
        {"month": date(2015, 1, 1), "class": "beta", "regions": 24, "share": 0.5},
    ]


def test_butterfly_takes_one_image_a_day(tables):
    found = butterfly(tables)
    assert found["hgs_lat"].to_pylist() == [0.0, 20.0] * 3
    assert [t.hour for t in found["time"].to_pylist()] == [0] * 6


def test_counts_by_day(tables):
    found = counts(tables).to_pylist()
    assert [(row["images"], row["regions"], row["most"]) for row in found] == [(24, 2.0, 2)] * 3
    rows = [summary(12000 + n, date(2014, 12, 31), 0.0) for n in range(4)]
    assert counts(tables, rows)["noaa"].to_pylist() == [4, None, None]


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_pictures(tables, tmp_path, suffix):
    for name, found in (
        ("butterfly", butterfly(tables)), ("classes", classes(tables)), ("counts", counts(tables)),
    ):  # fmt: skip
        draw(name, found, tmp_path / (name + suffix), name)
        assert (tmp_path / (name + suffix)).stat().st_size > 5000
    with pytest.raises(ConfigError, match=r"a\.txt"):
        draw("counts", counts(tables), tmp_path / "a.txt")


def test_life_of_a_region_by_where_noaa_has_it(tables, tmp_path):
    days = [date(2014, 12, 30) + timedelta(days=n) for n in range(4)]
    rows = [
        summary(12345, day, -30.0 + float(differential_rotation(0, n)))
        for n, day in enumerate(days)
    ]
    found = life(tables, 12345, rows)
    assert len(found) == 72
    assert found.column_names == [*LIFE, "noaa"]
    assert found["area_msh"].to_pylist() == [100.0 + n for n in range(72)]
    assert set(found["noaa"].to_pylist()) == {"beta"}
    draw("region", found, tmp_path / "region.png")
    with pytest.raises(DatasetError, match="do not list 99999"):
        life(tables, 99999, rows)
    with pytest.raises(DatasetError, match="archive track"):
        life(tables, 12345)


def test_tracks_become_tables(tables, tmp_path):
    days = [date(2014, 12, 30) + timedelta(days=n) for n in range(4)]
    rows = [
        summary(12345, day, -30.0 + float(differential_rotation(0, n)))
        for n, day in enumerate(days)
    ]
    result = track_archive(tables.folder, rows, every="3h")
    assert len(result.tracks) == 2
    again = archive.open(tables.folder)
    found = again.query("SELECT track, noaa, images, first_seen FROM tracks ORDER BY track")
    assert found["images"].to_pylist() == [24, 24]
    assert "12345" in found["noaa"].to_pylist()
    assert found["first_seen"].to_pylist()[0] == datetime(2014, 12, 30)
    joined = again.query(
        "SELECT count(*) n FROM tracked t JOIN regions r ON t.time = r.time AND t.region = r.region"
    )
    assert joined["n"].to_pylist() == [48]
    assert again.query("SELECT count(*) n FROM events")["n"][0].as_py() == len(result.events)
    assert len(life(again, 12345)) == 24
    with pytest.raises(DatasetError, match="no track with the number 99999"):
        life(again, 99999)


def test_tracks_take_one_instrument_and_one_image_a_step(tables):
    catalog, images = read_hourly(tables, "6h", "HMI")
    assert len(images) == 12
    assert len(catalog) == 24
    assert catalog.columns["time"][0] == images[0][1] == "2014-12-30T00:00:00Z"
    assert read_hourly(tables, "6h", "it's none")[1] == []
    with pytest.raises(DatasetError, match="no image with a time"):
        track_archive(tables.folder, every="1h", instrument="MDI")
