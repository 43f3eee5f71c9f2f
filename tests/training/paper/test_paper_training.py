"""Whole small training runs: folder, resume, NaN, configuration files."""

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("lightning", reason="the train extra is not installed")

from PIL import Image

from halescope.errors import ConfigError, DatasetError, HalescopeError
from halescope.models.detectnet import DetectNet, DetectNetConfig
from halescope.models.googlenet import GoogLeNet
from halescope.runtime.store import find_card
from halescope.training.config import load_config
from halescope.training.data.frames import DataConfig, Frame, Problems
from halescope.training.paper import detectnet, googlenet
from halescope.training.paper.detectnet_targets import GroundTruth, label_grid
from halescope.training.paper.modules import DetectNetModule
from halescope.training.paper.runs import (
    _fill,
    spent_before,
    train_detectnet,
    train_googlenet,
    treated,
)
from halescope.training.paper.schedule import Solver
from halescope.training.paper.solver import TrainingError, check_loss
from halescope.training.run import RunConfig, fit, write_run_card
from halescope.training.snapshots import load_weights, start_from
from halescope.training.telling import Telling

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning advises on loaders and loggers


def small(folder, epochs=1):
    return detectnet.DetectNetTraining(
        model=DetectNetConfig(height=64, width=64),
        solver=Solver(batch_size=2, accumulation=1, base_lr=1e-4),
        run=RunConfig(folder=folder, epochs=epochs),
    )


def loaders(config):
    rng = np.random.default_rng(0)
    box = np.array([[20, 20, 44, 44]], np.float32)
    frames = [Frame(Path(f"{i}.png"), "", "train", box) for i in range(2)]
    pictures = rng.integers(100, 150, (2, 64, 64)).astype(np.uint8)
    return detectnet.make_loaders(
        {"train": pictures, "validation": pictures}, {"train": frames, "validation": frames}, config
    )


def run(config, resume=False):
    module = DetectNetModule(config, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = fit(module, loaders(config), config.run, ("mAP", "max"), resume=resume)
    return module, trainer


def test_a_run_leaves_everything_in_its_folder_and_resumes(tmp_path):
    folder = tmp_path / "run"
    module, _ = run(small(folder))
    for name in ("metrics.csv", "curve.png", "tensorboard"):
        assert (folder / name).exists(), name
    assert {p.name for p in (folder / "snapshots").iterdir()} == {
        "epoch_000.ckpt",
        "best.ckpt",
        "last.ckpt",
    }
    assert module.last_report.truths == 2
    with pytest.raises(ConfigError, match="holds a run"):
        run(small(folder))
    _, trainer = run(small(folder, epochs=2), resume=True)
    assert trainer.current_epoch == 2
    lines = (folder / "metrics.csv").read_text().splitlines()
    assert len(lines) == 3
    assert {"epoch", "loss", "val_bbox_loss", "precision", "recall", "mAP"} <= set(
        lines[0].split(",")
    )
    net = DetectNet(DetectNetConfig(height=64, width=64))
    load_weights(net, folder / "snapshots" / "last.ckpt")


def test_nothing_to_resume_is_said(tmp_path):
    with pytest.raises(ConfigError, match="is not there"):
        run(small(tmp_path / "none"), resume=True)


def test_a_loss_that_is_no_number_stops_with_advice():
    with pytest.raises(TrainingError, match=r"step 7: the loss is nan.*base_lr"):
        check_loss(torch.tensor(float("nan")), 7)


def test_windows_hold_their_labels(tmp_path):
    config = replace(small(tmp_path), window=detectnet.WindowConfig(32, 50, 1.0))
    box = np.array([[300, 200, 330, 240]], np.float32)
    frame = Frame(Path("a"), "2026-02-03", "", box)
    levels = np.full((1, 512, 512), 127, np.uint8)
    levels[0, 200:240, 300:330] = 200
    data = detectnet.PictureSet(levels, [frame], config, train=True)
    assert len(data) == 50
    seen = 0
    for index in range(20):
        image, grid = data[index]
        assert image.shape == (3, 32, 32)
        assert grid.shape == (9, 4, 4)
        y, x = np.nonzero(grid[0].numpy())
        for row, column in zip(y, x, strict=True):
            seen += 1
            middle = image[0, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
            assert middle.max() == 73
    assert seen > 20


def test_googlenet_trains_on_class_folders(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("A", "B"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for index in range(3):
            picture = rng.integers(0, 255, (20, 30)).astype(np.uint8)
            Image.fromarray(picture).save(tmp_path / "set" / name / f"{index}.png")
    config = googlenet.GoogLeNetTraining(
        data=DataConfig(shares=(0.5, 0.5, 0.0)),
        crops=googlenet.CropConfig(folders=tmp_path / "set"),
        solver=Solver(type="SGD", base_lr=1e-3, batch_size=3, accumulation=1),
        run=RunConfig(folder=tmp_path / "run", epochs=1),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        train_googlenet(config, telling=Telling(lambda text: None))
    card = json.loads((tmp_path / "run" / "run.json").read_text())
    assert card["classes"] == ["A", "AG", "B", "BG"]  # what a card may hold
    assert sum(map(sum, card["crops"].values())) == 6
    assert {"seconds", "split_sha256", "versions", "device", "config"} <= set(card)
    assert np.load(tmp_path / "run" / "mean.npy").shape == (3, 256, 256)
    (tmp_path / "set" / "B" / "0.png").unlink()
    (tmp_path / "set" / "B" / "1.png").unlink()
    with pytest.raises(DatasetError, match="holds 1 pictures"):
        googlenet.folder_crops(tmp_path / "set", config.data)


def test_crops_of_a_trained_region_stay_out_of_the_other_parts():
    box = np.array([[100, 100, 120, 130]], np.float32)
    frames = [
        Frame(Path("a"), "2026-02-03", "", box, ("beta",), (True,), (1,)),
        Frame(Path("b"), "2026-03-26", "", box, ("beta",), (True,), (1,)),
        Frame(Path("c"), "2026-03-26", "", box, ("beta-gamma",), (True,), (2,)),
        Frame(Path("d"), "2026-03-26", "", box, ("beta",), (False,), (3,)),
    ]
    pictures = np.zeros((4, 512, 512), np.uint8)
    crops = googlenet.crops_of(frames, pictures, googlenet.GoogLeNetTraining())
    assert [(c.split, c.label) for c in crops] == [("train", 2), ("test", 3)]
    assert crops[0].levels.shape == (30, 20)


def test_a_stride_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="stride"):
        load_config(detectnet.DetectNetTraining, None, ["target.stride=16"])


def test_run_card_holds_what_was_given(tmp_path):
    path = write_run_card(tmp_path, "detectnet", {"a": 1}, {"figures": {"mAP": 0.5}})
    card = json.loads(path.read_text())
    assert card["config"] == {"a": 1}
    assert card["figures"] == {"mAP": 0.5}


def test_a_manifest_becomes_a_run_that_another_starts_from(labelled, tmp_path):
    config = detectnet.DetectNetTraining(
        data=DataConfig(labelled / "manifest.csv", labelled, "random"),
        window=detectnet.WindowConfig(32, 2, validate_on=1),
        solver=Solver(batch_size=2, accumulation=1),
        run=RunConfig(folder=tmp_path / "first", epochs=1, precision="bf16"),
    )
    said = []
    folder = train_detectnet(config, telling=Telling(said.append))
    first = json.loads((folder / "run.json").read_text())
    assert first["frames"] == {"train": 6, "validation": 1}
    assert first["started_from"] == []
    assert first["validation"]["images"] == 1
    snapshot = folder / "snapshots" / "last.ckpt"
    again = replace(
        config, start_from=str(snapshot), run=replace(config.run, folder=tmp_path / "second")
    )
    folder = train_detectnet(again, telling=Telling(said.append))
    assert f"118 parameters start from {snapshot}" in said
    second = json.loads((folder / "run.json").read_text())
    (before,) = second["started_from"]
    assert (before["kind"], before["epochs_done"]) == ("detectnet", 1)
    assert "folder" not in before["config"]["run"]


def test_googlenet_takes_detectnets_trunk_and_leaves_the_heads(tmp_path):
    torch.manual_seed(0)
    source, target = DetectNet(), GoogLeNet(4)
    before = target.state_dict()["loss3/classifier.weight"].clone()
    torch.save(source.state_dict(), tmp_path / "trunk.pt")
    filled = start_from(target, tmp_path / "trunk.pt")
    assert "inception_5b/5x5.weight" in filled
    assert not any(name.startswith(("cvg", "loss")) for name in filled)
    for name in filled:
        assert torch.equal(target.state_dict()[name], source.state_dict()[name])
    assert torch.equal(target.state_dict()["loss3/classifier.weight"], before)


def test_a_run_starts_from_an_exported_network(tmp_path):
    net, said = GoogLeNet(4), []
    before = net.state_dict()["conv1/7x7_s2.weight"].clone()
    told = _fill(net, "googlenet", said.append)
    training = find_card("googlenet", "classifier").training
    assert told[0]["kind"] == "googlenet"
    assert told[0]["crops"] == training["crops"]
    assert told[1:] == training["started_from"]
    after = net.state_dict()
    assert said == ["116 parameters start from googlenet"]
    assert not torch.equal(after["conv1/7x7_s2.weight"], before)
    card = find_card("googlenet", "classifier")
    copy = tmp_path / card.file
    copy.write_bytes(card.path.with_name(card.file).read_bytes())
    with pytest.raises(HalescopeError, match="cannot be read"):
        start_from(net, copy)  # without its card
    copy.with_suffix(".json").write_text(card.path.read_text())
    assert len(start_from(GoogLeNet(4), copy)) == 116
    copy.write_bytes(b"other")
    with pytest.raises(HalescopeError, match="checksum"):
        start_from(net, copy)


def test_weights_that_fit_nothing_are_refused(tmp_path):
    torch.save({"other": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(HalescopeError, match="fits no layer"):
        start_from(DetectNet(), tmp_path / "other.pt")
    (tmp_path / "text.pt").write_text("no weights")
    with pytest.raises(HalescopeError, match="is no file of weights"):
        start_from(DetectNet(), tmp_path / "text.pt")
    with pytest.raises(HalescopeError, match="is missing"):
        start_from(DetectNet(), tmp_path / "none.pt")


def test_half_precision_trains_and_keeps_float32_weights_and_corners(tmp_path):
    config = replace(
        small(tmp_path / "run"), run=RunConfig(folder=tmp_path / "run", epochs=1, precision="bf16")
    )
    module, trainer = run(config)
    assert trainer.precision == "bf16-mixed"
    assert {p.dtype for p in module.net.parameters()} == {torch.float32}
    with torch.autocast("cpu", torch.bfloat16):
        coverage, boxes = module.net(torch.zeros(1, 3, 32, 32))
    assert coverage.dtype is boxes.dtype is torch.float32


def test_an_empty_part_of_the_crops_is_an_error():
    crop = googlenet.Crop(np.zeros((4, 4), np.uint8), 0, "train", "a")
    with pytest.raises(DatasetError, match="split 'validation': is empty"):
        treated([crop], "validation", googlenet.GoogLeNetTraining())


def test_a_config_with_an_unknown_key_names_the_nearest(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("[window]\nsize = 192\n")
    with pytest.raises(ConfigError, match=r"window\.size.*side"):
        load_config(detectnet.DetectNetTraining, path)


def test_a_resumed_run_counts_its_earlier_time(tmp_path):
    (tmp_path / "run.json").write_text('{"seconds": 90}')
    assert spent_before(tmp_path, resume=True) == 90
    assert spent_before(tmp_path, resume=False) == 0
    assert spent_before(tmp_path / "none", resume=True) == 0


def test_a_window_holds_a_whole_region_wherever_it_lies(tmp_path):
    config = replace(small(tmp_path), window=detectnet.WindowConfig(96, 1, 1.0))
    for box in ([300, 200, 330, 240], [2, 3, 40, 30], [480, 490, 511, 511]):
        frame = Frame(Path("a"), "", "", np.array([box], np.float32))
        levels = np.full((1, 512, 512), 127, np.uint8)
        data = detectnet.PictureSet(levels, [frame], config, train=True)
        corners = np.array([data._corner(frame.boxes, (512, 512), 96) for _ in range(30)])
        assert (corners <= np.array(box[:2])).all()
        assert (corners + 96 >= np.array(box[2:])).all()
        assert (corners >= 0).all()
        assert (corners + 96 <= 512).all()
        assert len(np.unique(corners, axis=0)) > 10 or box[0] < 5 or box[2] > 500


def test_corners_that_a_window_cuts_off_have_no_weight():
    whole, cut = [24, 24, 48, 48], [40, 4, 80, 20]
    boxes = np.array([whole, cut], np.float32)
    rule = GroundTruth(crop_bboxes=False)
    grid = label_grid(boxes, np.zeros(2, np.int64), (64, 64), rule)
    before = grid.copy()
    detectnet.forget_cut_corners(grid, 8)
    y, x = np.nonzero(grid[0])
    right = grid[3, y, x] + x * 8
    assert set(right.tolist()) == {48.0, 80.0}
    assert (grid[7, y, x] > 0).tolist() == (right == 48).tolist()
    unchanged = np.arange(len(grid)) != 7
    assert np.array_equal(grid[unchanged], before[unchanged])


def test_a_run_that_diverges_stops_and_says_so(tmp_path):
    config = small(tmp_path / "run", epochs=4)
    config = replace(config, solver=replace(config.solver, base_lr=1e18))
    with pytest.raises(TrainingError, match=r"the loss is (nan|inf).*solver\.base_lr"):
        run(config)


def test_what_is_wrong_with_the_labels_is_counted_and_listed():
    said = []
    problems = Problems(["m.csv:3: bad"], [f"{i}.png" for i in range(7)], ["b.png"], 2, 1)
    problems.tell(said.append)
    assert said == [
        "1 malformed label lines, left out: m.csv:3: bad",
        "7 labelled images are missing: 0.png, 1.png, 2.png, 3.png, 4.png and 2 more",
        "1 images have no region: b.png",
        "2 boxes reached outside the picture and were cut to it",
        "1 boxes are too small to count",
    ]
