"""The section on the human ceiling."""

from __future__ import annotations

from html import escape
from typing import Any

from halescope.classes import HIERARCHY
from halescope.evaluation.report.dots import Mark, dot_rows
from halescope.evaluation.report.words import charts, figure, table


def ceiling_section(document: dict[str, Any]) -> str:
    """Return NOAA's repeatability and published agreement, beside our own.

    Parameters
    ----------
    document : dict
        The whole report.
    """
    ceiling = document["ceiling"]
    rows = [
        [escape(p["what"]), f"{p['agreement']:.3f}", escape(p["source"])]
        for p in ceiling["published"]
    ]
    return (
        "<p>A class is a person's judgement. This is how far such judgements repeat.</p>"
        + _noaa(ceiling["noaa"])
        + charts(("Agreement", _chart(document)))
        + "<h3>In print</h3>"
        + table(["between", "agreement", "source"], rows)
        + f"<p>A McIntosh class has sixty values, so that row is no ceiling of {len(HIERARCHY)} "
        "levels; it says how loosely observers agree.</p>"
    )


def _noaa(human: dict[str, Any] | None) -> str:
    if human is None:
        return (
            "<p>Give a table of Solar Region Summaries with <code>--srs</code> to have NOAA's own "
            "repeatability computed and drawn in.</p>"
        )
    rows = [
        ["alpha, beta or complex", figure(human["agreement"], *human["interval"])],
        ["mean of the three", figure(human["balanced"], *human["balanced_interval"])],
        *[[f"that begin as {n}", figure(*v)] for n, v in human["by_level"].items()],
        ["all seven classes", figure(human["exact"], *human["exact_interval"])],
    ]
    return (
        f"<p>NOAA's class of a region equals that of the next day, for {human['pairs']:,} "
        f"pairs of days of {human['regions']:,} regions within 60 degrees, {human['first']} to "
        f"{human['last']}. Part of what differs is the Sun, part the observer.</p>"
        + table(["", "agreement"], rows)
    )


def _chart(document: dict[str, Any]) -> str:
    """Return ours, NOAA's and the published agreement as rows of points."""
    rows = []
    held, human = document["classes"]["held_out"], document["ceiling"]["noaa"]
    if held and held["models"]:
        value = held["models"]["network"]["accuracy"]
        mark = Mark(value["value"], value["low"], value["high"])
        rows.append(("the network, NOAA", f"{value['value']:.3f}", [mark]))
    if human is not None:
        low, high = human["interval"]
        mark = Mark(human["agreement"], low, high, 4)
        rows.append(("NOAA, NOAA next day", f"{human['agreement']:.3f}", [mark]))
    for published in document["ceiling"]["published"]:
        value = published["agreement"]
        rows.append((published["short"], f"{value:.3f}", [Mark(value, None, None, 3)]))
    return dot_rows(rows, "share of regions with the same class")
