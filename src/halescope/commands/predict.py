"""`halescope predict`: every prediction of one network on a labelled list, beside its label."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halescope.commands.options import Jobs, Root
from halescope.commands.progress import bar
from halescope.commands.say import say

PREDICTED_IN_PART = 1
"""Exit code: some images could not be read."""


def predict(
    network: Annotated[str, typer.Argument(help="Name or card of a detector or classifier.")],
    data: Annotated[Path, typer.Argument(help="A manifest, or a folder of class folders.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder.")],
    root: Root = Path(),
    part: Annotated[str, typer.Option(help="train, validation or test; all if left out.")] = "",
    jobs: Jobs = 1,
) -> None:
    """Write what a network says of each label: to see where it fails, and which label is wrong.

    predictions.csv has a row for each label (and each false box of a detector), summary.json the
    confusion matrix or precision and recall. Exit code 0: all of it; 1: some images could not be
    read, which are named.

    Example: halescope predict googlenet labels/manifest.csv --part validation -o out
    """
    from halescope.errors import DatasetError
    from halescope.evaluation.predict import SUMMARY
    from halescope.evaluation.predict import predict as run

    if not data.exists():
        raise DatasetError(str(data), "is not there", "a manifest or a folder of class folders")
    with bar("predicting", 0) as advance:
        found = run(network, data, root, part, jobs, advance)
    found.write(output)
    for key in ("accuracy", "balanced_accuracy", "precision", "recall", "average_precision"):
        value = found.summary.get(key)
        if isinstance(value, float):
            say(f"{key.replace('_', ' ')}: {value:.3f}")
    say(f"{len(found.rows)} predictions: {output / SUMMARY}")
    for line in found.problems:
        say(line, err=True)
    if found.problems:
        raise typer.Exit(PREDICTED_IN_PART)
