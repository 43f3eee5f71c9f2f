"""Rows of HEK as plain regions and flares, without a server."""

from datetime import UTC, datetime

import pytest

from halescope.fetch.hek import _box, flare, months, next_month, region, region_table, span_of

FLARE = {
    "event_starttime": "2014-10-24T21:07:00",
    "event_peaktime": "2014-10-24T21:41:00",
    "event_endtime": "2014-10-24T22:13:00",
    "fl_goescls": "X3.1",
    "ar_noaanum": 12192,
    "hgs_x": 21.0,
    "hgs_y": -6.4,
}


def test_a_flare_with_everything():
    found = flare(FLARE)
    assert found is not None
    assert (found.goes_class, found.region, found.location) == ("X3.1", 12192, "S06W21")
    assert found.peak == datetime(2014, 10, 24, 21, 41, tzinfo=UTC)
    assert found.start < found.peak < found.end


@pytest.mark.parametrize(
    ("change", "region_", "location"),
    [
        ({"ar_noaanum": 0}, None, "S06W21"),
        ({"ar_noaanum": None}, None, "S06W21"),
        ({"ar_noaanum": "12192"}, 12192, "S06W21"),
        ({"hgs_x": None, "hgs_y": None}, 12192, ""),
        ({"hgs_x": 0, "hgs_y": 0}, 12192, ""),
        ({"hgs_x": 0, "hgs_y": 9}, 12192, "N09W00"),
        ({"hgs_x": -7, "hgs_y": 0}, 12192, "N00E07"),
    ],
)
def test_flares_without_a_number_or_a_place(change, region_, location):
    found = flare(FLARE | change)
    assert (found.region, found.location) == (region_, location)


@pytest.mark.parametrize("name", ["", None, "M", "K1.2", "X-1", "SF"])
def test_what_has_no_goes_class_is_no_flare(name):
    assert flare(FLARE | {"fl_goescls": name}) is None
    assert flare(FLARE | {"fl_goescls": " C9 "}).goes_class == "C9.0"


def test_a_region_with_everything_and_with_next_to_nothing():
    row = {
        "event_starttime": "2014-10-24T00:00:00",
        "event_endtime": "2014-10-24T23:59:59",
        "frm_name": "NOAA SWPC Observer",
        "ar_noaanum": 12192,
        "ar_mtwilsoncls": "BETA",
        "ar_mcintoshcls": "FKC",
        "area_unit": "km2",
        "kb_archivid": "ivo://x",
        "hpc_bbox": "POLYGON((-200.5 -400,450 -400,450 1.5e2,-200.5 -280))",
    }
    found = region(row)
    assert (found["noaa_number"], found["class"], found["mcintosh"]) == ("12192", "BETA", "FKC")
    assert (found["observer"], found["area_unit"], found["id"]) == (
        "NOAA SWPC Observer", "km2", "ivo://x",
    )  # fmt: skip
    bare = region({name: row[name] for name in ("event_starttime", "event_endtime")})
    empty = ("observer", "noaa_number", "class", "mcintosh", "area_unit", "id")
    assert [bare[name] for name in empty] == [""] * 6
    assert bare["hpc_x_min"] is None
    assert region(row | {"ar_noaanum": 0})["noaa_number"] == ""


def test_corners_of_a_polygon():
    assert _box("POLYGON((3 -4,1 7,2 -9.5))") == (1, -9.5, 3, 7)
    assert _box("") == (None,) * 4


def test_regions_stand_once_in_order_of_time():
    def row(start, number, name):
        return {"start": start, "noaa_number": number, "id": name, "class": number}

    table = region_table([row("2", "5", "a"), row("1", "7", "b"), row("2", "5", "a"),
                          row("1", "6", "")])  # fmt: skip
    lines = [line.split(",") for line in table.splitlines()]
    at = lines[0].index("noaa_number")
    assert [line[at] for line in lines[1:]] == ["6", "7", "5"]


def test_months_of_a_span():
    start = datetime(2025, 11, 20, tzinfo=UTC)
    found = months(start, datetime(2026, 2, 1, tzinfo=UTC))
    assert [(t.year, t.month, t.day) for t in found] == [
        (2025, 11, 20),
        (2025, 12, 1),
        (2026, 1, 1),
    ]
    assert months(start, datetime(2026, 2, 1, 1, tzinfo=UTC))[-1].month == 2
    assert [next_month(datetime(2025, m, 5, tzinfo=UTC)).month for m in range(1, 13)] == [
        2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1,
    ]  # fmt: skip
    assert next_month(datetime(2025, 12, 5, tzinfo=UTC)).year == 2026
    assert next_month(datetime(2025, 11, 5, tzinfo=UTC)).year == 2025
    first, last = span_of([datetime(2026, 2, 4, 6, 30, 5, 9, tzinfo=UTC),
                           datetime(2026, 2, 9, 23, tzinfo=UTC)])  # fmt: skip
    assert first == datetime(2026, 2, 4, tzinfo=UTC)
    assert last == datetime(2026, 2, 11, tzinfo=UTC)
