"""`halescope info`: versions, and the networks with their cards."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from halescope._version import __version__


def info(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show versions and the networks with their cards.

    For example:

    halescope info --json
    """
    from halescope.batch.summary import library_versions
    from halescope.runtime.store import shipped

    cards = shipped()
    if as_json:
        document: dict[str, Any] = {
            "halescope": __version__,
            "libraries": library_versions(),
            "models": [card.to_json() for card in cards],
        }
        typer.echo(json.dumps(document, indent=1))
        return
    typer.echo(f"halescope {__version__}")
    typer.echo("  ".join(f"{name} {found}" for name, found in library_versions().items()))
    for card in cards:
        mark = ", the default" if card.default else ""
        typer.echo(f"\n{card.name} {card.version}: {card.task}{mark}")
        side, channels = card.input.size, card.input.channels
        typer.echo(f"  architecture {card.architecture}, input {channels} x {side} x {side}")
        typer.echo(f"  classes {', '.join(card.classes)}")
        typer.echo(f"  licence {card.licence}, sha256 {card.sha256[:16]}")
        for key, value in card.figures.items():
            typer.echo(f"  {key}: {value}")
    if not cards:
        typer.echo("\nno networks ship: threshold and climatology stand in")
