"""Options that several commands of `halescope fetch` have, each declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from halescope.fetch.run import Run

HELIOVIEWER_URL = "HALESCOPE_HELIOVIEWER_URL"
HEK_URL = "HALESCOPE_HEK_URL"
SRS_URL = "HALESCOPE_SRS_URL"
SWPC_URL = "HALESCOPE_SWPC_URL"
CACHE = "HALESCOPE_CACHE"

Start = Annotated[str | None, typer.Option("--start", help="First time, UTC.")]
End = Annotated[str | None, typer.Option("--end", help="Last time, UTC; --start if left out.")]
Dates = Annotated[
    Path | None, typer.Option("--dates", help="File of times, one a line, instead of a range.")
]
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
Tolerance = Annotated[
    str,
    typer.Option(
        "--tolerance",
        help="Refuse an image further from its asked time. By default 30m, and 50m for MDI, which "
        "took one every 96 minutes.",
    ),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for files and manifest.")]
HekUrl = Annotated[
    str | None, typer.Option("--hek-url", envvar=HEK_URL, help="HEK's address, for --flares.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print errors and the report only.")]


@dataclass(frozen=True)
class TimeOptions:
    """Which images to ask for, and how far they may be from their asked time."""

    start: Start = None
    end: End = None
    cadence: Annotated[str, typer.Option("--cadence", help="Step: 12m, 1h, 1d.")] = "1h"
    dates: Dates = None
    latest: Annotated[bool, typer.Option("--latest", help="The newest image only.")] = False
    flares: Flares = None
    flare_list: FlareFiles = None
    top: Top = None
    around: Around = "0"
    apart: Annotated[
        str, typer.Option("--apart", help="With --flares, the least between two times: 1h, 1d.")
    ] = ""
    tolerance: Tolerance = ""

    def window(self, product: str) -> timedelta:
        """Return the tolerance, by default that of a product's instrument, by its cadence."""
        from halescope.fetch.asked import parse_span

        usual = "50m" if "mdi" in product.lower() else "30m"
        return parse_span(self.tolerance or usual, "--tolerance")


@dataclass(frozen=True)
class Job:
    """A run, and what the command makes of it: an estimate only, a bar or none."""

    run: Run
    dry_run: bool
    quiet: bool


@dataclass(frozen=True)
class RunOptions:
    """What to do with what is here already, how patient and how polite to be."""

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count files and bytes, get nothing.")
    ] = False
    verify: Annotated[bool, typer.Option("--verify", help="Compare checksums of what is here.")] = (
        False
    )
    cache: Annotated[
        Path | None, typer.Option("--cache", envvar=CACHE, help="Folder shared by several runs.")
    ] = None
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.01, help="Seconds without an answer.")
    ] = 60
    retries: Annotated[int, typer.Option("--retries", min=0, help="Further tries.")] = 4
    backoff: Annotated[
        float, typer.Option("--backoff", min=0, help="Seconds; doubles each try.")
    ] = 1
    pause: Annotated[
        float, typer.Option("--pause", min=0, help="Seconds between two requests.")
    ] = 0.5
    patience: Annotated[
        float, typer.Option("--patience", min=0.01, help="Seconds for one file in all.")
    ] = 1800
    other_hosts: Annotated[
        bool, typer.Option("--other-hosts", help="Follow redirects to other hosts too.")
    ] = False

    def job(self, folder: Path, quiet: bool, tolerance: timedelta = timedelta(0)) -> Job:
        """Return how to fetch into a folder with these options."""
        from halescope.fetch.run import Run
        from halescope.fetch.transfer import Limits, Transfer

        limits = Limits(
            timeout=self.timeout,
            retries=self.retries,
            backoff=self.backoff,
            pause=self.pause,
            longest_wait=max(60.0, self.backoff),
            patience=self.patience,
            other_hosts=self.other_hosts,
        )
        run = Run(Transfer(limits, self.cache), folder, tolerance, self.verify)
        return Job(run, self.dry_run, quiet)


def with_groups(*without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator: parameters of a command that are dataclasses become their fields.

    Typer sees one option for each field, in the place of the group; the command, which takes
    keywords only, gets the group. `*without`: fields that keep their default and are no option of
    this command.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        options: list[inspect.Parameter] = []
        groups: dict[str, tuple[Any, list[str]]] = {}
        signature = inspect.signature(command, eval_str=True)
        for name, parameter in signature.parameters.items():
            if is_dataclass(parameter.annotation):
                added = _options_of(parameter.annotation, without)
                groups[name] = parameter.annotation, [option.name for option in added]
                options += added
            else:
                options.append(parameter)

        @wraps(command)
        def call(**given: Any) -> None:
            for name, (group, names) in groups.items():
                given[name] = group(**{each: given.pop(each) for each in names})
            command(**given)

        call.__signature__ = signature.replace(parameters=options)  # type: ignore[attr-defined]
        return call

    return decorate


def _options_of(group: Any, without: Sequence[str]) -> list[inspect.Parameter]:
    hints, kind = get_type_hints(group, include_extras=True), inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(each.name, kind, default=each.default, annotation=hints[each.name])
        for each in fields(group)
        if each.name not in without
    ]
