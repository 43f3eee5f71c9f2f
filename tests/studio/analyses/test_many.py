"""Many images: a job that runs the same command, then a gallery and one catalogue."""

import time
from pathlib import Path

from fastapi.testclient import TestClient
from typer.testing import CliRunner

from halescope.cli import app as cli


def test_several_uploads_become_a_job(asking: TestClient, disk: tuple[bytes, bytes]) -> None:
    files = [("file", ("disk.fits", disk[0])), ("file", ("disk.fits", disk[0]))]
    files += [("file", ("input.png", disk[1])), ("file", ("no.fits", b"no picture"))]
    answer = asking.post("/api/analyses", params={"time": "2014-02-03T00:00:00Z"}, files=files)
    assert answer.status_code == 202, answer.text
    job, address = answer.json()["job"], answer.json()["links"]["self"]
    assert job["command"].startswith("halescope analyze analyses/")
    while asking.get(f"/api/jobs/{job['id']}").json()["state"] in ("queued", "running"):
        assert asking.delete(address).status_code == 409
        time.sleep(0.3)
    found = asking.get(address).json()
    assert (found["state"], found["many"]) == ("done", True)
    assert [entry["image"] for entry in found["failures"]] == ["no.fits"]
    images = asking.get(f"{address}/images").json()
    assert {image["stem"] for image in images} == {"disk", "disk-2", "image_input"}
    rows = asking.get(f"{address}/regions").json()
    assert len(rows) == sum(image["regions"] for image in images)
    one = asking.get(address, params={"image": "disk-2"}).json()
    assert one["regions"] == [
        {k: v for k, v in row.items() if k != "stem"} for row in rows if row["stem"] == "disk-2"
    ]
    assert asking.get(address, params={"image": "../disk"}).status_code == 404
    assert asking.delete(address).status_code == 204


def test_what_the_command_line_made_appears(asking: TestClient, place: Path) -> None:
    folder = place / "analyses" / "by hand"
    command = ["analyze", str(place / "inputs"), "-o", str(folder), "-q", "--table-only"]
    assert CliRunner().invoke(cli, command).exit_code == 0
    entry = next(e for e in asking.get("/api/analyses").json() if e["id"] == "by hand")
    assert (entry["state"], entry["images"], entry["detector"]) == ("done", 1, "proposals")
    found = asking.get("/api/analyses/by hand").json()
    assert found["picture"] == "inputs/disk.fits"
    assert len(found["regions"]) == entry["regions"]
    assert asking.get("/analyses/by hand", headers={"accept": "text/html"}).status_code == 200
