"""A tiny network on the disk."""

import json
from pathlib import Path
from typing import Any

import pytest

from halescope.guards.checksum import checksum


@pytest.fixture
def tiny_net(tmp_path: Path) -> Path:
    """Return the card of a network that doubles its (batch, 1, 8, 8) input."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    shape = ["batch", 1, 8, 8]
    graph = helper.make_graph(
        [helper.make_node("Add", ["disk", "disk"], ["maps"])],
        "double",
        [helper.make_tensor_value_info("disk", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("maps", TensorProto.FLOAT, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(tmp_path / "tiny.onnx"))
    card: dict[str, Any] = {
        "name": "tiny",
        "version": "1",
        "task": "detector",
        "architecture": "centerpoint",
        "file": "tiny.onnx",
        "sha256": checksum(tmp_path / "tiny.onnx"),
        "input": {"size": 8, "radius": 3.0},
        "classes": ["region"],
    }
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(card))
    return path
