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
    (folder / "run.json").unlink()  # as while it runs: some images are done, not all
    found = asking.get("/api/analyses/by hand").json()
    assert (found["state"], found["image"]) == ("interrupted", "disk.fits")


def test_the_same_images_again_with_other_networks(
    asking: TestClient, done: dict, place: Path
) -> None:
    asked = {"detector": "threshold", "classifier": "climatology", "physics": True}
    answer = asking.post(f"/api/analyses/{done['id']}/repeat", params=asked)
    assert answer.status_code == 201, answer.text
    again = answer.json()
    assert again["id"] != done["id"]
    assert (again["detector"], again["classifier"]) == ("threshold", "climatology")
    assert (again["picture"], again["asked"]["physics"]) == ("inputs/disk.fits", True)
    assert asking.get(f"/api/analyses/{done['id']}").json()["detector"] == "proposals"
    assert asking.post("/api/analyses/none/repeat").status_code == 404
    bad = asking.post(f"/api/analyses/{done['id']}/repeat", params={"detector": "../x.json"})
    assert bad.status_code == 404


def test_uploads_that_are_analysed_again_are_kept_twice(
    asking: TestClient, disk: tuple[bytes, bytes], place: Path
) -> None:
    files = [("file", ("a.fits", disk[0])), ("file", ("no.fits", b"no picture"))]
    made = asking.post("/api/analyses", files=files).json()
    wait(asking, made["job"]["id"])
    again = asking.post(f"/api/analyses/{made['id']}/repeat", params={"detector": "threshold"})
    assert again.status_code == 202, again.text
    wait(asking, again.json()["job"]["id"])
    one = asking.post(f"/api/analyses/{made['id']}/repeat", params={"image": "a"})
    assert (one.status_code, one.json()["image"]) == (201, "a.fits")
    assert asking.delete(f"/api/analyses/{made['id']}").status_code == 204
    for id in (again.json()["id"], one.json()["id"]):
        found = asking.get(f"/api/analyses/{id}").json()
        assert found["picture"] == f"analyses/{id}/input/a.fits"
        assert (place / found["picture"]).read_bytes() == disk[0]


def wait(asking: TestClient, job: str) -> None:
    while asking.get(f"/api/jobs/{job}").json()["state"] in ("queued", "running"):
        time.sleep(0.2)
