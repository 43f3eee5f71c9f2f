"""The learning curve of a run, in the manner of the paper's Figs. 8 and 9."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from halescope.io.atomic import atomic_path

COLOURS = {
    "precision": "#7a4a1e",
    "mAP": "#6a3d9a",
    "recall": "#e377c2",
    "f1": "#2ca02c",
    "accuracy": "#d62728",
}
"""Percentages on the upper axis: brown, purple and pink as in Fig. 8, red as in Fig. 9."""


def draw_curve(rows: Sequence[dict[str, float]], path: Path) -> Path:
    """Draw losses and percentages over epochs.

    Parameters
    ----------
    rows : sequence of dict
        ``epoch`` and what was logged; a figure may be missing in some rows.
    path : Path
        PNG.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    losses = figure.add_subplot(xlabel="epoch", ylabel="loss")
    shares = losses.twinx()
    shares.set_ylabel("percent")
    shares.set_ylim(0, 100)
    names = dict.fromkeys(name for row in rows for name in row)
    for name in names:
        points = [(row["epoch"], row[name]) for row in rows if name in row]
        x, y = zip(*points, strict=True)
        if name in COLOURS:
            shares.plot(x, y, color=COLOURS[name], label=name, marker=".")
        elif "loss" in name:
            style = "--" if name.startswith("val") else "-"
            losses.plot(x, y, style, label=name, linewidth=1)
    losses.set_yscale("log")
    handles = [*losses.get_lines(), *shares.get_lines()]
    if handles:
        losses.legend(handles=handles, loc="center right", fontsize="small")
    with atomic_path(path) as fresh:
        figure.savefig(fresh, dpi=110)
    return path
