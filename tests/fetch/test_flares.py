"""Flare lists of all makes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.errors import ConfigError, DatasetError
from halescope.fetch.flare_lists import FlareReports, parse_flares, read_flares, years
from halescope.fetch.flares import (
    Flare,
    class_flux,
    parse_filter,
    select,
    strongest,
    write_flares,
)

REPORT = """\
31777120307  0002 0040 0024 N17E27                         X 54    G15  6.7E-01 11429 120309.0
31777141231  2310 0101 0011                                M 23    G15  1.1E-01
31777110715  2351 //// ////                                C 19    G15  1.4E-04 11140
what is this
"""


def test_report_of_noaa():
    found = parse_flares(REPORT, "report")
    assert found.problems == ("report:4: is no line of a flare report: 'what is this'",)
    dull, big, night = found.flares
    assert big.goes_class == "X5.4"
    assert big.peak == datetime(2012, 3, 7, 0, 24, tzinfo=UTC)
    assert (big.region, big.location) == (11429, "N17E27")
    assert night.peak == datetime(2015, 1, 1, 0, 11, tzinfo=UTC)
    assert night.end == datetime(2015, 1, 1, 1, 1, tzinfo=UTC)
    assert night.region is None
    assert (dull.peak, dull.time) == (None, dull.start)


@pytest.mark.parametrize(
    "text",
    [
        "Class,Date,Start,Peak,End,NOAA\nX3.1,2014-10-24,21:07,21:41,22:13,12192\n",
        "data;início;pico;fim;classe;região ativa\n24/10/2014;21:07;21:41;22:13;X3.1;12192\n",
        "goes_class\tevent_date\tstart_time\tpeak_time\tend_time\tnoaa_active_region\n"
        "X3.1\t2014-10-24\t2014-10-24 21:07\t2014-10-24 21:41\t2014-10-24 22:13\t12192\n",
        "2014/10/24,2107,2141,2213,X3.1,AR 12192\n",
    ],
)
def test_samples_of_classes_regions_and_times(text):
    (flare,) = parse_flares(text, "samples.csv").flares
    assert flare.goes_class == "X3.1"
    assert flare.start == datetime(2014, 10, 24, 21, 7, tzinfo=UTC)
    assert flare.peak == datetime(2014, 10, 24, 21, 41, tzinfo=UTC)
    assert flare.end == datetime(2014, 10, 24, 22, 13, tzinfo=UTC)
    assert flare.region == 12192


def test_lmsal_form():
    (flare,) = parse_flares("Start,GOES Class,Class_Type\n2026-02-01 23:44:00,X8.1,X\n", "l").flares
    assert flare == Flare(datetime(2026, 2, 1, 23, 44, tzinfo=UTC), "X8.1")


def test_what_is_no_list(tmp_path):
    with pytest.raises(DatasetError, match="no columns"):
        parse_flares("<html><body>404, not found</body></html>", "page")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_flares([tmp_path / "none.csv"])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (">=M5", ["M5.0", "X1.0"]),
        (">M5", ["X1.0"]),
        ("M5", ["M5.0", "X1.0"]),
        ("<M5", ["C9.9"]),
        ("=M5", ["M5.0"]),
        ("X", ["X1.0"]),
    ],
)
def test_filter(text, kept):
    flares = [Flare(datetime(2014, 1, 1, tzinfo=UTC), c) for c in ("C9.9", "M5.0", "X1.0")]
    assert [flare.goes_class for flare in filter(parse_filter(text), flares)] == kept


@pytest.mark.parametrize("text", ["", ">=", "Q5", ">=M5 please", "M5.5.5"])
def test_filter_that_is_none(text):
    with pytest.raises(ConfigError):
        parse_filter(text)


def test_flux():
    assert class_flux("X1") == pytest.approx(1e-4)
    assert class_flux("c2.5") == pytest.approx(2.5e-6)
    assert [class_flux(letter) for letter in "ABCMX"] == [1e-8, 1e-7, 1e-6, 1e-5, 1e-4]
    assert class_flux("C10") == class_flux("M1.0")
    assert class_flux(" B .5 ") == 5e-8
    for text in ("", "5", "M-1", "Q1", "M1.2.3"):
        with pytest.raises(ConfigError, match="GOES class"):
            class_flux(text)


@given(
    st.lists(
        st.builds(
            Flare,
            st.datetimes(datetime(1975, 1, 1), datetime(2030, 1, 1)).map(
                lambda t: t.replace(second=0, microsecond=0, tzinfo=UTC)
            ),
            st.tuples(st.sampled_from("ABCMX"), st.integers(10, 99)).map(
                lambda c: f"{c[0]}{c[1] / 10:.1f}"
            ),
            region=st.none() | st.integers(10000, 14999),
        ),
        min_size=1,
        unique_by=lambda flare: flare.start,
    )
)
def test_table_reads_again(flares):
    ordered = tuple(sorted(flares, key=lambda flare: flare.start))
    assert parse_flares(write_flares(ordered), "t").flares == ordered


@pytest.mark.data
def test_real_lists(shared_data):
    paths = sorted((shared_data / "flares").iterdir())
    for path in paths[:2] + paths[-1:]:
        found = parse_flares(path.read_text(), path.name)
        lines = [line for line in path.read_text().splitlines() if line.strip(" \x1a")]
        assert found.problems == ()
        assert len(found.flares) == len(lines) - (path.suffix == ".csv")
    top = strongest(read_flares(paths).flares, 3)
    assert [flare.goes_class for flare in top] == ["X8.1", "X6.9", "X5.4"]
    assert [flare.region for flare in top] == [None, 11263, 11429]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # day of the century, hours after midnight, stars, no place, a number of four digits
        ("31777990101  0002 0040 0024 N17E27        X 54    G08  6.7E-01 8429 990101.0",
         ("1999-01-01T00:02", "00:24", "00:40", "X5.4", 8429, "N17E27")),
        ("31777600101  2359 2400 2359 S 7W 3        C 10    G08  6.7E-01      600101.0",
         ("2060-01-01T23:59", "23:59", "00:00", "C1.0", None, "S7W3")),
        ("31777610101* 1200 //// 1201               B 99    G08  6.7E-01",
         ("1961-01-01T12:00", "12:01", None, "B9.9", None, "")),
        ("31777120101**1200 1160 1190               M100    G08  6.7E-01",
         ("2012-01-01T12:00", None, None, "M10.0", None, "")),
    ],
)  # fmt: skip
def test_lines_of_reports(line, expected):
    (flare,) = parse_flares(line + "\n", "report").flares
    clock = [t and f"{t:%H:%M}" for t in (flare.peak, flare.end)]
    assert (f"{flare.start:%Y-%m-%dT%H:%M}", *clock, flare.goes_class, flare.region,
            flare.location) == expected  # fmt: skip


@pytest.mark.parametrize("clock", ["2500", "1260", "9999"])
def test_times_of_reports_that_cannot_be(clock):
    text = f"{REPORT}31777120307  {clock} 0040 0024 N17E27        X 54    G15  6.7E-01 11429\n"
    assert "report:5: has an impossible date" in parse_flares(text, "report").problems[1]
    day = text.replace("31777120307  " + clock, "31777121399  0001")
    assert "report:5: has an impossible date" in parse_flares(day, "report").problems[1]


def test_a_report_is_told_by_its_first_fifty_lines():
    line = REPORT.splitlines()[0]
    late = parse_flares("\n" * 49 + line, "report")
    assert late.flares[0].region == 11429
    with pytest.raises(DatasetError):
        parse_flares("\n" * 50 + line, "report")


def test_a_header_alone_is_an_empty_list():
    assert parse_flares("start,class\n", "list").flares == ()
    with pytest.raises(DatasetError, match="holds no flares"):
        parse_flares("start,class\n\n", "list")
    with pytest.raises(DatasetError, match="holds no flares"):
        parse_flares("", "list")
    only = parse_flares("start,class\n2014-01-01 00:00,X1.0\nsoon,X1.0\n2014-01-02 00:00,Q\n", "l")
    assert [p.split(":")[1] for p in only.problems] == ["3", "4"]


def test_comments_and_empty_lines_are_passed_over():
    found = parse_flares("# a list\n\nstart;class\n;\n2014-01-01 00:00;M1\n#2;3\n", "list")
    assert [flare.goes_class for flare in found.flares] == ["M1.0"]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("text", "start", "peak", "end", "region"),
    [
        # without a header, columns are told by their looks; times after midnight are tomorrow's
        ("M1.0,24-10-2014,23:50,00:10,00:30,2192", "24T23:50", "25T00:10", "25T00:30", 2192),
        ("2014.10.24|2350|0010|0030|M1.0|NOAA12192", "24T23:50", "25T00:10", "25T00:30", 12192),
        ("2014-10-24 23:50:30;2014-10-25 00:10;M1", "24T23:50", "25T00:10", None, None),
        ("2014-10-24T23:50Z\tM1.0\t123", "24T23:50", None, None, None),
        ("x,2014/10/24,M1.0", "24T00:00", None, None, None),
        ("date,class,noaa,peak\n2014-10-24,M1,0,0500", "24T05:00", "24T05:00", None, None),
        ("Start Time,Class,AR\n2014-10-24 23:50,M1.0,AR 12192b", "24T23:50", None, None, 12192),
    ],
)
def test_tables_of_many_makes(text, start, peak, end, region):
    (flare,) = parse_flares(text + "\n" * (text.count("\n") == 0), "list").flares
    stamps = [t and f"{t:%dT%H:%M}" for t in (flare.start, flare.peak, flare.end)]
    assert (stamps, flare.region, flare.goes_class) == ([start, peak, end], region, "M1.0")


def test_years_and_addresses_of_reports():
    found = years(datetime(2015, 5, 5, tzinfo=UTC), datetime(2017, 1, 1, tzinfo=UTC))
    assert [time.isoformat()[:10] for time in found] == ["2015-01-01", "2016-01-01", "2017-01-01"]
    names = [FlareReports("http://a/").locate(time).address for time in found]
    assert names == [
        "http://a/goes-xrs-report_2015_modifiedreplacedmissingrows.txt",
        "http://a/goes-xrs-report_2016.txt", "http://a/goes-xrs-report_2017-ytd.txt",
    ]  # fmt: skip
    assert FlareReports().locate(found[0]).file == "goes-xrs-report_2015.txt"


def test_the_strongest_are_first_and_the_earlier_of_equals():
    flares = [Flare(datetime(2014, 1, day, tzinfo=UTC), name) for day, name in
              ((3, "M5"), (1, "M5.0"), (2, "X1"), (4, "C1"))]  # fmt: skip
    assert [f.start.day for f in strongest(flares)] == [2, 1, 3, 4]
    assert [f.start.day for f in strongest(flares, 2)] == [2, 1]
    bounds = flares[1].start, flares[0].start
    chosen = select(flares, parse_filter(">=M1"), bounds)
    assert [f.start.day for f in chosen] == [3, 1, 2]  # both ends count
    assert [f.start.day for f in select(flares, parse_filter(">=M1"), bounds, 2)] == [2, 1]
