"""Whatever is put, the answer is a state or a problem, and what is read back is what was put."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halescope.classes import MOUNT_WILSON
from halescope.datasets.formats.kitti import parse_kitti
from halescope.datasets.lint_manifest import lint_manifest
from studio.labels.conftest import KEYS

SHARED = settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
edge = st.floats(60, 440).map(lambda value: round(value, 2))
good = st.fixed_dictionaries(
    {
        "x_min": edge,
        "y_min": edge,
        "x_max": edge,
        "y_max": edge,
        "class": st.sampled_from(["", *MOUNT_WILSON]),
        "status": st.sampled_from(["firm", "doubtful", "plage"]),
        "note": st.text(max_size=20),
        "occluded": st.integers(0, 3),
    }
)
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
names = st.sampled_from(["id", "x_min", "x_max", "y_min", "class", "status", "kept", "note", "odd"])
wild = st.dictionaries(names, plain | st.lists(plain, max_size=2), max_size=6)


def edges(label):
    return [label[name] for name in ("x_min", "y_min", "x_max", "y_max")]


@SHARED
@given(labels=st.lists(good, max_size=6))
def test_what_is_put_is_read_back(client, suns, labels_of, labels):
    answer = client.put(labels_of(1), json={"labels": labels}, headers={"If-Match": "*"})
    sides = [
        min(abs(box["x_max"] - box["x_min"]), abs(box["y_max"] - box["y_min"])) for box in labels
    ]
    if min(sides, default=9) < 1:
        assert answer.status_code == 422
        return
    if answer.status_code == 422:
        assert "no piece of the Sun" in answer.json()["detail"]
        return
    found = client.get(labels_of(1)).json()["labels"]
    assert len(found) == len(labels)
    for box, label in zip(labels, found, strict=True):
        x, y = sorted((box["x_min"], box["x_max"])), sorted((box["y_min"], box["y_max"]))
        assert edges(label) == pytest.approx([x[0], y[0], x[1], y[1]], abs=0.02)
        assert label["status"] == box["status"]
        assert label["class"] == ("" if box["status"] == "plage" else box["class"])
        assert label["note"] == " ".join(box["note"].split())
    kitti = (suns / "labels" / KEYS[1].replace(".png", ".txt")).read_text()
    boxes, problems = parse_kitti(kitti, "")
    assert not problems
    assert [box.occluded for box in boxes] == [box["occluded"] for box in labels]
    kinds = {fault.kind for fault in lint_manifest(suns / "manifest.csv", root=suns)}
    assert kinds <= {"tiny", "doubled"}


@SHARED
@given(body=st.fixed_dictionaries({"labels": st.lists(wild, max_size=3) | plain}) | plain)
def test_nonsense_is_a_problem(client, suns, labels_of, body):
    before = (suns / "manifest.csv").read_bytes()
    headers = {"If-Match": "*", "content-type": "application/json"}
    answer = client.put(labels_of(0), content=json.dumps(body), headers=headers)
    if isinstance(body, dict) and body["labels"] == []:
        assert answer.status_code == 200
        (suns / "manifest.csv").write_bytes(before)
        return
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (suns / "manifest.csv").read_bytes() == before
