"""From a manifest to a detector that loads: one epoch on drawn disks."""

import json
from pathlib import Path

import pytest

pytest.importorskip("lightning", reason="the train extra is not installed")

from halescope.detection.detect import detect, load_detector
from halescope.errors import ConfigError
from halescope.models.centerpoint import CenterPointConfig
from halescope.normalize import normalize
from halescope.runtime.card import REGION_CLASSES, read_card
from halescope.runtime.store import weights_of
from halescope.synthetic import Drawing
from halescope.training.centerpoint.fit import CenterPointFit
from halescope.training.centerpoint.run import CenterPointTraining, train_centerpoint
from halescope.training.data.disks import DiskData
from halescope.training.paper.export import export_run
from halescope.training.run import RunConfig
from halescope.training.telling import Telling

DAY = ("2026-02-04", "2026-02-04")


@pytest.mark.filterwarnings("ignore")
def test_one_epoch_gives_a_network_that_loads(
    labelled: Path, small_drawing: Drawing, tmp_path: Path
) -> None:
    config = CenterPointTraining(
        run=RunConfig(tmp_path / "run", epochs=1),
        data=DiskData(
            labelled / "manifest.csv", labelled, DAY, DAY, every=1, cache=tmp_path / "disks"
        ),
        fit=CenterPointFit(batch=4, model=CenterPointConfig((4, 8, 8, 8, 8), neck=8)),
        name="tiny",
        mirror=False,
        score=0.25,
    )
    said: list[str] = []
    folder = train_centerpoint(config, telling=Telling(said.append))
    assert folder == tmp_path / "run"
    assert said[0] == "8 training disks, 3 validation disks"
    card = folder / "export" / "tiny.json"
    assert json.loads((folder / "run.json").read_text())["kind"] == "centerpoint"
    told = json.loads(card.read_text())
    assert told["thresholds"]["score"] == 0.25
    assert told["training"]["images"] == 8
    assert told["training"]["regions"] == 5
    detector = load_detector(str(card))
    assert detector.card is not None
    assert tuple(detector.card.classes) == tuple(REGION_CLASSES)
    regions = detect(normalize(small_drawing.magnetogram), detector)
    assert regions.boxes.shape == (len(regions), 4)
    assert json.loads((folder / "run.json").read_text())["ended"] == "whole"
    copied = read_card(export_run(folder, tmp_path / "models", "mine"))
    assert (copied.name, copied.file) == ("mine", "mine.onnx")
    assert weights_of(copied).read_bytes() == card.with_suffix(".onnx").read_bytes()
    with pytest.raises(ConfigError, match="has one network"):
        export_run(folder, tmp_path / "models", "mine", "epoch_000")
