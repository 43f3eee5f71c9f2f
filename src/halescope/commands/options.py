"""Options that commands of several subjects have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Jobs = Annotated[int, typer.Option("-j", "--jobs", min=1, help="Processes.")]
Root = Annotated[Path, typer.Option(help="Folder that relative image paths start from.")]
MinScore = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Least detector's score of a region, in place of the network's own; the higher, the "
        "less plage without spots.",
    ),
]
