"""What a run writes as it goes: a row an epoch, a row a step, and the curve. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from halescope.guards.cells import csv_text, dict_reader
from halescope.io.atomic import atomic_path

METRICS = "metrics.csv"
"""A row for each epoch, in a run's folder."""

STEPS = "steps.csv"
"""A row for each step of the optimizer, in a run's folder."""

STEP_COLUMNS = ("step", "epoch", "loss", "learning_rate", "seconds")
"""Steps are counted from 1; epochs are passes over the data, with their fraction."""

Metrics = dict[str, float]
"""One row: values by name."""


def read_metrics(path: Path) -> list[Metrics]:
    """Return the rows of a run's ``metrics.csv``, none if there is no such file yet."""
    if not path.is_file():
        return []
    with path.open(newline="") as handle:
        return [{k: float(v) for k, v in row.items() if v} for row in dict_reader(handle, path)]


def write_metrics(path: Path, found: Sequence[Metrics]) -> None:
    """Write rows of metrics whole; a value that a row lacks stays empty."""
    names = list(dict.fromkeys(name for row in found for name in row))
    with atomic_path(path) as fresh, fresh.open("w", newline="") as out:
        out.write(csv_text(names, found))


def read_steps(path: Path, after: int = 0) -> list[Metrics]:
    """Return the whole rows of a run's ``steps.csv`` after a step, none if there is no such file.

    A row that was being written when its run died is left out.
    """
    if not path.is_file():
        return []
    lines = path.read_text("utf-8").splitlines(keepends=True)[1:]
    found = []
    for line in lines:
        cells = line.strip().split(",")
        if line.endswith("\n") and len(cells) == len(STEP_COLUMNS) and int(cells[0]) > after:
            found.append(dict(zip(STEP_COLUMNS, map(float, cells), strict=True)))
    return found


def step_line(values: Iterable[float]) -> str:
    """Return a row of ``steps.csv``."""
    step, *others = values
    return ",".join([str(int(step)), *(f"{value:.7g}" for value in others)]) + "\n"


COLOURS = {
    "precision": "#7a4a1e",
    "mAP": "#6a3d9a",
    "recall": "#e377c2",
    "f1": "#2ca02c",
    "accuracy": "#d62728",
}
"""Percentages: brown, purple and pink as in Fig. 8, red as in Fig. 9 of the paper."""


def draw_curve(rows: Sequence[dict[str, float]], path: Path) -> Path:
    """Draw losses and percentages over epochs as PNG, as in the paper's Figs. 8 and 9."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    losses = figure.add_subplot(xlabel="epoch", ylabel="loss")
    losses.xaxis.set_major_locator(MaxNLocator(integer=True))
    shares = losses.twinx()
    shares.set_ylabel("percent")
    shares.set_ylim(0, 100)
    names = dict.fromkeys(name for row in rows for name in row)
    for name in names:
        points = [(row["epoch"], row[name]) for row in rows if name in row]
        x, y = zip(*points, strict=True)
        if name in COLOURS:
            percent = [100 * value for value in y] if name == "accuracy" else y
            shares.plot(x, percent, color=COLOURS[name], label=name, marker=".")
        elif "loss" in name:
            style = "--" if name.startswith("val") else "-"
            losses.plot(x, y, style, label=name, linewidth=1)
    losses.set_yscale("log")
    handles = [*losses.get_lines(), *shares.get_lines()]
    if handles:
        figure.legend(handles=handles, loc="outside right center", fontsize="small")
    with atomic_path(path) as fresh:
        figure.savefig(fresh, dpi=110)
    return path
