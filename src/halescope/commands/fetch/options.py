"""Options that several commands of `halescope fetch` have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Start = Annotated[str | None, typer.Option("--start", help="First time, UTC.")]
End = Annotated[str | None, typer.Option("--end", help="Last time, UTC; --start if left out.")]
Cadence = Annotated[str, typer.Option("--cadence", help="Step: 12m, 1h, 1d.")]
Dates = Annotated[
    Path | None, typer.Option("--dates", help="File of times, one a line, instead of a range.")
]
Latest = Annotated[bool, typer.Option("--latest", help="The newest image only.")]
Flares = Annotated[
    str | None, typer.Option("--flares", help="Times of strong flares, such as '>=M5'.")
]
FlareFiles = Annotated[
    list[Path] | None,
    typer.Option("--flare-list", help="Flare lists to pick from; HEK if left out."),
]
Top = Annotated[int | None, typer.Option("--top", min=1, help="Only so many, the strongest.")]
Around = Annotated[
    str, typer.Option("--around", help="Hours from each flare to ask for: -24,-12,0 or -24:24:6.")
]
Apart = Annotated[
    str, typer.Option("--apart", help="With --flares, the least between two times: 1h, 1d.")
]
Tolerance = Annotated[
    str,
    typer.Option(
        "--tolerance",
        help="Refuse an image further from its asked time. By default 30m, and 50m for MDI, which "
        "took one every 96 minutes.",
    ),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for files and manifest.")]
Url = Annotated[str | None, typer.Option("--url", help="Base address of another server.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count files and bytes, get nothing.")]
Verify = Annotated[bool, typer.Option("--verify", help="Compare checksums of what is here.")]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", envvar="HALESCOPE_CACHE", help="Folder shared by several runs."),
]
Timeout = Annotated[float, typer.Option("--timeout", min=0.01, help="Seconds without an answer.")]
Retries = Annotated[int, typer.Option("--retries", min=0, help="Further tries.")]
Backoff = Annotated[float, typer.Option("--backoff", min=0, help="Seconds; doubles each try.")]
Pause = Annotated[float, typer.Option("--pause", min=0, help="Seconds between two requests.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print errors and the report only.")]
