"""The class and doubt sections of the page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from halescope.classes import HIERARCHY
from halescope.evaluation.report.charts import Line, line_chart
from halescope.evaluation.report.dots import Mark, dot_rows
from halescope.evaluation.report.words import charts, confusion_table, spread, table

_NAMES = {
    "network": "network, regions held out",
    "moved_box": "the same, boxes moved about",
    "uncalibrated": "the same, before calibration",
    "trees": "trees on features",
}
_SCORES = {
    "balanced_accuracy": "balanced accuracy",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "tss": "TSS",
    "calibration_error": "calibration error",
    "log_loss": "log loss",
}


def class_section(document: dict[str, Any]) -> str:
    """Return scores, comparison with the ceiling, scores by class, confusion.

    Parameters
    ----------
    document : dict
        The whole report.
    """
    classes = document["classes"]
    parts = [_held_out(document)] if _has(classes["held_out"]) else [_NONE]
    parts.append(_here(document))
    shipped = classes["as_shipped"]
    if shipped is not None:
        shared = document["split"]["classifier"]["shared_regions"]
        mood, why = _sample(shared, document["split"]["regions"])
        parts.append(
            f'<h3>As the pipeline shows them</h3><p class="{mood}">Firm regions that were found '
            f"within 60 degrees: {shipped['frames']} frames of {shipped['regions']} regions. {why}"
            "</p>" + _scores({"as shipped": shipped})
        )
    return "".join(parts)


_NONE = (
    '<p class="warn">No out-of-fold predictions were given. <code>halescope train classifier'
    "</code> writes them as <code>predictions.csv</code>; give them with <code>--class-predictions"
    "</code> for leak-free figures of the network.</p>"
)


def _has(part: Mapping[str, Any] | None) -> bool:
    return bool(part and part["models"])


def _sample(shared: list[int] | None, regions: list[int]) -> tuple[str, str]:
    if shared == []:
        return "good", "The classifier learned from none of them."
    if shared is None:
        return "warn", (
            "<b>In-sample</b>, as far as is known: the classifier's card does not name the regions "
            "it learned from. These figures are no test."
        )
    return "warn", (
        f"<b>In-sample</b>: the classifier learned from {len(shared)} of these {len(regions)} "
        "regions. These figures are no test."
    )


def _held_out(document: dict[str, Any]) -> str:
    held = document["classes"]["held_out"]
    by_level = ", ".join(f"{n} {k}" for k, n in held["regions_by_level"].items())
    words = (
        f'<h3>Leak-free: whole regions held out</h3><p class="good">{held["frames"]} frames of '
        f"{held['regions']} regions ({by_level} at some time), {held['days'][0]} to "
        f"{held['days'][1]}. Each prediction is of a network, or of trees, that learned from other "
        "regions only. The network that ships learned from all of them.</p>"
    )
    words += _other_training(
        held["models"]["network"]["balanced_accuracy"]["value"],
        document["card"]["balanced_accuracy"],
    )
    chart = _against_ceiling(held["models"], document["ceiling"]["noaa"])
    rows = [
        [f"<b>{level}</b>", *(spread(held["models"]["network"]["classes"][level][part])
                              for part in ("recall", "precision", "f1", "tss"))]
        for level in HIERARCHY
    ]  # fmt: skip
    tables = "".join(
        confusion_table(held["confusion"][key], HIERARCHY, title)
        for key, title in (
            ("frame", "By frame"),
            ("region", "By region: mean probability over its frames of one class"),
        )
    )
    return (
        words
        + _scores({_NAMES.get(k, k): v for k, v in held["models"].items()})
        + charts(("Against the ceiling", chart))
        + "<h3>By class, the network</h3>"
        + table(["", "recall", "precision", "F1", "TSS"], rows)
        + f'<div class="pair">{tables}</div>'
    )


def _other_training(found: float | None, card: float | None) -> str:
    """Return a warning where the predictions do not give the figure that the card has."""
    if found is None or card is None or abs(found - card) < 2e-4:
        return ""
    return (
        f'<p class="warn">The classifier\'s card says {card:.3f} where these predictions give '
        f"{found:.3f}: they come from another training, or other labels.</p>"
    )


def _here(document: dict[str, Any]) -> str:
    here = document["classes"]["here"]
    notes = "".join(f"<p>{escape(note)}</p>" for note in here["notes"])
    if not here["models"]:
        return notes
    rows = {
        f"{_NAMES.get(name, name)} ({scores['frames']} frames, {scores['regions']} regions)": scores
        for name, scores in here["models"].items()
    }
    return (
        "<h3>On the evaluated days alone</h3><p>Leak-free too: the network held these regions out; "
        "the trees learned on all other days, without these regions and those that a rotation "
        "parts from them.</p>" + _scores(rows) + notes
    )


def _scores(models: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        [f"<b>{escape(name)}</b>", *(spread(found[key]) for key in _SCORES)]
        for name, found in models.items()
    ]
    return table(["", *_SCORES.values()], rows)


def _against_ceiling(models: Mapping[str, Any], human: Mapping[str, Any] | None) -> str:
    rows = []
    for index, name in enumerate(n for n in models if n != "uncalibrated"):
        value = models[name]["balanced_accuracy"]
        rows.append((
            _NAMES.get(name, name).replace("network, regions held out", "network")
            .replace("the same, ", ""),
            "" if value["value"] is None else f"{value['value']:.3f}",
            [Mark(value["value"], value["low"], value["high"], index)],
        ))  # fmt: skip
    guides = [(1 / len(HIERARCHY), "chance")]
    if human is not None:
        low, high = human["balanced_interval"]
        rows.append(
            (
                "NOAA, a day later",
                f"{human['balanced']:.3f}",
                [Mark(human["balanced"], low, high, 4)],
            )
        )
        guides.append((human["balanced"], "NOAA with itself"))
    return dot_rows(rows, "balanced accuracy of alpha, beta, complex", guides)


def doubt_section(document: dict[str, Any]) -> str:
    """Return reliability diagram, risk-coverage curve and abstention.

    Parameters
    ----------
    document : dict
        The whole report.
    """
    held = document["classes"]["held_out"]
    if not _has(held):
        return _NONE
    names = {"network": "calibrated", "uncalibrated": "before calibration"}
    lines = [Line("perfect", [0.3, 1], [0.3, 1], dashed=True, color=3)]
    for color, (name, bins) in enumerate(held["reliability"].items()):
        lines.append(
            Line(
                names.get(name, name),
                [b["confidence"] for b in bins],
                [b["accuracy"]["value"] for b in bins],
                [b["accuracy"]["low"] for b in bins],
                [b["accuracy"]["high"] for b in bins],
                dots=True,
                color=color,
            )
        )
    error = held["models"]["network"]["calibration_error"]
    abstention = held["abstention"]
    reliability = line_chart(
        lines, ("probability of the winning class", "share that is right"), (0.3, 1), ticks=(7, 5)
    )
    return (
        f"<p>Expected calibration error {spread(error)}; resampled values lie above the one "
        "measured, because every draw adds chance differences to each bin. The probabilities of "
        "each fold were calibrated on the other folds. "
        f"{_abstention_words(abstention, document['card']['abstain'])}</p>"
        + charts(
            ("Reliability", reliability),
            ("Risk against coverage", _risk(abstention, document["ceiling"]["noaa"])),
        )
    )


def _abstention_words(abstention: Mapping[str, Any], shipped: float | None) -> str:
    target = abstention["target"]
    if not abstention["coverage"]:
        words = f"No threshold keeps the risk at {target:.2f}."
    else:
        words = (
            f"To be wrong in no more than {target:.2f} (as often as NOAA's class differs from its "
            f"own of the next day), a class must have a probability of "
            f"{abstention['threshold']:.3f}: {abstention['coverage']:.0%} of the regions then "
            "have one. Chosen on the other folds, such thresholds kept "
            f"{abstention['held_coverage']:.0%} at a risk of {_or_dash(abstention['held_risk'])}."
        )
    if shipped is None:
        return words
    return words + (
        f" The card of the classifier that was run says {shipped:.3f}; below it a catalogue has "
        "the flag <code>uncertain_class</code>."
    )


def _or_dash(value: float | None) -> str:
    return "&ndash;" if value is None else f"{value:.2f}"


def _risk(abstention: Mapping[str, Any], human: Mapping[str, Any] | None) -> str:
    curve = abstention["curve"]
    lines = [Line("", curve["coverage"], curve["risk"], curve["low"], curve["high"])]
    guides = [] if human is None else [(1 - human["agreement"], "NOAA with itself, a day later")]
    points = []
    if abstention["coverage"] and abstention["risk"] is not None:
        points.append((abstention["coverage"], abstention["risk"], 1))
    labels = ("coverage: share of regions that get a class", "risk: share of those that is wrong")
    return line_chart(lines, labels, (0, 1), (0, 0.5), guides, points)
