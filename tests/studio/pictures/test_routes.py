"""What a browser is told and sent of a picture."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from halescope.io import read
from halescope.studio.pictures.cache import Pictures

TURNED, PLAIN = "inputs/turned.fits", "inputs/20140301_000000_plain.png"


def facts(client: TestClient, path: str) -> dict:
    answer = client.get("/api/pictures", params={"path": path})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_picture_is_described(asking: TestClient) -> None:
    found = facts(asking, TURNED)
    assert (found["width"], found["height"], found["levels"]) == (700, 700, 2)
    assert found["scale"] == "gauss"
    assert found["clip"]["default"] == 250
    assert found["geometry"]["roll"] == pytest.approx(180)
    assert len(found["limb"]) > 100
    assert facts(asking, PLAIN)["file"]["rows_down"]


def test_tiles_show_the_file_north_up(asking: TestClient, place: Path) -> None:
    facts(asking, TURNED)
    params = {"path": TURNED, "level": 1, "x": 1, "y": 0, "clip": 100}
    answer = asking.get("/api/pictures/tile.png", params=params)
    assert answer.headers["content-type"] == "image/png"
    tile = np.asarray(Image.open(io.BytesIO(answer.content)))
    field = read(place / TURNED, full=True).field
    shown = field[:, ::-1][:513, 511:]  # a file upside down: rows run north, columns east
    expected = np.clip(shown * np.float32(127 / 100) + 128.5, 1, 255)
    expected = np.where(np.isnan(shown), 0, expected)
    assert tile.shape == expected.shape
    assert np.abs(tile - np.floor(expected)).max() <= 1


def test_values_are_those_of_the_file(asking: TestClient, place: Path) -> None:
    found = facts(asking, TURNED)
    params = {"path": TURNED, "level": 1, "x": 300, "y": 310, "width": 20, "height": 10}
    answer = asking.get("/api/pictures/field", params=params)
    assert answer.headers["x-part"] == "300,310,20,10"
    values = np.frombuffer(answer.content, "<i2").reshape(10, 20) * found["step"]
    field = read(place / TURNED, full=True).field[:, ::-1]
    assert values == pytest.approx(field[310:320, 300:320], abs=found["step"] / 2 + 1e-3)


def test_tiles_that_are_not_there(asking: TestClient) -> None:
    for level, x, y in [(0, 1, 0), (2, 0, 0), (1, 0, 2), (-1, 0, 0), (0, -1, 0)]:
        params = {"path": TURNED, "level": level, "x": x, "y": y}
        assert asking.get("/api/pictures/tile.png", params=params).status_code == 404


def test_small_and_whole_pictures(asking: TestClient) -> None:
    small = asking.get("/api/pictures/thumbnail.jpg", params={"path": PLAIN, "side": 64})
    assert Image.open(io.BytesIO(small.content)).size == (64, 64)
    whole = asking.get("/api/pictures/render.png", params={"path": TURNED, "side": 300})
    assert Image.open(io.BytesIO(whole.content)).size == (300, 300)


@pytest.mark.parametrize("path", ["../x.fits", "/etc/passwd", "inputs/none.fits", "inputs", "a\0b"])
def test_paths_that_may_not_be_read(asking: TestClient, path: str) -> None:
    answer = asking.get("/api/pictures", params={"path": path})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_links_do_not_lead_out(asking: TestClient, place: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.fits").write_bytes((place / TURNED).read_bytes())
    (place / "inputs" / "link.fits").symlink_to(tmp_path / "secret.fits")
    assert asking.get("/api/pictures", params={"path": "inputs/link.fits"}).status_code == 404
    names = [f["name"] for f in asking.get("/api/pictures/folder?path=inputs").json()["files"]]
    assert "link.fits" not in names


def test_what_is_no_picture_is_refused_in_the_words_of_the_reader(asking: TestClient) -> None:
    answer = asking.get("/api/pictures", params={"path": "inputs/notes.txt"})
    assert answer.status_code == 422
    assert "notes.txt: is no image of a known kind" in answer.json()["detail"]
    assert asking.get("/api/pictures", params={"path": "inputs/broken.fits"}).status_code == 422


def test_folders_hold_folders_and_pictures(asking: TestClient) -> None:
    top = asking.get("/api/pictures/folder").json()
    assert [f["path"] for f in top["folders"]] == ["inputs"]
    found = asking.get("/api/pictures/folder", params={"path": "inputs"}).json()
    assert [f["name"] for f in found["files"]] == [
        "20140301_000000_plain.png", "broken.fits", "turned.fits",
    ]  # fmt: skip
    assert found["parent"] == ""
    assert asking.get("/api/pictures/folder?path=..").status_code == 404


def test_the_cache_is_bounded_and_follows_the_file(asking: TestClient, place: Path) -> None:
    pictures = asking.app.state.studio.part(Pictures)
    key = facts(asking, PLAIN)["key"]
    folder = pictures.folder / "pictures"
    os.utime(place / PLAIN, (1, 1))
    assert facts(asking, PLAIN)["key"] != key
    for old in folder.iterdir():
        os.utime(old / "picture.json", (1, 1))
    pictures.most = 1
    os.utime(place / PLAIN, (2, 2))
    newest = facts(asking, PLAIN)["key"]
    assert [f.name for f in folder.iterdir()] == [newest]
    assert facts(asking, TURNED)["width"] == 700  # it is decoded again
