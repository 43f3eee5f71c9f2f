"""Build the evaluation report: run, score, compare, and write one page and its JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from halescope._version import __version__
from halescope.classification.classify import load_classifier
from halescope.datasets.splits.returned import returned
from halescope.evaluation.baselines.ceiling import PUBLISHED, repeatability
from halescope.evaluation.baselines.smart import SMART
from halescope.evaluation.baselines.trees import trees_on
from halescope.evaluation.classification import ClassSample, found_classes, sized_metrics
from halescope.evaluation.metrics.calibration import NOAA_RISK
from halescope.evaluation.predictions import NETWORK, ClassPredictions, read_predictions
from halescope.evaluation.report.asked import Asked, Progress, split_of
from halescope.evaluation.report.classes import ClassesPart, HerePart, held_out_part
from halescope.evaluation.report.detection import MAIN, detection_part
from halescope.evaluation.report.mistakes import (
    Mistake,
    false_positives,
    region_rows,
    wrong_classes,
)
from halescope.evaluation.report.page import CardMetrics, Ceiling, Document, page
from halescope.evaluation.report.pictures import Picture, Scene, picture
from halescope.evaluation.run import (
    EvaluatedImage,
    listed,
    named_detector,
    run_pipeline,
    shown_from,
)
from halescope.io.atomic import atomic_text
from halescope.noaa.srs import read_srs
from halescope.runtime.card import ModelCard
from halescope.types import format_time

BASELINES = {"threshold": 0.5, SMART: 0.5}
"""Detectors to compare with, and the score from which they show a box."""

SHOWN = 6
"""Pictures of each kind of mistake."""


def build_report(asked: Asked, progress: Progress) -> tuple[Document, list[Picture], list[str]]:
    """Run the evaluation and return its metrics, pictures of mistakes, and the images' problems.

    Raises `HalescopeError`: a file that was asked for cannot be used.
    """
    work = listed(asked.manifest, asked.days)
    predictions = None if asked.predictions is None else read_predictions(asked.predictions)
    human = None if asked.srs is None else repeatability(read_srs(asked.srs).section("I"))
    detector = named_detector(asked.detector).card
    classifier = load_classifier(asked.classifier).card
    threshold = shown_from(detector, asked.min_score)
    models, count = (asked.detector, asked.classifier), progress("images", len(work))
    seen, problems = run_pipeline(work, asked.root, models, tuple(BASELINES), asked.jobs, count)
    rows, misses = region_rows(seen, threshold)
    mistakes = [*misses[:SHOWN], *false_positives(seen, threshold)[:SHOWN]]
    scenes = {s.image: Scene(s.labels, s.found, threshold) for s in seen}
    if predictions is not None:
        wrong, more = _class_mistakes(asked, predictions)
        mistakes += wrong
        scenes = more | scenes
    document = Document(
        __version__,
        format_time(datetime.now(UTC).replace(microsecond=0)),
        split_of(asked, seen, detector, classifier, len(problems)),
        detection_part(seen, {MAIN: threshold, **BASELINES}),
        rows,
        classes_part(asked, seen, threshold, predictions, progress),
        _of_card(classifier),
        Ceiling(human, PUBLISHED),
        mistakes,
    )
    pictures = [picture(m, scenes[m.image], asked.root) for m in mistakes]
    return document, [p for p in pictures if p is not None], problems


def write_report(folder: Path, document: Document, pictures: Sequence[Picture]) -> Path:
    """Write ``index.html`` and ``report.json``; return the page's path."""
    html = page(document, pictures)
    text = json.dumps(document.to_json(), indent=1, allow_nan=False) + "\n"
    atomic_text(folder / "report.json", text)
    return atomic_text(folder / "index.html", html)


def classes_part(
    asked: Asked,
    seen: Sequence[EvaluatedImage],
    threshold: float,
    predictions: ClassPredictions | None,
    progress: Progress,
) -> ClassesPart:
    """Return the class metrics: cross-validated, on the evaluated days, and of found regions."""
    held, here, notes = None, {}, []
    if predictions is not None:
        held = held_out_part(predictions.scored(), NOAA_RISK)
        own = predictions.scored(*asked.days)
        if len(own):
            here[NETWORK] = sized_metrics(ClassSample(own.truth, own.sets[NETWORK], own.region))
    trees = trees_on(seen, listed(asked.manifest), asked.root, asked.jobs, progress)
    if isinstance(trees, str):
        notes.append(trees)
    else:
        here["trees"] = sized_metrics(trees)
    shipped = found_classes(seen, threshold)
    return ClassesPart(
        held, HerePart(here, notes), sized_metrics(shipped) if len(shipped) else None
    )


def _of_card(classifier: ModelCard | None) -> CardMetrics:
    if classifier is None:
        return CardMetrics()
    held_out = classifier.figures.get("regions_held_out", {})
    return CardMetrics(classifier.thresholds.get("abstain"), held_out.get("balanced_accuracy"))


def _class_mistakes(
    asked: Asked, predictions: ClassPredictions
) -> tuple[list[Mistake], dict[str, Scene]]:
    """Return the surest wrong classes on all days, and their images."""
    everything = listed(asked.manifest)
    group = returned([e for _, labels in everything for e in labels])
    places, scenes = {}, {}
    for image, labels in everything:
        scenes[image] = Scene(labels)
        for e in labels:
            if e.noaa_number:
                places[e.time, group.get(e.noaa_number, e.noaa_number)] = (image, e)
    wrong = wrong_classes(predictions.scored(), places)[:SHOWN]
    return wrong, {m.image: scenes[m.image] for m in wrong}
