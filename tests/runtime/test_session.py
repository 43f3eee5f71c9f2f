"""A network runs as its card says, or is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from halescope.errors import ModelError
from halescope.runtime.session import Model, load, threads


def write_sum(card: Path, shape: list[Any], axes: list[int]) -> None:
    """Put a network beside a card that sums its input over some axes."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    from halescope.guards.checksum import checksum

    graph = helper.make_graph(
        [helper.make_node("ReduceSum", ["features", "axes"], ["logits"], keepdims=0)],
        "sum",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch"])],
        [helper.make_tensor("axes", TensorProto.INT64, [len(axes)], axes)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    weights = card.with_suffix(".onnx")
    onnx.save(model, str(weights))
    data = json.loads(card.read_text())
    card.write_text(json.dumps(data | {"sha256": checksum(weights)}))


@pytest.fixture
def feature_net(tiny_net: Path) -> Path:
    """Return the card of a network that sums five features."""
    write_sum(tiny_net, ["batch", 5], [1])
    data = json.loads(tiny_net.read_text())
    data["input"] = {"size": 416, "channels": 5, "radius": 200.0}
    tiny_net.write_text(json.dumps(data))
    return tiny_net


def test_runs_and_names_its_outputs(tiny_net: Path) -> None:
    model = load(str(tiny_net), "detector")
    x = np.arange(64, dtype=np.float32).reshape(1, 1, 8, 8)
    out = model(x)
    assert list(out) == ["maps"]
    np.testing.assert_array_equal(out["maps"], 2 * x)
    assert load(str(tiny_net.with_suffix(".onnx")), "detector") is model  # opened once


def test_graph_of_another_size_is_refused(tiny_net: Path) -> None:
    data = json.loads(tiny_net.read_text())
    data["input"]["size"] = 16
    tiny_net.write_text(json.dumps(data))
    with pytest.raises(ModelError, match="16"):
        load(str(tiny_net), "detector")


def test_graph_of_features_takes_one_number_a_channel(feature_net: Path) -> None:
    model = load(str(feature_net), "detector")
    x = np.arange(10, dtype=np.float32).reshape(2, 5)
    np.testing.assert_array_equal(model(x)["logits"], x.sum(1))
    assert model(x[:0])["logits"].shape == (0,)


def test_graph_of_another_number_of_features_is_refused(feature_net: Path) -> None:
    data = json.loads(feature_net.read_text())
    data["input"]["channels"] = 6
    feature_net.write_text(json.dumps(data))
    with pytest.raises(ModelError, match=r"takes \(batch, \*\(5,\)\); expected .*\(6,\)"):
        load(str(feature_net), "detector")


def test_graph_of_neither_disks_nor_features_is_refused(tiny_net: Path) -> None:
    write_sum(tiny_net, ["batch", 8, 8], [1, 2])
    with pytest.raises(ModelError, match=r"expected \(batch, \*\(1, 8, 8\)\)"):
        load(str(tiny_net), "detector")


def test_file_that_is_no_graph(tiny_net: Path) -> None:
    from halescope.guards.checksum import checksum
    from halescope.runtime.store import find_card

    weights = tiny_net.with_suffix(".onnx")
    weights.write_bytes(b"not a graph")
    data = json.loads(tiny_net.read_text()) | {"sha256": checksum(weights)}
    tiny_net.write_text(json.dumps(data))
    with pytest.raises(ModelError, match="no ONNX graph"):
        Model(find_card(str(tiny_net), "detector"))


def test_threads_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALESCOPE_THREADS", "3")
    assert threads() == 3
    monkeypatch.setenv("HALESCOPE_THREADS", "many")
    assert threads() in (1, 2)
