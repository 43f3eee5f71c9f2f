"""JSOC through drms, against a server that speaks jsoc_info and jsoc_fetch."""

import re
from datetime import UTC, datetime

import pytest

pytest.importorskip("drms")

from halescope.io.filetime import parse_time
from loopback.jsoc import Jsoc, draw_fits

SPAN = ["--start", "2014-10-24T00:00Z", "--end", "2014-10-24T02:00Z", "--email", "me@example.org"]


@pytest.fixture
def jsoc(server):
    return Jsoc(server)


@pytest.fixture
def get(fetch, server, jsoc, tmp_path):
    def call(*words):
        base = ["--url", server.url, "-o", tmp_path, "--poll", "0"]
        return fetch("jsoc", *base, *(words or SPAN))

    return call


def images(folder):
    assert not (folder / ".partial").exists()
    return sorted(path.name for path in folder.glob("*.fits"))


def test_all_goes_well(get, jsoc, server, tmp_path):
    code, _out, err = get()
    assert (code, err) == (0, "")
    assert images(tmp_path)[0] == "hmi.M_720s.20141024_000000_TAI.magnetogram.fits"
    assert len(images(tmp_path)) == 3
    assert len(jsoc.exports) == server.count("jsoc_info") == 1
    text = (tmp_path / "fetched.csv").read_text()
    assert "2014-10-24T00:00:00Z,2014-10-23T23:59:25Z,ok" in text  # TAI is 35 s ahead in 2014


def test_two_dozen_times_go_into_a_query_and_two_dozen_records_into_an_export(get, jsoc, server):
    jsoc.keys = [f"2014.10.24_{h:02d}:{m:02d}:00_TAI" for h in range(6) for m in range(0, 60, 12)]
    code, out, err = get(*SPAN[:3], "2014-10-24T05:47Z", *SPAN[4:], "--cadence", "12m")
    assert (code, err) == (0, "")
    assert "asked 29, got 29 files" in out
    assert server.count("jsoc_info") == 2
    first, second = jsoc.exports
    assert (first, second) == (jsoc.keys[:24], jsoc.keys[24:29])
    assert 9 < len(re.findall("_TAI-", next(p for p, _ in server.seen if "jsoc_info" in p))) == 24


def test_record_without_fault_goes_first(get, jsoc, tmp_path):
    jsoc.bad.add("2014.10.24_01:00:00_TAI")
    assert get()[0] == 0
    assert "hmi.M_720s.20141024_011200_TAI.magnetogram.fits" in images(tmp_path)


@pytest.mark.parametrize(
    ("how", "times", "word"),
    [(404, 1, "404"), (500, 2, "500"), ("html", 1, "web page"), ("cut", 2, "middle")],
)
def test_one_file_fails(get, server, tmp_path, how, times, word):
    server.fail("/SUM/1/1.fits", how, times)
    code, _, err = get()
    assert code == 1
    (line,) = err.strip().splitlines()
    assert word in line
    assert len(images(tmp_path)) == 2
    assert get()[0] == 0
    assert len(images(tmp_path)) == 3


def test_another_day(get, jsoc, tmp_path):
    jsoc.lie = "2014.10.23_01:00:00_TAI"
    code, _, err = get()
    assert code == 1
    assert "another time than promised" in err
    assert len(images(tmp_path)) == 2


@pytest.mark.parametrize("how", [500, "html", "cut"])
@pytest.mark.parametrize("where", ["jsoc_info", "exp_request"])
def test_service_in_distress(get, server, tmp_path, how, where):
    server.fail(where, how, 9)
    code, _, err = get()
    assert code == 2
    assert len(err.strip().splitlines()) <= 4
    assert "Traceback" not in err
    assert images(tmp_path) == []


def test_service_down(fetch, no_one, tmp_path):
    code, out, err = fetch("jsoc", "--url", no_one, "-o", tmp_path, *SPAN)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert "not asked: 3" in out


def test_address_that_is_not_registered(get):
    code, _, err = get(*SPAN[:4], "--email", "nobody@example.org")
    assert code == 2
    assert "User is not registered at all." in err


def test_no_address(get, monkeypatch):
    monkeypatch.delenv("JSOC_EMAIL", raising=False)
    code, _, err = get(*SPAN[:4])
    assert code == 2
    assert "register" in err


def test_no_record_near(get, tmp_path):
    code, _, err = get("--start", "2014-10-25", "--email", "me@example.org")
    assert code == 2
    assert "no record within 30 min" in err


def test_latest(get, tmp_path):
    assert get("--latest", "--email", "me@example.org")[0] == 0
    assert images(tmp_path) == ["hmi.M_720s.20141024_024800_TAI.magnetogram.fits"]


def test_tai():
    from halescope.fetch.jsoc import _tai

    assert _tai(datetime(2014, 10, 24, tzinfo=UTC)) == "2014.10.24_00:00:35_TAI"
    assert parse_time(_tai(datetime(2020, 1, 1, tzinfo=UTC))) == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.data
def test_real_file_is_whole(shared_data, tmp_path):
    from halescope.fetch.answers import ContentError
    from halescope.fetch.content import inspect_fits

    path = next((shared_data / "mdi").glob("*1999*.fits"))
    assert inspect_fits(path).time.date().isoformat() == "1999-12-11"
    cut = tmp_path / "cut.fits"
    cut.write_bytes(path.read_bytes()[:-200_000])
    with pytest.raises(ContentError, match="truncated"):
        inspect_fits(cut)


@pytest.mark.parametrize(
    ("card", "text"),
    [
        (b"TELESCOP", b"'never ends"),
        (b"NAXIS   ", b"2147483647"),
        (b"NAXIS   ", b"many"),
        (b"NAXIS1  ", b"4294967296"),
        (b"BITPIX  ", b"''"),
    ],
)
def test_headers_that_lie_cost_the_file_alone(get, jsoc, tmp_path, card, text):
    whole = draw_fits("2014.10.24_01:00:00_TAI")
    at = whole.index(card)
    spoiled = whole[: at + 10] + text.ljust(70) + whole[at + 80 :]
    jsoc.server.routes.insert(
        0, (re.compile(r"/SUM/1/1\.fits"), jsoc.server.serve("/x", spoiled, kind="image/fits"))
    )
    code, _, err = get()
    assert code == (0 if card == b"TELESCOP" else 1)  # which of what it need not say
    assert "Traceback" not in err
    assert len(images(tmp_path)) == 3 - code


@pytest.mark.parametrize("series", ["hmi.M_720s", "hmi.M_720s_nrt", "hmi.M_45s"])
def test_series_and_the_address_of_the_environment(get, jsoc, monkeypatch, tmp_path, series):
    monkeypatch.setenv("JSOC_EMAIL", "me@example.org")
    assert get(*SPAN[:4], "--series", series)[0] == 0
    assert len(images(tmp_path)) == 3
    assert all(name.startswith(series + ".2014") for name in images(tmp_path))


def test_unknown_series(get):
    code, _, err = get(*SPAN, "--series", "hmi.Ic_720s")
    assert code == 2
    assert "hmi.M_720s_nrt" in err


def test_nobody_waits_for_ever(get, server, tmp_path):
    server.fail("/SUM/1/1.fits", "hang", 2)
    code, _, err = get(*SPAN, "--timeout", "0.4")
    assert code == 1
    assert "in time" in err
    assert len(images(tmp_path)) == 2


def test_export_that_is_never_ready(get, jsoc, server):
    ready = type(server.serve("/unused", b""))
    waiting = b'{"status": 1, "requestid": "JSOC_1", "wait": 1}'
    server.routes.insert(
        0,
        (
            re.compile("jsoc_fetch"),
            lambda m, q: (
                ready(waiting, "application/json") if q["op"] == "exp_status" else jsoc.fetch(m, q)
            ),
        ),
    )
    code, _, err = get(*SPAN, "--wait", "0.3")
    assert code == 2
    assert "has not prepared export JSOC_1 within 0.3 s" in err


@pytest.mark.data
def test_real_mdi_file(fetch, server, shared_data, tmp_path):
    """The real file of 1999 as JSOC would hand it out, fetched, then read by the program."""
    from halescope.io import read

    path = next((shared_data / "mdi").glob("*1999*.fits"))
    service = Jsoc(server)
    service.keys = ["1999.12.11_17:36:00_TAI"]
    server.routes.insert(0, (re.compile(r"/SUM/"), server.serve("/other", path.read_bytes())))
    words = ["--series", "mdi.fd_M_96m_lev182", "--start", "1999-12-11T17:30Z"]
    code, _, err = fetch(
        "jsoc", "--url", server.url, "-o", tmp_path, "--poll", "0", *words, *SPAN[4:]
    )
    assert (code, err) == (0, "")
    (name,) = images(tmp_path)
    assert name == "mdi.fd_M_96m_lev182.19991211_173600_TAI.data.fits"
    assert (tmp_path / name).read_bytes() == path.read_bytes()
    assert read(tmp_path / name).time.isoformat()[:13] == "1999-12-11T17"
