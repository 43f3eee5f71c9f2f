"""Pictures of the answers: butterfly diagram, shares of classes, counts, the life of a region."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from halescope.classes import HIERARCHY, MOUNT_WILSON
from halescope.errors import ConfigError, MissingExtraError
from halescope.io.atomic import atomic_path

COLORS = ("#4c78a8", "#f2b134", "#e45756", "#b07aa1", "#8c3b3b", "#9c9c9c", "#5f5f5f")
"""Of the classes in the order of `MOUNT_WILSON`: alpha blue, beta yellow, complex ones red."""

SUFFIXES = (".png", ".svg", ".pdf")


def draw(name: str, found: Any, path: Path, title: str = "") -> None:
    """Draw an answer into a file, whole or not at all.

    Parameters
    ----------
    name : str
        ``butterfly``, ``classes``, ``counts`` or ``region``.
    found : pyarrow.Table
        What the function of that name in `halescope.archive.questions` gave.
    path : path
        Ending in one of `SUFFIXES`.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "archive") from error
    if path.suffix not in SUFFIXES:
        raise ConfigError("-o", f"is {str(path)!r}", f"a picture's name in {', '.join(SUFFIXES)}")
    figure = Figure(figsize=(10, 5), layout="constrained")
    drawers: dict[str, Callable[[Any, Any], None]] = {
        "butterfly": _butterfly,
        "classes": _classes,
        "counts": _counts,
        "region": _region,
    }
    drawers[name](figure, found)
    figure.suptitle(title)
    with atomic_path(path) as fresh:
        figure.savefig(fresh, dpi=150)


def _butterfly(figure: Any, found: Any) -> None:
    axes = figure.add_subplot()
    time, latitude = found["time"].to_numpy(), found["hgs_lat"].to_numpy()
    area = np.nan_to_num(found["area_msh"].to_numpy(), nan=0.0)
    names = np.array(found["class"].to_pylist(), object)
    for name, color in zip(MOUNT_WILSON, COLORS, strict=True):  # complex ones on top
        of = names == name
        if of.any():
            size = 2 + area[of] / 60
            axes.scatter(time[of], latitude[of], size, color, alpha=0.5, lw=0, label=name)
    axes.axhline(0, color="#888", lw=0.8)
    axes.set(ylim=(-60, 60), ylabel="heliographic latitude, degrees", xlabel="UTC")
    axes.legend(loc="upper right", fontsize=8, markerscale=1.5)


def _classes(figure: Any, found: Any) -> None:
    axes = figure.add_subplot()
    months = sorted(set(found["month"].to_pylist()))
    rows = found.to_pylist()
    known = [name for name in MOUNT_WILSON if name in {row["class"] for row in rows}]
    share = {(row["month"], row["class"]): row["share"] for row in rows}
    base = np.zeros(len(months))
    for name in known:
        part = np.array([share.get((month, name), 0.0) for month in months])
        color = COLORS[MOUNT_WILSON.index(name)]
        axes.bar(months, part, 27, base, color=color, label=name, align="edge")
        base += part
    axes.set(ylim=(0, 1), ylabel="share of regions within 60 degrees", xlabel="month")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8)  # beside: bars fill all


def _counts(figure: Any, found: Any) -> None:
    axes = figure.add_subplot()
    known = found["day"].to_numpy().astype("datetime64[D]")
    day = np.arange(known[0], known[-1] + 1) if len(known) else known
    at = np.searchsorted(day, known)

    def all_days(name: str) -> Any:  # a day without images breaks the line
        values = np.full(len(day), np.nan)
        values[at] = [np.nan if v is None else v for v in found[name].to_pylist()]
        return values

    axes.plot(day, all_days("regions"), color=COLORS[0], label="halescope, mean of the day")
    if "noaa" in found.column_names:
        noaa = all_days("noaa")
        axes.step(day, noaa, where="mid", color=COLORS[2], label="NOAA, spotted regions")
    axes.set(ylim=(0, None), ylabel="regions on the disk", xlabel="UTC")
    axes.legend(fontsize=8)


def _region(figure: Any, found: Any) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    time = found["time"].to_numpy()
    upper.plot(time, found["area_msh"].to_numpy(), ".-", color=COLORS[0], ms=3, lw=0.8)
    upper.set(ylabel="magnetic area, MSH", ylim=(0, None))
    names = found["class"].to_pylist()
    for name in MOUNT_WILSON:
        at = [i for i, own in enumerate(names) if own == name]
        if at:
            color = COLORS[MOUNT_WILSON.index(name)]
            upper.plot(time[at], np.zeros(len(at)), "|", color=color, ms=12, label=name)
    upper.legend(fontsize=8)
    shares = [found[f"p_{level}"].to_numpy() for level in HIERARCHY]
    lower.stackplot(time, shares, colors=COLORS[:3], labels=HIERARCHY)
    lower.set(ylim=(0, 1), ylabel="probability", xlabel="UTC")
    lower.legend(loc="upper left", fontsize=8)
