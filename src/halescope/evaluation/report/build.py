"""Build the evaluation report: run, score, compare, and write one page and its JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from halescope._version import __version__
from halescope.classification.classify import load_classifier
from halescope.datasets.splits.returned import returned
from halescope.evaluation.baselines.ceiling import PUBLISHED, repeatability
from halescope.evaluation.baselines.smart import SMART
from halescope.evaluation.figures import class_pairs
from halescope.evaluation.metrics.calibration import NOAA_RISK
from halescope.evaluation.predictions import NETWORK, ClassPredictions, read_predictions
from halescope.evaluation.report.asked import Asked, Progress, split_of
from halescope.evaluation.report.baseline import trees_here
from halescope.evaluation.report.classes import class_part, scores_of
from halescope.evaluation.report.detection import MAIN, detection_part
from halescope.evaluation.report.mistakes import (
    Mistake,
    false_alarms,
    region_rows,
    wrong_classes,
)
from halescope.evaluation.report.page import page
from halescope.evaluation.report.pictures import Scene, picture
from halescope.evaluation.run import (
    Seen,
    listed,
    named_detector,
    run_pipeline,
)
from halescope.io.atomic import atomic_text
from halescope.noaa.srs import read_srs
from halescope.runtime.card import ModelCard
from halescope.types import format_time

BASELINES = {"threshold": 0.5, SMART: 0.5}
"""Detectors to compare with, and the score from which they show a box."""

SHOWN = 6
"""Pictures of each kind of mistake."""


def build_report(asked: Asked, progress: Progress) -> tuple[dict[str, Any], str, list[str]]:
    """Run the evaluation and return its figures, its page and the images' problems.

    Parameters
    ----------
    progress : callable
        Of a name and a number of images to a callable for each image.

    Returns
    -------
    document : dict
        Ready for JSON: no NaN.
    problems : list of str
        A line for each image that could not be read.

    Raises
    ------
    HalescopeError
        A file that was asked for cannot be used.
    """
    work, _ = listed(asked.manifest, asked.days)
    predictions = None if asked.predictions is None else read_predictions(asked.predictions)
    human = None if asked.srs is None else repeatability(read_srs(asked.srs).section("I"))
    detector = named_detector(asked.detector).card
    classifier = load_classifier(asked.classifier).card
    threshold = 0.5 if detector is None else detector.thresholds["score"]
    seen, problems = run_pipeline(
        work,
        asked.root,
        (asked.detector, asked.classifier),
        tuple(BASELINES),
        asked.jobs,
        progress("images", len(work)),
    )
    rows, misses = region_rows(seen, threshold)
    document = {
        "halescope": __version__,
        "written": format_time(datetime.now(UTC).replace(microsecond=0)),
        "split": split_of(asked, seen, detector, classifier) | {"unread": len(problems)},
        "detection": detection_part(seen, {MAIN: threshold, **BASELINES}),
        "regions": rows,
        "classes": classes_of(asked, seen, threshold, predictions, progress),
        "card": _of_card(classifier),
        "ceiling": {
            "noaa": None if human is None else _plain(asdict(human)),
            "published": list(PUBLISHED),
        },
    }
    mistakes = [*misses[:SHOWN], *false_alarms(seen, threshold)[:SHOWN]]
    scenes = {s.image: Scene(s.labels, s.found, threshold) for s in seen}
    if predictions is not None:
        wrong, more = _class_mistakes(asked, predictions)
        mistakes += wrong
        scenes = more | scenes
    document["mistakes"] = [asdict(m) for m in mistakes]
    figures = [(m.kind, picture(m, scenes[m.image], asked.root)) for m in mistakes]
    return document, page(document, figures), problems


def write_report(folder: Path, document: dict[str, Any], html: str) -> Path:
    """Write ``index.html`` and ``report.json``; return the page's path."""
    atomic_text(folder / "report.json", json.dumps(document, indent=1, allow_nan=False) + "\n")
    return atomic_text(folder / "index.html", html)


def classes_of(
    asked: Asked,
    seen: Sequence[Seen],
    threshold: float,
    predictions: ClassPredictions | None,
    progress: Progress,
) -> dict[str, Any]:
    """Return the class figures: cross-validated, on the evaluated days, and in-sample.

    Parameters
    ----------
    predictions : ClassPredictions or None
        Out of fold.
    """
    pairs = class_pairs(seen, threshold)
    out: dict[str, Any] = {
        "held_out": None,
        "here": {"models": {}, "notes": []},
        "as_shipped": None,
    }
    if len(pairs["truth"]):
        out["as_shipped"] = scores_of(pairs["truth"], pairs["probability"], pairs["region"]) | {
            "frames": len(pairs["truth"]),
            "regions": len(np.unique(pairs["region"])),
        }
    if predictions is not None:
        out["held_out"] = class_part(predictions.scored(), NOAA_RISK)
        own = predictions.scored(*asked.days)
        if len(own):
            out["here"]["models"][NETWORK] = scores_of(
                own.truth, own.sets[NETWORK], own.region
            ) | _sizes(own.region)
    trees = trees_here(asked, seen, progress)
    if isinstance(trees, str):
        out["here"]["notes"].append(trees)
    else:
        truth, share, region = trees
        out["here"]["models"]["trees"] = scores_of(truth, share, region) | _sizes(region)
    return out


def _of_card(classifier: ModelCard | None) -> dict[str, float | None]:
    """Return what the classifier's card says of itself, to be held against the predictions."""
    if classifier is None:
        return {"abstain": None, "balanced_accuracy": None}
    held_out = classifier.figures.get("regions_held_out", {})
    return {
        "abstain": classifier.thresholds.get("abstain"),
        "balanced_accuracy": held_out.get("balanced_accuracy"),
    }


def _class_mistakes(
    asked: Asked, predictions: ClassPredictions
) -> tuple[list[Mistake], dict[str, Scene]]:
    """Return the surest wrong classes on all days, and their images."""
    everything, _ = listed(asked.manifest)
    group = returned([e for _, labels in everything for e in labels])
    places, scenes = {}, {}
    for image, labels in everything:
        scenes[image] = Scene(labels)
        for e in labels:
            if e.noaa_number:
                places[e.time, group.get(e.noaa_number, e.noaa_number)] = (image, e)
    wrong = wrong_classes(predictions.scored(), places)[:SHOWN]
    return wrong, {m.image: scenes[m.image] for m in wrong}


def _sizes(region: Any) -> dict[str, int]:
    return {"frames": len(region), "regions": len(np.unique(region))}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return figures rounded, and finite or None."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            out[key] = _plain(value)
        elif isinstance(value, tuple):
            out[key] = [round(v, 4) if np.isfinite(v) else None for v in value]
        elif isinstance(value, float):
            out[key] = round(value, 4) if np.isfinite(value) else None
        else:
            out[key] = value
    return out
