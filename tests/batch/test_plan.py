"""Every image gets a folder of its own, and keeps it."""

from pathlib import Path

import pytest

from halescope.batch.outputs import Options, Record, write_record
from halescope.batch.plan import plan, source_name, stem_of
from halescope.batch.run import analyze_files
from halescope.types import Catalog


def touch(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return str(path)


def test_stems() -> None:
    names = {
        "HMI.m2026.02.01_00.00.00.jpg": "HMI.m2026.02.01_00.00.00",
        "a.fits.gz": "a",
        "a.fits.fz": "a",
        "a.gz": "a",
        "plain": "plain",
    }
    assert {name: stem_of(Path(name)) for name in names} == names


def test_input_order_and_each_file_once(tmp_path: Path) -> None:
    b, a = touch(tmp_path / "b.jpg"), touch(tmp_path / "a.jpg")
    jobs = plan([b, str(tmp_path), a], tmp_path / "out")
    assert [job.image for job in jobs] == ["b.jpg", "a.jpg"]
    assert [job.folder for job in jobs] == [tmp_path / "out" / "b", tmp_path / "out" / "a"]


def test_each_file_once_however_it_is_spelled(tmp_path: Path, monkeypatch) -> None:
    touch(tmp_path / "x/a.jpg")
    monkeypatch.chdir(tmp_path / "x")
    spellings = ["a.jpg", "./a.jpg", "../x/a.jpg", str(tmp_path / "x" / "a.jpg"), "a*.jpg"]
    assert [job.source for job in plan(spellings, tmp_path / "out")] == ["a.jpg"]


def test_a_link_keeps_its_own_name(tmp_path: Path) -> None:
    first = touch(tmp_path / "store" / "0f3a77")
    (tmp_path / "a.jpg").symlink_to(first)
    (tmp_path / "b.jpg").symlink_to(first)
    jobs = plan([str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg")], tmp_path / "out")
    assert [job.folder.name for job in jobs] == ["a", "b"]


def test_links_in_a_circle_are_jobs_that_fail_when_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "b.png").symlink_to("b.png")
    jobs = plan([f"{tmp_path}/circle/a.png", f"{tmp_path}/b.png"], tmp_path / "out")
    assert [job.image for job in jobs] == ["a.png", "b.png"]
    outcomes = analyze_files(jobs, Options("threshold", "climatology"), apart=False)
    assert [outcome.status for outcome in outcomes] == ["failed", "failed"]
    assert all("symbolic links" in outcome.message for outcome in outcomes)


@pytest.mark.parametrize(
    "name", ["catalog.csv.jpg", "Catalog.JSON.fits", "run.json.jpg", "..jpg", "...jpg"]
)
def test_no_folder_outside_the_root_or_in_a_catalogues_way(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (job,) = plan([touch(tmp_path / "in" / name)], out)
    assert job.folder.resolve().parent == out.resolve()
    assert job.folder.name.startswith("in_")


def test_long_names_leave_room_for_the_crops(tmp_path: Path) -> None:
    names = ["ä" * 120 + "1.jpg", "ä" * 120 + "2.jpg", "z" * 250 + ".jpg"]
    jobs = plan([touch(tmp_path / name) for name in names], tmp_path / "out")
    folders = [job.folder.name for job in jobs]
    assert len(set(folders)) == 3
    assert all(len(folder.encode()) < 200 for folder in folders)


def test_equal_stems_are_told_apart(tmp_path: Path) -> None:
    files = [
        touch(tmp_path / name) for name in ("x/a.jpg", "y/a.jpg", "y/a.fits", "p/x/A.jpg", "c.jpg")
    ]
    jobs = plan(files, tmp_path / "out")
    names = [job.folder.name for job in jobs]
    assert len({name.casefold() for name in names}) == 5
    assert names[-1] == "c"
    assert names == [job.folder.name for job in plan(files, tmp_path / "out")]
    assert all("a" in name.casefold() for name in names[:4])


def test_a_folder_of_an_earlier_run_is_not_taken_over(tmp_path: Path) -> None:
    first, second = touch(tmp_path / "x/a.jpg"), touch(tmp_path / "y/a.jpg")
    out = tmp_path / "out"
    write_record(out / "a", Record("key", source_name(first), "", 0.0, Catalog({})))
    assert plan([first], out)[0].folder == out / "a"
    assert plan([second], out)[0].folder == out / "y_a"


def test_bad_inputs_become_jobs_with_a_problem(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    good = touch(tmp_path / "a.jpg")
    jobs = plan([str(tmp_path / "empty"), good, str(tmp_path / "*.fits")], tmp_path / "out")
    assert [bool(job.problem) for job in jobs] == [True, False, True]
    assert "folder without pictures" in jobs[0].problem
    assert "matches no file" in jobs[2].problem


def test_standard_input(tmp_path: Path) -> None:
    (job,) = plan(["-", "-"], tmp_path, b"content")
    assert (job.image, job.source, job.folder.name) == ("stdin", b"content", "stdin")
