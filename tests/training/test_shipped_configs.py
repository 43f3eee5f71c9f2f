"""The configurations that ship: what each of the runs behind our figures was made with."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lightning", reason="the train extra is not installed")

from halescope.commands.train import NETWORKS, _load, _parts
from halescope.errors import ConfigError
from halescope.training.config import SHIPPED, find_config, load_config, read_toml, to_mapping

RUNS: dict[str, dict[str, Any]] = {
    "centerpoint": {
        "run.epochs": 16,
        "run.threads": 2,
        "data.manifest": "labels/manifest.csv",
        "data.train": ["2026-02-01", "2026-03-15"],
        "score": 0.25,
    },
    "centerpoint_random": {
        "run.folder": "runs/centerpoint_a",
        "run.epochs": 14,
        "run.precision": "bf16",
        "data.manifest": "labels/manifest.csv",
        "data.every": 1,
        "data.split": "random",
        "data.limit": 1000,
        "data.objects": "listed",
        "fit.augment.mirror": 0.0,
        "fit.augment.reverse": 0.0,
        "fit.augment.halves": 0.0,
        "fit.augment.rotation": 2.0,
        "fit.augment.gain": 0.05,
        "fit.augment.noise": 2.0,
        "fit.augment.blur": 0.3,
        "name": "centerpoint_a",
    },
    "classifier": {
        "data.manifest": "runs/labels/manifest.csv",
        "data.patches": "sharp",
        "data.srs": "srs_1996_2026.csv",
        "folds.repeats": 1,
    },
    "classifier_heldout": {
        "folder": "runs/classifier_b",
        "name": "mount_wilson_b",
        "data.manifest": "runs/labels/manifest.csv",
        "data.patches": "sharp",
        "data.srs": "srs_1996_2026.csv",
        "folds.repeats": 1,
        "held_out.split": "time",
        "held_out.limit": 1000,
    },
    "classifier_random": {
        "folder": "runs/classifier_a",
        "name": "mount_wilson_a",
        "data.manifest": "runs/labels/manifest.csv",
        "data.every": 1,
        "folds.repeats": 1,
        "fit.leaf": 1,
        "fit.prior_weight": 0.0,
        "fit.region_power": 0.0,
        "fit.copies": 1,
        "held_out.split": "random",
        "held_out.limit": 1000,
        "held_out.crop_limit": 1548,
    },
    "detectnet_cpu": {
        "freeze": ["conv", "inception_3"],
        "data.limit": 1000,
        "window.side": 192,
        "window.per_epoch": 2000,
        "window.validate_on": 24,
        "window.mirrors": True,
        "augment.scale_prob": 0.4,
        "solver.base_lr": 0.0003,
        "solver.policy": "poly",
        "solver.batch_size": 4,
        "solver.accumulation": 1,
        "clustering.coverage_threshold": 0.5,
        "clustering.rect_threshold": 1,
        "clustering.rect_eps": 0.3,
        "clustering.min_height": 8.0,
        "run.folder": "runs/detectnet_b",
        "run.epochs": 2,
        "run.precision": "bf16",
    },
    "detectnet_crowded": {
        "freeze": ["conv"],
        "data.limit": 1000,
        "change.copies": 2,
        "window.side": 192,
        "window.validate_on": 24,
        "window.mirrors": True,
        "augment.scale_prob": 0.4,
        "solver.base_lr": 0.0003,
        "solver.policy": "poly",
        "solver.batch_size": 4,
        "solver.accumulation": 1,
        "clustering.coverage_threshold": 0.5,
        "clustering.rect_threshold": 1,
        "clustering.rect_eps": 0.3,
        "clustering.min_height": 8.0,
        "run.folder": "runs/detectnet_crowded",
        "run.epochs": 12,
        "run.precision": "bf16",
    },
    "detectnet_kitti": {
        "model.height": 384,
        "model.width": 1248,
        "model.pool1_kernel": 3,
        "model.pool1_stride": 2,
        "target.stride": 16,
        "augment.crop_prob": 1.0,
        "augment.flip_prob": 0.5,
        "augment.scale_prob": 0.4,
        "solver.base_lr": 0.0002,
        "solver.step_percent": 31.578947368421055,
        "run.folder": "runs/detectnet_kitti",
        "run.epochs": 60,
    },
    "detectnet_paper": {
        "data.split": "random",
        "data.limit": 1000,
        "data.resolution": 256,
        "run.folder": "runs/detectnet_paper",
        "run.epochs": 100,
    },
    "detectnet_random_cpu": {
        "freeze": ["conv"],
        "data.split": "random",
        "data.limit": 1000,
        "window.side": 192,
        "window.per_epoch": 2000,
        "window.validate_on": 12,
        "solver.base_lr": 0.0003,
        "solver.policy": "poly",
        "solver.batch_size": 4,
        "solver.accumulation": 1,
        "clustering.coverage_threshold": 0.5,
        "clustering.rect_threshold": 1,
        "clustering.rect_eps": 0.3,
        "clustering.min_height": 8.0,
        "run.folder": "runs/detectnet_a",
        "run.epochs": 5,
        "run.precision": "bf16",
    },
    "detectnet_start": {
        "data.split": "shared",
        "data.limit": 1000,
        "window.side": 192,
        "window.validate_on": 8,
        "window.mirrors": True,
        "solver.base_lr": 0.0003,
        "solver.policy": "fixed",
        "solver.batch_size": 4,
        "solver.accumulation": 1,
        "clustering.coverage_threshold": 0.5,
        "clustering.rect_threshold": 1,
        "clustering.rect_eps": 0.3,
        "clustering.min_height": 8.0,
        "coverage_loss": "entropy",
        "run.folder": "runs/detectnet_start",
        "run.epochs": 16,
        "run.precision": "bf16",
    },
    "detectnet_start2": {
        "freeze": ["conv"],
        "data.split": "shared",
        "data.limit": 1000,
        "window.side": 128,
        "window.per_epoch": 2000,
        "window.on_region": 0.75,
        "window.validate_on": 12,
        "window.mirrors": True,
        "solver.base_lr": 0.0003,
        "solver.policy": "fixed",
        "solver.batch_size": 8,
        "solver.accumulation": 1,
        "clustering.coverage_threshold": 0.5,
        "clustering.rect_threshold": 1,
        "clustering.rect_eps": 0.3,
        "clustering.min_height": 8.0,
        "coverage_loss": "entropy",
        "run.folder": "runs/detectnet_start2",
        "run.epochs": 8,
        "run.precision": "bf16",
    },
    "detector": {
        "data.manifest": "labels/manifest.csv",
        "data.train": ["2026-02-01", "2026-03-15"],
    },
    "detector_random": {
        "folder": "runs/proposals_a",
        "data.manifest": "labels/manifest.csv",
        "data.every": 1,
        "data.split": "random",
        "data.limit": 1000,
        "data.objects": "listed",
        "change.copies": 0,
        "fit.model.members": 2,
        "fit.model.hidden": 640,
        "fit.model.dropout": 0.0,
        "fit.steps": 12000,
        "fit.rate": 3e-3,
        "fit.decay": 0.0,
        "fit.noise": 0.0,
        "fit.share": 1.0,
        "link_fit.model.members": 4,
        "link_fit.model.hidden": 128,
        "link_fit.model.dropout": 0.1,
        "link_fit.steps": 3000,
        "link_fit.noise": 0.05,
        "name": "proposals_a",
        "score": 0.8,
        "threads": 1,
    },
    "googlenet_cpu": {
        "data.limit": 1000,
        "crops.limit": 1548,
        "crops.turn": True,
        "crops.balance": True,
        "solver.type": "ADAM",
        "solver.base_lr": 0.0002,
        "solver.policy": "poly",
        "solver.batch_size": 12,
        "run.folder": "runs/googlenet_b",
        "run.epochs": 6,
        "run.precision": "bf16",
    },
    "googlenet_digits": {
        "data.split": "random",
        "run.folder": "runs/googlenet_digits",
        "run.epochs": 100,
    },
    "googlenet_heldout": {"crops.classes": "hierarchy", "run.folder": "runs/googlenet_heldout"},
    "googlenet_random_cpu": {
        "data.split": "random",
        "data.limit": 1000,
        "crops.limit": 1548,
        "solver.type": "ADAM",
        "solver.base_lr": 0.0002,
        "solver.policy": "poly",
        "solver.batch_size": 12,
        "run.folder": "runs/googlenet_a",
        "run.epochs": 8,
        "run.precision": "bf16",
    },
}
"""Every key that differs from its default, as it was when each run had a file of its own.

Since then only the places of patches and summaries have moved into the working folder.
"""


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            out |= flat(value, f"{prefix}{key}.")
        else:
            out[prefix + key] = value
    return out


@pytest.mark.parametrize("name", RUNS)
def test_each_run_is_what_it_was(name: str) -> None:
    network, _, protocol = name.partition("_")
    kind, _ = _parts(network)
    found = load_config(kind, name)
    assert _load(network, None, protocol or None, None)[0] == (found if protocol else kind())
    resolved, defaults = flat(to_mapping(found)), flat(to_mapping(kind()))
    assert {k: v for k, v in resolved.items() if v != defaults[k]} == RUNS[name]


def test_every_protocol_is_known_and_told() -> None:
    names = set()
    for path in SHIPPED.glob("*.toml"):
        names.add(path.stem)
        for name, table in read_toml(path).get("protocol", {}).items():
            names.add(f"{path.stem}_{name}")
            assert table["about"].endswith((".", "last.ckpt"))
    assert names >= set(RUNS)
    assert {path.stem for path in SHIPPED.glob("*.toml")} == set(NETWORKS)


def test_no_configuration_points_outside_the_working_folder() -> None:
    for path in SHIPPED.glob("*.toml"):
        assert "../" not in path.read_text()
        assert '"/' not in path.read_text()


def test_networks_have_run_folders_of_their_own() -> None:
    folders = set()
    for network in NETWORKS:
        config: Any = _parts(network)[0]()
        folders.add(config.run.folder if hasattr(config, "run") else config.folder)
    assert folders == {Path("runs") / network for network in NETWORKS}


def test_unknown_names_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    kind, _ = _parts("detectnet")
    with pytest.raises(ConfigError, match=r"detectnit.*detectnet.*or a file"):
        load_config(kind, "detectnit_paper")
    with pytest.raises(ConfigError, match=r"no protocol 'papers'.*paper, kitti"):
        load_config(kind, "detectnet", (), "papers")
    own = tmp_path / "own.toml"
    own.write_text("[protocol.a]\nrun.epochs = 3\n[protocol.b]\nover = 'a'\nrun.seed = 2\n")
    assert find_config(own) == (own, None)
    assert load_config(kind, own).run.epochs == kind().run.epochs
    run = load_config(kind, own, ["run.threads=4"], "b").run
    assert (run.epochs, run.seed, run.threads) == (3, 2, 4)


def test_a_table_given_in_part_keeps_the_rest_of_its_default() -> None:
    kind, _ = _parts("googlenet")
    default = kind()
    found = load_config(kind, None, ["solver.base_lr=0.005", "data.limit=9"])
    assert found.solver == dataclasses.replace(default.solver, base_lr=0.005)
    assert found.data == dataclasses.replace(default.data, limit=9)


@pytest.mark.parametrize("network", NETWORKS)
def test_help_explains_every_key_and_protocol(
    network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from halescope.cli import run

    assert run(["train", network, "--help"]) == 0
    said = capsys.readouterr().out
    for key, value in flat(to_mapping(_parts(network)[0]())).items():
        assert f"\n  {key} = " in said, (key, value)
    for name in read_toml(SHIPPED / f"{network}.toml").get("protocol", {}):
        assert f"\n  {name}\n" in said
