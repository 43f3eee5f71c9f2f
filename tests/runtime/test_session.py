"""A network runs as its card says, or is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from halescope.errors import ModelError
from halescope.runtime.session import Model, load, threads


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


def test_file_that_is_no_graph(tiny_net: Path) -> None:
    from halescope.runtime.store import checksum, find_card

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
