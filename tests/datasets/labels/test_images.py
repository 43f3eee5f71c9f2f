"""Labels of whole folders, and the sheets to leaf through."""

import hashlib
from pathlib import Path

from PIL import Image

from halescope.datasets.labels.images import SHEET_COLUMNS, TILE, label_images, write_sheets
from halescope.datasets.labels.label import sources_of
from halescope.datasets.manifest import entries, write_manifest
from halescope.noaa.srs import SrsTable, read_srs


def test_rows_of_a_folder(labelled: Path, tmp_path: Path) -> None:
    paths = sorted(labelled.glob("*.png"))[:2]
    bad = tmp_path / "20260204_120000_512_HMIB.png"
    bad.write_bytes(b"no picture")
    report = label_images([*paths, bad], sources_of(read_srs(labelled / "srs.csv")), jobs=1)
    assert len(report.problems) == 1
    assert bad.name in report.problems[0]
    assert {row["image"] for row in report.rows} == {str(path) for path in paths}
    assert report.rows[0]["sha256"] == hashlib.sha256(paths[0].read_bytes()).hexdigest()
    numbers = {row["noaa_number"] for row in report.rows if row["status"] == "firm"}
    assert len(numbers) >= 3
    assert numbers <= set(range(14361, 14366))
    write_manifest(tmp_path / "manifest.csv", report.rows)
    assert len(list(entries(tmp_path / "manifest.csv"))) == 2


def test_images_on_other_days_are_left_out(labelled: Path) -> None:
    path = next(iter(labelled.glob("*.png")))
    report = label_images([path], sources_of(SrsTable(())), jobs=1)
    assert (report.rows, report.unlabelled, report.problems) == ([], [str(path)], [])


def test_sheet_shows_each_disk(labelled: Path, tmp_path: Path) -> None:
    paths = sorted(labelled.glob("*.png"))[:2]
    (sheet,) = write_sheets(paths, sources_of(read_srs(labelled / "srs.csv")), tmp_path / "sheets")
    with Image.open(sheet) as image:
        assert image.width == SHEET_COLUMNS * TILE
        colours = {colour for _, colour in image.crop((0, 0, TILE, TILE)).getcolors(1 << 20)}
        assert (80, 255, 80) in colours  # a firm box
        assert image.crop((2 * TILE, 0, 3 * TILE, TILE)).getextrema() == ((0, 0),) * 3
