"""One image over REST: what is answered, what lies in the workspace, what can be downloaded."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from astropy.io.votable import parse_single_table
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from halescope.cli import app as cli
from halescope.geometry import differential_rotation
from halescope.io.catalog import COLUMNS, read_catalog
from halescope.pipeline import analyze


def test_regions_are_those_of_the_pipeline(done: dict, place: Path) -> None:
    expected = analyze(place / "inputs" / "disk.fits", physics=True).catalog.rows()
    assert done["regions"] == expected
    assert set(COLUMNS) < set(done["regions"][0])
    assert (done["image"], done["time"]) == ("disk.fits", expected[0]["time"])
    assert done["words"]["1"][0]


def test_the_folder_is_that_of_the_command_line(
    done: dict, place: Path, tmp_path: Path, asking: TestClient
) -> None:
    inputs = str(place / "inputs" / "disk.fits")
    out = CliRunner().invoke(cli, ["analyze", inputs, "-o", str(tmp_path), "--physics", "-q"])
    assert out.exit_code == 0
    folder = place / "analyses" / done["id"]
    names = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    ours = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert ours - names == {"analysis.json"}
    assert names - {".halescope"} <= ours  # a marker of folders that the command itself made
    assert (folder / "catalog.csv").read_text() == (tmp_path / "catalog.csv").read_text()


@pytest.mark.filterwarnings("ignore::astropy.units.UnitsWarning")
@pytest.mark.parametrize("kind", ["csv", "ecsv", "json", "vot"])
def test_catalogues_hold_the_regions(
    done: dict, asking: TestClient, kind: str, tmp_path: Path
) -> None:
    answer = asking.get(done["links"][kind])
    assert answer.status_code == 200
    assert f"{done['id']}.{kind}" in answer.headers["content-disposition"]
    path = tmp_path / f"found.{kind}"
    path.write_bytes(answer.content)
    if kind == "vot":
        assert len(parse_single_table(path).array) == len(done["regions"])
    assert read_catalog(path).columns["class"] == [row["class"] for row in done["regions"]]


def test_pictures_and_crops(done: dict, asking: TestClient) -> None:
    overlay = asking.get(f"/api/analyses/{done['id']}/overlay.png")
    assert overlay.content.startswith(b"\x89PNG")
    crop = asking.get(f"/api/analyses/{done['id']}/crop.png", params={"region": 1})
    assert crop.content.startswith(b"\x89PNG")
    small = asking.get(f"/api/analyses/{done['id']}/thumbnail.jpg")
    assert small.content.startswith(b"\xff\xd8")
    archive = zipfile.ZipFile(io.BytesIO(asking.get(done["links"]["crops"]).content))
    assert len(archive.namelist()) == 2 * len(done["regions"])
    for name in ("explain.png", "crop.png?region=99", "catalog.exe", "catalog.pickle"):
        assert asking.get(f"/api/analyses/{done['id']}/{name}").status_code == 404


def test_an_upload_is_kept_under_a_plain_name(
    asking: TestClient, disk: tuple[bytes, bytes], place: Path
) -> None:
    name = "../../<img src=x onerror=alert(1)>.png"
    answer = asking.post(
        "/api/analyses", params={"time": "2014-02-03T00:00:00Z", "classifier": "climatology"},
        files={"file": (name, disk[1])},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["time"] == "2014-02-03T00:00:00Z"
    assert found["classifier"] == "climatology"
    (kept,) = (place / "analyses" / found["id"] / "input").iterdir()
    assert kept.name == found["image"]
    assert not set(kept.name) & set("<>/ ")
    page = asking.get(found["links"]["page"], headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "<img src=x" not in page.text
    assert asking.delete(found["links"]["self"]).status_code == 204
    assert asking.get(found["links"]["self"]).status_code == 404
    assert not (place / "analyses" / found["id"]).exists()


def test_what_cannot_be_analysed_is_told_as_on_the_command_line(
    asking: TestClient, place: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.fits"
    bad.write_text("dear diary")
    said = CliRunner().invoke(cli, ["analyze", str(bad), "-o", str(tmp_path / "out")])
    before = list((place / "analyses").iterdir())
    answer = asking.post("/api/analyses", files={"file": ("notes.fits", bad.read_bytes())})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] in said.stderr
    assert list((place / "analyses").iterdir()) == before


@pytest.mark.parametrize(
    ("options", "body", "status", "words"),
    [
        ({}, {"path": "../../../etc/passwd"}, 404, "expected a path in the workspace"),
        ({}, {"path": "/etc/passwd"}, 404, "expected a path in the workspace"),
        ({}, {}, 422, "names no path"),
        ({}, {"paths": "inputs"}, 422, "array"),
        ({"detector": "none_such"}, {"path": "inputs/disk.fits"}, 422, "no detector that ships"),
        ({"detector": "/etc/x.json"}, {"path": "inputs/disk.fits"}, 404, "expected a path"),
        ({"time": "soon"}, {"path": "inputs/disk.fits"}, 422, "soon"),
    ],
)
def test_requests_that_cannot_be_answered(
    asking: TestClient, place: Path, options: dict, body: dict, status: int, words: str
) -> None:
    before = sorted((place / "analyses").iterdir())
    answer = asking.post("/api/analyses", params=options, json=body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert sorted((place / "analyses").iterdir()) == before


def test_an_upload_over_the_limit(asking: TestClient, place: Path) -> None:
    before = sorted((place / "analyses").iterdir())
    answer = asking.post("/api/analyses", files={"file": ("a.fits", bytes(3_100_000))})
    assert answer.status_code == 413
    assert sorted((place / "analyses").iterdir()) == before


def test_other_networks_on_the_same_image(asking: TestClient, done: dict) -> None:
    query = {"detector": "threshold", "classifier": "climatology"}
    answer = asking.post(f"/api/analyses/{done['id']}/beside", params=query)
    assert answer.status_code == 201, answer.text
    assert answer.json()["detector"] == "threshold"
    assert answer.json()["regions"][0]["image"] == "disk.fits"
    assert len(asking.get(done["links"]["self"]).json()["regions"]) == len(done["regions"])


SUMMARY = """:Product: 0204SRS.txt
:Issued: 2026 Feb 04 0030 UTC
I.  Regions with Sunspots.  Locations Valid at 03/2400Z
Nmbr Location  Lo  Area  Z   LL   NN Mag Type
4366 {place}   112  1400 Fkc  20   70 Beta-Gamma-Delta
"""


def test_noaas_regions_are_marked(asking: TestClient, done: dict) -> None:
    row = done["regions"][0]
    assert row["time"] == "2026-02-04T12:00:00Z"
    place = f"{'NS'[row['hgs_lat'] < 0]}{abs(row['hgs_lat']):02.0f}"
    midnight = row["hgs_lon"] - float(differential_rotation(row["hgs_lat"], 0.5))
    place += f"{'WE'[midnight < 0]}{abs(midnight):02.0f}"
    text = SUMMARY.format(place=place)
    address = f"/api/analyses/{done['id']}/noaa"
    answer = asking.post(address, files={"file": ("SRS.txt", text.encode())})
    assert answer.status_code == 201, answer.text
    found = answer.json()["noaa"]
    (mark,) = found["marks"]
    assert (mark["number"], mark["kind"]) == (14366, "matched")
    assert found["regions"] == {"1": [14366]}
    assert row["x_min"] - 15 < mark["x"] < row["x_max"] + 15
    old = asking.post(address, files={"file": ("SRS.txt", text.replace("2026 Feb", "2011 Mar"))})
    assert old.status_code == 422
    packed = asking.post(address, files={"file": ("SRS.tar.gz", b"\x1f\x8b\x08\0abc")})
    assert "is no text" in packed.json()["detail"]


def test_an_analysis_that_was_cut_off_is_done_again(
    asking: TestClient, place: Path, done: dict
) -> None:
    folder = place / "analyses" / "20260101-000000-cutoff"
    folder.mkdir()
    asked = {"sources": ["inputs/disk.fits"], "title": "disk.fits", "made": "2026-01-01T00:00:00Z"}
    (folder / "analysis.json").write_text(json.dumps(asked))
    address = f"/api/analyses/{folder.name}"
    assert asking.get(address).json()["state"] == "interrupted"
    assert "interrupted" in {entry["state"] for entry in asking.get("/api/analyses").json()}
    assert asking.post(f"{address}/again").status_code == 201
    found = asking.get(address).json()
    assert found["state"] == "done"
    rows = list(csv.DictReader(io.StringIO((folder / "catalog.csv").read_text())))
    assert len(rows) == len(found["regions"]) == len(done["regions"])
