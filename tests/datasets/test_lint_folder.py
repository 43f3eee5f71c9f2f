"""A whole data set is looked through, and what is safe is corrected with the old file kept."""

import shutil

import pytest

from halescope.cli import run
from halescope.datasets.lint_folder import lint_folder
from halescope.datasets.manifest import rows, write_manifest
from halescope.errors import DatasetError

LINE = "{} 0.00 0 0.00 {} 0.00 0.00 0.00 0.00 0.00 0.00 0.00\n"
GOOD = LINE.format("beta", "100.00 100.00 150.00 140.00")


@pytest.fixture
def folder(labelled, tmp_path):
    made = tmp_path / "set"
    (made / "images").mkdir(parents=True)
    (made / "labels").mkdir()
    table = list(rows(labelled / "manifest.csv"))
    first = table[0]["image"]
    table = [row | {"image": f"images/{first}"} for row in table if row["image"] == first]
    table[0] |= {"class": "Beta", "x_min": table[0]["x_max"], "x_max": table[0]["x_min"]}
    shutil.copy(labelled / first, made / "images")
    write_manifest(made / "manifest.csv", table)
    name = first.replace(".png", ".txt")
    (made / "labels" / name).write_text(
        GOOD + "\n" + LINE.format("betta", "240 200 200 240")
        + LINE.format("alpha", "490 200 530 240") + LINE.format("filament", "300 300 340 340")
    )  # fmt: skip
    (made / "labels/other.txt").write_text(GOOD + "beta 1 2\n\n")
    return made


def test_faults_are_named_and_safe_ones_corrected(folder, capsys):
    told = [(f.file.partition("_")[0], f.line, f.kind, f.fixable) for f in lint_folder(folder)]
    assert told == [
        ("manifest.csv", 2, "class", True),
        ("manifest.csv", 2, "inverted", True),
        ("labels/20260204", 2, "empty", True),
        ("labels/20260204", 3, "class", True),
        ("labels/20260204", 3, "inverted", True),
        ("labels/20260204", 4, "outside", True),
        ("labels/20260204", 5, "class", False),
        ("labels/other.txt", 0, "no-image", False),
        ("labels/other.txt", 2, "format", False),
        ("labels/other.txt", 3, "empty", False),
    ]
    before = {path.name: path.read_text() for path in folder.rglob("*.txt")}
    assert run(["dataset", "lint", str(folder), "--fix"]) == 1
    assert "10 faults, 6 mended" in capsys.readouterr().out
    assert [f.fixable for f in lint_folder(folder)] == [False] * 4
    (mended,) = folder.glob("labels/2026*.txt")
    assert mended.read_text() == GOOD + LINE.format("beta", "200.00 200.00 240.00 240.00") + (
        LINE.format("alpha", "490.00 200.00 512.00 240.00")
        + LINE.format("filament", "300.00 300.00 340.00 340.00")
    )
    kept = {path.name.removesuffix(".bak"): path.read_text() for path in folder.rglob("*.txt.bak")}
    assert kept == {mended.name: before[mended.name]}
    assert (folder / "manifest.csv.bak").is_file()


def test_a_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"no manifest\.csv"):
        lint_folder(tmp_path)
