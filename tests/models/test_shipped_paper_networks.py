"""The paper's networks that ship: the graph in the package is the network in torch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")
onnx = pytest.importorskip("onnx", reason="the train extra is not installed")

from halescope.classes import PAPER_CLASSES
from halescope.classification.classify import classify, load_classifier
from halescope.detection.detect import detect, load_detector
from halescope.models.detectnet import DetectNet
from halescope.models.googlenet import GoogLeNet
from halescope.normalize import normalize
from halescope.runtime.session import Model
from halescope.runtime.store import default_card, find_card, weights_of
from halescope.tensors import PICTURE_RADIUS, PICTURE_SIDE, detectnet_tensor, picture

SMALL_ENOUGH = 12.5e6
"""Bytes of six million parameters in half precision, and of the graph."""


def state_of(card):
    """Return the graph's weights under the network's own names, and whatever else it holds."""
    graph = onnx.load(str(weights_of(card))).graph
    return {
        tensor.name.removesuffix("_half").removeprefix("net."): torch.from_numpy(
            onnx.numpy_helper.to_array(tensor).astype(np.float32)
        )
        for tensor in graph.initializer
    }


def test_detectnet_is_the_papers_network_and_equals_torch(small_drawing):
    card = find_card("detectnet", "detector")
    net = DetectNet().eval()
    net.load_state_dict(state_of(card))
    assert sum(p.numel() for p in net.parameters()) == 5_978_677
    assert card.options["stride"] == 8
    levels = picture(normalize(small_drawing.magnetogram, PICTURE_SIDE, PICTURE_RADIUS).grey)
    image = detectnet_tensor(levels)[None]
    with torch.no_grad():
        coverage, boxes = net(torch.from_numpy(image))
    out = Model(card)(image)
    assert out["coverage"] == pytest.approx(coverage.numpy(), abs=1e-3)
    assert out["boxes"] == pytest.approx(boxes.numpy(), abs=0.02)
    assert weights_of(card).stat().st_size < SMALL_ENOUGH


def test_googlenet_equals_torch():
    card = find_card("googlenet", "classifier")
    assert card.classes == PAPER_CLASSES
    state = state_of(card)
    net = GoogLeNet(len(card.classes), auxiliary=False).eval()
    names = net.state_dict()
    (mean,) = (value for name, value in state.items() if name not in names)
    net.load_state_dict({name: state[name] for name in names})
    levels = torch.rand(2, 3, 224, 224, generator=torch.manual_seed(1)) * 255
    with torch.no_grad():
        expected = net(levels - mean)
    out = Model(card)(levels.numpy())["logits"]
    assert out == pytest.approx(expected.numpy(), abs=0.01)
    assert weights_of(card).stat().st_size < SMALL_ENOUGH


def test_both_run_end_to_end_and_are_not_the_default(small_drawing):
    disk = normalize(small_drawing.magnetogram)
    regions = detect(disk, load_detector("detectnet"))
    assert len(regions) > 0
    classed = classify(disk, regions, load_classifier("googlenet"))
    assert classed.probabilities.sum(1) == pytest.approx(np.ones(len(regions)), abs=1e-3)
    for task in ("detector", "classifier"):
        assert default_card(task).architecture not in ("detectnet", "googlenet")


@pytest.mark.parametrize(("name", "task"), [("detectnet", "detector"), ("googlenet", "classifier")])
def test_the_cards_name_their_division_and_no_path(name, task):
    card = find_card(name, task)
    text = card.path.read_text("utf-8")
    assert card.training["config"]["data"]["split"] == "time"
    assert all(word not in text for word in ("/work", "/tmp", "/home", "runs/"))
