"""`halescope track` and `halescope analyze --track` on the command line."""

import json

import pytest

from halescope.cli import run
from halescope.io.catalog import read_table, write_catalog
from track_tables import Region, catalogue


@pytest.fixture
def table(tmp_path):
    made = catalogue([Region(-30, 12), Region(20, -15)], range(0, 24, 3))
    made.columns.pop("truth")
    return write_catalog(made, tmp_path / "catalog.csv")


def test_tables_and_pictures_are_written(table, tmp_path, capsys):
    out = tmp_path / "tracks"
    assert run(["track", str(table), "-o", str(out), "--pictures", "--format", "parquet"]) == 0
    assert "2 tracks of 16 boxes" in capsys.readouterr().out
    names = {path.name for path in out.iterdir()}
    assert {"catalog.csv", "tracks.parquet", "events.csv", "disk.png", "tracks.json"} <= names
    assert json.loads((out / "tracks.json").read_text())["mode"] == "filter"
    assert set(read_table(out / "catalog.csv").columns["track"]) == {1, 2}


def test_two_catalogues_are_one_series(table, tmp_path):
    later = catalogue([Region(-30, 12), Region(20, -15)], range(24, 48, 3))
    later.columns.pop("truth")
    second = write_catalog(later, tmp_path / "later.ecsv")
    assert run(["track", str(second), str(table), "-o", str(tmp_path / "out"), "-q"]) == 0
    assert len(read_table(tmp_path / "out" / "tracks.csv")) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--mode", "guess"], "filter or smooth"),
        (["--animation", "gif"], "png or mp4"),
        (["--animation", "png"], "give the folder with --images"),
        (["--gap", "0"], "is 0 hours"),
        (["--format", "xlsx"], "does not know xlsx"),
    ],
)
def test_wrong_options_cost_one_line(table, tmp_path, capsys, more, words):
    assert run(["track", str(table), "-o", str(tmp_path / "out"), *more]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_of_another_format_is_left_alone(table, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "tracks.json").write_text('{"format": 0, "halescope": "0.0.1"}')
    assert run(["track", str(table), "-o", str(out)]) == 2
    assert "format 0" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["tracks.json"]


def test_analyze_tracks_in_one_go(tmp_path, capsys):
    images = tmp_path / "images"
    draw = ["draw", "-o", str(images / "sun.fits"), "--images", "2", "--size", "256"]
    assert run(draw) == 0
    out = tmp_path / "out"
    assert (
        run(["analyze", str(images), "-o", str(out), "--track", "--no-overlay", "--no-crops"]) == 0
    )
    assert (out / "tracks" / "tracks.csv").exists()
    assert "tracks of" in capsys.readouterr().out
