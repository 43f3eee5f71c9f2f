"""`halescope dataset build`: fetch, label, split, cut, convert and audit in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Annotated

import typer


def build(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to build in.")],
    start: Annotated[str | None, typer.Option(help="First time to fetch, UTC.")] = None,
    end: Annotated[str | None, typer.Option(help="Last time to fetch.")] = None,
    cadence: Annotated[str, typer.Option(help="Step of the times: 12m, 1h, 1d.")] = "6h",
    flares: Annotated[
        str | None, typer.Option(help="Fetch around flares instead, such as '>=M5'.")
    ] = None,
    images: Annotated[
        list[str] | None, typer.Option(help="Magnetograms that are here; nothing is fetched.")
    ] = None,
    srs: Annotated[
        Path | None, typer.Option(help="SRS that is here: table, file, folder or archive.")
    ] = None,
    preset: Annotated[str, typer.Option(help="full, or paper: the 2020 recipe.")] = "full",
    limit: Annotated[
        int | None, typer.Option(min=0, help="Images, spread evenly; 0 for all.")
    ] = None,
    gap: Annotated[float | None, typer.Option(help="Days between the parts, by time.")] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Processes.")] = 2,
) -> None:
    """Build a data set: images, labels, splits, class folders, label files, page and audit.

    A second run goes on where the first one stopped, and does again only what has changed.

    For example:

    halescope dataset build --start 2024-01-01 --end 2024-06-30 -o data

    halescope dataset build --preset paper --images hmi/ --srs srs_1996_2026.csv -o paper
    """
    from halescope.datasets.build import Builder, recipe_of
    from halescope.errors import ConfigError
    from halescope.io import expand

    recipe = recipe_of(preset)
    if limit is not None:
        recipe = replace(recipe, limit=limit)
    if gap is not None:
        recipe = replace(recipe, split=replace(recipe.split, gap_days=gap))
    if not images and not (start or flares):
        raise ConfigError("dataset build", "has nothing to build from", "--start or --images")
    failed = False
    if not images:
        options = ["--flares", flares] if flares else ["--cadence", cadence]
        options += ["--start", start] if start else []
        options += ["--end", end] if end else []
        failed |= _fetch(["helioviewer", "-o", str(output / "images"), *options])
        images = [str(output / "images")]
    paths = expand(images)
    if srs is None:
        srs = output / "srs"
        failed |= _fetch_srs(paths, srs)
    builder = Builder(output, recipe, jobs, typer.echo)
    builder.run(paths, srs)
    for line in builder.problems:
        typer.echo(line, err=True)
    if failed or builder.problems:
        raise typer.Exit(2)


def _fetch_srs(paths: Sequence[Path], folder: Path) -> bool:
    """Fetch the summaries of both midnights around each image; say whether some are missing."""
    from halescope.io.atomic import atomic_text

    days = sorted({d for path in paths for d in _midnights(path)})
    listing = folder / "asked_days.txt.list"
    atomic_text(listing, "".join(f"{day}T00:00:00Z\n" for day in days))
    return _fetch(["srs", "-o", str(folder), "--dates", str(listing)])


def _midnights(path: Path) -> tuple[date, ...]:
    """Return the day of an image and the one after it, from its name or its header."""
    from halescope.errors import HalescopeError
    from halescope.io import read
    from halescope.io.filetime import time_from_name

    when = time_from_name(path.name)
    if when is None:
        try:
            when = read(path).time
        except HalescopeError:
            return ()
    if when is None:
        return ()
    day = when.astimezone(UTC).date()
    return day, day + timedelta(days=1)


def _fetch(arguments: list[str]) -> bool:
    """Run one command of `halescope fetch`; say whether something is missing.

    Raises
    ------
    typer.Exit
        Nothing came at all.
    """
    from halescope.cli import run

    code = run(["fetch", *arguments])
    if code >= 2:
        raise typer.Exit(code)
    return code != 0
