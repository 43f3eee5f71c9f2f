"""Flare lists of all makes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.errors import ConfigError, DatasetError
from halescope.fetch.flare_lists import parse_flares, read_flares
from halescope.fetch.flares import Flare, class_flux, parse_filter, strongest, write_flares

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
