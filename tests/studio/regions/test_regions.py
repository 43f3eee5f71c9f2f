"""Regions in time over REST, on tracks that the command line made and on a job."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from halescope.cli import app as cli
from halescope.synthetic import draw_sequence
from halescope.synthetic.files import picture_bytes

SERIES = "analyses/two days"


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with an analysed series of five drawn disks."""
    place = tmp_path_factory.mktemp("regions") / "workspace"
    (place / "inputs").mkdir(parents=True)
    begin = datetime(2026, 2, 3, tzinfo=UTC)
    for drawing in draw_sequence(hours=range(0, 13, 3), seed=3, size=256, time=begin):
        shown = drawing.magnetogram
        name = f"{shown.time:%Y%m%d_%H%M%S}.png"
        (place / "inputs" / name).write_bytes(picture_bytes(shown))
    command = ["analyze", str(place / "inputs"), "-o", str(place / SERIES), "-q", "--table-only"]
    assert CliRunner().invoke(cli, command).exit_code == 0
    return place


@pytest.fixture
def workspace(series: Path) -> Path:
    """Return the workspace that the studio of these tests is on."""
    return series


def test_a_series_is_linked_by_a_job(client: TestClient, series: Path) -> None:
    (entry,) = client.get("/api/regions").json()
    assert (entry["id"], entry["images"], entry["tracks"]) == ("two days", 5, None)
    assert client.get("/api/regions/two days").json()["linked"] is False
    answer = client.post("/api/regions/two days", data={"mode": "smooth"})
    assert answer.status_code == 202, answer.text
    assert client.post("/api/regions/two days").status_code == 409
    job = answer.json()["job"]["id"]
    while client.get(f"/api/jobs/{job}").json()["state"] in ("queued", "running"):
        time.sleep(0.2)
    found = client.get("/api/regions/two days").json()
    assert found["job"] is None, found["job"]["message"]
    assert found["linked"]
    assert found["mode"] == "smooth"
    told = json.loads((series / SERIES / "tracks" / "tracks.json").read_text())
    assert len(found["tracks"]) == told["tracks"] > 0
    assert found["day"]["image"]["time"] == "2026-02-03T12:00:00Z"


def test_a_track_is_told_in_order_of_time(client: TestClient) -> None:
    longest = max(client.get("/api/regions/two days").json()["tracks"], key=lambda t: t["images"])
    rows = client.get(f"/api/regions/two days/tracks/{longest['track']}").json()
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    assert len(rows) == longest["images"] + longest["bridged"]
    shares = [
        sum(row[f"p_{level}_track"] for level in ("alpha", "beta", "complex")) for row in rows
    ]
    assert shares == pytest.approx([1.0] * len(rows), abs=2e-3)
    assert rows[0]["stem"] == "20260203_000000"
    assert client.get("/api/regions/two days/tracks/999").status_code == 404


def test_the_day_page_cannot_run_anything(client: TestClient) -> None:
    answer = client.get("/api/regions/two days/day.html")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "text/csv" in client.get("/api/regions/two days/tracks.csv").headers["content-type"]
    assert client.get("/api/regions/two days/passwd.csv").status_code == 404


def test_what_is_no_series_and_no_summary(client: TestClient, series: Path) -> None:
    assert client.get("/api/regions/none").status_code == 404
    assert client.get("/api/regions/..%2Finputs").status_code == 404
    answer = client.post("/api/regions/two days", files={"file": ("srs.tar.gz", b"\x1f\x8b\x08\0")})
    assert answer.status_code == 422
    assert client.post("/api/regions/two days", data={"mode": "guess"}).status_code == 422
    assert not (series / SERIES / "srs.txt").exists()


def test_pages_hold_the_series(client: TestClient) -> None:
    accept = {"accept": "text/html"}
    assert client.get("/regions", headers=accept).status_code == 200
    assert "two days" in client.get("/regions/two days", headers=accept).text
