"""Spans, moments, hours and lists of times as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from halescope.errors import ConfigError, TimeError
from halescope.fetch import asked
from halescope.fetch.asked import (
    in_order,
    parse_both,
    parse_bounds,
    parse_hours,
    parse_moment,
    parse_span,
    thinned,
    times_of_file,
    times_of_range,
)

NOON = datetime(2014, 10, 24, 12, tzinfo=UTC)


def day(number, hour=0):
    return datetime(2014, 10, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("12m", 720), ("12 min", 720), ("1h", 3600), (" 2H ", 7200),
     ("1.5d", 129_600), ("0.5", 0.5)],
)  # fmt: skip
def test_spans(text, seconds):
    assert parse_span(text, "--cadence") == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "0", "0h", "often", "-1h", "1.h", "1w", "1h 2m"])
def test_spans_that_are_none(text):
    with pytest.raises(ConfigError, match="--apart: is"):
        parse_span(text, "--apart")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2014-10-24", day(24)), ("20141024", day(24)), ("2014.10.24", day(24)),
     (" 2014/10/24 ", day(24)), ("2014-10-24T12:00Z", NOON), ("2014-10-24T14:00+02:00", NOON)],
)  # fmt: skip
def test_moments(text, expected):
    assert parse_moment(text, "--start") == expected


def test_from_when_to_when():
    assert parse_both("2014-10-24", "2014-10-25") == (day(24), day(25))
    for one, other in ((None, "2014-10-25"), ("2014-10-24", None), (None, None)):
        with pytest.raises(ConfigError, match="--start and --end"):
            parse_both(one, other)
    assert parse_bounds("2014-10-24", None)[0] == day(24)
    assert parse_bounds("2014-10-24", None)[1].year == 9999
    assert parse_bounds(None, "2014-10-25") == (datetime(1, 1, 1, tzinfo=UTC), day(25))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("0", [0]),
        ("-24,-12.5,0", [-24, -12.5, 0]),
        ("-2:1", [-2, -1, 0, 1]),
        ("0:6:2,9", [0, 2, 4, 6, 9]),
        ("0:5:2", [0, 2, 4]),
        ("0:0.3:0.1", [0, 0.1, 0.2, 0.3]),  # 0.3 / 0.1 is a little less than three
        ("3:3", [3]),
    ],
)
def test_hours(text, hours):
    assert parse_hours(text) == pytest.approx(hours)


def test_hours_end_somewhere():
    assert len(parse_hours("0:10000")) == 10_001
    for text in ("0:10001", "0:1:0", "0:1:-1", "1:0", "a", "", "1:2:3:4", "0:nan"):
        with pytest.raises(ConfigError, match="--around: has"):
            parse_hours(text)


def test_ranges_hold_both_ends_and_no_more_than_most(monkeypatch):
    hour = timedelta(hours=1)
    assert times_of_range(day(1), day(1, 2), hour) == [day(1), day(1, 1), day(1, 2)]
    assert times_of_range(day(1), day(1, 2), timedelta(hours=1.5)) == [
        day(1), day(1) + timedelta(hours=1.5),
    ]  # fmt: skip
    assert times_of_range(day(1), day(1), hour) == [day(1)]
    with pytest.raises(ConfigError, match="lies before --start"):
        times_of_range(day(2), day(1), hour)
    assert asked.MOST == 2_000_000
    monkeypatch.setattr(asked, "MOST", 3)
    assert len(times_of_range(day(1), day(1, 2), hour)) == 3
    with pytest.raises(ConfigError, match="asks for 4 times"):
        times_of_range(day(1), day(1, 3), hour)


def test_files_of_dates(tmp_path):
    path = tmp_path / "dates.csv"
    path.write_text('time,what\n"2014-10-25",x\n\n2014-10-24T00:00Z;y # yes\n# no\n2014-10-26\tz\n')
    assert times_of_file(path) == [day(24), day(25), day(26)]
    path.write_text("2014-10-24\nsoon\n")
    with pytest.raises(TimeError, match=r"dates\.csv:2"):
        times_of_file(path)
    path.write_text("# nothing\ntime\n")
    with pytest.raises(TimeError, match=r"dates\.csv:2"):
        times_of_file(path)  # only the first line may be a header
    path.write_text("time\n")
    with pytest.raises(ConfigError, match="holds no dates"):
        times_of_file(path)


def test_times_apart_in_order_and_whole():
    times = [day(1, hour) for hour in (0, 1, 2, 4, 5, 6)]
    assert thinned(times, timedelta(hours=2)) == [day(1, 0), day(1, 2), day(1, 4), day(1, 6)]
    assert thinned([], timedelta(hours=2)) == []
    east = timezone(timedelta(hours=2))
    mixed = [day(2), datetime(2014, 10, 1, 2, 0, 0, 9, tzinfo=east), day(1)]
    assert in_order(mixed) == [day(1), day(2)]
