"""Trying networks: boxes before and after, classes, layers, lists; hostile pictures and cards."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")

from halescope.runtime.store import find_card
from halescope.studio.inference.layers import layers_of


@pytest.fixture
def disk(workspace: Path, client, labelled: Path) -> str:
    """Return a picture of a drawn disk in the workspace, as a person names it."""
    source = next(labelled.glob("*.png"))
    (workspace / "inputs" / source.name).write_bytes(source.read_bytes())
    return f"inputs/{source.name}"


def test_a_detector_tells_boxes_before_and_after_and_where_it_looks(client, disk, small_drawing):
    told = client.post("/api/models/proposals/infer", json={"path": disk}).json()
    assert told["task"] == "detector"
    assert 0 < len(told["after"]) < told["before_count"]
    truth = [row for row in small_drawing.truth.rows() if row["status"] == "firm"]
    assert len(told["after"]) >= len(truth) // 2
    for x0, y0, x1, y1, score in told["after"]:
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert told["threshold"] <= score <= 1
    for name in ("sees", "coverage"):
        picture = client.get(told["files"][name])
        assert picture.headers["content-type"] == "image/png"
    from halescope.detection.detect import detect, load_detector
    from halescope.io import read
    from halescope.normalize import normalize

    seen = normalize(read(client.app.state.studio.workspace.root / disk))
    expected = detect(seen, load_detector("proposals"))
    assert len(told["after"]) == len(expected)
    best = expected.boxes[0] / seen.field.shape[0]
    assert told["after"][0][:4] == pytest.approx(
        [best[0], 1 - best[3], best[2], 1 - best[1]], abs=1e-3
    )


def test_a_classifier_tells_the_likeliest_of_each_region(client, disk):
    told = client.post("/api/models/mount_wilson/infer", json={"path": disk, "layers": True}).json()
    assert len(told["regions"]) > 1
    for region in told["regions"]:
        shares = [share for _, share in region["shares"]]
        assert sum(shares) == pytest.approx(1, abs=2e-3)
        assert shares == sorted(shares, reverse=True)
    assert "crop" in told["files"]
    assert told["layers"]
    again = client.post("/api/models/mount_wilson/infer", json={"path": disk, "region": 1}).json()
    assert (again["region"], again["regions"]) == (1, told["regions"])


def test_an_upload_that_is_no_picture_costs_nothing_else(client, disk):
    file = {"file": ("../../<b>.png", b"no picture at all", "image/png")}
    answer = client.post("/api/models/proposals/infer", files=file)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    for wrong in ({"path": "../secret"}, {"path": "inputs/none.png"}, {"path": "/etc/passwd"}):
        assert client.post("/api/models/proposals/infer", json=wrong).status_code == 404
    assert client.post("/api/models/none/infer", json={"path": disk}).status_code == 404
    assert client.post("/api/models/proposals/infer", json=[1]).status_code == 422
    assert client.post("/api/models/proposals/infer", json={"path": disk}).status_code == 200
    assert client.get("/api/tries/..%2f..%2fx/y.png").status_code == 404


def test_a_process_that_dies_costs_one_answer(client, disk, monkeypatch):
    from halescope.studio.inference import bench

    monkeypatch.setattr(bench, "look", die)
    answer = client.post("/api/models/proposals/infer", json={"path": disk})
    assert answer.status_code == 422
    assert "ended the process" in answer.json()["detail"]
    monkeypatch.undo()
    assert client.post("/api/models/proposals/infer", json={"path": disk}).status_code == 200


def die(asked):
    import os

    os._exit(9)


def test_layers_are_those_of_the_graph():
    pytest.importorskip("onnx", reason="the train extra is not installed")
    card = find_card("googlenet")
    levels = np.full((1, 3, 224, 224), 127, np.float32)
    layers = list(layers_of(card, [levels]))
    names = [layer.name for layer in layers]
    assert names[0] == "conv1/7x7_s2"
    assert layers[0].shape == (64, 112, 112)
    assert layers[0].weights["shape"] == [64, 3, 7, 7]
    assert layers[0].stats["least"] == 0  # what the ReLU leaves
    assert layers[-1].shape[-1] == 4
    assert sum(layers[0].histogram) >= 400_000  # of 802,816 values
    assert all(layer.mosaic is None or layer.mosaic.dtype == np.uint8 for layer in layers)
    import onnxruntime

    session = onnxruntime.InferenceSession(str(card.path.with_name(card.file)))
    logits = session.run(None, {"image": levels})[0]
    assert layers[-1].stats["most"] == pytest.approx(float(logits.max()), rel=1e-4)


def test_a_graph_with_weights_elsewhere_is_refused(client, workspace, disk):
    onnx = pytest.importorskip("onnx", reason="the train extra is not installed")
    card = find_card("googlenet")
    model = onnx.load(card.path.with_name(card.file))
    tensor = model.graph.initializer[0]
    onnx.external_data_helper.set_external_data(tensor, "secret.bin")
    tensor.ClearField("raw_data")
    data = model.SerializeToString()
    told = card.to_json() | {"name": "odd", "file": "odd.onnx", "default": False}
    told["sha256"] = hashlib.sha256(data).hexdigest()
    (workspace / "models" / "odd.onnx").write_bytes(data)
    (workspace / "models" / "odd.json").write_text(json.dumps(told))
    answer = client.post("/api/models/odd/infer", json={"path": disk})
    assert answer.status_code == 422
    assert "keeps weights in other files" in answer.json()["detail"]


def test_a_list_is_a_job_with_the_command_that_does_the_same(
    client, workspace, labelled, monkeypatch
):
    folder = workspace / "datasets" / "drawn"
    folder.mkdir()
    for path in labelled.iterdir():
        if path.suffix in (".png", ".csv"):
            (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(client.app.state.studio.queue, "_begin", lambda job: None)
    made = client.post("/api/models/googlenet/infer", json={"dataset": "drawn", "part": "test"})
    assert made.status_code == 202
    id, command = made.json()["id"], made.json()["command"]
    assert command == (
        f"predict googlenet datasets/drawn/manifest.csv -o tries/{id} "
        "--root datasets/drawn --part test"
    )
    told = client.get(f"/api/tries/{id}").json()
    assert (told["summary"], told["job"]["state"]) == (None, "queued")
    from halescope.evaluation.predict import predict

    predict("mount_wilson", folder / "manifest.csv", folder).write(workspace / "tries" / id)
    told = client.get(f"/api/tries/{id}").json()
    assert told["summary"]["count"] == sum(map(sum, told["summary"]["confusion"]))
    assert len(told["rows"]) >= told["summary"]["count"] > 0
    assert client.get(f"/api/tries/{id}/regions/0.png").headers["content-type"] == "image/png"
    assert client.get(f"/api/tries/{id}/regions/9999.png").status_code == 404
    for wrong in ({"dataset": "none"}, {"dataset": "drawn", "part": "all"}):
        assert client.post("/api/models/googlenet/infer", json=wrong).status_code in (404, 422)
