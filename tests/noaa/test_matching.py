from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from halescope.errors import DatasetError
from halescope.geometry import DiskGeometry, ephemeris, stonyhurst_to_pixel
from halescope.io.catalog import merge_catalogs, write_catalog
from halescope.noaa.matching import compare
from halescope.noaa.midnights import listed_at
from halescope.noaa.pairs import fit_plate
from halescope.noaa.queue import queue
from halescope.noaa.report import counts, table, write_comparison
from halescope.types import Catalog

TIME = "2026-02-04T06:00:00Z"
WHEN = datetime(2026, 2, 4, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    number: int
    lat: int
    lon: int | None
    mag_class: str = "beta"
    area: int | None = 100
    date: date = date(2026, 2, 4)


def both_days(*rows):
    """The same regions in the summaries of two days, turned by the Sun in between."""
    out = list(rows)
    for row in rows:
        out.append(
            Row(row.number, row.lat, row.lon + 13, row.mag_class, row.area, date(2026, 2, 5))
        )
    return out


def catalog_of(*regions, time=TIME, image="a.jpg", size=20.0):
    """Regions as (longitude, latitude, class) on a picture whose rows count downwards."""
    seen = ephemeris(WHEN)
    geometry = DiskGeometry(255.5, 255.5, 200.0, 0.0, seen.b0, seen.l0, seen.distance)
    columns = {name: [] for name in merge_catalogs([]).columns}
    for index, (lon, lat, name) in enumerate(regions, 1):
        x, y = (float(v) for v in stonyhurst_to_pixel(geometry, lon, lat))
        row = dict.fromkeys(columns)
        row |= {"image": image, "time": time, "region": index, "class": name, "score": 0.9}
        row |= {"x_min": x - size, "x_max": x + size, "hgs_lon": lon, "hgs_lat": lat, "flags": ""}
        row |= {"y_min": 511 - y - size, "y_max": 511 - y + size}
        for key, values in columns.items():
            values.append(row[key])
    return Catalog(columns)


def verdicts(comparison):
    return sorted(
        (v.verdict, v.row and v.row["region"], v.listed and v.listed.number)
        for v in comparison.verdicts
    )


def test_positions_rotate_with_the_sun():
    (region,) = listed_at({date(2026, 2, 4): [Row(1, 0, -10)]}, WHEN)
    assert region.longitude == pytest.approx(-10 + 13.27 / 4, abs=0.02)
    late = datetime(2026, 2, 4, 20, tzinfo=UTC)
    days = {
        date(2026, 2, 4): [Row(1, 0, -10)],
        date(2026, 2, 5): [Row(1, 0, 5, "beta-gamma", date=date(2026, 2, 5))],
    }
    (region,) = listed_at(days, late)
    assert region.longitude == pytest.approx(5 - 13.27 / 6, abs=0.02)
    assert (region.name, region.before) == ("beta-gamma", "beta")


def test_matched_missed_and_extra():
    rows = both_days(Row(4300, 10, 0), Row(4301, -15, 40, area=200))
    found = compare(catalog_of((4, 11, "beta"), (-50, 20, "alpha")), rows)
    assert verdicts(found) == [("extra", 2, None), ("matched", 1, 4300), ("missed", None, 4301)]
    numbers = counts(found)
    assert (numbers["found_within_75"], numbers["noaa_within_75"]) == (1, 2)
    assert numbers["class_agreement"] == 1.0


def test_one_to_one_even_where_greed_would_take_the_wrong_pair():
    # Region 1 is near both; region 2 reaches only the first.
    rows = both_days(Row(1, 10, 0), Row(2, 10, 7))
    shift = 13.27 / 4
    found = compare(catalog_of((shift + 2, 10, "beta"), (shift - 5, 10, "beta"), size=3), rows)
    assert verdicts(found) == [("matched", 1, 2), ("matched", 2, 1)]


def test_one_box_with_two_regions_is_merged_and_two_boxes_on_one_are_split():
    regions = [(3, 10, "beta"), (-40, -20, "beta"), (40, -10, "alpha"), (45, -10, "alpha")]
    rows = both_days(Row(1, 10, -3), Row(2, 10, 3), Row(3, -20, -43), Row(4, -10, 37))
    found = verdicts(compare(catalog_of(*regions), rows))
    assert ("merged", 1, 1) in found or ("merged", 1, 2) in found
    assert sum(v[0] == "split" for v in found) == 1
    assert sum(v[0] == "matched" for v in found) == 3


def test_box_reaches_beyond_the_tolerance():
    regions = [(3, 10, "beta"), (-40, -20, "beta"), (50, -10, "alpha")]
    rows = both_days(Row(1, 10, 8))  # 8 degrees west of the box's middle, but inside the box
    wide = compare(catalog_of(*regions, size=45), rows)
    assert ("matched", 1, 1) in verdicts(wide)
    assert ("missed", None, 1) in verdicts(compare(catalog_of(*regions, size=8), rows))


def test_plate_of_turned_and_flipped_pictures():
    catalog = catalog_of((10, 10, "beta"), (-40, -20, "beta"), (50, -10, "alpha"), (0, 30, "beta"))
    plate = fit_plate(catalog.rows(), WHEN)
    assert plate.center == pytest.approx([255.5, 255.5], abs=0.5)
    row = catalog.rows()[1]
    assert plate.pixel(-40, -20) == pytest.approx(
        ((row["x_min"] + row["x_max"]) / 2, (row["y_min"] + row["y_max"]) / 2), abs=0.7
    )
    assert fit_plate(catalog.rows()[:2], WHEN) is None


def test_queue_puts_complexity_first():
    rows = [
        *both_days(Row(1, 10, 0), Row(2, -15, 30, "beta", 20)),
        Row(3, 20, -40, "beta"),
        Row(3, 20, -27, "beta-gamma", date=date(2026, 2, 5)),
    ]
    catalog = catalog_of((3, 10, "beta-gamma"), (-37, 20, "beta-gamma"), (60, 5, "alpha"))
    tasks = queue(compare(catalog, rows))
    reasons = [task.reason for task in tasks]
    assert reasons[0] == "NOAA 1: we say beta-gamma, NOAA says beta"
    assert reasons[1] == (
        "NOAA 3: class changed within 24 h, beta to beta-gamma (we say beta-gamma)"
    )
    assert any("not in the SRS" in reason for reason in reasons)
    assert any("NOAA 2 (beta, 20 MSH) not found" in reason for reason in reasons)


def test_summary_of_another_day_is_refused_with_the_gap():
    with pytest.raises(DatasetError, match=r"2026-02-14, 9\.8 days") as caught:
        compare(catalog_of((0, 0, "beta")), [Row(1, 0, 0, date=date(2026, 2, 14))])
    assert "give that day's file" in str(caught.value)


def test_one_image_out_of_range_is_noted_and_the_other_compared():
    near, far = (
        catalog_of((4, 10, "beta")),
        catalog_of((4, 10, "beta"), time="2026-03-04T06:00:00Z", image="b.jpg"),
    )
    both = Catalog({k: near.columns[k] + far.columns[k] for k in near.columns})
    found = compare(both, both_days(Row(1, 10, 0)))
    assert found.images == 1
    assert found.notes[0].startswith("b.jpg: the nearest summary is of 2026-02-05, 27.")


def test_catalogue_without_times():
    with pytest.raises(DatasetError, match="no times"):
        compare(catalog_of((0, 0, "beta"), time=""), both_days(Row(1, 0, 0)))


def test_two_files_of_one_name():
    once = catalog_of((0, 0, "beta"))
    twice = Catalog({k: v + v for k, v in once.columns.items()})
    with pytest.raises(DatasetError, match="two files"):
        compare(twice, both_days(Row(1, 0, 0)))


def test_empty_catalogue_gives_an_empty_valid_report(tmp_path):
    found = compare(merge_catalogs([]), both_days(Row(1, 0, 0)))
    assert table(found) == []
    assert queue(found) == []
    files = write_comparison(found, tmp_path)
    assert [path.name for path in files] == [
        "match.csv",
        "queue.csv",
        "regions.csv",
        "match.json",
    ]
    assert len((tmp_path / "match.csv").read_text().splitlines()) == 1


def test_command_line(tmp_path):
    from halescope.cli import run

    path = tmp_path / "catalog.csv"
    write_catalog(catalog_of((3, 10, "beta-gamma")), path)
    srs = tmp_path / "srs.csv"
    header = "date,noaa_number,location,lo,area,z_class,ll,nn,mag_type_raw,mag_type,complexity\n"
    srs.write_text(header + "2026-02-04,4300,N10W00,10,100,DAO,5,4,BETA,b,2\n")
    assert run(["match", str(path), "--srs", str(srs), "-o", str(tmp_path / "out")]) == 0
    assert "4300" in (tmp_path / "out" / "queue.csv").read_text()
    assert run(["match", str(path), "--srs", str(srs), "--tolerance", "99"]) == 2


def test_windows_are_the_observers_and_older_catalogues_are_read():
    # Seen from 60 degrees west of Earth: NOAA's region at 80 is 20 from the central meridian.
    rows = both_days(Row(1, 10, 77), Row(2, 10, -45))
    shift = 13.27 / 4
    catalog = catalog_of((77 + shift - 60, 10, "beta"))
    catalog.columns["cmd"] = list(catalog.columns["hgs_lon"])
    catalog.columns["hgs_lon"] = [lon + 60 for lon in catalog.columns["cmd"]]
    found = compare(catalog, rows)
    assert verdicts(found) == [("matched", 1, 1)]  # the other is behind the limb
    assert found.verdicts[0].listed.cmd == pytest.approx(77 + shift - 60, abs=0.2)
    assert counts(found)["noaa_within_75"] == 1
    old = {name: v for name, v in catalog_of((3, 10, "beta")).columns.items() if name != "cmd"}
    assert verdicts(compare(Catalog(old), both_days(Row(1, 10, 0)))) == [("matched", 1, 1)]


def test_the_queue_has_one_line_a_subject_and_names_that_last():
    rows = both_days(Row(4300, 10, 0), Row(4301, -15, 40, area=200))
    later = "2026-02-04T09:00:00Z"
    seen = [(3, 10, "alpha"), (-50, 20, "alpha")]
    first = catalog_of(*seen)
    second = catalog_of(*reversed(seen), time=later, image="b.jpg")  # numbers change
    for catalog in (first, second):
        catalog.columns["carrington_lon"] = [lon + 150 for lon in catalog.columns["hgs_lon"]]
    tasks = queue(compare(merge_catalogs([first, second]), rows))
    assert sorted(task.subject for task in tasks) == ["N20 L100", "NOAA 4300", "NOAA 4301"]
    assert not any("region 1" in task.reason or "region 2" in task.reason for task in tasks)
    (alpha,) = (task for task in tasks if task.subject == "NOAA 4300")
    assert alpha.reason == "NOAA 4300: we say alpha, NOAA says beta, 2 of 2 images"


def test_doubted_classes_weigh_less_in_the_queue():
    rows = both_days(Row(1, 10, 0))
    weights = []
    for flags in ("", "uncertain_class", "other_instrument|out_of_distribution"):
        catalog = catalog_of((3, 10, "beta-gamma"))
        catalog.columns["flags"] = [flags]
        (task,) = queue(compare(catalog, rows))
        weights.append(task.weight)
        assert ("our class is in doubt" in task.reason) == bool(flags)
    assert weights == pytest.approx([90, 63, 63])
