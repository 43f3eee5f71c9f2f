"""Exported networks give what torch gives, and are served as they are."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("lightning", reason="the train extra is not installed")
pytest.importorskip("onnx", reason="the train extra is not installed")

from halescope.detection.detectnet import clustering
from halescope.detection.grouping import Clustering
from halescope.errors import ConfigError, HalescopeError, ModelError
from halescope.models.detectnet import DetectNet, DetectNetConfig
from halescope.models.googlenet import GoogLeNet
from halescope.runtime.card import read_card
from halescope.runtime.session import Model
from halescope.training.config import to_mapping
from halescope.training.paper.detectnet import DetectNetTraining
from halescope.training.paper.export import (
    drawn_example,
    export_run,
    read_run,
)
from halescope.training.paper.googlenet import CropConfig, GoogLeNetTraining
from halescope.training.snapshots import last_epochs, load_weights

pytestmark = pytest.mark.filterwarnings("ignore")


def save_run(folder, net, config, kind):
    (folder / "snapshots").mkdir()
    state = {f"net.{k}": v for k, v in net.state_dict().items()}
    torch.save({"state_dict": state}, folder / "snapshots" / "best.ckpt")
    record = {"kind": kind, "config": to_mapping(config), "seconds": 1, "versions": {}}
    (folder / "run.json").write_text(json.dumps(record))


def test_detectnet_graph_equals_torch(tmp_path):
    torch.manual_seed(0)
    shape = DetectNetConfig(height=64, width=64)
    net = DetectNet(shape).eval()
    save_run(tmp_path, net, DetectNetTraining(model=shape), "detectnet")
    path = export_run(tmp_path, tmp_path / "out")
    card = read_card(path)
    assert card.architecture == "detectnet"
    assert str(tmp_path) not in path.read_text()
    assert (path.parent / card.file).stat().st_size < 12.2e6
    image = torch.randn(1, 3, 64, 64) * 40
    with torch.no_grad():
        coverage, boxes = net(image)
    out = Model(card)(image.numpy())
    assert out["coverage"] == pytest.approx(coverage.numpy(), abs=2e-3)
    assert out["boxes"] == pytest.approx(boxes.numpy(), abs=0.02 * float(boxes.std()))


def test_googlenet_graph_takes_grey_levels(tmp_path):
    torch.manual_seed(0)
    config = GoogLeNetTraining(crops=CropConfig(classes="hierarchy", crop=64))
    net = GoogLeNet(3).eval()
    save_run(tmp_path, net, config, "googlenet")
    mean = np.full((3, 256, 256), 120, np.float32)
    np.save(tmp_path / "mean.npy", mean)
    card = read_card(export_run(tmp_path, tmp_path / "out"))
    assert card.classes == ("alpha", "beta", "complex")
    image = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        expected = net(image - 120)
    out = Model(card)(image.numpy())["logits"]
    assert out == pytest.approx(expected.numpy(), abs=0.02 * float(expected.std()))


def test_the_card_holds_the_validation_metrics_of_the_snapshot(tmp_path):
    net = DetectNet(DetectNetConfig(height=64, width=64))
    save_run(tmp_path, net, DetectNetTraining(model=net.config), "detectnet")
    best = tmp_path / "snapshots" / "best.ckpt"
    torch.save(torch.load(best, weights_only=True) | {"epoch": 1}, best)
    (tmp_path / "metrics.csv").write_text("epoch,mAP\n1.0,20\n2.0,40\n3.0,30\n")
    card = json.loads(export_run(tmp_path, tmp_path / "out").read_text())
    assert card["figures"]["validation"] == {"epoch": 2.0, "mAP": 40.0}


def test_a_folder_without_a_record_is_refused(tmp_path):
    with pytest.raises(ModelError, match="record of a training run"):
        read_run(Path(tmp_path))


def test_clustering_that_doctor_chose_goes_into_the_card(tmp_path):
    torch.manual_seed(0)
    shape = DetectNetConfig(height=32, width=32)
    config = DetectNetTraining(model=shape, clustering=Clustering(min_height=8.0))
    save_run(tmp_path, DetectNet(shape).eval(), config, "detectnet")
    sets = ["rect_eps=0.25", "rect_threshold=2", "score=0.9"]
    card = read_card(export_run(tmp_path, tmp_path / "out", clustering=sets))
    assert clustering(card) == Clustering(rect_eps=0.25, rect_threshold=2, min_height=8.0)
    assert card.thresholds == {"score": 0.9}
    with pytest.raises(ConfigError, match="rect_epsilon"):
        export_run(tmp_path, tmp_path / "out", clustering=["rect_epsilon=1"])


@pytest.mark.parametrize("size", [(512, 512), (64, 96), (384, 1248)])
def test_the_example_shows_a_disk(size):
    image = drawn_example(3, size)
    assert image.shape == (1, 3, *size)
    middle = image[0, 0, size[0] // 2 - 20 : size[0] // 2 + 20]
    assert middle.std() > 1


def test_a_snapshot_that_is_none_is_named(tmp_path):
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "best.ckpt").write_bytes(b"no weights")
    (tmp_path / "run.json").write_text('{"kind": "googlenet", "config": {"run": {}, "data": {}}}')
    with pytest.raises(HalescopeError, match=r"best\.ckpt: is no file of weights"):
        export_run(tmp_path, tmp_path / "out")


def test_the_mean_of_the_last_epochs(tmp_path):
    shape = DetectNetConfig(height=32, width=32)
    net = DetectNet(shape)
    save_run(tmp_path, net, DetectNetTraining(model=shape), "detectnet")
    for epoch, level in ((0, 9.0), (1, -0.25), (2, 0.5)):
        state = {f"net.{k}": torch.full_like(v, level) for k, v in net.state_dict().items()}
        torch.save({"state_dict": state}, tmp_path / f"snapshots/epoch_{epoch:03d}.ckpt")
    load_weights(net, *last_epochs(tmp_path, 2))
    assert all(torch.all(value == 0.125) for value in net.state_dict().values())
    card = json.loads(export_run(tmp_path, tmp_path / "out", average=2).read_text())
    assert card["training"]["snapshot"] == "mean of epoch_001 to epoch_002"
    assert card["figures"]["validation"] == {}
    with pytest.raises(HalescopeError, match="has 3 snapshots of epochs"):
        export_run(tmp_path, tmp_path / "out", average=4)


def test_epochs_are_in_the_order_of_their_numbers(tmp_path):
    (tmp_path / "snapshots").mkdir()
    for epoch in ("998", "999", "1000"):
        (tmp_path / "snapshots" / f"epoch_{epoch}.ckpt").touch()
    assert [path.stem for path in last_epochs(tmp_path, 2)] == ["epoch_999", "epoch_1000"]
