"""`halescope archive`: years of magnetograms in a table."""

from __future__ import annotations

import typer

from halescope.commands.archive.build import build, compact, retry, update
from halescope.commands.archive.look import query, status
from halescope.commands.archive.questions import (
    butterfly,
    classes,
    counts,
    export,
    region,
    track,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Make a table of every region of years of magnetograms, and ask it.",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("build")(build)
app.command("status")(status)
app.command("update")(update)
app.command("retry")(retry)
app.command("compact")(compact)
app.command("query")(query)
app.command("track")(track)
app.command("butterfly")(butterfly)
app.command("classes")(classes)
app.command("counts")(counts)
app.command("region")(region)
app.command("export")(export)
