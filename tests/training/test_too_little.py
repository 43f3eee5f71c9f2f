"""Data sets with too little in them end in a sentence, whichever network is to learn."""

import shutil

import pytest

pytest.importorskip("lightning", reason="the train extra is not installed")

from halescope.cli import run
from halescope.datasets.manifest import rows, write_manifest

pytestmark = pytest.mark.filterwarnings("ignore")

DISKS = "data.cache={here}/cache"
NETWORKS = {
    "detector": (DISKS, "data.split=manifest", "folder={here}/run"),
    "centerpoint": (DISKS, "data.split=manifest", "run.folder={here}/run", "run.epochs=1"),
    "classifier": (DISKS, "folder={here}/run", "held_out.split=manifest"),
    "folds": (DISKS, "folder={here}/run"),
    "detectnet": ("data.split=manifest", "run.folder={here}/run"),
    "googlenet": ("data.split=manifest", "run.folder={here}/run"),
}
"""Settings by network; ``folds`` is the classifier, cross-validated."""


@pytest.fixture
def said(labelled, tmp_path, capsys):
    """Return what tells what a training says of two drawn disks whose rows are changed."""
    table = list(rows(labelled / "manifest.csv"))
    first, second, *_ = dict.fromkeys(row["image"] for row in table)
    for image in (first, second):
        shutil.copy(labelled / image, tmp_path)

    def train(network, change):
        kept = [row | change(row["image"] == first) for row in table if row["image"] <= second]
        write_manifest(tmp_path / "manifest.csv", kept)
        words = ["train", "classifier" if network == "folds" else network]
        given = ("data.manifest={here}/manifest.csv", "data.root={here}", *NETWORKS[network])
        for word in given:
            words += ["--set", word.format(here=tmp_path)]
        code = run(words)
        return code, capsys.readouterr().err.strip().splitlines()[-1:]

    return train


def parts(one, other, **more):
    return lambda is_first: {"split": one if is_first else other} | more


EMPTY = dict.fromkeys(("status", "class", "x_min", "y_min", "x_max", "y_max"), "")
NOT_FOLDS = [network for network in NETWORKS if network != "folds"]


@pytest.mark.parametrize("network", NOT_FOLDS)
@pytest.mark.parametrize(
    ("one", "other", "missing"), [("train", "train", "validation"), ("", "", "train")]
)
def test_a_part_that_is_empty_is_named(said, network, one, other, missing):
    code, (line,) = said(network, parts(one, other))
    assert code == 2
    assert line.startswith(f"halescope: split {missing!r}: is empty; expected at least one")


@pytest.mark.parametrize("network", NETWORKS)
def test_pictures_without_labels(said, network):
    code, (line,) = said(network, parts("train", "validation", **EMPTY))
    assert code == 2
    assert any(text in line for text in ("has no labels", "is empty", "has no region"))


@pytest.mark.parametrize("network", ["folds"])
def test_one_class_alone_cannot_be_told_from_another(said, network):
    code, (line,) = said(network, parts("train", "validation", **{"class": "beta"}))
    assert code == 2
    assert "are all" in line
    assert "two or more" in line


def test_labels_that_are_all_doubtful_score_nothing(said):
    code, (line,) = said("folds", parts("", "", status="doubtful"))
    assert code == 2
    assert "have no firm label" in line


def test_fewer_disks_than_a_batch_train_all_the_same(said, tmp_path):
    assert said("centerpoint", parts("train", "validation"))[0] == 0
    assert (tmp_path / "run" / "export").is_dir()
