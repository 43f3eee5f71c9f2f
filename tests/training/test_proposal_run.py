"""From a manifest to a detector that loads: a few steps on drawn disks."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning", reason="the train extra is not installed")
pytest.importorskip("onnx", reason="the train extra is not installed")

from halescope.datasets.manifest import Entry, rows, write_manifest
from halescope.detect import detect, load_detector
from halescope.errors import HalescopeError
from halescope.models.proposal_scorer import ScorerConfig
from halescope.normalize import normalize
from halescope.proposals_features import FEATURES
from halescope.runtime.card import REGION_CLASSES
from halescope.runtime.session import load
from halescope.synthetic import Drawing
from halescope.training.config import load_config
from halescope.training.disks import DiskData, LabelledDisks
from halescope.training.proposal_data import FieldChange, ProposalTable
from halescope.training.proposal_fit import FitConfig
from halescope.training.proposal_run import (
    THRESHOLDS,
    ProposalTraining,
    held_out_results,
    train_proposals,
)


def over_days(labelled: Path, folder: Path) -> Path:
    """Return a manifest of the labelled disks as if two a day, with new regions every day."""
    images = sorted({row["image"] for row in rows(labelled / "manifest.csv")})
    table = []
    for row in rows(labelled / "manifest.csv"):
        day = images.index(row["image"]) // 2 + 1
        number = str(int(row["noaa_number"]) + 10 * day) if row["noaa_number"] else ""
        table.append(row | {"time": f"2026-02-0{day}T12:00:00Z", "noaa_number": number})
    write_manifest(folder / "days.csv", table)
    return folder / "days.csv"


def quick(labelled: Path, tmp_path: Path, manifest: Path, blocks: int = 2) -> ProposalTraining:
    days = ("2026-02-01", "2026-02-04")
    return ProposalTraining(
        folder=tmp_path / "run",
        data=DiskData(manifest, labelled, days, every=2, cache=tmp_path / "disks"),
        change=FieldChange(copies=1),
        fit=FitConfig(ScorerConfig(members=2, hidden=4), steps=40, batch=64, rate=0.03),
        name="tiny",
        blocks=blocks,
        threads=1,
    )


def test_manifest_to_a_network_that_loads(
    labelled: Path, small_drawing: Drawing, tmp_path: Path
) -> None:
    said: list[str] = []
    ready: list[int] = []
    config = quick(labelled, tmp_path, over_days(labelled, tmp_path))
    folder = train_proposals(config, said.append, lambda: ready.append(1))
    assert folder == tmp_path / "run"
    assert said[0] == "4 disks, 20 regions"
    assert len(ready) == 4

    card = json.loads((folder / "export" / "tiny.json").read_text())
    assert card["architecture"] == "proposals"
    assert card["input"]["channels"] == len(FEATURES)
    assert card["thresholds"]["nms"] == config.nms
    assert card["thresholds"]["score"] in THRESHOLDS
    assert card["training"]["images"] == 4
    assert card["training"]["regions"] == 20
    figures = card["figures"]["cross_validation"]
    assert figures["threshold"] == card["thresholds"]["score"]
    assert figures["of"].startswith("2 blocks")
    for name in ("lenient", "strict"):
        for what in ("ap50", "ap70", "precision", "recall", "f1"):
            assert 0 <= figures[f"{name}_{what}"] <= 1
    assert figures["lenient_ap50"] > 0.5  # the same drawn disk every day
    told = json.loads((folder / "run.json").read_text())
    assert told["kind"] == "proposals"

    detector = load_detector(str(folder / "export" / "tiny.json"))
    assert detector.card is not None
    assert tuple(detector.card.classes) == tuple(REGION_CLASSES)
    assert len(detect(normalize(small_drawing.magnetogram), detector)) > 0
    model = load(str(folder / "export" / "tiny.json"), "detector")
    assert model(np.zeros((3, len(FEATURES)), np.float32))["logits"].shape == (3,)


def test_days_that_share_all_regions_cannot_be_cross_validated(
    labelled: Path, tmp_path: Path
) -> None:
    config = quick(labelled, tmp_path, labelled / "manifest.csv")
    with pytest.raises(HalescopeError, match="nothing to learn from"):
        train_proposals(config, say=lambda line: None)
    assert not (tmp_path / "run" / "export").exists()


def test_results_of_held_out_disks() -> None:
    boxes = np.array([[0, 0, 20, 20], [1, 0, 20, 20], [50, 50, 80, 80], [5, 5, 9, 9]], np.float32)
    table = ProposalTable(
        np.zeros((4, 1), np.float32), boxes, np.array([0, 0, 0, 1]), np.zeros(4, bool),
        np.zeros(4, np.float32), np.zeros(4, np.int64), np.ones(4, bool),
    )  # fmt: skip
    plage = Entry("a", "", "", 0, "", "plage", (50.0, 50.0, 80.0, 80.0))
    region = Entry("a", "", "", 7, "beta", "firm", (0.0, 0.0, 20.0, 20.0))
    disks = LabelledDisks(np.zeros((2, 8, 8), np.int8), ([region, plage], []), ("a", "b"))
    score = np.array([0.5, 0.9, 0.6, 0.01], np.float32)
    config = ProposalTraining(nms=0.2)
    strict, lenient = (held_out_results(disks, table, score, s, config) for s in (True, False))
    for first, second in (strict, lenient):
        np.testing.assert_array_equal(first.boxes, boxes[[1, 2]])  # the best of two alike
        assert first.score.tolist() == pytest.approx([0.9, 0.6])
        assert len(second.boxes) == 0  # under the lowest score that counts
        assert len(first.truth) == 1
    assert len(strict[0].ignored) == 0
    np.testing.assert_array_equal(lenient[0].ignored, boxes[2:3])


def test_shipped_recipe_is_read(root: Path) -> None:
    config = load_config(ProposalTraining, root / "configs" / "detector.toml", ())
    card = load_detector().card
    assert card is not None
    assert config.score == card.thresholds["score"]
    assert config.nms == card.thresholds["nms"]
    assert list(config.data.train) == card.training["days"]
    assert config.change.copies == card.training["copies"]
    assert config.fit.steps == card.training["steps"]
