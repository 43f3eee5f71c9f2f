"""The table of the reproduction: rows, resuming, cost of a network."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

from PIL import Image
from scipy.ndimage import gaussian_filter

from halescope.classes import MOUNT_WILSON
from halescope.runtime.card import ModelCard, ModelInput
from halescope.tensors import flip_rows
from halescope.training.data.frames import DataConfig, Frame
from halescope.training.paper import protocols
from halescope.training.paper.network_cost import cost_of
from halescope.training.paper.protocol_table import PAPER_ROW
from halescope.training.paper.protocols import Protocol
from halescope.types import Regions

MOVES = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
RATES = {"precision": 0.9, "recall": 0.8, "f1": 0.847, "simplified_map": 0.72}


@pytest.fixture
def manifest(tmp_path):
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png")
    path = tmp_path / "manifest.csv"
    path.write_text(
        "image,time,split,noaa_number,class,status,x_min,y_min,x_max,y_max,note\n"
        "a.png,2026-03-26T00:00:00Z,,1,beta,firm,10,10,40,40,\n"
    )
    return path


def test_the_papers_row_stands_first_and_rows_are_read_back(tmp_path, monkeypatch, manifest):
    calls = []

    def fake(name, frames, resolution):
        calls.append((name, len(frames), resolution))
        return {"digits": RATES, "pooled": RATES, "coco": {"ap50": 0.95, "ap75": 0.7, "ap": 0.6}}

    monkeypatch.setattr(protocols, "evaluate_detector", fake)
    files, networks = (manifest, tmp_path), [("detector", "threshold")]
    for resolution in (512, 512, 256):
        rule = Protocol("b", resolution)
        rows = protocols.run_rows(files, rule, tmp_path / "out", networks, lambda text: None)
    assert calls == [("threshold", 1, 512), ("threshold", 1, 256)]
    assert rows[0] == PAPER_ROW
    assert [row["protocol"] for row in rows[1:]] == ["(b)", "(b) 256"]
    text = (tmp_path / "out" / "table.md").read_text()
    assert "| 80.75 | 74.22 | 77.35 | 61.37 |" in text
    whole = "| threshold | (b) | digits | 90.00 | 80.00 | 84.70 | 72.00 | 95.00 | 70.00 | 60.00 |"
    assert whole in text


def test_another_division_makes_the_row_anew(tmp_path, monkeypatch, manifest):
    calls = []

    def fake(name, frames, resolution):
        calls.append(name)
        return {"digits": RATES}

    monkeypatch.setattr(protocols, "evaluate_detector", fake)
    files, networks = (manifest, tmp_path), [("detector", "threshold")]
    for frames in (1000, 0):
        rule = Protocol("b", frames=frames)
        protocols.run_rows(files, rule, tmp_path / "out", networks, lambda text: None)
    assert len(calls) == 2


def card(**training):
    return ModelCard(
        name="small", version="1", task="detector", architecture="detectnet", file="small.onnx",
        sha256="0" * 64, input=ModelInput(16), classes=("region",), training=training,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("training", "letter", "words"),
    [
        ({"split": "time", "days": ["2026-02-01", "2026-03-07"]}, "b", ""),
        ({"days": ["2026-02-01", "2026-03-07"]}, "b", ""),
        ({"split": "time"}, "a", "not trained under"),
        ({"split": "random", "limit": 1000, "split_seed": 1}, "a", ""),
        ({"split": "random", "limit": 1000, "split_seed": 2}, "a", "another random division"),
        ({"config": {"data": {"split": "random", "limit": 1000, "seed": 1}}}, "a", ""),
        ({"config": {"data": {"split": "random", "limit": 0, "seed": 1}}}, "a", "another random"),
        ({"config": {"data": {"split": "random"}}}, "b", "not trained under"),
        ({}, "b", "not trained under"),
    ],
)
def test_a_network_that_may_know_the_test_part_is_marked(training, letter, words):
    one, rule = card(**training), Protocol(letter)
    found = protocols.leak(one, rule)
    assert words in found
    assert bool(found) == bool(words)
    assert ("**" in protocols.trained(one, rule)) == bool(words)


def test_what_was_trained_is_put_into_words():
    start = {
        "kind": "detectnet",
        "frames": {"train": 465},
        "epochs_done": 5,
        "seconds": 1500,
        "device": "cpu",
    }
    one = card(
        frames={"train": 700, "validation": 200}, epochs_done=3, seconds=600, device="cpu",
        config={"data": {}, "window": {"side": 192, "per_epoch": 400}, "coverage_loss": "entropy"},
        split="time", started_from=[start],
    )  # fmt: skip
    text = protocols.trained(one, Protocol("b"))
    assert text.startswith(
        "700 frames, 400 windows of 192 px an epoch, 3 epochs, entropy coverage loss, "
        "10 minutes on cpu, after detectnet: 465 frames, 5 epochs, 25 minutes on cpu"
    )
    one = card(epochs_done=3, config={"data": {}, "run": {"epochs": 16}}, split="time")
    assert protocols.trained(one, Protocol("b")) == "3 of 16 epochs, cut short"


def test_a_classifier_is_scored_in_the_papers_classes_on_test_crops(tmp_path, monkeypatch):
    box = np.array([[100, 100, 140, 130], [200, 200, 240, 230]], np.float32)
    names, firm = ("alpha", "beta-gamma-delta"), (True, True)
    frames = [
        Frame(tmp_path / f"{i}.png", "2026-03-26T00:00:00Z", "test", box, names, firm, (1, 2))
        for i in range(3)
    ]
    monkeypatch.setattr(protocols, "read_disk", lambda path, resolution: path)

    class Says:
        """Everything is alpha."""

        def __init__(self, count):
            self.probabilities = np.tile(np.eye(7)[MOUNT_WILSON.index("alpha")], (count, 1))

    monkeypatch.setattr("halescope.classification.classify.load_classifier", lambda name: name)
    monkeypatch.setattr("halescope.classification.classify.classify", lambda d, r, c: Says(len(r)))
    found = protocols.evaluate_classifier("any", frames, DataConfig(split="time"))
    assert (found["per_class"], found["right"]) == ([3, 0, 0, 3], [3, 0, 0, 0])
    assert (found["accuracy"], found["balanced_accuracy"], found["crops"]) == (0.5, 0.5, 6)
    assert found["regions"] == 2
    assert found["balanced_interval"] == (0.0, 1.0)  # of two regions one is always right


def test_average_precision_is_of_all_boxes_and_the_rates_of_those_shown(tmp_path, monkeypatch):
    """Two regions; the second one's box lies below the least score of the card that ships."""
    boxes = np.array([[100, 100, 140, 130], [200, 200, 240, 230]], np.float32)
    frame = Frame(tmp_path / "a.png", "", "test", boxes, ("beta",) * 2, (True,) * 2, (1, 2))
    found = Regions.from_boxes(flip_rows(boxes, 512) - 48, np.array([0.9, 0.02], np.float32))

    def shown(disk, detector):
        return found[found.score >= detector.card.thresholds["score"]]

    monkeypatch.setattr("halescope.detection.detect.detect", shown)
    monkeypatch.setattr(protocols, "read_disk", lambda path, resolution: path)
    monkeypatch.setattr(protocols, "locate", lambda disk, regions: None)
    monkeypatch.setattr(protocols, "places_of", lambda here: np.array([-200, -300]))
    row = protocols.evaluate_detector("proposals", [frame])
    assert row["coco"]["ap50"] == pytest.approx(1)
    assert row["ap50_interval"] == pytest.approx((1, 1))
    assert (row["pooled"]["precision"], row["pooled"]["recall"]) == (1, 0.5)


def test_rows_with_plage_as_regions_stand_apart(tmp_path, monkeypatch, manifest):
    with manifest.open("a") as out:
        out.write("a.png,2026-03-26T00:00:00Z,,,,plage,100,100,130,120,\n")
        out.write("a.png,2026-03-26T00:00:00Z,,,,plage,200,100,219,120,\n")
    counts = []

    def fake(name, frames, resolution):
        counts.append([len(frame.boxes) for frame in frames])
        return {"digits": RATES, "coco": {"ap50": 0.5}, "ap50_interval": (0.41, 0.66)}

    monkeypatch.setattr(protocols, "evaluate_detector", fake)
    files, networks = (manifest, tmp_path), [("detector", "threshold")]
    for plage in (0, 400):
        rule = Protocol("b", plage=plage)
        rows = protocols.run_rows(files, rule, tmp_path / "out", networks, lambda text: None)
    assert counts == [[1], [2]]
    assert [row["protocol"] for row in rows[1:]] == ["(b)", "(b) plage 400"]
    assert "| 50.00 [41 66] |" in (tmp_path / "out" / "table.md").read_text()


def test_a_small_picture_gives_the_same_disk_but_blurred(labelled):
    path = sorted(labelled.glob("*.[jp][pn]g"))[0]
    whole, small = (protocols.read_disk(path, side) for side in (512, 256))
    assert whole.field.shape == small.field.shape
    one, other = (gaussian_filter(np.nan_to_num(d.field), 3) for d in (whole, small))
    near = {s: np.corrcoef(one.ravel(), np.roll(other, s, (0, 1)).ravel())[0, 1] for s in MOVES}
    assert max(near, key=near.get) == (0, 0)
    assert near[0, 0] > 0.9
    assert np.nanstd(small.field) < np.nanstd(whole.field)


@pytest.mark.filterwarnings("ignore")  # the exporter's own
def test_cost_counts_multiply_adds(tmp_path):
    pytest.importorskip("onnx", reason="the train extra is not installed")
    import torch

    from halescope.runtime.card import read_card
    from halescope.training.export import export_model

    class Small(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 4, 3, padding=1)

        def forward(self, x):
            return self.conv(x)

    net = Small().eval()
    path = export_model(net, [torch.randn(1, 1, 16, 16)], (["x"], ["y"]), card(), tmp_path)
    cost = cost_of(read_card(path), runs=1)
    assert cost.parameters == 4 * 9 + 4
    assert cost.gflops == pytest.approx(2 * 4 * 9 * 256 / 1e9)
    assert cost.milliseconds > 0


def test_trees_have_a_cost_too(tmp_path):
    pytest.importorskip("sklearn")
    from classifier_tables import SMALL, crops
    from halescope.runtime.card import read_card
    from halescope.training.classifier.fit import fit_classifier
    from halescope.training.classifier.graph import export_classifier
    from halescope.training.export import new_card

    data = crops(6, 4)
    fitted = fit_classifier(data, SMALL, 0)
    size = ModelInput(80, data.features.shape[2])
    card = new_card("trees", "classifier", "mount_wilson", input=size, classes=MOUNT_WILSON)
    path = export_classifier(fitted, card, tmp_path, data.features[:4, 0])
    leaves = sum(tree.get_n_leaves() for part in (fitted.whole, fitted.cut) for tree in part.forest)
    cost = cost_of(read_card(path), runs=1)
    branches = leaves - 2 * SMALL.trees
    assert cost.parameters - 3 * leaves - branches < 1000  # what is left are constants
    assert cost.parameters > 3 * leaves + branches
    assert cost.milliseconds > 0
