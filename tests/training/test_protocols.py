"""The table of the reproduction: rows, resuming, cost of a network."""

import json

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

from PIL import Image

from halescope.training import protocols
from halescope.training.frames import DataConfig

RATES = {"precision": 0.9, "recall": 0.8, "f1": 0.847, "simplified_map": 0.72}


def test_the_papers_row_stands_first_and_rows_are_read_back(tmp_path, monkeypatch):
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(
        "image,time,split,noaa_number,class,status,x_min,y_min,x_max,y_max,note\n"
        "a.png,2026-03-26T00:00:00Z,,1,beta,firm,10,10,40,40,\n"
    )
    calls = []

    def fake(name, frames):
        calls.append((name, len(frames)))
        return {"digits": RATES, "pooled": RATES, "coco": {"ap50": 0.95}}

    monkeypatch.setattr(protocols, "evaluate_detector", fake)
    data = DataConfig(manifest, tmp_path)
    for _ in range(2):
        rows = protocols.run_rows(data, tmp_path / "out", ["threshold"], [], lambda text: None)
    assert calls == [("threshold", 1)]
    assert rows[0] == protocols.PAPER_ROW
    assert rows[1]["protocol"] == "(b)"
    assert json.loads((tmp_path / "out" / "detector_threshold_time.json").read_text()) == rows[1]
    text = (tmp_path / "out" / "table.md").read_text()
    assert "| 80.75 | 74.22 | 77.35 | 61.37 |" in text
    assert "| threshold | (b) | 90.00 | 80.00 | 84.70 | 72.00 / 72.00 | 95.00 |" in text


@pytest.mark.filterwarnings("ignore")  # the exporter's own
def test_cost_counts_multiply_adds(tmp_path):
    pytest.importorskip("onnx", reason="the train extra is not installed")
    import torch

    from halescope.runtime.card import ModelCard, ModelInput, read_card
    from halescope.training.export import export_model

    class Small(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 4, 3, padding=1)

        def forward(self, x):
            return self.conv(x)

    card = ModelCard(
        name="small", version="1", task="detector", architecture="detectnet", file="small.onnx",
        sha256="0" * 64, input=ModelInput(16), classes=("region",),
    )  # fmt: skip
    net = Small().eval()
    path = export_model(net, [torch.randn(1, 1, 16, 16)], (["x"], ["y"]), card, tmp_path)
    cost = protocols.cost_of(read_card(path), runs=1)
    assert cost.parameters == 4 * 9 + 4
    assert cost.gflops == pytest.approx(2 * 4 * 9 * 256 / 1e9)
    assert cost.milliseconds > 0
