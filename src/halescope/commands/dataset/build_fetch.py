"""The first stage of `halescope dataset build`: images and summaries, through `halescope fetch`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import typer

RECENT = timedelta(days=30)
"""How far back SWPC's JSON reaches; the archive lags behind by some of it."""


HMI_SINCE = datetime(2010, 12, 1, tzinfo=UTC)
"""From here on HMI's magnetograms are taken, before it MDI's, where nobody chooses."""


@dataclass(frozen=True)
class Wanted:
    """Which images to fetch: the options of `halescope fetch helioviewer`."""

    start: str | None
    end: str | None
    cadence: str
    dates: Path | None
    flares: str | None
    flare_list: tuple[Path, ...]
    top: int | None
    around: str
    instrument: str
    tolerance: str
    pause: float

    def words(self) -> list[str]:
        """Return the command line."""
        pairs = {
            "--start": self.start,
            "--end": self.end,
            "--cadence": self.cadence,
            "--dates": self.dates,
            "--flares": self.flares,
            "--top": self.top,
            "--instrument": self.instrument,
            "--tolerance": self.tolerance,
            "--pause": self.pause,
        }
        words = [f"{name}={value}" for name, value in pairs.items() if value is not None]
        words += [f"--flare-list={path}" for path in self.flare_list]
        spaced = self.flares is not None or self.top is not None
        words += [f"--apart={self.cadence}"] if spaced else []
        return [*words, f"--around={self.around}"]


def fetch_images(wanted: Wanted, folder: Path, dry_run: bool = False) -> bool:
    """Fetch magnetograms; say whether some are missing.

    Raises
    ------
    typer.Exit
        Nothing came at all.
    """
    flag = ["--dry-run"] if dry_run else []
    parts = by_instrument(wanted, folder)
    return any(
        [
            _fetch(["helioviewer", "-o", str(folder), *part.words(), *flag], must=len(parts) == 1)
            for part in parts
        ]
    )


def by_instrument(wanted: Wanted, folder: Path) -> list[Wanted]:
    """Return what to ask of each instrument: MDI before `HMI_SINCE` and HMI from then on.

    Parameters
    ----------
    wanted : Wanted
        Its instrument is ``auto``, or else it is returned as it is.
    folder : Path
        Gets the lists of dates, where there are any.
    """
    if wanted.instrument.lower() != "auto":
        return [wanted]
    from halescope.fetch.asked import parse_moment, times_of_file

    if wanted.dates is not None:
        times = times_of_file(wanted.dates)
        halves = [t for t in times if t < HMI_SINCE], [t for t in times if t >= HMI_SINCE]
        if all(halves):
            named = zip(("MDI", "HMI"), halves, strict=True)
            return [replace(wanted, instrument=n, dates=_listed(folder, n, t)) for n, t in named]
        return [replace(wanted, instrument="MDI" if halves[0] else "HMI")]
    first = parse_moment(wanted.start, "--start") if wanted.start else HMI_SINCE
    last = parse_moment(wanted.end, "--end") if wanted.end else first
    if wanted.end is None and (wanted.flares or wanted.top):  # all flares since then
        last = max(first, HMI_SINCE)
    if first >= HMI_SINCE or last < HMI_SINCE:
        return [replace(wanted, instrument="HMI" if first >= HMI_SINCE else "MDI")]
    before = f"{HMI_SINCE - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    since = f"{HMI_SINCE:%Y-%m-%dT%H:%M:%SZ}"
    return [
        replace(wanted, instrument="MDI", end=before),
        replace(wanted, instrument="HMI", start=since),
    ]


def _listed(folder: Path, name: str, times: Sequence[datetime]) -> Path:
    """Write a list of dates beside the folder of images, and return its path."""
    from halescope.io.atomic import atomic_text

    lines = "".join(f"{time:%Y-%m-%dT%H:%M:%SZ}\n" for time in times)
    return atomic_text(folder.parent / f"asked_{name.lower()}.list", lines)


def fetch_srs(days: Sequence[date], folder: Path, pause: float = 0.5) -> bool:
    """Fetch the summaries of some days; say whether some are missing.

    Those of the last month, which the archive may not have yet, come from SWPC.

    Parameters
    ----------
    pause : float
        Seconds between requests.
    """
    from halescope.io.atomic import atomic_text

    since = (datetime.now(UTC) - RECENT).date()
    old, new = [day for day in days if day < since], [day for day in days if day >= since]
    incomplete = False
    if old:
        listing = atomic_text(
            folder / "asked_days.list", "".join(f"{day}T00:00:00Z\n" for day in old)
        )
        words = ["-o", str(folder), "--dates", str(listing), f"--pause={pause}"]
        incomplete |= _fetch(["srs", *words], must=not new)
    if new:
        incomplete |= _fetch(["srs", "--today", "-o", str(folder)], must=not old)
    return incomplete


def _fetch(arguments: list[str], must: bool = True) -> bool:
    """Run one command of `halescope fetch`; say whether something is missing.

    Raises
    ------
    typer.Exit
        Nothing came at all, and it `must`.
    """
    from halescope.cli import run

    code = run(["fetch", *arguments])
    if code >= 2 and must:
        raise typer.Exit(code)
    return code != 0
