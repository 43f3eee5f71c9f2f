"""`halescope info`: versions, and the networks with their cards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from halescope._version import __version__
from halescope.commands.say import say


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
        say(*json.dumps(document, indent=1).splitlines())
        return
    say(f"halescope {__version__}")
    say("  ".join(f"{name} {found}" for name, found in library_versions().items()))
    for card in cards:
        mark = ", the default" if card.default else ""
        say("", f"{card.name} {card.version}: {card.task}{mark}")
        side, channels = card.input.size, card.input.channels
        say(f"  architecture {card.architecture}, input {channels} x {side} x {side}")
        say(f"  classes {', '.join(card.classes)}")
        say(f"  licence {card.licence}, sha256 {card.sha256[:16]}")
        for line in plain_lines(card.figures, "  "):
            say(line)
    if not cards:
        say("", "no networks ship: threshold and climatology stand in")


def plain_lines(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Yield nested values as lines for a reader: ``name: a .79, b .74``, deeper ones further in."""
    flat = {k: v for k, v in values.items() if not isinstance(v, Mapping)}
    if flat:
        words = [f"{_name(key)} {_plain(value)}" for key, value in flat.items() if key != "of"]
        head = [str(flat["of"])] if "of" in flat else []
        for line in (*head, ", ".join(words)):
            if line:
                yield indent + line
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield f"{indent}{_name(key)}:"
            yield from plain_lines(value, indent + "  ")


def _name(key: str) -> str:
    return key.replace("_", " ")


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "..".join(map(_plain, value)) if len(value) == 2 else ", ".join(map(_plain, value))
    return "none" if value is None else str(value)
