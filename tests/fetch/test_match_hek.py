"""`match --hek` against a server that speaks HEK's protocol."""

import json
from datetime import UTC, datetime

import pytest

pytest.importorskip("sunpy")
pytestmark = pytest.mark.filterwarnings("ignore")  # sunpy's own

EVENT = {
    "event_type": "AR",
    "event_coordsys": "UTC-HGS-TOPO",
    "event_coordunit": "deg,deg",
    "event_coord3": None,
    "frm_name": "NOAA SWPC Observer",
    "ar_mcintoshcls": "DAO",
    "hpc_x": 0.0,
    "hpc_y": 0.0,
    "hpc_bbox": "",
    "area_atdiskcenter": 304367540.0,
    "area_unit": "km2",
}


def event(number, day, lon, lat, name):
    start, end = f"2026-02-{day:02d}T00:00:00", f"2026-02-{day:02d}T23:59:59"
    return EVENT | {
        "event_starttime": start,
        "event_endtime": end,
        "event_peaktime": start,
        "event_coord1": lon,
        "event_coord2": lat,
        "ar_noaanum": number,
        "ar_mtwilsoncls": name,
        "hgs_x": lon,
        "hgs_y": lat,
        "kb_archivid": f"ivo://helio-informatics.org/AR_{number}_{day}",
    }


@pytest.fixture
def catalog(tmp_path):
    from halescope.io.catalog import merge_catalogs, write_catalog
    from halescope.types import Catalog

    columns = {name: [None, None] for name in merge_catalogs([]).columns}
    columns |= {
        "image": ["a.jpg"] * 2, "time": ["2026-02-04T06:00:00Z"] * 2, "region": [1, 2],
        "x_min": [100.0, 300.0], "y_min": [100.0] * 2, "x_max": [140.0, 340.0],
        "y_max": [140.0] * 2, "score": [0.9] * 2, "class": ["beta-gamma", "alpha"],
        "hgs_lon": [3.0, -50.0], "hgs_lat": [10.0, 20.0], "flags": [""] * 2,
    }  # fmt: skip
    path = tmp_path / "catalog.csv"
    write_catalog(Catalog(columns), path)
    return path


def answer(*events):
    def respond(_, query):
        found = [e for e in events if e["event_endtime"] >= query["event_starttime"]]
        found = [e for e in found if e["event_starttime"] <= query["event_endtime"]]
        return json.dumps({"result": found, "overmax": False}).encode()

    return respond


def serve(server, *events):
    kind = type(server.serve("/unused", b""))
    body = answer(*events)
    server.route("/hek/her", lambda m, q: kind(body(m, q), "application/json"))
    return server.url + "hek/her?"


def test_hek_gives_what_the_summary_would(server, catalog, tmp_path, capsys):
    from halescope.cli import run

    far = event(14399, 20, 0, 0, "ALPHA")
    url = serve(server, event(14300, 4, 0, 10, "BETA"), event(14300, 5, 13, 10, "BETA"), far)
    words = ["match", str(catalog), "--hek", "--hek-url", url, "-o", str(tmp_path / "out")]
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "1 images: 1 matched (class agrees in 0%), 0 missed, 1 extra" in out
    assert "NOAA 14300: we say beta-gamma, NOAA says beta" in out
    assert "14399" not in (tmp_path / "out" / "match.csv").read_text()
    assert server.count("NOAA\\+SWPC\\+Observer") == 1


@pytest.mark.parametrize("how", [404, 500, "html", "cut"])
def test_service_that_fails_is_one_line(server, catalog, how, capsys, monkeypatch):
    from halescope.cli import run
    from halescope.fetch import transfer

    quick = transfer.Limits(timeout=2, retries=1, backoff=0.01, pause=0)
    monkeypatch.setattr(transfer, "Limits", lambda: quick)
    url = serve(server)
    server.fail("/hek/her", how, 2)
    assert run(["match", str(catalog), "--hek", "--hek-url", url]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "hek" in line.lower()


def test_hek_with_nothing_near_is_refused(server, catalog, capsys):
    from halescope.cli import run

    assert run(["match", str(catalog), "--hek", "--hek-url", serve(server)]) == 2
    assert "lists no region on any day" in capsys.readouterr().err


def test_table_of_an_earlier_fetch(server, catalog, fetch, tmp_path, capsys):
    from halescope.cli import run

    url = serve(server, event(14300, 4, 0, 10, "BETA"), event(14300, 5, 13, 10, "BETA"))
    span = ["--start", "2026-02-04", "--end", "2026-02-06"]
    assert fetch("hek", "--url", url, "-o", tmp_path / "hek", *span)[0] == 0
    table = str(tmp_path / "hek" / "regions.csv")
    assert run(["match", str(catalog), "--hek-table", table]) == 0
    assert "1 matched" in capsys.readouterr().out


def test_without_the_extra(catalog, monkeypatch, capsys):
    from halescope.cli import run

    monkeypatch.setattr("halescope.fetch.answers.find_spec", lambda _: None)
    assert run(["match", str(catalog), "--hek"]) == 2
    assert "pip install 'halescope[sun]'" in capsys.readouterr().err


def test_span_reaches_the_midnight_after_the_last_image():
    from halescope.fetch.hek import span_of

    times = [datetime(2026, 2, 4, 23, tzinfo=UTC), datetime(2026, 2, 1, 3, tzinfo=UTC)]
    assert span_of(times) == (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 6, tzinfo=UTC))


def test_regions_of_several_months_are_one_table(server):
    from halescope.fetch.hek import noaa_regions

    def respond(_, query):
        month = int(query["event_starttime"][5:7])
        late = event(14001, 4, 3, 10, "BETA") | {
            "event_starttime": "2026-03-04T00:00:00", "event_endtime": "2026-03-04T23:59:59",
        }  # fmt: skip
        found = [event(14000, 4, 3, 10, "BETA")] if month == 2 else [late]
        kind = type(server.serve("/unused", b""))
        return kind(json.dumps({"result": found, "overmax": False}).encode(), "application/json")

    server.route("/hek/her", respond)
    times = [datetime(2026, month, 4, 6, tzinfo=UTC) for month in (2, 3)]
    found = noaa_regions(times, server.url + "hek/her?")
    assert sorted({row.number for row in found.rows}) == [14000, 14001]
    assert noaa_regions([]).rows == ()
