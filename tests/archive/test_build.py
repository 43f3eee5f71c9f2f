"""Building: the same rows whatever the way, faults are rows, one writer, only what is new."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import archive_finders
from archive_finders import PLAIN, Build, compacted
from halescope import archive
from halescope.archive import build as building
from halescope.archive.build import Plan, build, remembered
from halescope.archive.keys import Settings
from halescope.archive.store.lock import held
from halescope.errors import ConfigError, DatasetError, ModelError, OutputError, ReadError
from halescope.synthetic import Drawing
from halescope.synthetic.files import picture_bytes


def test_rows_are_the_same_in_one_process_and_two_and_by_halves(
    make: Build, sky: Path, tmp_path: Path
) -> None:
    make(tmp_path / "one", sky)
    plan = Plan((str(sky),), PLAIN, jobs=2)
    build(tmp_path / "two", plan, order={"finder": archive_finders.quick})
    for days in ("30", "31"):
        make(tmp_path / "halves", f"{sky}/*2014.12.{days}*")
    make(tmp_path / "halves", sky)
    expected = compacted(tmp_path / "one")
    assert sorted(name[:4] for name in expected) == ["2014"] * 2 + ["2015"] * 2
    assert compacted(tmp_path / "two") == expected
    assert compacted(tmp_path / "halves") == expected


def test_what_is_done_is_not_done_again(make: Build, sky: Path, tmp_path: Path) -> None:
    first = make(tmp_path / "a", sky)
    assert (first.images, first.known, first.listed) == (72, 0, 72)
    assert first.regions == sum(3 + n % 4 for n in range(72))
    again = make(tmp_path / "a", sky)
    assert (again.images, again.known) == (0, 72)
    expected = compacted(tmp_path / "a")
    after = make(tmp_path / "a", sky)
    assert (after.images, after.known) == (0, 72)
    assert compacted(tmp_path / "a") == expected


def test_changed_and_new_files_alone_are_done_and_replace_their_rows(
    make: Build, sky: Path, tmp_path: Path
) -> None:
    make(tmp_path / "a", sky)
    changed = sorted(sky.iterdir())[5]
    changed.write_bytes(b"x" * 9)
    (sky / "HMI.m2015.01.02_00.00.00.jpg").write_bytes(b"xx")
    summary = make(tmp_path / "a", sky)
    assert (summary.images, summary.known) == (2, 71)
    tables = archive.open(tmp_path / "a")
    counts = "SELECT count(*) n, count(DISTINCT source) s, sum(regions) r FROM images"
    rows = sum(3 + n % 4 for n in range(72)) - 4 + 9 + 2
    assert tables.query(counts).to_pylist() == [{"n": 73, "s": 73, "r": rows}]
    assert tables.query("SELECT count(*) n FROM regions")["n"][0].as_py() == rows
    assert tables.regions.to_table().num_rows == tables.regions.count_rows() == rows
    assert "generation" not in tables.query("SELECT * FROM regions").column_names
    make(tmp_path / "b", sky)
    assert compacted(tmp_path / "a") == compacted(tmp_path / "b")
    changed.write_bytes(b"x")  # and once more, now that it lies in a year's file
    make(tmp_path / "a", sky)
    make(tmp_path / "b2", sky)
    assert compacted(tmp_path / "a") == compacted(tmp_path / "b2")


def test_a_file_that_goes_back_to_what_it_was_is_done_again(
    make: Build, sky: Path, tmp_path: Path
) -> None:
    make(tmp_path / "a", sky)
    path = min(sky.iterdir())
    before = path.stat()
    path.write_bytes(b"x" * 8)
    make(tmp_path / "a", sky)
    path.write_bytes(b"x" * 3)
    os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert make(tmp_path / "a", sky).images == 1
    images = archive.open(tmp_path / "a").images.to_table()
    assert (
        dict(zip(images["source"].to_pylist(), images["regions"].to_pylist(), strict=True))[
            str(path)
        ]
        == 3
    )


def test_another_network_makes_rows_stale(make: Build, sky: Path, tmp_path: Path) -> None:
    make(tmp_path / "a", sky)
    other = make(tmp_path / "a", sky, settings=Settings("threshold"))
    assert (other.images, other.known) == (72, 0)
    assert archive.open(tmp_path / "a").images.count_rows() == 72
    with pytest.raises(ModelError):
        make(tmp_path / "c", sky, settings=Settings("no such network"))
    assert not (tmp_path / "c").exists()


def test_a_source_that_has_gone_keeps_its_rows(make: Build, sky: Path, tmp_path: Path) -> None:
    make(tmp_path / "a", sky)
    for path in list(sky.iterdir())[:10]:
        path.unlink()
    make(tmp_path / "a", sky)
    assert archive.open(tmp_path / "a").images.count_rows() == 72
    shutil.rmtree(sky)
    with pytest.raises(ReadError, match="does not exist"):
        make(tmp_path / "a", sky)


def test_bad_files_become_faults_and_passing_ones_are_retried(
    make: Build, tmp_path: Path, small_drawing: Drawing
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    good = picture_bytes(small_drawing.magnetogram, "png")
    (folder / "20260204_120000_HMIB.png").write_bytes(good)
    (folder / "20260204_130000_HMIB.png").write_bytes(good[: len(good) // 2])
    (folder / "20260204_140000_HMIB.jpg").write_bytes(b"")
    (folder / "gone.fits").symlink_to(folder / "nowhere")
    summary = make(tmp_path / "a", folder, finder=None)
    assert summary.images == 1
    assert summary.faults == {"read": 2, "unreadable": 1}
    (folder / "gone.fits").unlink()
    (folder / "gone.fits").write_bytes(good)
    tables = archive.open(tmp_path / "a")
    rows = tables.query("SELECT image, kind, passing, time FROM faults ORDER BY image").to_pylist()
    assert [(row["kind"], row["passing"]) for row in rows] == [
        ("read", False), ("read", False), ("unreadable", True),
    ]  # fmt: skip
    assert rows[0]["time"].hour == 13
    assert all("\n" not in message for message in tables.faults.to_table()["message"].to_pylist())
    assert tables.regions.count_rows() >= 3
    assert make(tmp_path / "a", folder, finder=None).images == 1  # it is another file now
    assert archive.open(tmp_path / "a").faults.count_rows() == 2


def test_retry_takes_what_may_have_passed(make: Build, sky: Path, tmp_path: Path) -> None:
    def failing(kind: str):
        def finder(file, order, rows):
            rows.add_fault(file, order.key, archive_finders.Fault(kind, "weather"))

        return finder

    paths = sorted(sky.iterdir())
    make(tmp_path / "a", paths[0], finder=failing("unreadable"))
    make(tmp_path / "a", paths[1], finder=failing("damaged"))
    assert make(tmp_path / "a", *paths[:2]).images == 0
    assert make(tmp_path / "a", *paths[:2], retry=True).images == 1
    tables = archive.open(tmp_path / "a")
    assert tables.faults.to_table()["kind"].to_pylist() == ["damaged"]
    assert tables.images.to_table()["source"].to_pylist() == [str(paths[0])]


def test_a_file_that_ends_its_worker_costs_itself_alone(sky: Path, tmp_path: Path) -> None:
    paths = sorted(sky.iterdir())[:20]
    deadly = sky / "deadly_2014.12.30_03.30.00.jpg"
    deadly.write_bytes(b"x")
    plan = Plan((*map(str, paths), str(deadly)), PLAIN, jobs=2)
    summary = build(tmp_path / "a", plan, order={"finder": archive_finders.deadly})
    assert summary.images == 20
    assert summary.faults == {"lost": 1}
    assert "ended the process" in summary.examples["lost"]
    (row,) = archive.open(tmp_path / "a").faults.to_table().to_pylist()
    assert (row["image"], row["passing"]) == (deadly.name, True)
    assert not list((tmp_path / "a" / "work").iterdir())


def test_a_second_build_is_refused_in_one_line(make: Build, sky: Path, tmp_path: Path) -> None:
    make(tmp_path / "a", sky)
    with held(tmp_path / "a"), pytest.raises(OutputError, match="is being written by process"):
        make(tmp_path / "a", sky)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_ended_in_the_middle_and_again(make, sky: Path, tmp_path: Path, blow: int) -> None:
    """The coordinator is killed, or interrupted; its workers end by themselves."""
    make(tmp_path / "whole", sky)
    code = (
        "import sys, archive_finders\n"
        "from pathlib import Path\n"
        "from halescope.archive.build import Plan, build\n"
        "from halescope.archive.keys import Settings\n"
        "if __name__ == '__main__':\n"
        f"    plan = Plan(({str(sky)!r},), Settings('threshold', 'climatology'), jobs=2)\n"
        f"    folder = Path({str(tmp_path / 'a')!r})\n"
        "    build(folder, plan, order={'finder': archive_finders.slow})\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    there = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": there},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    parts = tmp_path / "a" / "parts"
    limit = time.monotonic() + 60
    while time.monotonic() < limit and not list(parts.glob("*.json")):
        time.sleep(0.01)
    process.send_signal(blow)
    process.wait()
    while time.monotonic() < limit and _group_lives(process.pid):
        time.sleep(0.02)
    assert not _group_lives(process.pid)
    done = sum(json.loads(p.read_text())["files"]["images"]["rows"] for p in parts.glob("*.json"))
    assert 0 < done < (72 if blow == signal.SIGKILL else 73)
    assert blow == signal.SIGKILL or not list((tmp_path / "a" / "work").iterdir())
    (parts / ".part-1-dead.parquet").write_bytes(b"half")
    (parts / "00001-2014-12-30-0000000000.images.parquet").write_bytes(b"PAR1 no record of it")
    summary = make(tmp_path / "a", sky)
    assert (summary.known, summary.images) == (done, 72 - done)
    assert not list(parts.glob(".part-*"))
    assert compacted(tmp_path / "a") == compacted(tmp_path / "whole")


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_names_with_any_character(make: Build, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = ["a\nb.jpg", "'; DROP TABLE regions.jpg", "ü☀.jpg", "%2e%2e.jpg", '"quoted" .jpg']
    for name in names:
        (folder / name).write_bytes(b"xx")
    (folder / os.fsdecode(b"broken\xff.jpg")).write_bytes(b"xx")
    assert make(tmp_path / "a", folder).images == 6
    found = archive.open(tmp_path / "a").query("SELECT image FROM images")["image"].to_pylist()
    assert sorted(found) == sorted([*names, "broken\\xff.jpg"])
    assert make(tmp_path / "a", folder).known == 6
    make(tmp_path / "b", folder)
    assert compacted(tmp_path / "a") == compacted(tmp_path / "b")


def test_crops_go_below_the_archive(make: Build, tmp_path: Path, small_drawing: Drawing) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    data = picture_bytes(small_drawing.magnetogram, "png")
    (folder / "20260204_120000 up.png").write_bytes(data)
    make(tmp_path / "a", folder, finder=None, settings=replace(PLAIN, crops=True))
    regions = archive.open(tmp_path / "a").regions.count_rows()
    assert len(list((tmp_path / "a" / "crops" / "2026" / "02" / "04").rglob("*.png"))) == regions


def test_physics_are_columns_with_units(make: Build, tmp_path: Path, drawing: Drawing) -> None:
    from halescope.synthetic.files import fits_bytes

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.fits").write_bytes(fits_bytes(drawing.magnetogram))
    make(tmp_path / "a", tmp_path / "in", finder=None, settings=replace(PLAIN, physics=True))
    tables = archive.open(tmp_path / "a")
    assert tables.regions.schema.field("flux_unsigned").metadata[b"unit"] == b"Mx"
    assert tables.query("SELECT max(flux_unsigned) f FROM regions")["f"][0].as_py() > 1e20


@pytest.mark.parametrize(
    ("head", "message"),
    [('{"format": 99, "halescope": "3.0"}', "format 99"), ("{", "is damaged"), ("[]", "damaged")],
)
def test_archive_of_another_version(make, sky: Path, tmp_path: Path, head: str, message: str):
    make(tmp_path / "a", sky)
    (tmp_path / "a" / "archive.json").write_text(head)
    for call in (lambda: make(tmp_path / "a", sky), lambda: archive.open(tmp_path / "a")):
        with pytest.raises(DatasetError, match=message):
            call()


def test_folder_of_something_else(make: Build, sky: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds other files"):
        make(sky, sky)
    with pytest.raises(DatasetError, match="is no archive"):
        archive.open(sky)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        make(tmp_path / "file", sky)


def test_update_remembers(make: Build, sky: Path, tmp_path: Path) -> None:
    make(tmp_path / "a", sky, every=6 * 3600.0)
    plan = remembered(tmp_path / "a")
    assert (plan.sources, plan.settings, plan.every) == ((str(sky),), PLAIN, 21600.0)
    assert archive.open(tmp_path / "a").images.count_rows() == 12


def test_workers_of_another_version_are_refused(
    make: Build, sky: Path, tmp_path: Path, monkeypatch
):
    plan = Plan((str(sky),), PLAIN)
    with pytest.raises(ConfigError, match=r"worker .* runs halescope .*; expected 0\.0"):
        build(tmp_path / "a", plan, order={"version": "0.0"})
    monkeypatch.setattr(building, "key_of", lambda *of: "another")
    with pytest.raises(ConfigError, match="networks"):
        build(tmp_path / "b", plan)
