"""Pictures of tracks: what is to be seen is there."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

import halescope
from halescope.errors import ConfigError, OutputError
from halescope.io.atomic import atomic_bytes
from halescope.synthetic import Life, draw_sequence
from halescope.synthetic.files import fits_bytes
from halescope.tracks.pictures.animation import animate
from halescope.tracks.pictures.butterfly import butterfly
from halescope.tracks.pictures.canvas import TimeAxis, color_of
from halescope.tracks.pictures.disk import track_disk
from halescope.tracks.pictures.timeline import timeline
from halescope.tracks.pictures.write import files_by_name, write_pictures
from track_tables import Region, catalogue


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Return tracks of two drawn regions, and their images by name."""
    folder = tmp_path_factory.mktemp("images")
    tables = []
    for drawing in draw_sequence(
        [Life("beta", -30, 15), Life("alpha", 10, -12)], range(0, 42, 6), size=256
    ):
        path = folder / f"{drawing.magnetogram.name}.fits"
        atomic_bytes(path, fits_bytes(drawing.magnetogram, False))
        tables.append(halescope.analyze(path).catalog)
    return halescope.track(tables, mode="smooth"), files_by_name(folder)


def has(picture: Image.Image, color) -> int:
    return int((np.asarray(picture.convert("RGB")) == color).all(2).sum())


def test_a_timeline_shows_crops_classes_and_area(drawn):
    result, images = drawn
    name = result.catalog.columns["class_track"][0]
    with_crops, without = timeline(result, 1, images), timeline(result, 1)
    assert with_crops.height > without.height
    assert has(without, color_of(name)) > 1000  # the ribbon
    assert len(np.unique(np.asarray(with_crops)[44:120, 90:1100])) > 50  # field, not one grey


def test_noaas_class_is_drawn_into_the_timeline(drawn):
    result, _ = drawn
    from halescope.tracks.mean_rotation import epoch_hours

    hour = epoch_hours(result.catalog.columns["time"][:1])[0]
    plain, told = timeline(result, 1), timeline(result, 1, None, {hour + 12: "beta-gamma-delta"})
    assert has(told, color_of("beta-gamma-delta")) > has(plain, color_of("beta-gamma-delta")) + 500


def test_the_disk_has_trails_with_and_without_a_picture(drawn):
    result, images = drawn
    newest = max(zip(result.catalog.columns["time"], result.catalog.columns["image"], strict=True))
    for picture in (track_disk(result), track_disk(result, images[newest[1]])):
        assert picture.size == (960, 996)
        colored = np.ptp(np.asarray(picture, int), axis=2) > 60
        assert colored.sum() > 100


def test_all_pictures_are_written(drawn, tmp_path):
    result, images = drawn
    count = []
    paths = write_pictures(result, tmp_path, images, advance=lambda: count.append(1))
    assert {p.name for p in paths} >= {"butterfly.png", "disk.png", "track_0001.png"}
    assert len(count) == len(paths) - 2


def test_the_animation_has_a_frame_for_each_image(drawn, tmp_path):
    result, images = drawn
    path = animate(result, images, tmp_path / "disk.png")
    with Image.open(path) as moving:
        assert moving.n_frames == len(images)
        moving.seek(3)
        assert (np.ptp(np.asarray(moving.convert("RGB"), int), axis=2) > 60).sum() > 50


def test_an_animation_of_nothing_is_refused(drawn, tmp_path):
    with pytest.raises(ConfigError, match="none of the catalogue's images"):
        animate(drawn[0], {}, tmp_path / "disk.png")


def test_mp4_needs_ffmpeg_and_says_so(drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ConfigError, match="needs ffmpeg"):
        animate(*drawn, tmp_path / "disk.mp4")


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put a program called ffmpeg on the path; return what writes its last line."""

    def write(last: str) -> None:
        program = tmp_path / "bin" / "ffmpeg"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\nfor last; do :; done\n{last}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    return write


def test_ffmpeg_is_given_every_frame(drawn, tmp_path, stand_in):
    stand_in('cat > "$last"')
    path = animate(*drawn, tmp_path / "disk.mp4")
    assert path.stat().st_size == len(drawn[1]) * 480 * 498 * 3


def test_what_ffmpeg_says_is_passed_on_and_no_file_is_left(drawn, tmp_path, stand_in):
    stand_in('echo "no such codec" >&2; exit 1')
    with pytest.raises(OutputError, match="no such codec"):
        animate(*drawn, tmp_path / "disk.mp4")
    assert not (tmp_path / "disk.mp4").exists()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not there")
def test_mp4_is_written_by_ffmpeg(drawn, tmp_path):
    assert b"ftyp" in animate(*drawn, tmp_path / "disk.mp4").read_bytes()[:32]


def test_the_butterfly_has_north_above_south():
    table = catalogue([Region(-20, 25), Region(10, -25, shares=(0.9, 0.05, 0.05))], range(0, 96, 6))
    table.columns.pop("truth")
    picture = np.asarray(butterfly(halescope.track(table)))
    north, south = (
        np.nonzero((picture == color_of(name)).all(2)[40:])[0].mean() for name in ("beta", "alpha")
    )
    assert north < south


def test_no_region_makes_empty_pictures(tmp_path):
    names = [n for n in catalogue([Region(0, 0)], [0]).columns if n != "truth"]
    empty = halescope.track(halescope.Catalog({n: [] for n in names}))
    assert len(write_pictures(empty, tmp_path)) == 2


def test_an_axis_of_time_maps_its_ends_and_has_round_ticks():
    axis = TimeAxis(100.0, 220.0, 10, 250)
    assert (axis(100), axis(220)) == (10, 250)
    assert axis.ticks() == [108.0, 120.0, 132.0, 144.0, 156.0, 168.0, 180.0, 192.0, 204.0, 216.0]
