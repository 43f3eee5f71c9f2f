"""Times from names, headers and users."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.errors import TimeError
from halescope.io.filetime import header_time, parse_time, tai_to_utc, time_from_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("HMI.m2026.02.01_00.00.00.jpg", "2026-02-01T00:00:00"),
        ("20120104_234500_2048_HMIB.jpg", "2012-01-04T23:45:00"),
        ("2022_08_02__10_47_53_000__SDO_HMI_HMI_magnetogram.jp2", "2022-08-02T10:47:53"),
        ("bbzqa240203t1944_dim-860.jpg", "2024-02-03T19:44:00"),
        ("tdzqa990203t0001.jpg", "1999-02-03T00:01:00"),
        ("hmi.m_45s.2011.02.15_00_00_45_TAI.magnetogram.png", "2011-02-15T00:00:11"),
        ("mdi.fd_M_96m_lev182.19991211_173600_TAI.data.png", "1999-12-11T17:35:28"),
        ("hmi.ssc.11781.magnetogram.20130704_160810.png", "2013-07-04T16:08:10"),
        ("20260204_100000_512_HMIB.png", "2026-02-04T10:00:00"),
        ("2014-05-06T07:08:09Z.png", "2014-05-06T07:08:09"),
        ("20240203T1944.tif", "2024-02-03T19:44:00"),
        ("latest_1024_HMIB.jpg", None),
        ("sun_20240203.jpg", None),
        ("20241399_256199.jpg", None),
        ("IMG_4711.png", None),
    ],
)
def test_names(name: str, expected: str | None) -> None:
    found = time_from_name(name)
    assert (found and found.replace(tzinfo=None).isoformat()) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01T12:30:00Z",
        "2026-02-01 12:30",
        "2026-02-01T12:30:00",
        "20260201_123000",
        "2026.02.01_12:30:00",
        "2026.02.01_12:30:37_TAI",
        "2026-02-01T13:30:00+01:00",
        "2026-02-01 12:30 UTC",
        "2026/02/01 12:30:00",
    ],
)
def test_given_times(text: str) -> None:
    assert parse_time(text) == datetime(2026, 2, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["yesterday", "", "2026-02-01", "2026-02-30T00:00", "12:30", "0026-02-01T00:00:00"]
)
def test_what_is_no_time_says_so(text: str) -> None:
    with pytest.raises(TimeError, match="is no time") as raised:
        parse_time(text)
    assert "\n" not in str(raised.value)
    assert "2026-02-01T00:00:00Z" in str(raised.value)


@given(st.datetimes(datetime(1961, 1, 1), datetime(2099, 1, 1)), st.integers(-12, 12))
def test_iso_round_trip(time: datetime, hours: int) -> None:
    aware = time.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert parse_time(aware.isoformat()) == aware
    assert parse_time(aware) == aware
    assert parse_time(aware).tzinfo is UTC


def test_headers() -> None:
    noon = datetime(2014, 2, 5, 12, tzinfo=UTC)
    assert header_time({"DATE-OBS": "2014-02-05T12:00:00.000"}) == noon
    assert header_time({"DATE-OBS": "2014/02/05", "TIME-OBS": "12:00:00.000"}) == noon
    assert header_time({"T_OBS": "2014.02.05_12:00:35_TAI"}) == noon
    assert header_time({"DATE-OBS": "2014-02-05", "T_REC": "2014.02.05_12:00:35_TAI"}) == noon
    assert header_time({}) is None
    with pytest.raises(TimeError, match="disk: DATE-OBS"):
        header_time({"DATE-OBS": "soon"}, "disk")


@pytest.mark.parametrize("year", [1996, 1999, 2003, 2010, 2013, 2016, 2020, 2026])
def test_tai_against_astropy(year: int) -> None:
    from astropy.time import Time

    time = datetime(year, 3, 4, 5, 6, 7, tzinfo=UTC)
    oracle = Time(time.replace(tzinfo=None), scale="tai").utc.datetime.replace(tzinfo=UTC)
    assert abs((tai_to_utc(time) - oracle).total_seconds()) < 1e-3


@pytest.mark.parametrize("text", ["2026-02-01", "2026/02/01", "20260201", " 2026.02.01 "])
def test_a_plain_date_is_its_midnight_where_that_is_wanted(text: str) -> None:
    assert parse_time(text, date_only=True) == datetime(2026, 2, 1, tzinfo=UTC)
    with pytest.raises(TimeError):
        parse_time("2026-02-30", date_only=True)


@pytest.mark.parametrize(
    "text",
    [
        "31-Jul-2014 09:58:45.000",
        "28-OCT-2003 00:00:02.5",
        "1-feb-1999 10:00:00",
        "05-May-98 23:59:59",
    ],
)
def test_solarsoft_dates_agree_with_sunpy(text: str) -> None:
    from sunpy.time import parse_time as oracle

    long = text.replace("-98 ", "-1998 ")
    assert abs((parse_time(text) - oracle(long).to_datetime(UTC)).total_seconds()) < 1e-3


def test_solarsoft_header_with_the_time_in_another_key() -> None:
    expected = datetime(2009, 7, 28, 9, 58, 45, tzinfo=UTC)
    assert header_time({"DATE_OBS": "28-Jul-2009", "TIME_OBS": "09:58:45.000"}) == expected
    assert header_time({"DATE-OBS": "28-Jul-2009", "TIME-OBS": "9:58:45"}) == expected
    assert header_time({"DATE_OBS": "28-Jul-2009 09:58:45.000"}) == expected
    with pytest.raises(TimeError):
        header_time({"DATE_OBS": "28-Jul-2009"})
    for key in ("TIME", "UT", "UTC"):
        assert header_time({"DATE_OBS": "28-Jul-2009", key: "09:58:45.000"}) == expected
    with pytest.raises(TimeError):  # SolarSoft's milliseconds of the day are no clock
        header_time({"DATE_OBS": "28-Jul-2009", "TIME": 35925000})
    name = "smdi_maglc_fd_20090728_095845.fts.gz"
    assert time_from_name(name) == expected
    assert header_time({"DATE_OBS": "28-Jul-2009"}, name) == expected
    with pytest.raises(TimeError):  # of another day
        header_time({"DATE_OBS": "29-Jul-2009"}, name)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_times_beyond_the_calendar_are_a_line(text: str) -> None:
    with pytest.raises(TimeError):
        parse_time(text)
    with pytest.raises(TimeError):
        parse_time(datetime.fromisoformat(text))
