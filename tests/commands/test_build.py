"""`halescope dataset build` against servers on loopback: fetched, cut, divided, resumed."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from halescope.cli import run
from halescope.commands.fetch.options import TimeOptions
from halescope.datasets.formats.table import read_labels
from halescope.datasets.manifest import disks, rows
from halescope.fetch.flares import Flare
from halescope.noaa.srs import read_srs
from loopback.helioviewer import Helioviewer
from loopback.noaa import Hek, SrsArchive
from loopback.shared import serve_shared

SPAN = ["--start", "2026-02-04T08:00Z", "--end", "2026-02-04T15:00Z", "--cadence", "1h"]


@pytest.fixture
def services(labelled, server, monkeypatch):
    """Return services that have eight hourly disks, two summaries and one flare."""
    sun, archive, hek = Helioviewer(server), SrsArchive(server), Hek(server)
    for path in sorted(labelled.glob("*.png")):
        sun.add(datetime(2026, 2, 4, int(path.name[9:11]), tzinfo=UTC), path)
    archive.add_rows(read_srs(labelled / "srs.csv").by_day())
    hek.add_flares([Flare(datetime(2026, 2, 4, 11, 10, tzinfo=UTC), "X1.0")])
    monkeypatch.setenv("HALESCOPE_HELIOVIEWER_URL", sun.url)
    monkeypatch.setenv("HALESCOPE_SRS_URL", archive.url)
    monkeypatch.setenv("HALESCOPE_HEK_URL", hek.url)
    # The disks are always old enough for the archive, whatever the clock says.
    monkeypatch.setattr("halescope.commands.dataset.build_fetch.RECENT", timedelta(days=-99_999))
    return sun, archive, hek


def build(out, *words):
    return run(["dataset", "build", "-o", str(out), "-j", "1", "--pause", "0", *words])


def content(out):
    """Return the hash of each file that was built, by name."""
    left_out = {"fetched.csv", "gaps.json", "build.json"}  # they tell when
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in left_out
    }


def test_paper_preset_from_flares(services, tmp_path, capsys):
    words = ["--preset", "paper", "--flares", ">=M5", "--around=-4:4", "--cadence", "1h"]
    code = build(tmp_path, *words, "--start", "2026-02-04", "--end", "2026-02-05")
    told = capsys.readouterr()
    assert code == 1  # at 07:10 and 15:10 the nearest disks are over half an hour away
    assert "far" in told.out
    parts = Counter(part for _, _, part in disks(tmp_path / "split" / "manifest.csv"))
    assert sum(parts.values()) == 8
    assert set(parts) == {"train", "validation", "test"}
    for part, count in parts.items():
        images, problems = read_labels(tmp_path / "kitti" / part / "labels", "kitti")
        assert (len(images), problems) == (count, [])
        assert {box.name for image in images for box in image.boxes} <= {"ar", "DontCare"}
        assert {(image.width, image.height) for image in images} == {(512, 512)}
        text = next((tmp_path / "kitti" / part / "labels").glob("*.txt")).read_text()
        assert {len(line.split()) for line in text.splitlines()} == {16}
    folders = {path.parent.name for path in (tmp_path / "crops").rglob("*.png")}
    assert folders <= {"A", "AG", "B", "BG"}
    assert (tmp_path / "page" / "index.html").is_file()
    assert json.loads((tmp_path / "audit.json").read_text())["clean"] is False
    assert "LEAK" in told.out


def test_full_recipe_and_a_second_run(services, server, tmp_path, capsys):
    words = [*SPAN, "--gap", "0.04"]
    assert build(tmp_path, *words) == 0
    before, asked = content(tmp_path), len(server.seen)
    first = capsys.readouterr().out
    assert "coco" in first
    document = json.loads((tmp_path / "coco" / "train" / "labels" / "instances.json").read_text())
    for image in document["images"]:  # pictures that any trainer reads, of the size that labels say
        with Image.open(tmp_path / "coco" / "train" / "images" / image["file_name"]) as picture:
            assert picture.format == "PNG"
            assert picture.size == (image["width"], image["height"])
    assert build(tmp_path, *words) == 0
    told = capsys.readouterr().out
    assert told.count("done before") == 6
    assert len(server.seen) == asked
    assert content(tmp_path) == before


STAGES = {
    "fetch": "halescope.fetch.helioviewer.Helioviewer.inspect",
    "srs": "halescope.fetch.srs.SrsArchive.inspect",
    "label": "halescope.datasets.labels.images.label_disk",
    "split": "halescope.datasets.splits.split._describe",
    "export": "halescope.datasets.formats.export._picture",
    "crops": "halescope.datasets.crops.cut_crop",
    "show": "halescope.datasets.show.normalize",
    "audit": "halescope.datasets.build.audit_manifest",
}


WHOLE: dict[str, dict[str, str]] = {}
"""What a run without interruption builds, once for all stages."""


SOME = ("fetch", "label", "crops")
"""Tried each time; the others when slow tests are."""


@pytest.mark.parametrize(
    "stage", [pytest.param(s, marks=() if s in SOME else pytest.mark.slow) for s in STAGES]
)
def test_a_run_that_was_stopped_goes_on(services, tmp_path, monkeypatch, stage):
    monkeypatch.chdir(tmp_path)  # manifests hold paths as they are given
    words = [*SPAN, "--gap", "0.04"]
    if not WHOLE:
        assert build("data", *words) == 0
        WHOLE["data"] = content(Path("data"))
        Path("data").rename("first")
    calls = 0
    place, name = STAGES[stage].rsplit(".", 1)
    module, _, held = place.rpartition(".")
    owner = sys.modules.get(place) or getattr(sys.modules[module], held)
    real = getattr(owner, name)

    def stop(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == (1 if stage in ("split", "audit") else 2):
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, stop)
        assert build("data", *words) == 130
    assert calls
    assert build("data", *words) == 0
    assert content(Path("data")) == WHOLE["data"]


def test_only_what_changed_is_built_again(services, tmp_path, capsys):
    assert build(tmp_path, *SPAN, "--gap", "0.04") == 0
    capsys.readouterr()
    assert build(tmp_path, *SPAN, "--gap", "0.05") == 0
    told = capsys.readouterr().out
    assert "label: done before" in told
    assert "split: done before" not in told


def test_missing_summaries_are_told_and_the_rest_is_built(services, tmp_path, capsys):
    sun, _archive, _ = services
    sun.add(datetime(2026, 2, 8, tzinfo=UTC), next(iter(sun.images.values())))
    words = ["--start", "2026-02-04T08:00Z", "--end", "2026-02-08", "--cadence", "1h"]
    assert build(tmp_path, *words, "--gap", "0.04") == 1
    told = capsys.readouterr()
    assert "404" in told.err
    assert "1 without SRS days" in told.out


def test_dates_of_a_file_and_dry_run(services, server, tmp_path, capsys):
    listing = tmp_path / "dates.txt"
    listing.write_text("2026-02-04T09:00Z\n2026-02-04T10:00Z\n")
    assert build(tmp_path / "out", "--dates", str(listing), "--dry-run") == 0
    assert "2 asked" in capsys.readouterr().out
    assert server.seen == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("start", "end", "instruments"),
    [
        ("1996-05-01", "2000-01-01", ["MDI"]),
        ("2012-05-01", "2013-01-01", ["HMI"]),
        ("2010-05-01", "2011-05-01", ["MDI", "HMI"]),
        ("2009-05-01", None, ["MDI"]),
    ],
)
def test_any_years_since_1996(tmp_path, start, end, instruments):
    from halescope.commands.dataset.build_fetch import by_instrument

    parts = by_instrument("auto", TimeOptions(start, end), tmp_path / "images")
    assert [name for name, _ in parts] == instruments
    if len(parts) == 2:
        before, since = (times for _, times in parts)
        assert before.end == "2010-11-30T23:59:59Z"
        assert since.start == "2010-12-01T00:00:00Z"
        assert (before.start, since.end) == (start, end)
    flares = by_instrument("auto", TimeOptions("2009-05-01", flares=">=M5"), tmp_path / "images")
    assert [name for name, _ in flares] == ["MDI", "HMI"]
    assert by_instrument("HMI", TimeOptions(start), tmp_path) == [("HMI", TimeOptions(start))]


def test_dates_of_both_instruments(tmp_path):
    from halescope.commands.dataset.build_fetch import by_instrument

    listing = tmp_path / "dates.txt"
    listing.write_text("2003-10-28T12:00Z\n2014-10-24T12:00Z\n")
    parts = by_instrument("auto", TimeOptions(dates=listing), tmp_path / "images")
    found = [(name, times.dates.read_text()[:4]) for name, times in parts]
    assert found == [("MDI", "2003"), ("HMI", "2014")]
    listing.write_text("2014-10-24T12:00Z\n")
    times = TimeOptions(dates=listing)
    assert by_instrument("auto", times, tmp_path) == [("HMI", times)]


def test_service_down_is_exit_code_2(services, no_one, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HALESCOPE_HELIOVIEWER_URL", no_one)
    monkeypatch.setattr("halescope.fetch.transfer.time.sleep", lambda _: None)
    assert build(tmp_path, *SPAN) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_last_month_comes_from_swpc(services, server, tmp_path, monkeypatch):
    monkeypatch.setattr("halescope.commands.dataset.build_fetch.RECENT", timedelta(days=99_999))
    regions = [
        {
            "observed_date": str(row.date - timedelta(days=1)),
            "region": row.number,
            "location": location(row),
            "carrington_longitude": row.carrington,
            "area": row.area,
            "spot_class": row.z_class,
            "extent": row.extent,
            "number_spots": row.spots,
            "mag_class": "".join(word[0] for word in row.mag_class.upper().split("-")),
        }
        for row in parse_all(services[1])
    ]
    server.serve_json("/json/solar_regions.json", regions)
    monkeypatch.setenv("HALESCOPE_SWPC_URL", server.url + "json/solar_regions.json")
    assert build(tmp_path / "swpc", *SPAN, "--gap", "0.04") == 0
    monkeypatch.setattr("halescope.commands.dataset.build_fetch.RECENT", timedelta(days=-99_999))
    assert build(tmp_path / "archive", *SPAN, "--gap", "0.04") == 0
    keys = ("noaa_number", "class", "status", "x_min", "y_max", "flags")
    one, two = (
        [[row[key] for key in keys] for row in rows(tmp_path / name / "labels" / "manifest.csv")]
        for name in ("swpc", "archive")
    )
    assert one == two


def location(row):
    return f"{'NS'[row.lat < 0]}{abs(row.lat):02d}{'WE'[row.lon < 0]}{abs(row.lon):02d}"


def parse_all(archive):
    from halescope.noaa.srs import parse_srs

    for day, body in archive.days.items():
        yield from parse_srs(body.decode(), f"{day:%Y%m%d}SRS.txt").rows


@pytest.mark.data
@pytest.mark.slow
def test_real_disks_end_to_end_and_killed_on_the_way(server, shared_data, tmp_path):
    """Each so-many-th real disk; the process is killed twice, the result is the same."""
    env = os.environ | serve_shared(server, shared_data, every=24)
    words = "--preset paper --flares >=C5 --around=-96:96:24 --cadence 1d --tolerance 12h"
    command = [sys.executable, "-m", "halescope", "dataset", "build", *words.split()]
    command += "--start 2026-02-01 --end 2026-04-02 --pause 0 -j 1 --limit 24 -o data".split()

    def start():
        return subprocess.Popen(
            command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    whole = start()
    begin = time.monotonic()
    text = whole.communicate()[0].decode()
    took = time.monotonic() - begin
    assert whole.returncode == 1, text  # no summary of 2026-02-23 to 25
    first = content(tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "first")
    for share in (0.3, 0.75):
        process = start()
        time.sleep(share * took)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    again = start()
    assert "Traceback" not in again.communicate()[0].decode()
    assert again.returncode == 1
    assert content(tmp_path / "data") == first
    assert len(list(disks(tmp_path / "data" / "split" / "manifest.csv"))) == 24
    classes = Counter(p.parent.name for p in (tmp_path / "data" / "crops").rglob("*.png"))
    assert set(classes) >= {"A", "B"}


@pytest.mark.data
def test_summaries_written_for_the_server_read_as_the_table(shared_data):
    from halescope.noaa.srs import parse_srs
    from loopback.noaa import srs_text

    table = read_srs(shared_data / "noaa" / "srs_1996_2026.csv").by_day()
    for day in (date(2026, 2, 1), date(2026, 3, 12), date(2003, 10, 28)):
        back = parse_srs(srs_text(day, table[day]), f"{day:%Y%m%d}SRS.txt")
        assert back.problems == ()
        strip = [(r.number, r.lat, r.lon, r.mag_class, r.area, r.spots) for r in table[day]]
        assert [(r.number, r.lat, r.lon, r.mag_class, r.area, r.spots) for r in back.rows] == strip


def test_nothing_half_written(services, server, tmp_path, monkeypatch):
    monkeypatch.setattr("halescope.fetch.transfer.time.sleep", lambda _: None)
    server.fail("getJP2Image.*T10", "cut", 99)
    assert build(tmp_path, *SPAN, "--gap", "0.04") == 1
    assert len(list((tmp_path / "images").glob("*.jp2"))) == 7
    assert not [p for p in Path(tmp_path).rglob("*") if p.name.startswith(".part-")]


@pytest.mark.data
def test_hek_fetched_and_labelled_is_the_summary(server, shared_data, tmp_path, monkeypatch):
    """On real disks: events through sunpy's client give the labels that NOAA's table gives."""
    for name, value in serve_shared(server, shared_data).items():
        monkeypatch.setenv(name, value)
    disks_at = [shared_data / "hmi" / "2026" / "02" / day for day in ("04", "12")]
    images = [str(sorted(folder.iterdir())[hour]) for folder in disks_at for hour in (3, 20)]
    span = ["--start", "2026-02-01", "--end", "2026-02-14", "--pause", "0"]
    assert run(["fetch", "hek", *span, "-o", str(tmp_path / "hek")]) == 0
    table = str(shared_data / "noaa" / "srs_1996_2026.csv")
    base = ["dataset", "label", *images, "-j", "1", "--sheets", "0"]
    assert run([*base, "--srs", table, "-o", str(tmp_path / "a")]) == 0
    assert (
        run([*base, "--hek", str(tmp_path / "hek" / "regions.csv"), "-o", str(tmp_path / "b")]) == 0
    )
    one, two = (list(rows(tmp_path / name / "manifest.csv")) for name in "ab")
    assert len(one) == len(two) > 40
    assert {row["source"].split()[0] for row in two} == {"HEK", "field"}
    for srs_row, hek_row in zip(one, two, strict=True):
        assert srs_row["source"].replace("SRS", "HEK") == hek_row["source"]
        assert dict(srs_row) | {"source": ""} == dict(hek_row) | {"source": ""}
    kind = json.loads((tmp_path / "b" / "provenance.json").read_text())["source"]["kind"]
    assert kind == "HEK, NOAA SWPC observer"
