"""Forms: their defaults are the configurations', sweeps multiply, faults name their fields."""

import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")

from halescope.studio.models.asked import Source, command, spelled, variants, varied
from halescope.studio.models.networks import NETWORKS, network_of
from halescope.studio.problems import Problem

DISKS, CROPS = Source("datasets/sun", "manifest.csv"), Source("datasets/cut", "")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_field_is_a_key_of_the_configuration_with_its_default(name):
    pytest.importorskip("lightning", reason="the train extra is not installed")
    from typing import get_type_hints

    from halescope.commands.train import _parts
    from halescope.training.config import load_config

    kind, _ = _parts(name)
    assert get_type_hints(kind)
    for field in NETWORKS[name].fields:
        sets = [f"{field.key}={spelled(field.default)}"]
        found, plain = load_config(kind, None, sets), load_config(kind)
        assert field.given or found == plain, field.key
        for value, _ in field.choices:
            load_config(kind, None, [f"{field.key}={value}"])


@pytest.mark.parametrize("name", NETWORKS)
def test_recipes_and_conditions_speak_of_fields_that_are_there(name):
    network = NETWORKS[name]
    fields = {field.key: field for field in network.fields}
    assert len(fields) == len(network.fields)
    for values in network.recipes.values():
        assert variants(network, {key: spelled(value) for key, value in values.items()})
    for field in network.fields:
        if field.shown_for:
            key, _, wanted = field.shown_for.partition("=")
            assert set(wanted.split("|")) <= {value for value, _ in fields[key].choices}


def test_several_values_by_commas_make_a_run_each():
    network = network_of("googlenet")
    given = {"solver.base_lr": "1e-3, 1e-4", "run.epochs": "2,3,4", "solver.type": "ADAM"}
    found = variants(network, given)
    assert [(one["solver.base_lr"], one["run.epochs"]) for one in found] == [
        (rate, epochs) for rate in (1e-3, 1e-4) for epochs in (2, 3, 4)
    ]
    assert varied(network, given) == ["solver.base_lr", "run.epochs"]
    lists = variants(network, {"solver.multistep_percent": "50 85, 30 60 90"})
    assert [one["solver.multistep_percent"] for one in lists] == [(50, 85), (30, 60, 90)]
    assert len(variants(network, {"freeze": '["conv", "inception_3"]'})) == 1


@pytest.mark.parametrize(
    ("key", "text", "what"),
    [
        ("run.epochs", "0", "expected 1 to"), ("run.epochs", "2.5", "whole number"),
        ("run.epochs", "", "expected a number"), ("solver.base_lr", "nan", "expected 1e-12"),
        ("solver.base_lr", "0.1; rm", "expected a number"), ("solver.type", "LBFGS", "one of SGD"),
        ("crops.mirror", "perhaps", "true or false"), ("solver.gama", "1", "no field"),
        ("solver.multistep_percent", "50 x", "expected a number"),
        ("run.folder", "/etc", "no field"),
    ],
)  # fmt: skip
def test_a_fault_names_its_field(key, text, what):
    with pytest.raises(Problem, match=what) as caught:
        variants(network_of("googlenet"), {key: text})
    assert set(caught.value.more["fields"]) == {key}


def test_a_sweep_has_an_end():
    rates = ",".join(f"{n}e-4" for n in range(1, 100))
    with pytest.raises(Problem, match="at most 64"):
        variants(network_of("googlenet"), {"solver.base_lr": rates})


def test_the_command_line_says_only_what_differs():
    network = network_of("googlenet")
    values = variants(network, {"solver.base_lr": "0.01", "solver.gamma": "0.5"})[0]
    found = command(network, CROPS, "runs/a b", values, "googlenet")
    assert found[:2] == ["train", "googlenet"]
    assert found[3::2] == [
        "run.folder=runs/a b", "crops.folders=datasets/cut", "run.epochs=30", "run.keep=3",
        "solver.gamma=0.5", "start_from=googlenet",
    ]  # fmt: skip
    disks = command(network_of("detector"), DISKS, "runs/d", {})
    assert "folder=runs/d" in disks
    assert {"data.manifest=datasets/sun/manifest.csv", "data.root=datasets/sun"} <= set(disks)
    assert "data.split=manifest" in disks


def test_a_network_of_disks_does_not_learn_from_crops():
    with pytest.raises(Problem, match="holds crops, Our detector learns from disks"):
        command(network_of("detector"), CROPS, "runs/d", {})
