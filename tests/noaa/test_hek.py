"""HEK's events as rows of a summary. The events are real ones, as HEK gives them."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from halescope.errors import ReadError
from halescope.fetch.hek import REGION_COLUMNS, region_table
from halescope.noaa.hek import hek_class, parse_hek, read_hek, span_of

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


def test_others_than_noaa_and_unreadable_events(tmp_path):
    text = table_of(*EVENTS[:1]) + "".join(
        table_of((1, "2019-05-06", 0, 0, "", "", None), observer="SPoCA").splitlines(True)[1:]
    )
    broken = text.replace("-54", "west", 1)
    assert [row.number for row in parse_hek(text, "a").rows] == [12740]
    found = parse_hek(broken, "a.csv")
    assert found.rows == ()
    assert found.problems[0].line == 2
    path = tmp_path / "regions.csv"
    path.write_text(text)
    assert read_hek(path).rows == parse_hek(text, "x").rows


def test_no_such_table(tmp_path):
    with pytest.raises(ReadError, match="cannot be read"):
        read_hek(tmp_path / "none.csv")
    other = io.StringIO()
    csv.writer(other).writerow(["date", "noaa_number"])
    with pytest.raises(ReadError, match="has no column 'area'"):
        parse_hek(other.getvalue(), "srs.csv")


def test_span_reaches_the_midnight_after_the_last_image():
    times = [datetime(2026, 2, 4, 23, tzinfo=UTC), datetime(2026, 2, 1, 3, tzinfo=UTC)]
    assert span_of(times) == (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 6, tzinfo=UTC))
