"""Draw the learning curve of a chain of runs, as Figs. 8 and 9 of the paper show its networks'.

    python benchmarks/paper_curves.py RUN... -o docs/figures/learning_detectnet.png

RUN are run folders in order, each started where the one before it ended. Epochs across, per cent
and loss up, as in the paper; an epoch is a run's own (``window.per_epoch`` windows, or all crops).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from halescope.training.curves import METRICS, Metrics, draw_curve, read_metrics


def chain(runs: list[Path]) -> list[Metrics]:
    """Return the rows of all runs, with epochs counted on from run to run."""
    rows: list[Metrics] = []
    for run in runs:
        before = rows[-1]["epoch"] if rows else 0
        for row in read_metrics(run / METRICS):
            if row.get("accuracy", 0) > 1:  # runs before accuracy became a share
                row["accuracy"] /= 100
            row.pop("accuracy_top5", None)
            rows.append(row | {"epoch": before + row["epoch"]})
    return rows


def main() -> None:
    """Draw one picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    asked = parser.parse_args()
    draw_curve(chain(asked.runs), asked.output)
    print(asked.output)


if __name__ == "__main__":
    main()
