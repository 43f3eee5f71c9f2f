"""Every image gets a folder of its own, and keeps it."""

from pathlib import Path

from halescope.batch import source_name
from halescope.jobs import plan, stem_of
from halescope.outputs import write_record
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
    write_record(out / "a", "key", (source_name(first), ""), Catalog({}), 0.0)
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
