"""`halescope reproduce`: the table of docs/reproduction.md, row by row, resumably."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def reproduce(
    dataset: Annotated[Path, typer.Argument(help="Manifest of labelled images.")],
    root: Annotated[Path, typer.Option(help="Folder that image paths start from.")] = Path(),
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of rows.")] = Path(
        "reproduction"
    ),
    detectors: Annotated[
        list[str] | None, typer.Option("--detector", help="Default: all that ship.")
    ] = None,
    classifiers: Annotated[
        list[str] | None, typer.Option("--classifier", help="Default: all that ship.")
    ] = None,
    split: Annotated[str, typer.Option(help="time (b) or random (a).")] = "time",
    limit: Annotated[int, typer.Option(min=0, help="Frames, spread evenly; 0: all.")] = 0,
) -> None:
    """Score the networks on held-out frames in all three metric modes, beside the paper's row.

    Rows that are done are read back. Networks are trained with `halescope train`.

    Example: halescope reproduce manifest.csv --root data -o out/reproduction
    """
    from halescope.runtime.store import shipped
    from halescope.training.config import from_mapping
    from halescope.training.frames import DataConfig
    from halescope.training.protocols import run_rows, table

    given = {"manifest": str(dataset), "root": str(root), "split": split, "limit": limit}
    data = from_mapping(DataConfig, given, "options")
    found = {task: [c.name for c in shipped() if c.task == task] for task in _TASKS}
    rows = run_rows(
        data,
        output,
        detectors or found["detector"],
        classifiers or found["classifier"],
        typer.echo,
    )
    typer.echo(table(rows))


_TASKS = ("detector", "classifier")
