"""Training of the classifier: labels, groups, folds without leaks, and that it learns."""

from pathlib import Path

import numpy as np
import pytest

from classifier_tables import SMALL, crops

pytest.importorskip("sklearn")

from halescope.classes import MOUNT_WILSON
from halescope.datasets.manifest import Entry
from halescope.training.classifier.data import (
    ClassifierData,
    weight_of,
)
from halescope.training.classifier.fit import (
    ClassifierFit,
    fit_classifier,
    sample_weights,
)
from halescope.training.classifier.folds import (
    FoldConfig,
    cross_validate,
    deal,
    metrics_of,
    region_weight,
    trees_held_out,
)
from halescope.training.classifier.labelled import LabelledCrops


def entry(time: str = "2026-02-05T12:00:00Z", **values: object) -> Entry:
    """Return a manifest entry."""
    base = {"noaa_number": 14000, "mount_wilson": "beta", "status": "firm"}
    base |= {"box": (10.0, 10.0, 30.0, 30.0), "hgs_lon": 0.0, "hgs_lat": 10.0}
    return Entry("a.jpg", time, "", **(base | values))  # type: ignore[arg-type]


def test_doubt_about_a_class_lessens_its_weight() -> None:
    data = ClassifierData()
    changed = entry(flags="class_changes", class_before="alpha", class_after="beta-gamma")
    assert weight_of(changed, data) == data.changed_weight
    assert weight_of(entry(flags="only_after"), data) == data.single_weight
    assert weight_of(entry(flags="limb"), data) == 1


def test_folds_keep_regions_whole_and_spread_levels() -> None:
    data = crops()
    fold = deal(data, FoldConfig(folds=4))
    for region in np.unique(data.region):
        assert len(np.unique(fold[data.region == region])) == 1
    for index in range(4):
        assert set(data.level[fold == index]) == {0, 1, 2}


def test_held_out_regions_are_never_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from halescope.training.classifier import folds as classifier_folds

    data, seen = crops(), []

    def spy(training: LabelledCrops, *more: object) -> object:
        seen.append(set(training.region))
        return fit_classifier(training, *more)

    monkeypatch.setattr(classifier_folds, "fit_classifier", spy)
    held = cross_validate(data, SMALL, FoldConfig(folds=4, repeats=1))
    for index, trained in enumerate(seen):
        assert not trained & set(data.region[held.fold == index])
        assert len(trained) == 18


def test_it_learns_what_is_there() -> None:
    data = crops()
    held = cross_validate(data, SMALL, FoldConfig(folds=4, repeats=1))
    figures = metrics_of(data, held.calibrated[0], 50)
    assert figures["balanced_accuracy"] > 0.9
    assert figures["interval"][0] <= figures["balanced_accuracy"] <= figures["interval"][1]
    assert figures["regions"] == 24


def test_weights_balance_regions_and_levels() -> None:
    data = crops()
    uneven = data[(data.region != 0) | (np.arange(len(data)) % 6 == 0)]
    weight = sample_weights(uneven, ClassifierFit(region_power=1.0))
    totals = [weight[uneven.region == r].sum() for r in (0, 3)]
    assert totals[0] == pytest.approx(totals[1], rel=1e-4)
    levels = [weight[uneven.level == i].sum() for i in range(3)]
    assert levels == pytest.approx([levels[0]] * 3, rel=1e-4)


def test_a_region_counts_once_however_many_frames_show_it() -> None:
    data = crops(6, 4)
    uneven = data[(data.region != 0) | (np.arange(len(data)) % 4 == 0)]
    weight = region_weight(uneven)
    assert [weight[uneven.region == r].sum() for r in range(6)] == pytest.approx([1.0] * 6)
    share = np.eye(3, dtype=np.float32)[np.where(uneven.region == 0, 1, uneven.level)]
    by_region = metrics_of(uneven, share, 20)["recall"]["alpha"]
    by_frame = metrics_of(uneven, share, 20, by_region=False)["recall"]["alpha"]
    assert by_region == pytest.approx(0.5)
    assert by_frame == pytest.approx(0.8)


def test_joined_regions_keep_their_order() -> None:
    data = crops(3, 2)
    both = LabelledCrops.join([data, data[data.region == 1]])
    assert both.region.tolist() == [0, 0, 1, 1, 2, 2, 1, 1]


def test_one_command_writes_a_classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    from halescope.classification.features import FEATURES
    from halescope.evaluation.predictions import read_predictions
    from halescope.runtime.card import read_card
    from halescope.training.classifier import run as classifier_run

    data = crops(12, 3)
    monkeypatch.setattr(classifier_run, "load_regions", lambda *_: data)
    monkeypatch.setattr("halescope.training.classifier.nested.LEAVES", (3,))
    monkeypatch.setattr("halescope.training.classifier.nested.COPIES", (2,))
    config = classifier_run.ClassifierTraining(
        folder=tmp_path / "run", fit=SMALL, folds=FoldConfig(folds=2, repeats=1, leaky=False)
    )
    folder = classifier_run.train_classifier(config, say=lambda line: None)
    card = read_card(folder / "export" / "mount_wilson.json")
    assert card.classes == MOUNT_WILSON
    assert card.options["features"] == list(FEATURES)
    assert (folder / "export" / card.file).stat().st_size < 10_000_000
    assert "regions_held_out" in card.figures
    assert card.thresholds["abstain"] == card.figures["abstention"]["threshold"]
    assert card.training["region_numbers"] == list(range(12))
    kept = read_predictions(folder / "predictions.csv")
    assert kept.region.tolist() == data.region.tolist()
    assert kept.truth.tolist() == data.level.tolist()
    assert kept.time[0] == "2000-01-01T00:00:00Z"
    assert set(kept.sets) == {"network", "uncalibrated", "moved_box", "trees"}
    for region in np.unique(kept.region):  # whole regions are held out
        assert len(np.unique(kept.fold[kept.region == region])) == 1


def test_trees_are_held_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    from halescope.evaluation.baselines.trees import fit_trees
    from halescope.training.classifier import folds as classifier_folds

    data, seen = crops(), []

    def spy(features: object, level: object, region: np.ndarray, seed: int) -> object:
        seen.append(set(region))
        return fit_trees(features, level, region, seed)  # type: ignore[arg-type]

    monkeypatch.setattr(classifier_folds, "fit_trees", spy)
    folds = FoldConfig(folds=4, repeats=1)
    share = trees_held_out(data, folds)
    fold = deal(data, folds)
    for index, trained in enumerate(seen):
        assert not trained & set(data.region[fold == index])
    assert (share.argmax(1) == data.level).mean() > 0.9


def test_one_part_of_a_division_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    from halescope.runtime.card import read_card
    from halescope.training.classifier import run as classifier_run
    from halescope.training.data.crop_split import HeldOutParts

    everything = crops(12, 3)
    parts = {"train": everything.hour < 24, "validation": everything.hour >= 24}
    keys = {name: {(name, 1)} for name in (*parts, "test")}
    monkeypatch.setattr(classifier_run, "part_keys", lambda *_: keys)

    def part(config: object, only: set[tuple[str, int]]) -> LabelledCrops:
        (name, _), *rest = only
        assert not rest
        return everything[parts[name]]

    monkeypatch.setattr(classifier_run, "load_crops", part)
    seen = []
    fit = classifier_run.fit_classifier

    def spy(training: LabelledCrops, *more: object) -> object:
        seen.append(training.hour.max())
        return fit(training, *more)

    monkeypatch.setattr(classifier_run, "fit_classifier", spy)
    config = classifier_run.ClassifierTraining(
        folder=tmp_path / "run",
        data=ClassifierData(every=1),
        fit=SMALL,
        held_out=HeldOutParts("random", limit=5),
    )
    folder = classifier_run.train_classifier(config, say=lambda line: None)
    assert seen == [23]
    card = read_card(folder / "export" / "mount_wilson.json")
    assert (card.training["split"], card.training["limit"]) == ("random", 5)
    assert not card.default
    assert 0 <= card.figures["validation"]["accuracy"] <= 1


def test_nothing_kept_is_said_in_words():
    from halescope.training.classifier.run import NOT_COMPARABLE, _kept, _line

    assert _kept(0.0, float("nan")) == "no region is kept"
    assert _kept(0.8, 0.21) == "0.80 of the regions are kept, 0.21 of them wrong"
    metrics = dict.fromkeys(("balanced_accuracy", "accuracy", "macro_f1", "calibration_error"), 0.5)
    metrics |= {"interval": (0.4, 0.6), "recall": {"alpha": 0.5}, "precision": {"alpha": 0.6}}
    assert NOT_COMPARABLE in _line("frames_at_random_leaky", metrics)
    assert NOT_COMPARABLE not in _line("regions_held_out", metrics)
