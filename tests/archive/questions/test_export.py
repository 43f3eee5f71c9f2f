"""Selections in the formats of others, read back by other readers."""

import json

import pytest
from astropy.io import fits
from astropy.table import Table

from halescope import archive
from halescope.archive.questions.export import export
from halescope.datasets.formats.coco import read_coco
from halescope.datasets.formats.kitti import read_kitti
from halescope.errors import ConfigError, DatasetError


@pytest.fixture
def tables(make, sky, tmp_path):
    make(tmp_path / "a", sky)
    return archive.open(tmp_path / "a")


WHERE = "r.time < '2014-12-30 02:00'"  # images of 3 and 4 regions


@pytest.mark.parametrize("kind", ["ecsv", "votable", "fits"])
def test_tables(tables, tmp_path, kind):
    path = tmp_path / f"x.{kind}"
    assert export(tables, WHERE, kind, path) == 7
    reader = {"ecsv": "ascii.ecsv"}.get(kind, kind)
    table = Table.read(path, format=reader)
    assert len(table) == 7
    assert str(table["hgs_lat"].unit) == "deg"
    assert float(table["hgs_lat"][0]) == 12.5
    assert str(table["time"][6]) == "2014-12-30T01:00:00Z"
    if kind != "fits":
        assert "west positive" in table["hgs_lon"].description
    else:
        assert fits.getheader(path, 1)["NAXIS2"] == 7


def test_events_have_heks_names(tables, tmp_path):
    assert export(tables, WHERE, "hek", tmp_path / "x.json") == 7
    first = json.loads((tmp_path / "x.json").read_text())["result"][0]
    assert (first["event_type"], first["ar_mtwilsoncls"]) == ("AR", "BETA")
    assert first["event_starttime"] == "2014-12-30T00:00:00"
    assert (first["hgs_x"], first["hgs_y"]) == (-10.0, 12.5)
    assert first["area_atdiskcenter"] / 321 == pytest.approx(3_043_675, rel=1e-6)


def test_labels(tables, tmp_path):
    assert export(tables, WHERE, "kitti", tmp_path / "kitti") == 7
    images, problems = read_kitti(tmp_path / "kitti")
    assert not problems
    assert [len(image.boxes) for image in images] == [3, 4]
    assert images[0].boxes[0].edges == (1.0, 2.0, 3.5, 4.0)
    assert export(tables, WHERE, "coco", tmp_path / "x.json") == 7
    images, problems = read_coco(tmp_path / "x.json")
    assert [len(image.boxes) for image in images] == [3, 4]
    assert images[0].boxes[0].score == 0.5


def test_rows_of_fits_files_are_turned_over(make, tmp_path, drawing):
    from archive_finders import PLAIN
    from halescope.synthetic.files import fits_bytes

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.fits").write_bytes(fits_bytes(drawing.magnetogram))
    make(tmp_path / "f", tmp_path / "in", finder=None, settings=PLAIN)
    tables = archive.open(tmp_path / "f")
    export(tables, "true", "kitti", tmp_path / "kitti")
    (image,) = read_kitti(tmp_path / "kitti")[0]
    rows = tables.query("SELECT * FROM regions ORDER BY region").to_pylist()
    for box, row in zip(image.boxes, rows, strict=True):
        assert box.top == pytest.approx(1024 - row["y_max"], abs=0.011)
        assert (box.top < 512) == (row["y_max"] > 512)


def test_nothing_is_a_normal_answer(tables, tmp_path):
    for kind in ("ecsv", "fits", "votable", "coco", "hek", "kitti"):
        assert export(tables, "false", kind, tmp_path / kind) == 0


def test_mistakes(tables, tmp_path, make, sky):
    for where, kind in (("nope > 1", "ecsv"), ("true); DROP VIEW regions; (", "ecsv"), ("1", "x")):
        with pytest.raises(ConfigError):
            export(tables, where, kind, tmp_path / "x")
    twin = tmp_path / "sky2"
    twin.mkdir()
    name = min(p.name for p in sky.iterdir())
    (twin / name).write_bytes(b"xxx")
    make(tmp_path / "a", sky, twin)
    with pytest.raises(DatasetError, match="is the name of 2 images"):
        export(archive.open(tmp_path / "a"), "true", "kitti", tmp_path / "k")
    assert not (tmp_path / "k").exists()
