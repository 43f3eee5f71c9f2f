"""Lay the figures of a report out as one HTML page that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from halescope.evaluation.report.ceiling_page import ceiling_section
from halescope.evaluation.report.class_page import class_section, doubt_section
from halescope.evaluation.report.detection_page import (
    detection_section,
    region_section,
    where_section,
)
from halescope.evaluation.report.style import STYLE
from halescope.evaluation.report.words import word

SECTIONS = (
    ("summary", "Summary"),
    ("detection", "Detection"),
    ("where", "Where it fails"),
    ("regions", "Region by region"),
    ("classes", "Classes"),
    ("doubt", "Doubt"),
    ("ceiling", "The human ceiling"),
    ("mistakes", "Worst mistakes"),
    ("method", "How it is measured"),
)

_KINDS = (
    ("miss", "Missed regions", "The heaviest region first, each at its largest."),
    ("alarm", "False alarms", "The surest first, plage counted, one for each region or place."),
    ("class", "Wrong classes", "The surest first, by networks that had not seen the region."),
)


def page(document: dict[str, Any], pictures: Sequence[tuple[str, str]]) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    document : dict
        See `halescope.evaluation.report.build.build_report`.
    pictures : sequence of (kind, html)
        Of mistakes, worst first within each kind.
    """
    own = document["split"]["detector"]["name"]
    parts = {
        "summary": _summary(document),
        "detection": detection_section(document["detection"], own),
        "where": where_section(document["detection"], own),
        "regions": region_section(document["regions"]),
        "classes": class_section(document),
        "doubt": doubt_section(document),
        "ceiling": ceiling_section(document),
        "mistakes": _mistakes(pictures),
        "method": _METHOD,
    }
    links = "".join(f'<a href="#{key}">{title}</a>' for key, title in SECTIONS)
    body = "".join(
        f'<section id="{key}"><h2>{title}</h2>{parts[key]}</section>' for key, title in SECTIONS
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>halescope: evaluation</title><style>{STYLE}</style></head><body>"
        f"<nav><b>halescope</b>{links}</nav><main><h1>Evaluation</h1>{body}"
        f"<footer>Written {document['written']} by halescope {document['halescope']}. "
        "The same figures are in report.json.</footer></main></body></html>\n"
    )


def _summary(document: dict[str, Any]) -> str:
    split = document["split"]
    if not split["images"]:
        return "<p>There is no image to evaluate: every figure below is empty.</p>"
    main = document["detection"]["detectors"][""]
    tiles = [
        ("AP at IoU 0.5, plage ignored", main["lenient"]["ap50"]),
        ("AP at IoU 0.5, plage a false alarm", main["strict"]["ap50"]),
        ("precision, plage ignored", main["lenient"]["precision"]),
        ("recall", main["lenient"]["recall"]),
    ]
    held, shipped = document["classes"]["held_out"], document["classes"]["as_shipped"]
    scores, how = None, ""
    if held and held["models"]:
        scores, how = held["models"]["network"], "regions held out"
    elif shipped is not None and split["classifier"]["shared_regions"] == []:
        scores, how = shipped, "of found regions"
    if scores is not None:
        tiles += [
            (f"balanced accuracy of the class, {how}", scores["balanced_accuracy"]),
            ("calibration error of the class", scores["calibration_error"]),
        ]
    human = document["ceiling"]["noaa"]
    if human:
        low, high = human["balanced_interval"]
        tiles.append(
            (
                "NOAA with itself, a day later",
                {"value": human["balanced"], "low": low, "high": high},
            )
        )
    boxes = "".join(
        f'<div class="tile"><b>{word(value)}</b><i>{_interval(value)}</i>{escape(name)}</div>'
        for name, value in tiles
    )
    return f'{_split(split)}<div class="tiles">{boxes}</div>{_class_split(document)}'


def _interval(value: dict[str, float | None]) -> str:
    if value["low"] is None:
        return "no interval"
    return f"{value['low']:.3f} to {value['high']:.3f}"


def _split(split: dict[str, Any]) -> str:
    regions = split["regions"]
    when = f"{split['first'][:10]} to {split['last'][:10]}" if split["first"] else "no times"
    detector = split["detector"]
    trained = detector["training"].get("days")
    learned = f", which learned on {trained[0]} to {trained[1]}" if trained else ""
    shared = detector["shared_regions"]
    if shared is None:
        leak = (
            "Its card does not say which regions it learned from: take these figures as in-sample."
        )
        mood = "warn"
    elif shared:
        leak = f"It learned from {len(shared)} of these regions: {', '.join(map(str, shared))}."
        mood = "warn"
    else:
        leak = "It learned from none of these regions: the split is leak-free."
        if back := detector["returned_regions"]:
            leak += (
                f" {len(back)} of them stand where one that it learned from stood a rotation "
                f"before, and may be the same, grown old: {', '.join(map(str, back))}."
            )
        mood = "good"
    unread = f" {split['unread']} images could not be read." if split["unread"] else ""
    return (
        f"<p>{split['images']} images ({', '.join(split['files'])}), {when}, with "
        f"{len(regions)} NOAA regions that have firm labels, seen by the detector "
        f"<b>{escape(detector['name'])}</b>{learned}.{unread}</p>"
        f'<p class="{mood}">{leak} Intervals are 90 %, by drawing whole regions again.</p>'
    )


def _class_split(document: dict[str, Any]) -> str:
    held, shared = (
        document["classes"]["held_out"],
        document["split"]["classifier"]["shared_regions"],
    )
    name = escape(document["split"]["classifier"]["name"])
    if held:
        return (
            f"<p>Class figures are of networks trained as <b>{name}</b> was, each scored on the "
            f"regions it never saw: {held['frames']} frames of {held['regions']} regions, "
            f"{held['days'][0]} to {held['days'][1]}.</p>"
        )
    if shared == []:
        return f"<p>The classifier <b>{name}</b> learned from none of these regions.</p>"
    return (
        f'<p class="warn">The classifier <b>{name}</b> learned from these regions, or its card '
        "does not say: without <code>--class-predictions</code> there is no leak-free class figure "
        "of it here.</p>"
    )


def _mistakes(pictures: Sequence[tuple[str, str]]) -> str:
    parts = [
        '<p class="key"><span class="firm">firm label</span><span class="doubtful">doubtful</span>'
        '<span class="plage">plage</span><span class="found">detection, with its score</span>'
        '<span class="subject">what the picture is about</span></p>'
    ]
    for kind, title, what in _KINDS:
        shown = "".join(html for k, html in pictures if k == kind)
        parts.append(f"<h3>{title}</h3><p>{what}</p>")
        parts.append(f'<div class="pictures">{shown}</div>' if shown else "<p>None.</p>")
    return "".join(parts)


_METHOD = """
<p>The shipped pipeline runs on every image; nothing is rebuilt for the report. A box finds a
region where their IoU is 0.5 or more (0.7 where it says so), the surest box first, each region
once. Only firm labels count: both neighbouring midnights' summaries list the region with one
class, within 75 degrees of the central meridian. A box on a doubtful label neither counts for nor
against; one on plage that no summary lists is ignored in lenient figures and a false alarm in
strict ones.</p>
<p>Average precision is the area under the precision-recall curve, precision made monotonic, all
points. TSS is recall less the false alarm rate, each class against the rest, averaged. The
calibration error is the expected one of the winning class over ten bins. Classes count within 60
degrees.</p>
<p>Hourly frames of one region are near duplicates. Intervals therefore draw whole regions again,
with all their frames, and false alarms by the place on the Sun that they stand on; 5th to 95th
percentile. With few regions they are wide, and that is what is known.</p>
<p>Baselines see the same disks. <b>threshold</b>: connected pieces of the smoothed field.
<b>smart</b>: after SMART (Higgins et al. 2011) with its published numbers, its two thresholds of
strong field lowered to what a picture cut off at 250 G can show. <b>trees</b>: a random forest on
the features that the network has too.</p>
"""
