"""Helioviewer through hvpy, against a server that speaks its API; each failure provoked."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("hvpy")

from halescope.fetch.gaps import gap_report
from halescope.fetch.helioviewer import Helioviewer
from halescope.fetch.record import Record, Row
from halescope.fetch.run import Run, fetch_all

LONG = ["--start", "2026-02-01T00:00Z", "--end", "2026-02-01T05:00Z", "--cadence", "1h"]


@pytest.fixture
def get(fetch, sun, tmp_path):
    def call(*words, span=LONG, out=tmp_path / "hmi"):
        return fetch("helioviewer", "--url", sun.url, "-o", out, *span, *words)

    return call


def rows(folder):
    with (folder / "fetched.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def whole(folder):
    """Return the names of images, after a check that nothing half-written lies about."""
    names = sorted(path.name for path in folder.iterdir())
    images = [name for name in names if name.endswith(".jp2")]
    assert set(names) - set(images) == {"fetched.csv", "gaps.json"}
    listed = {row["file"] for row in rows(folder) if row["file"]}
    assert set(images) == listed
    return images


def test_all_goes_well(get, sun, tmp_path):
    code, out, err = get()
    assert (code, err) == (0, "")
    assert "asked 6, got 6 files" in out
    found = rows(tmp_path / "hmi")
    assert len(whole(tmp_path / "hmi")) == 6
    assert found[1]["asked"] == "2026-02-01T01:00:00Z"
    assert found[1]["obtained"] == "2026-02-01T01:00:47Z"
    assert found[1]["quality"] == "good"
    assert found[1]["address"].startswith(sun.url + "getJP2Image/?date=2026-02-01T01%3A00%3A47Z")
    assert len(found[1]["sha256"]) == 64
    assert found[1]["source"] == "helioviewer/HMI"


def test_second_run_asks_nothing(get, server, sun):
    get()
    before = len(server.seen)
    code, out, _ = get()
    assert (code, len(server.seen)) == (0, before)
    assert "got 6 files" in out


def test_lost_and_spoiled_files_are_fetched_again(get, server, sun, tmp_path):
    get()
    first, second = (tmp_path / "hmi" / name for name in whole(tmp_path / "hmi")[:2])
    content = second.read_bytes()
    first.unlink()
    second.write_bytes(bytes(len(content)))
    assert get()[0] == 0
    assert first.exists()
    assert second.read_bytes() != content
    assert get("--verify")[0] == 0
    assert second.read_bytes() == content


def test_service_down(fetch, no_one, tmp_path):
    code, out, err = fetch("helioviewer", "--url", no_one, "-o", tmp_path / "hmi", *LONG)
    assert code == 2
    lines = err.strip().splitlines()
    assert len(lines) == 4
    assert all("down" in line for line in lines[:3])
    assert "3 failures in a row" in lines[3]
    assert "not asked: 3" in out
    assert whole(tmp_path / "hmi") == []


@pytest.mark.parametrize(
    ("how", "times", "word", "status"),
    [
        (404, 1, "404", "missing"),
        (500, 2, "500", "failed"),
        ("html", 1, "web page", "failed"),
        ("html as image", 1, "web page", "failed"),
        ("cut", 2, "middle", "failed"),
        ("hang", 2, "in time", "failed"),
    ],
)
def test_one_image_fails_and_the_rest_goes_on(get, server, tmp_path, how, times, word, status):
    server.fail("getJP2Image.*T02", how, times)
    code, out, err = get("--timeout", "0.3") if how == "hang" else get()
    assert code == 1
    (line,) = err.strip().splitlines()
    assert "2026-02-01T02:00:00Z" in line
    assert word in line
    assert len(whole(tmp_path / "hmi")) == 5
    assert [row["status"] for row in rows(tmp_path / "hmi")].count(status) == 1
    assert "missing: 2026-02-01T02:00:00Z" in out
    assert get()[0] == 0  # the next run gets it
    assert len(whole(tmp_path / "hmi")) == 6


@pytest.mark.parametrize("how", [500, "html", "cut"])
def test_metadata_fail(get, server, tmp_path, how):
    server.fail("getClosestImage.*T02", how, 2)
    code, _, err = get()
    assert code == 1
    assert len(err.strip().splitlines()) == 1
    assert len(whole(tmp_path / "hmi")) == 5


def test_image_that_is_cut_once_is_whole_in_the_end(get, server, tmp_path):
    server.fail("getJP2Image.*T02", "cut")
    assert get()[0] == 0
    assert len(whole(tmp_path / "hmi")) == 6


def test_closest_is_days_away(get, server, sun, tmp_path):
    del sun.images[datetime(2026, 2, 1, 2, 0, 47, tzinfo=UTC)]
    code, _, err = get()
    assert code == 1
    assert "59.2 min away, over 30 min" in err
    assert not server.count("getJP2Image.*T02")
    code, _, err = get(span=["--start", "2026-02-09"])
    assert code == 2
    assert "7.79 days away" in err


def test_another_day_than_promised(get, sun, tmp_path):
    time = datetime(2026, 2, 1, 2, 0, 47, tzinfo=UTC)
    other = FakeDay.image(sun, time - timedelta(days=3))
    sun.lies[time] = other
    code, _, err = get()
    assert code == 1
    assert "another time than promised: its own header says 2026-01-29T02:00:47Z" in err
    assert len(whole(tmp_path / "hmi")) == 5


class FakeDay:
    @staticmethod
    def image(sun, time):
        sun.add(time)
        return sun.images.pop(time)


def test_image_cut_on_the_server_itself(get, sun, tmp_path):
    time = datetime(2026, 2, 1, 2, 0, 47, tzinfo=UTC)
    sun.lies[time] = sun.images[time][:-40]
    code, _, err = get()
    assert code == 1
    assert "cut short" in err
    assert len(whole(tmp_path / "hmi")) == 5


def test_gap_report(get, sun, tmp_path):
    del sun.images[datetime(2026, 2, 1, 2, 0, 47, tzinfo=UTC)]
    del sun.images[datetime(2026, 2, 1, 3, 0, 47, tzinfo=UTC)]
    sun.add(datetime(2026, 2, 1, 4, 0, 47, tzinfo=UTC), quality=0x200)
    sun.images[datetime(2026, 2, 1, 5, 0, 47, tzinfo=UTC)] = sun.images[
        datetime(2026, 2, 1, 4, 0, 47, tzinfo=UTC)
    ]
    code, out, _ = get("--tolerance", "2h")
    report = json.loads((tmp_path / "hmi" / "gaps.json").read_text())
    assert code == 1
    assert report["asked"] == 6
    assert report["status"] == {"ok": 3, "duplicate": 2, "failed": 1}
    assert report["bad"] == ["2026_02_01__04_00_47_000__SDO_HMI_HMI_magnetogram.jp2"]
    assert report["duplicates"][0] == ["2026-02-01T02:00:00Z", "2026-02-01T01:00:47Z"]
    assert [gap["count"] for gap in report["gaps"]] == [1]
    assert "bad quality: 2026_02_01__04" in out


def test_same_bytes_at_two_times():
    one = Row("s", "2026-02-01T00:00:00Z", "2026-02-01T00:00:47Z", file="a.jp2", sha256="ff")
    two = replace(one, asked="2026-02-01T01:00:00Z", obtained="2026-02-01T01:00:47Z", file="b.jp2")
    report = gap_report([one.asked, two.asked], [one, two])
    assert report.same_bytes == (("b.jp2", "a.jp2"),)
    assert "same content: b.jp2 = a.jp2" in str(report)


def test_dry_run_touches_nothing(get, server, tmp_path):
    code, out, _ = get("--dry-run")
    assert code == 0
    assert "6 asked, 0 here already, 6 files to fetch, about 6300000 bytes" in out
    assert server.seen == []
    assert not (tmp_path / "hmi").exists()
    get(span=[*LONG[:4], "--cadence", "5h"])
    mean = sum(int(row["bytes"]) for row in rows(tmp_path / "hmi")) // 2
    assert f"2 here already, 4 files to fetch, about {4 * mean}" in get("--dry-run")[1]


def test_screenshot_at_a_scale(get, tmp_path):
    from PIL import Image

    code, _, _ = get("--scale", "4.8")
    assert code == 0
    path = tmp_path / "hmi" / "2026_02_01__00_00_47_000__SDO_HMI_HMI_magnetogram@4.8.png"
    with Image.open(path) as image:
        assert image.size == (512, 512)


def test_screenshot_is_asked_for_at_the_images_own_time(get, server):
    get("--scale", "4.8")
    (path,) = [p for p, _ in server.seen if "takeScreenshot" in p and "T03" in p]
    assert "date=2026-02-01T03%3A00%3A47Z" in path
    assert "imageScale=4.8" in path
    assert "layers=%5B19%2C1%2C100%5D" in path


def test_latest_and_dates(get, sun, tmp_path):
    dates = tmp_path / "dates.txt"
    dates.write_text("# of interest\n2026-02-01T03:00Z\n2026-02-01\n2026-02-01T03:00Z\n")
    code, _out, _ = get(span=["--dates", dates], out=tmp_path / "a")
    assert (code, len(whole(tmp_path / "a"))) == (0, 2)
    code, _out, _ = get(span=["--latest"], out=tmp_path / "b")
    assert (code, [name[:20] for name in whole(tmp_path / "b")]) == (0, ["2026_02_01__05_00_47"])


def test_flares_pick_the_times(get, tmp_path):
    table = tmp_path / "flares.csv"
    table.write_text(
        "start,peak,goes_class\n"
        "2026-02-01T02:40:00Z,2026-02-01T03:02:00Z,X1.2\n"
        "2026-02-01T00:00:00Z,2026-02-01T00:10:00Z,M2.0\n"
    )
    code, _, _ = get(span=["--flares", ">=M5", "--flare-list", table, "--around", "-2,0"])
    assert code == 0
    asked = [row["asked"] for row in rows(tmp_path / "hmi")]
    assert asked == ["2026-02-01T01:02:00Z", "2026-02-01T03:02:00Z"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "was not told which times"),
        (["--start", "yesterday"], "is no time"),
        (["--start", "2026-02-02", "--end", "2026-02-01"], "before --start"),
        (["--start", "2026-02-01", "--cadence", "often"], "a duration such as"),
        (["--start", "2026-02-01", "--instrument", "AIA"], "HMI, MDI"),
        (["--dates", "none.txt"], "cannot be read"),
    ],
)
def test_wrong_usage_is_one_line(get, words, said):
    code, _, err = get(span=words)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert said in err


def test_interrupted_run_goes_on(sun, transfer, tmp_path, hours, server):
    provider = Helioviewer(transfer, "HMI", url=sun.url)
    run = Run(transfer, tmp_path, timedelta(minutes=30))

    def interrupt(row):
        if row.asked.startswith("2026-02-01T03"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_all(provider, hours, run, interrupt)
    assert len(rows(tmp_path)) == server.count("getJP2Image") == 4
    assert fetch_all(provider, hours, run).report.is_complete
    assert server.count("getJP2Image") == 6


def test_killed_run_leaves_a_journal(tmp_path):
    row = Row("s", "2026-02-01T00:00:00Z", file="a.jp2", bytes=3)
    (tmp_path / "a.jp2").write_bytes(b"abc")
    killed = Record(tmp_path)
    killed.add(row)
    killed._journal.close()  # as its end would
    with next(tmp_path.glob(".fetched*.jsonl")).open("a") as file:
        file.write('{"source": "s", "asked": "2026-02-01T01')
    again = Record(tmp_path)
    assert again.having("s", row.asked) == row
    again.close()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.jp2", "fetched.csv"]
    assert Record(tmp_path).having("s", row.asked) == row


@pytest.mark.data
def test_real_image(sun, get, shared_data, tmp_path):
    path = next((shared_data / "hmi_jp2").glob("*.jp2"))
    time = datetime(2022, 8, 2, 10, 47, 53, tzinfo=UTC)
    sun.add(time, path.read_bytes())
    code, _, err = get(span=["--start", "2022-08-02T10:48Z"])
    assert (code, err) == (0, "")
    assert (tmp_path / "hmi" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--around=-2:0"], 3),
        (["--around=-2:0:2"], 2),
        (["--around=-2:0", "--apart", "2h"], 2),
        (["--around=-2,-1.5,0"], 3),
    ],
)
def test_hours_around_flares(get, tmp_path, words, count):
    table = tmp_path / "flares.csv"
    table.write_text("start,goes_class\n2026-02-01T03:02:00Z,X1.2\n")
    span = ["--flares", ">=M5", "--flare-list", table, *words, "--dry-run"]
    assert f"{count} asked" in get(span=span)[1]


@pytest.mark.parametrize("word", ["soon", "1:2:3:4", "2:1", "0:9:0", "0:1e9:0.001"])
def test_hours_that_are_none(get, word):
    code, _, err = get(span=["--flares", ">=M5", "--start", "2026-02-01", f"--around={word}"])
    assert code == 2
    assert "-24:24:6" in err


def test_many_failures_are_not_many_lines(get, sun):
    span = ["--start", "2026-03-01", "--end", "2026-03-02", "--cadence", "30m"]
    code, out, err = get(span=span)
    assert code == 2
    assert len(err.strip().splitlines()) == 21
    assert "... and 29 more such lines" in err
    assert "49 far" in out


def test_no_network_is_said_plainly(fetch, tmp_path, monkeypatch):
    import socket

    def nowhere(*_args, **_kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    span = ["--start", "2026-02-01"]
    code, _, err = fetch("helioviewer", "--url", "http://sun.invalid/", "-o", tmp_path, *span)
    assert code == 2
    assert "no network, or a wrong address" in err


@pytest.mark.data
def test_gradvohl_and_reports_pick_the_same_dates(get, shared_data, tmp_path):
    """NOAA's report and a table as Gradvohl and Fernandes give it name the same hours."""
    report = shared_data / "flares" / "goes_xrs_report_2014.txt"
    words = ["--flares", ">=X1", "--dry-run"]
    from halescope.fetch.flare_lists import read_flares

    strong = [f for f in read_flares([report]).flares if f.goes_class[0] == "X"]
    table = tmp_path / "samples.csv"
    lines = [f"{f.goes_class},{f.start:%Y-%m-%d},{f.start:%H:%M},{f.time:%H:%M}" for f in strong]
    table.write_text("\n".join(["Class,Date,Start,Peak", *lines]) + "\n")
    outs = [get(span=[*words, "--flare-list", path])[1] for path in (report, table)]
    assert outs[0] == outs[1]
    assert f"{len(strong)} asked" in outs[0]
    assert len(strong) == 16
