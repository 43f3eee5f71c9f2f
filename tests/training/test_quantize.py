"""A detector in 8 bits answers as the one in floating point, and says what it is."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("onnx", reason="the train extra is not installed")

from halescope.boxes import iou
from halescope.detection.detect import detect, load_detector
from halescope.errors import ModelError
from halescope.io import read
from halescope.io.atomic import atomic_bytes
from halescope.models.centerpoint import CenterPoint, CenterPointConfig, MirroredMean
from halescope.normalize import normalize
from halescope.runtime.card import read_card
from halescope.runtime.session import Model
from halescope.runtime.store import find_card
from halescope.synthetic import draw
from halescope.synthetic.files import picture_bytes
from halescope.tensors import disk_tensor
from halescope.training import quantize
from halescope.training.export import export_model
from halescope.training.quantize import quantize_detector

KINDS = ("beta", "alpha", "beta-gamma-delta", "beta")
NARROW = CenterPointConfig(widths=(8, 16, 16, 16, 16), neck=16)


@pytest.fixture(scope="module")
def disks(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("disks")
    return [
        atomic_bytes(
            folder / f"{seed}.png",
            picture_bytes(draw(seed, size=512, regions=KINDS).magnetogram),
        )
        for seed in range(4)
    ]


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    """Return the card of an untrained network in floating point."""
    torch.manual_seed(3)
    network = MirroredMean(CenterPoint(NARROW)).eval()
    card = replace(find_card("centerpoint", "detector"), name="narrow", options={})
    example = torch.rand(1, 1, 416, 416) - 0.5
    folder = tmp_path_factory.mktemp("plain")
    return export_model(network, [example], (["disk"], ["maps"]), card, folder)


@pytest.fixture(scope="module")
def small(plain, disks, tmp_path_factory) -> Path:
    return quantize_detector(plain, disks[:3], tmp_path_factory.mktemp("small"))


def test_answers_are_alike_on_an_unseen_disk(plain, small, disks):
    field = disk_tensor(normalize(read(disks[3])).grey)[None]
    before, after = (Model(read_card(path))(field)["maps"] for path in (plain, small))
    assert np.sqrt(np.mean((before - after) ** 2)) < 0.02 * before.std()
    assert not np.array_equal(before, after)


def test_regions_are_the_same_on_an_unseen_disk(disks, tmp_path):
    shipped = find_card("centerpoint", "detector")
    if "precision" in shipped.options:
        pytest.skip("the network that ships is in 8 bits already")
    card = quantize_detector(shipped.path, disks[:3], tmp_path)
    disk = normalize(read(disks[3]))
    known, quick = (detect(disk, load_detector(name)) for name in ("centerpoint", str(card)))
    overlap = iou(known.boxes, quick.boxes)[known.score > 0.35]  # the threshold is 0.25
    assert len(overlap) > 0
    assert (overlap.max(1) > 0.8).all()
    score = quick.score[overlap.argmax(1)]
    assert score == pytest.approx(known.score[known.score > 0.35], abs=0.05)


def test_card_says_so(plain, small):
    card, source = read_card(small), read_card(plain)
    assert card.options == {"precision": "int8", "ranges_from_images": 3}
    assert card.sha256 != source.sha256
    assert card.thresholds == source.thresholds


def test_weights_keep_to_seven_bits(small):
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(small.parent / read_card(small).file).graph
    numbers = [numpy_helper.to_array(t) for t in graph.initializer]
    weights = [w for w in numbers if w.dtype == np.int8 and w.ndim == 4]
    assert len(weights) > 15
    assert max(int(np.abs(w).max()) for w in weights) <= 64


def test_twice_is_refused(small, disks, tmp_path):
    with pytest.raises(ModelError, match="8 bits already"):
        quantize_detector(small, disks[:1], tmp_path)


def test_no_images_are_refused(plain, tmp_path):
    with pytest.raises(ModelError, match="without images"):
        quantize_detector(plain, [], tmp_path)


def test_a_network_that_changes_much_is_refused(plain, disks, tmp_path, monkeypatch):
    monkeypatch.setattr(quantize, "KEPT", ())  # scores and edges in 8 bits too
    with pytest.raises(ModelError, match="of its spread"):
        quantize_detector(plain, disks[:1], tmp_path, tolerance=1e-4)


def test_command(plain, disks, tmp_path):
    from halescope.cli import run

    images = [str(disks[0].parent), "--count", "2"]
    assert run(["train", "quantize", str(plain), *images, "-o", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "narrow.json").read_text())["options"]["ranges_from_images"] == 2
