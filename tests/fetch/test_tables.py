"""SRS, HEK and NOAA's reports through sunpy, against servers that speak their protocols."""

import csv
import json
import tarfile

import pytest

pytest.importorskip("sunpy")
pytestmark = pytest.mark.filterwarnings("ignore")  # sunpy's own

SRS = """\
:Product: {month:02d}{day:02d}SRS.txt
:Issued: 2014 Jan {day:02d} 0030 UTC
# Prepared jointly by the U.S. Dept. of Commerce, NOAA,
SRS Number {day} Issued at 0030Z on {day:02d} Jan 2014
I.  Regions with Sunspots.  Locations Valid at 04/2400Z
Nmbr Location  Lo  Area  Z   LL   NN Mag Type
1944 S08E38   099  1470 Fkc  20   60 Beta-Gamma-Delta
"""
MONTH = ["--start", "2014-01-01", "--end", "2014-01-04"]


@pytest.fixture
def archive(server):
    """Return NCEI's archive with the first four days of 2014."""
    files = {f"201401{d:02d}SRS.txt": SRS.format(month=1, day=d).encode() for d in range(1, 5)}
    page = "".join(f'<a href="{name}">{name}</a>' for name in files).encode()
    server.serve("/srs/2014/01/$", page, kind="text/html")
    for name, body in files.items():
        server.serve(f"/srs/2014/01/{name}$", body, kind="text/plain")
    return server.url + "srs/"


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_srs_through_fido(fetch, archive, server, tmp_path):
    code, _out, err = fetch("srs", "--url", archive, "-o", tmp_path, *MONTH)
    assert (code, err) == (0, "")
    assert server.count("/srs/2014/01/$") == 1
    assert (tmp_path / "20140103SRS.txt").read_bytes() == SRS.format(month=1, day=3).encode()
    assert [row["obtained"] for row in rows(tmp_path / "fetched.csv")][2] == "2014-01-03T00:00:00Z"


@pytest.mark.parametrize(
    ("how", "times", "word"),
    [(404, 1, "404"), (500, 2, "500"), ("html", 1, "web page"), ("cut", 2, "middle")],
)
def test_srs_one_day_fails(fetch, archive, server, tmp_path, how, times, word):
    server.fail("20140103SRS", how, times)
    code, _out, err = fetch("srs", "--url", archive, "-o", tmp_path, *MONTH)
    assert code == 1
    (line,) = err.strip().splitlines()
    assert word in line
    assert "2014-01-03" in line
    assert len(list(tmp_path.glob("*SRS.txt"))) == 3


def test_srs_of_another_day(fetch, archive, server, tmp_path):
    server.routes[3][1].body = SRS.format(month=1, day=9).encode()
    code, _, err = fetch("srs", "--url", archive, "-o", tmp_path, *MONTH)
    assert code == 1
    assert "another time than promised" in err
    assert not (tmp_path / "20140103SRS.txt").exists()


def test_srs_down_and_listing_broken(fetch, archive, server, no_one, tmp_path):
    code, out, err = fetch("srs", "--url", no_one, "-o", tmp_path / "a", *MONTH)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert "not asked: 4" in out
    server.fail("/srs/2014/01/$", 500, 9)  # Fido passes over it: days are asked for directly
    assert fetch("srs", "--url", archive, "-o", tmp_path / "b", *MONTH)[0] == 0


@pytest.mark.data
def test_srs_real_files(fetch, server, shared_data, tmp_path):
    with tarfile.open(shared_data / "noaa" / "srs_raw_2008_2019.tar.gz") as tar:
        members = [m for m in tar if "2008_SRS/200801" in m.name and m.isfile()]
        files = {m.name.split("/")[-1]: tar.extractfile(m).read() for m in members}
    page = "".join(f'<a href="{name}">x</a>' for name in files).encode()
    server.serve("/2008/01/$", page, kind="text/html")
    for name, body in files.items():
        server.serve(name, body)
    span = ["--start", "2008-01-01", "--end", "2008-01-31"]
    code, _out, err = fetch("srs", "--url", server.url, "-o", tmp_path, *span)
    assert (code, err) == (0, "")
    assert all((tmp_path / name).read_bytes() == body for name, body in files.items())


REGION = {
    "observed_date": "2026-06-01",
    "region": 14460,
    "latitude": -8,
    "longitude": -38,
    "location": "S08E38",
    "carrington_longitude": 99,
    "area": 1470,
    "spot_class": "Fkc",
    "extent": 20,
    "number_spots": 60,
    "mag_class": "BGD",
    "mag_string": None,
}


def test_srs_of_today(fetch, server, tmp_path):
    server.serve_json("/json/solar_regions.json", [REGION, {**REGION, "mag_class": None}])
    address = server.url + "json/solar_regions.json"
    code, _out, _ = fetch("srs", "--today", "--today-url", address, "-o", tmp_path)
    assert code == 0
    row = rows(tmp_path / "srs_today.csv")[0]
    assert row["date"] == "2026-06-02"
    assert (row["location"], row["mag_type_raw"], row["area"]) == (
        "S08E38",
        "BETA-GAMMA-DELTA",
        "1470",
    )


@pytest.mark.parametrize(
    "more",
    [
        {"region": float("inf")},
        {"observed_date": "9999-12-31"},
        {"area": "1e400"},
        {"region": None},
        {"extent": [5]},
    ],
)
def test_srs_of_today_with_a_region_that_cannot_be(fetch, server, tmp_path, more):
    server.serve_json("/json/solar_regions.json", [REGION, {**REGION, **more}])
    address = server.url + "json/solar_regions.json"
    code, _, err = fetch("srs", "--today", "--today-url", address, "-o", tmp_path)
    assert code == 2
    assert "sends a region that cannot be read" in err


@pytest.mark.parametrize("how", [404, 500, "html", "cut"])
def test_srs_of_today_fails(fetch, server, tmp_path, how):
    server.serve_json("/json/solar_regions.json", [REGION])
    server.fail("/json", how, 2)
    address = server.url + "json/solar_regions.json"
    code, _, err = fetch("srs", "--today", "--today-url", address, "-o", tmp_path / "out")
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


EVENT = {
    "event_type": "AR",
    "event_starttime": "2014-10-24T00:00:00",
    "event_endtime": "2014-10-24T23:59:59",
    "event_peaktime": "2014-10-24T21:41:00",
    "event_coordsys": "UTC-HGS-TOPO",
    "event_coordunit": "deg,deg",
    "event_coord1": 21.0,
    "event_coord2": -16.0,
    "event_coord3": None,
    "frm_name": "NOAA SWPC Observer",
    "ar_noaanum": 12192,
    "ar_mtwilsoncls": "BETA-GAMMA-DELTA",
    "ar_mcintoshcls": "FKC",
    "hgs_x": 21.0,
    "hgs_y": -16.0,
    "hpc_x": 330.1,
    "hpc_y": -340.2,
    "hpc_bbox": "POLYGON((200 -400,450 -400,450 -280,200 -280,200 -400))",
    "area_atdiskcenter": None,
    "area_unit": "",
    "fl_goescls": "X3.1",
    "kb_archivid": "ivo://helio-informatics.org/AR_1",
}
WEEKS = ["--start", "2014-10-20", "--end", "2014-11-10"]


@pytest.fixture
def hek(server):
    """Return HEK's address; October has one event, on the second page of two."""

    def answer(_, query):
        late = query["event_starttime"].startswith("2014-11")
        first = query["page"] == "1"
        found = {"result": [] if late or first else [EVENT], "overmax": first and not late}
        kind = type(server.serve("/unused", b""))
        return kind(json.dumps(found).encode(), "application/json")

    server.route("/hek/her", answer)
    return server.url + "hek/her?"


def test_hek_regions(fetch, hek, server, tmp_path):
    code, _out, err = fetch("hek", "--url", hek, "-o", tmp_path, *WEEKS)
    assert (code, err) == (0, "")
    (row,) = rows(tmp_path / "regions.csv")
    assert row["noaa_number"] == "12192"
    assert row["class"] == "BETA-GAMMA-DELTA"
    assert (row["hgs_lon"], row["hgs_lat"]) == ("21.0", "-16.0")
    assert [float(row[f"hpc_{n}"]) for n in ("x_min", "y_min", "x_max", "y_max")] == [
        200,
        -400,
        450,
        -280,
    ]
    assert {row["address"] for row in rows(tmp_path / "fetched.csv")} == {hek}
    assert server.count("NOAA\\+SWPC\\+Observer") == server.count("event_type=ar") == 3
    before = len(server.seen)
    assert fetch("hek", "--url", hek, "-o", tmp_path, *WEEKS)[0] == 0
    assert len(server.seen) == before


@pytest.mark.parametrize("how", [404, 500, "html", "cut"])
def test_hek_one_month_fails(fetch, hek, server, tmp_path, how):
    server.fail("event_starttime=2014-11", how, 2)
    code, _, err = fetch("hek", "--url", hek, "-o", tmp_path, *WEEKS)
    assert code == 1
    assert len(err.strip().splitlines()) == 1
    assert len(rows(tmp_path / "regions.csv")) == 1


def test_hek_down(fetch, no_one, tmp_path):
    code, _, err = fetch("hek", "--url", no_one + "her?", "-o", tmp_path, *WEEKS)
    assert code == 2
    assert "down" in err


def test_flares_of_hek(fetch, hek, server, tmp_path):
    code, _, err = fetch("flares", "--url", hek, "-o", tmp_path, *WEEKS, "--only", ">=X1")
    assert (code, err) == (0, "")
    assert server.count("event_type=fl") > server.count("event_type=ar") == 0
    (row,) = rows(tmp_path / "flares.csv")
    assert (row["goes_class"], row["peak"], row["location"]) == (
        "X3.1",
        "2014-10-24T21:41:00Z",
        "S16W21",
    )


def test_flares_of_noaa(fetch, server, tmp_path):
    line = b"31777120307  0002 0040 0024 N17E27        X 54    G15  6.7E-01 11429 120309.0\n"
    server.serve("/xrs/goes-xrs-report_2012.txt", line, kind="text/plain")
    words = ["--source", "noaa", "--url", server.url + "xrs/", "-o", tmp_path]
    code, out, _ = fetch("flares", *words, "--start", "2012-01-01", "--end", "2012-12-31")
    assert code == 0
    assert "1 flares of 1" in out
    code, _, err = fetch("flares", *words, "--start", "2012-01-01", "--end", "2013-12-31")
    assert code == 1
    assert "404" in err


def test_without_the_extra(fetch, monkeypatch, tmp_path):
    monkeypatch.setattr("halescope.fetch.answers.find_spec", lambda _: None)
    for words in ("helioviewer --latest", "jsoc --latest", "srs --start 2014-01-01"):
        code, _, err = fetch(*words.split(), "-o", tmp_path)
        assert code == 2
        assert "pip install 'halescope[sun]'" in err


@pytest.mark.parametrize(
    ("command", "pattern"),
    [
        ("srs", "20140103SRS"),
        ("srs", "/srs/2014/01/$"),
        ("hek", "event_starttime=2014-11"),
        ("today", "/json"),
    ],
)
def test_nobody_waits_for_ever(fetch, archive, hek, server, tmp_path, command, pattern):
    import time

    server.serve_json("/json/solar_regions.json", [REGION])
    words = {
        "srs": ("srs", "--url", archive, *MONTH),
        "hek": ("hek", "--url", hek, *WEEKS),
        "today": ("srs", "--today", "--today-url", server.url + "json/solar_regions.json"),
    }[command]
    server.fail(pattern, "hang", 2)
    begin = time.monotonic()
    code, _, err = fetch(*words, "-o", tmp_path / "out", "--timeout", "0.3")
    assert time.monotonic() - begin < 20
    assert code in (0, 1, 2)  # a listing that hangs is passed over: days are asked for directly
    assert "Traceback" not in err
    assert "in time" in err or pattern.endswith("$")


def test_hek_of_another_span_is_asked_again(fetch, hek, server, tmp_path):
    assert fetch("hek", "--url", hek, "-o", tmp_path, *WEEKS)[0] == 0
    before = len(server.seen)
    assert fetch("hek", "--url", hek, "-o", tmp_path, "--start", "2014-10-24", *WEEKS[2:])[0] == 0
    assert len(server.seen) > before


def test_flares_of_hek_through_its_own_variable(fetch, hek, monkeypatch, tmp_path):
    monkeypatch.setenv("HALESCOPE_HEK_URL", hek)
    assert fetch("flares", "-o", tmp_path, *WEEKS)[0] == 0
    assert len(rows(tmp_path / "flares.csv")) == 1


def test_flares_that_do_not_come_leave_no_table(fetch, no_one, tmp_path):
    code, out, _ = fetch("flares", "--url", no_one + "her?", "-o", tmp_path, *WEEKS)
    assert code == 2
    assert "flares.csv" not in out
    assert not (tmp_path / "flares.csv").exists()
