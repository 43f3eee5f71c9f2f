"""`halescope archive`: from files to answers on the command line."""

import pytest

from halescope.cli import run
from halescope.synthetic.files import picture_bytes

TOOLS = ["--detector", "threshold", "--classifier", "climatology"]


@pytest.fixture
def folder(tmp_path, small_drawing):
    (tmp_path / "in").mkdir()
    data = picture_bytes(small_drawing.magnetogram, "png")
    for hour in (12, 13, 15):
        (tmp_path / "in" / f"20260204_{hour}0000_512_HMIB.png").write_bytes(data)
    (tmp_path / "in" / "20260204_180000.jpg").write_text("no picture")
    return tmp_path / "in"


def test_from_files_to_answers(folder, tmp_path, capsys):
    sun = str(tmp_path / "sun")
    plan = ["archive", "build", str(folder), "-o", sun, *TOOLS]
    assert run([*plan, "--dry-run"]) == 0
    assert "to do: 4 files, 1 days" in capsys.readouterr().out
    assert not (tmp_path / "sun").exists()
    assert run(plan) == 0
    assert "3 images with" in (out := capsys.readouterr().out)
    assert "1 read: 20260204_180000.jpg" in out
    assert run(["archive", "status", sun]) == 0
    out = capsys.readouterr().out
    assert "images   3, 2026-02-04T12:00 to 2026-02-04T15:00 UTC" in out
    assert "3 of 4, 1 missing" in out
    assert run(["archive", "compact", sun]) == 0
    assert run(["archive", "update", sun]) == 0
    assert "0 images with 0 regions added" in capsys.readouterr().out
    assert run(["archive", "retry", sun, "--dry-run"]) == 0
    assert "0 files, 0 days" in capsys.readouterr().out
    query = ["archive", "query", sun, "SELECT count(*) AS n FROM images"]
    assert run([*query, "--format", "csv"]) == 0
    assert capsys.readouterr().out == "n\n3\n"
    assert run([*query[:-1], "DROP VIEW images"]) == 2
    assert capsys.readouterr().err.startswith("halescope: SQL: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "nowhere", "-o", "x"], ["build", ".", "-o", "x", "--every", "1y"],
        ["build", ".", "-o", "x", "--map", "a"], ["status", "."], ["update", "."], ["compact", "."],
        ["query", ".", "SELECT 1"], ["build", ".", "-o", "x", "--detector", "nope"],
    ],
)  # fmt: skip
def test_mistakes_are_one_line(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["archive", *arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith("halescope: ")
    assert err.count("\n") == 1


def test_damaged_files_are_named(folder, tmp_path, capsys):
    sun = tmp_path / "sun"
    assert run(["archive", "build", str(folder), "-o", str(sun), "-q", *TOOLS]) == 0
    next(sun.glob("parts/*.regions.parquet")).write_bytes(b"PAR1")
    assert run(["archive", "status", str(sun)]) == 1
    assert "regions.parquet: is not as it was written" in capsys.readouterr().err
