"""`halescope dataset`: make, check, split, convert and show training data."""

from __future__ import annotations

import typer

from halescope.commands.dataset.build import build
from halescope.commands.dataset.check import audit, lint, list_rows, split
from halescope.commands.dataset.import_ import import_
from halescope.commands.dataset.label import label
from halescope.commands.dataset.make import convert, crops, show

app = typer.Typer(
    no_args_is_help=True,
    help="Make, check, split, convert and show training data.",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("import")(import_)
app.command("label")(label)
app.command("list")(list_rows)
app.command("show")(show)
app.command("split")(split)
app.command("audit")(audit)
app.command("lint")(lint)
app.command("crops")(crops)
app.command("convert")(convert)
app.command("build")(build)
