"""The watch against everything that happens to one."""

import errno
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest

from halescope.errors import OutputError
from halescope.io.catalog import read_catalog
from halescope.noaa.srs_row import TABLE_COLUMNS
from halescope.synthetic.files import picture_bytes
from halescope.watch import loop
from halescope.watch.source import Folder
from watch.story import HOURS, Clock, Files, Sink, watching, write

pytest.importorskip("pyarrow")


@pytest.fixture
def scene(tmp_path):
    """Return a function that makes a watch on a folder, with what it wrote and said."""
    made = []

    def make(**settings):
        lines = []
        clock, source = Clock(), Files(tmp_path / "in")
        sink = Sink(tmp_path / "sent")
        working = watching(tmp_path / "out", source, [sink], clock, lines, **settings)
        working.clock, working.lines = clock, lines
        made.append(working)
        return working

    yield make
    for working in made:
        working.close()


def feed_hours(working, hours):
    for hour in hours:
        write(working.source.folder, hour)
        working.clock.hour = hour + 0.3
        working.step()


def sent(tmp_path):
    path = tmp_path / "sent"
    return path.read_text().split() if path.exists() else []


def latest(tmp_path):
    return json.loads((tmp_path / "out" / "latest.json").read_text())


def test_a_day_in_a_region_s_life(scene, tmp_path):
    working = scene()
    feed_hours(working, HOURS)
    kinds = [name.split("-")[0] for name in sent(tmp_path)]
    assert sorted(kinds) == ["complex", "new"]
    told = latest(tmp_path)
    assert [a["kind"] for a in told["alerts"]] == kinds
    assert all(a["words"] and a["probability"] for a in told["alerts"])
    assert all((tmp_path / "out" / a["picture"]).exists() for a in told["alerts"])
    table = read_catalog(tmp_path / "out" / "history" / "2026-02-02.parquet")
    assert len(set(table.columns["time"])) == 4
    assert set(table.columns["track"]) == {1, 2}
    root = ElementTree.fromstring((tmp_path / "out" / "feed.xml").read_text())
    assert len(root.findall("{http://www.w3.org/2005/Atom}entry")) == 2
    assert "silent" not in (tmp_path / "out" / "index.html").read_text()


def test_a_second_start_goes_on(scene, tmp_path):
    working = scene()
    feed_hours(working, range(8))
    before = sent(tmp_path)
    working.close()
    again = scene()
    again.clock.hour = 7.5
    assert again.step() == 0  # nothing new, and nothing done twice
    assert sent(tmp_path) == before
    assert latest(tmp_path)["watch"]["images"] == 8
    feed_hours(again, range(8, 12))
    assert {t["track"] for t in latest(tmp_path)["regions"]} == {1, 2}


def test_late_doubled_and_out_of_order(scene, tmp_path):
    working = scene()
    for hour in (0, 3, 1, 2):
        write(working.source.folder, hour)
        working.clock.hour = 4
        working.step()
    assert latest(tmp_path)["image"]["time"] == "2026-02-02T03:00:00Z"
    assert any("late" in line for line in working.lines)
    write(working.source.folder, 3, "again.img")
    working.step()
    assert "again.img: has the time of disk_003.00.img" in working.lines
    table = read_catalog(tmp_path / "out" / "history" / "2026-02-02.parquet")
    assert sorted(set(table.columns["time"])) == [f"2026-02-02T0{h}:00:00Z" for h in range(4)]
    assert set(table.columns["track"]) == {1}


def test_wrong_days_and_other_things(scene, tmp_path):
    working = scene()
    feed_hours(working, [0])
    folder = working.source.folder
    write(folder, 72, "tomorrow.img")
    write(folder, -24 * 50, "old.img")
    write(folder, 0, "gong.img", "GONG 0.1")
    write(folder, 0, "broken.img", "broken")
    write(folder, 0, "timeless.img", "timeless")
    assert working.step() == 0
    said = "\n".join(working.lines)
    for words in (
        "tomorrow.img: is of 2026-02-05T00:00:00Z, after this clock's time; it waits",
        "40 days too late", "is of GONG, not HMI", "cannot be analysed (broken data stream)",
        "timeless.img: has no time",
    ):  # fmt: skip
        assert words in said
    count = len(working.lines)
    working.step()
    assert len(working.lines) == count  # told once
    working.clock.hour = 72.1
    assert working.step() == 1


def test_a_clock_that_jumps_back(scene, tmp_path):
    working = scene()
    feed_hours(working, range(3))
    working.clock.hour = -100
    assert working.step() == 0
    assert "after this clock" in (tmp_path / "out" / "index.html").read_text()
    write(working.source.folder, 3)
    assert working.step() == 0  # waits until the clock is right
    working.clock.hour = 3.2
    assert working.step() == 1


def test_a_file_that_is_still_being_written(scene, tmp_path):
    working = scene()
    path = write(working.source.folder, 0, "a.img", "broken")
    working.step()
    path.write_text("0.0 ")
    assert working.step() == 1


def test_a_silent_source_is_said(scene, tmp_path):
    working = scene()
    feed_hours(working, [0])
    working.clock.hour = 10
    working.source.problems = ("service: refuses the connection",)
    working.step()
    page = (tmp_path / "out" / "index.html").read_text()
    assert "story is silent: no new image for 10 h" in page
    assert "refuses the connection" in page
    assert latest(tmp_path)["watch"]["silent"]
    working.step()
    assert [n for n in sent(tmp_path) if "silent" in n] == ["silent-20260202T000000Z"]  # once


def test_a_full_disk(scene, tmp_path, monkeypatch):
    working = scene()
    feed_hours(working, range(6))
    write(working.source.folder, 6)
    write(working.source.folder, 7)
    working.clock.hour = 7.3
    real, calls = os.fsync, [0]

    def full(number):
        calls[0] += 1
        if calls[0] > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    monkeypatch.setattr(os, "fsync", full)
    for _ in range(7):  # more often than a file that kills is tried
        with pytest.raises(OutputError, match="No space left"):
            working.step()
    monkeypatch.undo()
    assert working.step() == 2
    working.close()
    assert len(scene().memory.state.images) == 8


def test_old_images_wake_nobody(scene, tmp_path):
    working = scene()
    for hour in HOURS:
        write(working.source.folder, hour)
        working.clock.hour = 24 * 30
        working.step()
    assert sent(tmp_path) == []
    assert {"new", "complex"} <= {a["kind"] for a in latest(tmp_path)["alerts"]}


def test_summaries_number_and_score(scene, tmp_path):
    table = tmp_path / "srs.csv"
    head = ",".join(TABLE_COLUMNS)
    row = "{},4350,N12{},100,0120,DSO,06,04,{}"
    table.write_text("\n".join([head, row.format("2026-02-02", "E05", "BETA")]) + "\n")
    working = scene(srs=table)
    feed_hours(working, [*range(0, 23, 2), 23])
    assert latest(tmp_path)["regions"][0]["label"].startswith(("NOAA", "track"))
    assert any("NOAA 14350" in r["label"] for r in latest(tmp_path)["regions"])
    rows = [head, row.format("2026-02-02", "E05", "BETA")]
    rows.append(row.format("2026-02-03", "W08", "BETA-GAMMA"))
    table.write_text("\n".join(rows) + "\n")
    feed_hours(working, [25])
    scores = (tmp_path / "out" / "scores.csv").read_text().splitlines()
    assert len(scores) == 2
    day, _, *numbers = scores[1].split(",")
    assert day == "2026-02-03"
    assert numbers == ["1", "1", "0", "1", "1", "0", "0", "1"]  # ours was NOAA's of the day before
    assert "Own score over 1 summaries" in (tmp_path / "out" / "index.html").read_text()
    table.write_text("")
    feed_hours(working, [26])
    assert "Summaries cannot be read" in (tmp_path / "out" / "index.html").read_text()


def test_a_sun_without_regions(scene, tmp_path, monkeypatch):
    monkeypatch.setattr("watch.story.regions", lambda hour: [])
    working = scene()
    feed_hours(working, [0, 1])
    assert latest(tmp_path)["regions"] == []
    assert "No active region" in (tmp_path / "out" / "index.html").read_text()


def test_history_keeps_what_is_tracked_no_longer(scene, tmp_path):
    working = scene()
    feed_hours(working, [0, 0.2, 0.4, 1])
    feed_hours(working, [24 * 4])
    write(working.source.folder, 2)
    working.step()  # a late one, when only one image an hour of that day is tracked
    table = read_catalog(tmp_path / "out" / "history" / "2026-02-02.parquet")
    assert len(set(table.columns["time"])) == 5
    assert table.columns["time"] == sorted(table.columns["time"])
    assert set(table.columns["track"]) == {1}
    rows = list(zip(table.columns["time"], table.columns["region"], strict=True))
    assert len(rows) == len(set(rows))


def test_two_watches_do_not_share_a_folder(scene):
    first = scene()
    with pytest.raises(OutputError, match="another watch"):
        scene()
    first.close()
    scene()


KILLS = [("append", 9), ("append", 20), ("send", 1), ("send", 2), ("replace", 25)]


@pytest.mark.parametrize(("call", "number"), KILLS)
def test_kill_at_any_moment(tmp_path, call, number):
    """A process ends itself by SIGKILL; the next goes on, and sends nothing twice."""
    tests = Path(__file__).parent.parent
    command = [sys.executable, "-m", "watch.story", tmp_path, tmp_path / "sent", call]
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(tests)])}
    done = subprocess.run([*command, str(number)], cwd=tests, env=env, check=False)
    assert done.returncode == -9
    for path in (tmp_path / "out").glob("*.json"):
        json.loads(path.read_text())
    lines = []
    source = Files(tmp_path / "in")
    sink = Sink(tmp_path / "sent")
    again = watching(tmp_path / "out", source, [sink], Clock(48), lines)
    for hour in HOURS:
        write(tmp_path / "in", hour)
        again.step()
    names = sent(tmp_path)
    assert len(names) == len(set(names))
    names = [name for name in names if not name.startswith("silent")]
    assert [n.split("-")[0] for n in sorted(names)] in (["complex", "new"], ["new"], ["complex"])
    alerts = [a for a in latest(tmp_path)["alerts"] if a["kind"] != "silent"]
    assert {a["kind"] for a in alerts} == {"new", "complex"}
    assert len(alerts) == 2
    assert len(again.memory.state.images) == len(HOURS)
    if call != "send" or number == 2:  # killed before the first was sent: it may be lost
        assert len(names) >= 1
    lost = {a["id"] for a in alerts} - set(names)
    again.step()
    page = (tmp_path / "out" / "index.html").read_text()
    assert all(name in page for name in lost)  # said, not repeated
    again.close()


def test_strangers_files_cost_themselves_alone(tmp_path, small_drawing):
    """Through the real analysis: each file is read in a process that may die, or take too long."""
    (tmp_path / "in").mkdir()
    picture = picture_bytes(small_drawing.magnetogram, "png")
    for name in (b"bad\xff.png", b"new\nline.png", b"esc\x1b[2J.png"):
        Path(os.fsdecode(bytes(tmp_path / "in") + b"/" + name)).write_bytes(picture)
    (tmp_path / "in" / "circle.png").symlink_to("circle.png")
    (tmp_path / "in" / "z_HMI.m2026.02.04_12.00.00.png").write_bytes(picture)
    lines = []
    settings = loop.Settings(tmp_path / "out", detector="threshold", classifier="climatology")
    watch = loop.Watch(Folder(tmp_path / "in"), settings, report=lines.append)
    with closing(watch):
        assert watch.step() == 1
        watch._workers.call(abs, 1)
        watch._analyse = lambda path: watch._workers.call(os._exit, 3, subject=path.name)
        (tmp_path / "in" / "deadly.png").write_bytes(picture + b"x")
        assert watch.step() == 0
    said = "\n".join(sorted(lines))
    for word in ("bad\\udcff.png: has no time", "new\\nline.png: has", "esc\\x1b[2J.png: has"):
        assert word in said
    assert "deadly.png: ended the process that read it" in said
    assert (tmp_path / "out" / "index.html").exists()


def test_after_a_restart_the_newest_image_is_read_in_another_process_too(
    tmp_path, small_drawing, monkeypatch
):
    """What ended one process must not end the watch, when it shows what it took before."""
    (tmp_path / "in").mkdir()
    name = "z_HMI.m2026.02.04_12.00.00.png"
    (tmp_path / "in" / name).write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    settings = loop.Settings(tmp_path / "out", detector="threshold", classifier="climatology")

    def started():
        return closing(loop.Watch(Folder(tmp_path / "in"), settings))

    with started() as watch:
        assert watch.step() == 1
    monkeypatch.setattr("halescope.io.source.content", lambda *_, **__: pytest.fail("read here"))
    page = tmp_path / "out" / "index.html"
    page.unlink()
    with started() as watch:
        assert watch.step() == 0
    assert page.read_text().count("data:image") > 1
    (tmp_path / "in" / name).write_bytes(b"not one any more")
    with started() as watch:
        watch.step()
    assert "cannot be shown" in page.read_text()
