"""`halescope dataset build`: fetch, label, split, cut, convert and audit in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.dataset.build_fetch import fetch_magnetograms, fetch_srs
from halescope.commands.fetch.options import TimeOptions, with_groups
from halescope.commands.options import Jobs
from halescope.commands.progress import bar
from halescope.commands.say import say

if TYPE_CHECKING:
    from halescope.datasets.recipes import Recipe

BUILT_IN_PART = 1
"""Exit code: built, but some images or summaries are missing or unreadable."""

Instrument = Annotated[
    str, typer.Option(help="HMI, MDI, or auto: MDI before December 2010, then HMI.")
]
Images = Annotated[
    list[str] | None, typer.Option(help="Magnetograms that are here; none are fetched.")
]
Srs = Annotated[Path | None, typer.Option(help="SRS that is here: table, file, folder or archive.")]
Limit = Annotated[int | None, typer.Option(min=0, help="Images, spread evenly; 0 for all.")]
Gap = Annotated[float | None, typer.Option(help="Days between the parts, by time.")]
Pause = Annotated[float, typer.Option(min=0, help="Seconds between two requests.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Count the images to fetch and their bytes.")
]


@dataclass(frozen=True)
class BuildTimes(TimeOptions):
    """Which images to fetch, and how far they may be from their asked time."""

    cadence: Annotated[
        str, typer.Option(help="Step of the times: 12m, 1h, 1d; with --flares the least of it.")
    ] = "6h"

    @property
    def are_given(self) -> bool:
        """Whether there is anything to ask for."""
        return bool(self.start or self.flares or self.dates or self.top)


@with_groups("latest", "apart")
def build(
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to build in.")],
    times: BuildTimes,
    instrument: Instrument = "auto",
    images: Images = None,
    srs: Srs = None,
    preset: Annotated[str, typer.Option(help="full, or paper: the 2020 recipe.")] = "full",
    limit: Limit = None,
    gap: Gap = None,
    pause: Pause = 0.5,
    dry_run: DryRun = False,
    jobs: Jobs = 2,
) -> None:
    """Build a data set: images, labels, splits, class folders, label files, page and audit.

    A second run goes on where the first one stopped, and does again only what has changed. Exit
    code 0: all of it; 1: built, but what is listed is missing; 2: nothing to build from.

    For example:

    halescope dataset build --start 2024-01-01 --end 2024-06-30 -o data

    halescope dataset build --preset paper --flares '>=M5' --around=-36:36:3 --start 2010-06-01
    --end 2019-12-31 -o paper

    halescope dataset build --preset paper --images hmi/ --srs srs_1996_2026.csv -o paper
    """
    from halescope.datasets.build import Builder, midnights
    from halescope.datasets.recipes import recipe_of
    from halescope.errors import ConfigError
    from halescope.io import expand

    recipe = _changed(recipe_of(preset), limit, gap)
    if not images and not times.are_given:
        wanted = "--start, --dates, --flares or --images"
        raise ConfigError("dataset build", "has nothing to build from", wanted)
    incomplete = False
    if not images:
        apart = times.cadence if times.flares or times.top else ""
        asked, folder = replace(times, apart=apart), output / "images"
        incomplete |= fetch_magnetograms(instrument, asked, pause, folder, dry_run)
        if dry_run:
            return
        images = [str(folder)]
    paths = expand(images)
    if srs is None:
        srs = output / "srs"
        days = sorted({day for path in paths for day in midnights(path)})
        incomplete |= fetch_srs(days, srs, pause)
    builder = Builder(output, recipe, jobs, say, bar)
    builder.run(paths, srs)
    _tell(builder.problems)
    if incomplete or builder.problems:
        raise typer.Exit(BUILT_IN_PART)


def _changed(recipe: Recipe, limit: int | None, gap: float | None) -> Recipe:
    """Return a recipe with what the user changed in it."""
    if limit is not None:
        recipe = replace(recipe, limit=limit)
    if gap is not None:
        recipe = replace(recipe, split=replace(recipe.split, gap_days=gap))
    return recipe


def _tell(problems: Sequence[str], most: int = 20) -> None:
    for line in problems[:most]:
        say(line, err=True)
    if len(problems) > most:
        say(f"... and {len(problems) - most} more problems", err=True)
