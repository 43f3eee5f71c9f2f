"""HEK's events as rows of a summary. The events are real ones, as HEK gives them."""

import csv
import io
from datetime import date

import pytest

from halescope.errors import DatasetError, ReadError
from halescope.fetch.hek import region_table
from halescope.noaa.hek import KM2_PER_MSH, REGION_COLUMNS, hek_class, parse_hek, read_hek

NAMES = ("noaa_number", "day", "hgs_lon", "hgs_lat", "class", "mcintosh", "area")
EVENTS = (
    (12740, "2019-05-06", -54, 8, "BETA-DELTA", "DHO", 852229120),
    (12740, "2019-05-07", -40, 7, "BETA-DELTA", "CSO", 608735104),
    (12741, "2019-05-07", -81, 5, "ALPHA", "HSX", 304367552),
    (12743, "2019-06-27", 81, 3, "ALPHA", "AXX", None),
)
DAMAGED = (
    (11289, "2011-09-18", 67, 22, "ALPHA", "HHX", 1156596740),
    (11295, "2011-09-18", -4, 22, "BETAA", "DAI", 639171840),
    (11295, "2011-09-19", 12, 22, "BETA-GAMMA", "DHC", 913102660),
    (11299, "2011-09-20", 28, -19, "BETAAGAMMA", "DAO", 182620528),
    (11289, "2011-09-20", 93, 23, "ALPHAGAMMA", "HSX", 365241056),
)


def table_of(*events, observer="NOAA SWPC Observer"):
    """Return the CSV that `fetch hek` writes of some events."""
    rows = []
    for index, event in enumerate(events):
        row = dict.fromkeys(REGION_COLUMNS) | dict(zip(NAMES, event, strict=True))
        day = row.pop("day")
        row |= {"start": f"{day}T00:00:00Z", "end": f"{day}T23:59:59Z", "observer": observer}
        row |= {"id": f"ivo://{index}", "area_unit": "km2" if row["area"] else ""}
        rows.append(row)
    return region_table(rows)


def test_events_are_the_rows_of_the_day_of_issue():
    found = parse_hek(table_of(*EVENTS), "regions.csv")
    assert found.problems == ()
    first, second, third, last = found.rows
    # NOAA's summary of 2019-05-06: 2740 N08E54, 280 MSH, Dho, Beta-Delta.
    assert (first.date, first.number) == (date(2019, 5, 6), 12740)
    assert (first.lat, first.lon, first.area) == (8, -54, 280)
    assert (first.z_class, first.mag_class) == ("Dho", "beta-delta")
    assert (second.lon, second.area) == (-40, 200)
    assert (third.mag_class, third.area) == ("alpha", 100)
    assert last.area == 0
    assert found.days == {date(2019, 5, 6), date(2019, 5, 7), date(2019, 6, 27)}


def test_leftovers_of_longer_names_are_passed_over():
    found = parse_hek(table_of(*DAMAGED), "regions.csv")
    by = {(r.date.day, r.number): r.mag_class for r in found.rows}
    assert by[18, 11295] == by[20, 11299] == "beta"
    assert by[18, 11289] == by[20, 11289] == "alpha"
    assert by[19, 11295] == ""  # beta-gamma, or beta over an earlier beta-gamma
    assert "1 complex classes are not used" in str(found.problems[0])


@pytest.mark.parametrize(
    ("text", "name"),
    [("BETA-GAMMA-DELTA", "beta-gamma-delta"), ("ALPHAGAMMA-DELTA", "alpha"), ("BETAA", "beta"),
     ("", ""), ("unknown", ""), (" beta ", "beta")],
)  # fmt: skip
def test_class_texts(text, name):
    assert hek_class(text) == name


def test_areas_are_noaas_own_numbers():
    for event, area in ((852229120, 280), (304367552, 100), (1156596740, 380)):
        assert event / KM2_PER_MSH == pytest.approx(area, abs=1e-4)


def test_numbers_of_four_digits_are_completed():
    found = parse_hek(table_of((2740, *EVENTS[0][1:])), "regions.csv")
    assert [row.number for row in found.rows] == [12740]


def test_what_cannot_be_read_is_listed():
    odd = (12741, "2019-05-07", -81, 5, "ZETA", "HSX", None)
    text = table_of(EVENTS[0], odd).replace("-54", "west", 1)
    found = parse_hek(text, "a.csv")
    assert [(row.number, row.mag_class) for row in found.rows] == [(12741, "")]
    assert [(p.line, p.reason.split()[0]) for p in found.problems] == [(2, "could"), (3, "unknown")]


def test_others_than_noaa_are_left_out(tmp_path):
    spoca = table_of((1, "2019-05-06", 0, 0, "", "", None), observer="SPoCA")
    text = table_of(*EVENTS[:1]) + "".join(spoca.splitlines(True)[1:])
    assert [row.number for row in parse_hek(text, "a").rows] == [12740]
    path = tmp_path / "regions.csv"
    path.write_text(text)
    assert read_hek(path).rows == parse_hek(text, "x").rows
    path.write_text(spoca)
    with pytest.raises(DatasetError, match="--observer noaa"):
        read_hek(path)


def test_no_such_table(tmp_path):
    with pytest.raises(ReadError, match="cannot be read"):
        read_hek(tmp_path / "none.csv")
    other = io.StringIO()
    csv.writer(other).writerow(["date", "noaa_number"])
    with pytest.raises(ReadError, match="has no column class, hgs_lat, hgs_lon, start"):
        parse_hek(other.getvalue(), "srs.csv")
