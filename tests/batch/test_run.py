"""A batch: bad files become lines, finished ones are skipped, results keep their order."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from halescope.batch import run as batch
from halescope.batch.outputs import RECORD, Options, read_record
from halescope.batch.plan import plan
from halescope.batch.run import Limits, Outcome, analyze_files, load_networks
from halescope.batch.summary import write_summary
from halescope.errors import ConfigError, ModelError
from halescope.io import unescaped
from halescope.io.atomic import _machine
from halescope.io.catalog import read_catalog
from halescope.synthetic import Drawing
from halescope.synthetic.files import fits_bytes, picture_bytes
from halescope.types import Magnetogram

QUICK = Options("threshold", "climatology", "2026-02-04T12:00:00Z")


@pytest.fixture
def folder(tmp_path: Path, small_drawing: Drawing) -> Path:
    """Return a folder with a picture, a broken file, a FITS file and a text file."""
    root = tmp_path / "in"
    root.mkdir()
    (root / "a.png").write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    (root / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    (root / "c.fits").write_bytes(fits_bytes(small_drawing.magnetogram, True))
    (root / "d.png").write_text("no picture")
    return root


def run(folder: Path, out: Path, options: Options = QUICK, **more: object) -> list[Outcome]:
    more = {"apart": False} | more
    return analyze_files(plan([str(folder)], out), options, **more)  # type: ignore[arg-type]


def test_everything_is_written_and_bad_files_are_lines(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    seen: list[Outcome] = []
    outcomes = run(folder, out, report=seen.append)
    assert [o.status for o in outcomes] == ["done", "failed", "done", "failed"]
    assert seen == outcomes
    for outcome in (outcomes[1], outcomes[3]):
        assert outcome.message.startswith(("b.jpg", "d.png", str(folder)))
        assert "\n" not in outcome.message
    picture, fits = outcomes[0], outcomes[2]
    assert picture.catalog is not None
    assert fits.catalog is not None
    n = len(picture.catalog)
    assert n >= 3
    assert (out / "a" / "overlay.png").stat().st_size > 10_000
    classes = picture.catalog.columns["paper_class"]
    expected = [f"a_{i:02d}_{name}.png" for i, name in enumerate(classes, 1)]
    assert sorted(p.name for p in (out / "a" / "crops").iterdir()) == expected
    assert len(list((out / "c" / "crops").glob("*.fits"))) == len(fits.catalog)
    assert not list(out.rglob(".part-*"))
    assert not (out / "b").exists()


def test_second_run_skips_and_overwrite_redoes(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run(folder, out)
    stamp = (out / "a" / "overlay.png").stat().st_mtime_ns
    second = run(folder, out)
    assert [o.status for o in second] == ["skipped", "failed", "skipped", "failed"]
    assert second[0].catalog == first[0].catalog
    assert (out / "a" / "overlay.png").stat().st_mtime_ns == stamp
    third = run(folder, out, overwrite=True)
    assert third[0].status == "done"
    assert (out / "a" / "overlay.png").stat().st_mtime_ns > stamp


def test_changed_file_or_options_are_done_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(folder, out)
    os.utime(folder / "a.png", ns=(1, 1))
    assert [o.status for o in run(folder, out)][0::2] == ["done", "skipped"]
    fewer = Options("threshold", "climatology", "2026-02-04T12:00:00Z", crops="none")
    assert run(folder, out, fewer)[0].status == "done"
    assert not list((out / "a" / "crops").iterdir())  # none of the earlier run is left


def test_damaged_record_is_no_record(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(folder, out)
    (out / "a" / RECORD).write_text("{")
    assert read_record(out / "a") is None
    assert run(folder, out)[0].status == "done"


def test_interruption_leaves_whole_files_and_the_next_run_goes_on(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def stop(outcome: Outcome) -> None:
        if outcome.job.image == "a.png":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(folder, out, report=stop)
    assert not list(out.rglob(".part-*"))
    assert [o.status for o in run(folder, out)][0::2] == ["skipped", "done"]


def test_what_a_killed_run_left_unfinished_goes_with_the_next(folder: Path, tmp_path: Path) -> None:
    out, dead = tmp_path / "out", subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    run(folder, out)
    (out / "a" / RECORD).unlink()
    name = f".part-{_machine()}-{dead.pid}-0123abcd"
    for place in ("a/crops", "a", "."):
        (out / place / f"{name}.png").write_bytes(b"half")
    run(folder, out)
    assert not list(out.rglob(".part-*"))


def test_unforeseen_damage_ends_one_file_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = batch.analyze

    def fragile(source: Magnetogram, **more: object) -> object:
        if source.name == "a.png":
            raise IndexError("deep inside")
        return real(source, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(batch, "analyze", fragile)
    outcomes = run(folder, tmp_path / "out")
    assert outcomes[0].message == "a.png: cannot be analysed (IndexError: deep inside)"
    assert outcomes[2].status == "done"


@pytest.mark.slow
def test_two_processes_give_the_same_rows(folder: Path, tmp_path: Path) -> None:
    alone = run(folder, tmp_path / "one")
    together = run(folder, tmp_path / "two", workers=2)
    assert [o.status for o in together] == [o.status for o in alone]
    assert [o.catalog for o in together] == [o.catalog for o in alone]
    assert [o.message for o in together] == [o.message for o in alone]


def test_report(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcomes = run(folder, out)
    start = datetime(2026, 2, 1, tzinfo=UTC)
    paths = write_summary(out, outcomes, QUICK, ("csv", "json"), start, 1.5)
    assert [p.name for p in paths] == ["catalog.csv", "catalog.json"]
    rows = read_catalog(out / "catalog.csv")
    assert rows.columns == read_catalog(out / "catalog.json").columns
    assert list(dict.fromkeys(rows.columns["image"])) == ["a.png", "c.fits"]
    record = json.loads((out / "run.json").read_text())
    assert [f["status"] for f in record["files"]] == ["done", "failed", "done", "failed"]
    assert record["files"][1]["message"]
    assert record["files"][0]["folder"] == "a"
    assert record["regions"] == len(rows)
    assert record["models"] == [network.to_json() for network in load_networks(QUICK)]
    assert {"numpy", "onnxruntime"} <= set(record["libraries"])


def test_wrong_options_fail_before_anything_is_done(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--crops"):
        Options(crops="some")
    with pytest.raises(ModelError, match="no detector"):
        run(folder, tmp_path / "out", Options("oracle"))
    assert not (tmp_path / "out").exists()


def test_time_is_for_images_that_hold_none(folder: Path, tmp_path: Path) -> None:
    dated = folder / "20260301_060000_512_HMIB.png"
    dated.write_bytes((folder / "a.png").read_bytes())
    options = Options("threshold", "climatology", "2026-02-07T09:00:00Z")
    outcomes = run(folder, tmp_path / "out", options)
    found = {o.job.image: o.time for o in outcomes if o.status == "done"}
    assert found[dated.name] == "2026-03-01T06:00:00Z"
    assert found["a.png"] == "2026-02-07T09:00:00Z"
    assert found["c.fits"] == "2026-02-04T12:00:00Z"  # its header's


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want names of text")
def test_names_that_are_no_text_cost_nothing_and_lead_back(folder: Path, tmp_path: Path) -> None:
    names = [b"\xff\xfe.png", b"new\nline.png", b"\x1b[31mred.png", b"back\\slash.png"]
    source = os.fsencode(folder)
    for name in names:
        os.link(os.path.join(source, b"a.png"), os.path.join(source, name))
    out = tmp_path / "out"
    outcomes = run(folder, out)
    write_summary(out, outcomes, QUICK, ("csv",), datetime(2026, 2, 1, tzinfo=UTC), 1.0)
    images = set(read_catalog(out / "catalog.csv").columns["image"])
    assert {os.fsencode(unescaped(image)) for image in images} == {b"a.png", b"c.fits", *names}
    assert all(image.isprintable() for image in images)
    sources = {
        os.fsencode(f["source"]) for f in json.loads((out / "run.json").read_text())["files"]
    }
    assert {os.path.join(source, name) for name in names} <= sources
    assert [o.status for o in run(folder, out)].count("skipped") == 6


def test_a_picture_that_the_power_cut_short_is_done_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(folder, out)
    (out / "a" / "overlay.png").unlink()  # taken away: not missed
    assert run(folder, out)[0].status == "skipped"
    crop = next((out / "a" / "crops").iterdir())
    crop.write_bytes(b"")
    assert run(folder, out)[0].status == "done"
    assert crop.stat().st_size > 0


def test_results_are_not_read_again(folder: Path, tmp_path: Path) -> None:
    run(folder, folder / "out")
    assert len(plan([str(folder)], folder / "out")) == 4
    assert len(plan([f"{folder}/**/*.png"], folder / "out")) == 2


def test_limits_of_one_file(folder: Path, tmp_path: Path) -> None:
    small = Limits(most=10_000)
    outcomes = run(folder, tmp_path / "out", limits=small)
    assert [o.status for o in outcomes] == ["failed"] * 4
    assert "at most 10,000" in outcomes[2].message


@pytest.mark.slow
def test_file_that_takes_too_long_is_named_and_the_others_are_done(
    folder: Path, tmp_path: Path
) -> None:
    outcomes = run(folder, tmp_path / "out", limits=Limits(seconds=0.001), apart=True)
    assert "took longer than 0.001 s (--file-timeout" in outcomes[0].message
    assert outcomes[0].message.startswith("a.png: ")
