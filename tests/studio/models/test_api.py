"""REST of models: runs of the command line appear, forms become jobs, names stay inside."""

import json
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")


METRICS = "epoch,learning_rate,loss,val_loss,mAP\n1,0.1,4,5,10\n2,0.1,3,4,31.5\n3,0.1,2,6,20\n"


@pytest.fixture
def run(workspace: Path, client) -> Path:
    """Return a run folder as `halescope train detectnet` leaves it, but for its weights."""
    folder = workspace / "runs" / "first"
    (folder / "snapshots").mkdir(parents=True)
    config = {
        "data": {"manifest": "datasets/sun/manifest.csv"},
        "run": {"epochs": 4, "folder": "runs/first"},
        "solver": {"base_lr": 0.0003, "multistep_percent": [50.0, 85.0]}, "freeze": ["conv"],
    }  # fmt: skip
    record = {"kind": "detectnet", "config": config, "steps": 12, "ended": "stopped"}
    (folder / "run.json").write_text(json.dumps(record))
    (folder / "metrics.csv").write_text(METRICS)
    for name in ("epoch_000", "epoch_002", "best", "last"):
        (folder / "snapshots" / f"{name}.ckpt").write_bytes(b"no weights")
    return folder


@pytest.fixture
def dataset(workspace: Path, client) -> Path:
    folder = workspace / "datasets" / "cut" / "train"
    for name in ("A", "B"):
        (folder / name).mkdir(parents=True)
    return folder.parent


def test_a_run_of_the_command_line_appears(client, run):
    told = client.get("/api/models").json()
    assert (told[0]["name"], told[0]["origin"]) == ("first", "run")
    assert {one["name"] for one in told if one["origin"] == "shipped"} >= {"proposals", "googlenet"}
    one = client.get("/api/models/first").json()
    assert one["state"] == "stopped"
    assert one["can_resume"]
    assert one["epochs"] == {"done": 3, "total": 4}
    assert one["best"] == {"epoch": 2, "metric": "mAP", "value": 31.5}
    assert one["snapshots"] == [1, 3]
    assert one["dataset"] == "sun"
    found = client.get("/api/models/first/metrics").json()
    assert [row["mAP"] for row in found["epochs"]] == [10, 31.5, 20]


def test_a_form_becomes_jobs_and_folders_at_once(client, dataset, workspace, monkeypatch):
    monkeypatch.setattr(client.app.state.studio.queue, "_begin", lambda job: None)
    asked = {"network": "googlenet", "name": "try", "dataset": "cut", "notes": "<b>why</b>"}
    asked["values"] = {"run.epochs": "2, 3"}
    shown = client.post("/api/models/preview", json=asked).json()["runs"]
    assert [one["name"] for one in shown] == ["try-1", "try-2"]
    assert not (workspace / "runs" / "try-1").exists()
    made = client.post("/api/models", json=asked)
    assert made.status_code == 202
    assert [one["command"] for one in made.json()["models"]] == [one["command"] for one in shown]
    assert "run.epochs=3" in shown[1]["command"]
    one = client.get("/api/models/try-2").json()
    assert (one["state"], one["dataset"], one["notes"]) == ("queued", "cut", "<b>why</b>")
    assert one["varied"] == {"run.epochs": "3"}
    again = client.post("/api/models", json=asked)
    assert (again.status_code, again.json()["title"]) == (409, "The name is taken")
    assert client.delete("/api/models/try-1").status_code == 409
    stopped = client.post("/api/models/try-1/stop").json()
    assert stopped["state"] == "aborted"
    assert client.post("/api/models/try-1/stop").status_code == 409
    assert client.delete("/api/models/try-1").status_code == 204
    assert client.get("/api/models/try-1").status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "../out"}, 422), ({"name": ""}, 422), ({"dataset": "none"}, 404),
        ({"dataset": ".."}, 404), ({"network": "resnet"}, 422), ({"start": "mount_wilson"}, 422),
        ({"start": "runs/../x@1"}, 404), ({"start": "runs/none@best"}, 404), ({"more": 1}, 422),
        ({"network": "detector"}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(client, dataset, workspace, change, status):
    asked = {"network": "googlenet", "name": "new", "dataset": "cut"} | change
    answer = client.post("/api/models", json=asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert list((workspace / "runs").iterdir()) == []


def test_a_run_goes_on_by_the_same_command_and_from_its_snapshot(client, run, monkeypatch):
    monkeypatch.setattr(client.app.state.studio.queue, "_begin", lambda job: None)
    job = client.post("/api/models/first/resume")
    assert job.status_code == 202
    command = job.json()["command"]
    assert command.startswith("halescope train detectnet")
    assert command.endswith("--resume")
    assert "'freeze=[\"conv\"]'" in command
    assert "'solver.multistep_percent=[50.0, 85.0]'" in command
    assert client.post("/api/models/first/resume").status_code == 409


def test_a_run_starts_from_another_ones_epoch(client, run, dataset):
    asked = {"network": "googlenet", "name": "n", "dataset": "cut", "start": "runs/first@3"}
    found = client.post("/api/models/preview", json=asked).json()["runs"][0]["command"]
    assert "start_from=runs/first/snapshots/epoch_002.ckpt" in found
    asked["start"] = "runs/first@2"
    answer = client.post("/api/models/preview", json=asked)
    assert answer.status_code == 404
    assert "there are 1, 3, best and last" in answer.json()["detail"]


def test_before_an_epoch_is_validated_the_last_snapshot_is_the_best(client, run, dataset):
    for name in ("epoch_000", "epoch_002", "best"):
        (run / "snapshots" / f"{name}.ckpt").unlink()
    (run / "metrics.csv").unlink()
    told = client.get("/api/models/first").json()
    assert (told["usable"], told["best"], told["snapshots"]) == (True, None, [])
    asked = {"network": "googlenet", "name": "n", "dataset": "cut", "start": "runs/first@best"}
    found = client.post("/api/models/preview", json=asked).json()["runs"][0]["command"]
    assert "start_from=runs/first/snapshots/last.ckpt" in found
    (run / "snapshots" / "last.ckpt").unlink()
    assert client.post("/api/models/preview", json=asked).status_code == 404


def test_rename_and_notes(client, run, workspace):
    assert client.patch("/api/models/first", json={"notes": "good"}).json()["notes"] == "good"
    assert client.patch("/api/models/first", json={"name": "a/b"}).status_code == 422
    assert client.patch("/api/models/first", json={"name": "second"}).json()["notes"] == "good"
    assert (workspace / "runs" / "second" / "metrics.csv").is_file()
    assert client.get("/api/models/first").status_code == 404


def test_what_ships_is_read_and_not_deleted(client):
    told = client.get("/api/models/googlenet").json()
    assert told["classes"] == ["A", "AG", "B", "BG"]
    assert client.delete("/api/models/googlenet").status_code == 403
    weights = client.get("/api/models/mount_wilson/snapshots/best.onnx")
    assert weights.status_code == 200
    card = client.get("/api/models/mount_wilson/snapshots/best.json").json()
    import hashlib

    assert hashlib.sha256(weights.content).hexdigest() == card["sha256"]


@pytest.mark.slow
def test_a_snapshot_that_is_none_is_told_in_the_exports_own_words(client, run):
    pytest.importorskip("lightning", reason="the train extra is not installed")
    answer = client.get("/api/models/first/snapshots/1.onnx")
    assert answer.status_code == 422
    assert "is no file of weights" in answer.json()["detail"]
    assert client.get("/api/models/first/snapshots/2.onnx").status_code == 404
    used = client.post("/api/models/first/use", json={"epoch": "1", "name": "googlenet"})
    assert used.status_code == 409


def test_rates_are_those_of_training(client):
    from halescope.training.paper.schedule import Solver, learning_rate

    told = client.get("/api/learning-rate?policy=step&base_lr=1&iterations=1000").json()
    solver = Solver(base_lr=1.0)
    at = [learning_rate(solver, int(p / 100 * 999), 1000) for p in told["percent"]]
    assert told["rate"] == at
    assert {round(rate, 9) for rate in told["rate"]} == {1.0, 0.1, 0.01, 0.001}
    assert client.get("/api/learning-rate?base_lr=-1").status_code == 422
    assert client.get("/api/learning-rate?policy=none").status_code == 422
    assert client.get("/api/learning-rate?policy=exp&gamma=9").status_code == 422


def test_hostile_names_are_text_on_the_pages(client, workspace):
    name = "a+b@(1)"
    folder = workspace / "runs" / name
    folder.mkdir(parents=True)
    evil = "</script><script>alert(1)</script>"
    record = {"kind": "googlenet", "config": {"data": {"manifest": evil}}}
    (folder / "run.json").write_text(json.dumps(record))
    for page in ("/models", f"/models/{name}", "/models/new?clone=a%2Bb@(1)"):
        answer = client.get(page, headers={"accept": "text/html"})
        assert answer.status_code == 200, page
        assert evil not in answer.text
