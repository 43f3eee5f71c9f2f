"""`analyze --srs`, `match`, `evaluate` and `dataset label` on drawn disks with a summary."""

import csv
import json
from pathlib import Path

import pytest

from halescope.cli import run

TOOLS = ["--detector", "threshold", "--classifier", "climatology"]


@pytest.fixture(scope="module")
def analysed(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Catalogue of one picture, with NOAA's numbers."""
    out = tmp_path_factory.mktemp("noaa")
    picture = str(labelled / "20260204_120000_512_HMIB.png")
    assert run(["analyze", picture, "-q", "-o", str(out), "--srs", str(labelled / "srs.csv")]) == 0
    return out / "catalog.csv"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_analyze_gives_numbers(analysed: Path, small_drawing) -> None:
    rows = read(analysed)
    assert list(rows[0])[:3] == ["image", "time", "region"]
    assert list(rows[0])[20] == "noaa"
    truth = {14360 + row["region"]: row for row in small_drawing.truth.rows()}
    numbered = [row for row in rows if row["noaa"]]
    assert len(numbered) >= 3
    for row in numbered:
        for number in map(int, row["noaa"].split("|")):
            assert float(row["hgs_lat"]) == pytest.approx(truth[number]["hgs_lat"], abs=8)


def test_numbers_come_on_a_second_run_that_skips(labelled: Path, tmp_path: Path, capsys) -> None:
    picture = str(labelled / "20260204_120000_512_HMIB.png")
    assert run(["analyze", picture, "-o", str(tmp_path), *TOOLS]) == 0
    assert "noaa" not in read(tmp_path / "catalog.csv")[0]
    with_srs = ["analyze", picture, "-o", str(tmp_path), "--srs", str(labelled / "srs.csv")]
    assert run([*with_srs, *TOOLS]) == 0
    assert "1 skipped" in capsys.readouterr().out
    assert any(row["noaa"] for row in read(tmp_path / "catalog.csv"))


def test_missing_summary_is_told_before_anything_is_done(labelled: Path, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    assert run(["analyze", str(labelled), "-o", str(out), "--srs", str(tmp_path / "no.csv")]) == 2
    assert "no.csv" in capsys.readouterr().err
    assert not out.exists()


def test_match_writes_its_report(analysed: Path, labelled: Path, tmp_path: Path, capsys) -> None:
    srs = str(labelled / "srs.csv")
    assert run(["match", str(analysed), "--srs", srs, "-o", str(tmp_path)]) == 0
    assert "1 images:" in capsys.readouterr().out
    matched = {row["noaa"] for row in read(tmp_path / "match.csv") if row["verdict"] == "matched"}
    shown = {n for row in read(analysed) for n in row["noaa"].split("|") if n}
    assert matched
    assert matched <= shown


def test_evaluate_writes_figures(labelled: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "figures.json"
    manifest = str(labelled / "manifest.csv")
    arguments = ["--root", str(labelled), "-j", "1", "-o", str(target), *TOOLS]
    assert run(["evaluate", manifest, *arguments]) == 0
    assert "lenient: ap50" in capsys.readouterr().out
    assert json.loads(target.read_text())["detection"]["disks"] == 8
    assert run(["evaluate", manifest, "--days", "yesterday"]) == 2


def test_label_writes_manifest_and_sheets(labelled: Path, tmp_path: Path, capsys) -> None:
    arguments = ["--srs", str(labelled / "srs.csv"), "-o", str(tmp_path), "--sheets", "1"]
    assert run(["dataset", "label", str(labelled), *arguments, "-j", "1"]) == 0
    assert "of 8 images" in capsys.readouterr().out
    rows = read(tmp_path / "manifest.csv")
    assert {row["noaa_number"] for row in rows if row["status"] == "firm"}
    assert (tmp_path / "sheets" / "sheet_001.png").is_file()
