"""`halescope reproduce`: the table of docs/reproduction.md, row by row, resumably."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from halescope.commands.options import Root
from halescope.commands.say import say


def reproduce(
    dataset: Annotated[Path, typer.Argument(help="Manifest of labelled images.")],
    root: Root = Path(),
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of rows.")] = Path(
        "reproduction"
    ),
    protocol: Annotated[
        Literal["a", "b"],
        typer.Option(help="a: frames divided at random, as in the paper; b: days held out."),
    ] = "b",
    detectors: Annotated[
        list[str] | None,
        typer.Option("--detector", help="Name or card; default, with no classifier: all."),
    ] = None,
    classifiers: Annotated[
        list[str] | None, typer.Option("--classifier", help="Name or card, likewise.")
    ] = None,
    resolution: Annotated[
        int, typer.Option(min=32, max=512, help="256: shrunk and enlarged, as the authors did.")
    ] = 512,
    frames: Annotated[int, typer.Option(min=0, help="Spread evenly; 0: all.")] = 1000,
    crops: Annotated[int, typer.Option(min=0, help="Spread evenly; 0: all.")] = 1548,
    seed: Annotated[int, typer.Option(help="Of the random division.")] = 1,
    plage: Annotated[
        float,
        typer.Option(min=0, help="Plage of this area or more, square pixels, counts as a region."),
    ] = 0.0,
) -> None:
    """Score networks on the test part in all three metric modes, beside the paper's row.

    Rows that are done are read back, and the table holds every row of the folder, so that it can
    be filled network by network. Networks are trained with `halescope train` and written with
    `halescope train export`; a network whose card names another division is marked.

    Example: halescope reproduce manifest.csv --protocol a --detector models/detectnet_a.json
    """
    from halescope.runtime.store import shipped
    from halescope.training.paper.protocol_table import table
    from halescope.training.paper.protocols import Protocol, run_rows

    given = [("detector", name) for name in detectors or ()]
    given += [("classifier", name) for name in classifiers or ()]
    networks = given or [(card.task, card.name) for card in shipped()]
    rule = Protocol(protocol, resolution, frames, crops, seed, plage)
    say(*table(run_rows((dataset, root), rule, output, networks, say)).splitlines())
