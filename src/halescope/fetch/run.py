"""Fetch many files of one service: skip what is here, note what fails, go on with the rest."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from halescope.errors import FetchError, UnsafePathError, one_line
from halescope.fetch.answers import ContentError, NotThereError, ServiceDownError
from halescope.fetch.content import Content
from halescope.fetch.gaps import GapReport, gap_report
from halescope.fetch.record import HAVE, Record, Row
from halescope.fetch.transfer import Received, Transfer
from halescope.guards.checksum import checksum
from halescope.guards.inside import inside
from halescope.io.atomic import atomic_bytes, atomic_text
from halescope.types import format_time

REPORT = "gaps.json"

GIVE_UP_AFTER = 3
"""Failures in a row, each after all its retries, after which a service counts as down."""


@dataclass(frozen=True)
class Located:
    """Where a service keeps the image nearest to an asked time.

    Parameters
    ----------
    obtained : datetime
        The image's time as the service says, UTC.
    file : str
        Name to give it.
    quality : {"", "good", "bad"}
    body : bytes or None
        The content itself, where the service's own library brought it.
    """

    address: str
    obtained: datetime
    file: str
    quality: str = ""
    note: str = ""
    body: bytes | None = None


class Provider(ABC):
    """One product of one service; MissingExtraError where its library is not installed.

    Attributes
    ----------
    source : str
        Service and product, such as ``helioviewer/HMI``.
    typical_bytes : int
        Of one file.
    slack : timedelta
        How far a file's own time may be from the one that the service promised: headers tell the
        start of an exposure where services tell its middle.
    """

    source: str
    typical_bytes: int
    slack: timedelta = timedelta(0)

    def prepare(self, asked: Sequence[datetime]) -> None:  # noqa: B027 most services cannot
        """Learn about all asked times at once, where the service can."""

    @abstractmethod
    def locate(self, asked: datetime) -> Located:
        """Return where the image nearest to a time is; FetchError if there is none."""

    def inspect(self, path: Path) -> Content:
        """Return what the file says of itself; ContentError if it is not what it should be."""
        return Content()


@dataclass(frozen=True)
class Run:
    """Where to and how to fetch.

    `folder`: gets the files, their manifest and the gap report. `tolerance`: the most that an image
    may be from its asked time. `verify`: compare checksums of files that are here already.
    """

    transfer: Transfer
    folder: Path
    tolerance: timedelta = timedelta(0)
    verify: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    `files`: those asked for that are here now, in order of time. `messages`: one line for each
    thing that went wrong.
    """

    report: GapReport
    manifest: Path
    files: tuple[Path, ...]
    messages: tuple[str, ...]


def estimate(provider: Provider, asked: Sequence[datetime], folder: Path) -> str:
    """Return in a line what `fetch_all` would get; nothing is asked of the service nor written.

    Bytes are told by the mean of what came before from this source, else by its typical size.
    """
    record = Record(folder)
    here = sum(record.having(provider.source, format_time(time)) is not None for time in asked)
    sizes = [
        row.bytes
        for row in record.rows.values()
        if row.source == provider.source and row.status == "ok"
    ]
    mean = round(sum(sizes) / len(sizes)) if sizes else provider.typical_bytes
    files = len(asked) - here
    size = files * mean
    return (
        f"{len(asked)} asked, {here} here already, {files} files to fetch, "
        f"about {size} bytes ({size / 1e6:.1f} MB)"
    )


def fetch_all(
    provider: Provider,
    asked: Sequence[datetime],
    run: Run,
    on_row: Callable[[Row], None] = lambda _: None,
) -> Outcome:
    """Fetch the image nearest to each asked time into a folder, with manifest and gap report.

    `asked`: UTC, in order, each once. `on_row`: told of each row when it is known what came.
    """
    record = Record(run.folder)
    todo = {
        time
        for time in asked
        if record.having(provider.source, format_time(time), run.verify) is None
    }
    down, messages = 0, []
    try:
        if todo:
            provider.prepare(sorted(todo))
        for time in asked:
            if time not in todo:
                on_row(record.rows[provider.source, format_time(time)])
                continue
            row, is_down = _fetch_one(provider, time, record, run)
            record.add(row)
            on_row(row)
            if row.status in ("failed", "missing", "far"):
                messages.append(f"{row.source} {row.asked}: {row.note}")
            down = down + 1 if is_down else 0
            if down >= GIVE_UP_AFTER:
                messages.append(f"{provider.source}: {down} failures in a row, the rest is left")
                break
    except ServiceDownError as error:  # while preparing
        messages.append(str(error))
    finally:
        manifest = record.close()
    names = [format_time(time) for time in asked]
    rows = [row for row in record.rows.values() if row.source == provider.source]
    report = gap_report(names, rows)
    atomic_text(run.folder / REPORT, json.dumps(report.to_json(), indent=1) + "\n")
    mine = [record.rows.get((provider.source, name)) for name in names]
    files = tuple(run.folder / each.file for each in mine if each and each.status in HAVE)
    return Outcome(report, manifest, files, tuple(messages))


def _fetch_one(provider: Provider, asked: datetime, record: Record, run: Run) -> tuple[Row, bool]:
    """Return the row for one asked time, and whether the service seems down."""
    row = Row(provider.source, format_time(asked), status="failed", fetched=_now())
    try:
        found = provider.locate(asked)
        row = replace(row, address=found.address, note=found.note, quality=found.quality)
        if (far := _too_far(found.obtained, asked, run.tolerance)) is not None:
            return replace(row, status="far", obtained=format_time(found.obtained), note=far), False
        same = record.same_image(provider.source, format_time(found.obtained), run.verify)
        if same is not None:
            return replace(same, asked=row.asked, status="duplicate", fetched=row.fetched), False
        return _received(provider, found, row, run), False
    except NotThereError as error:
        return replace(row, status="missing", note=_brief(error)), False
    except ServiceDownError as error:
        return replace(row, note=_brief(error)), True
    except FetchError as error:
        return replace(row, note=_brief(error)), False


def _received(provider: Provider, found: Located, row: Row, run: Run) -> Row:
    """Return the row of an image that has been downloaded and looked at."""
    content = Content()

    def check(path: Path) -> None:
        nonlocal content
        content = provider.inspect(path)
        if content.time is not None and abs(content.time - found.obtained) > provider.slack:
            other = f"its own header says {format_time(content.time)}"
            raise ContentError(found.file, f"is of another time than promised: {other}")

    try:
        target = inside(run.folder, found.file, provider.source)
    except UnsafePathError as error:
        raise ContentError(provider.source, error.found, error.expected) from error
    if found.body is None:
        received = run.transfer.download(found.address, target, check)
    else:
        atomic_bytes(target, found.body)
        received = Received(len(found.body), checksum(target))
    return replace(
        row,
        status="ok",
        obtained=format_time(found.obtained),
        file=found.file,
        bytes=received.bytes,
        sha256=received.sha256,
        quality=content.quality or found.quality,
    )


def _too_far(obtained: datetime, asked: datetime, most: timedelta) -> str | None:
    apart = abs(obtained - asked)
    if apart <= most:
        return None
    return f"the nearest is of {format_time(obtained)}, {_span(apart)} away, over {_span(most)}"


def _span(time: timedelta) -> str:
    seconds = time.total_seconds()
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


def _brief(error: FetchError) -> str:
    """Return the error without its subject, which the row names already, on one line."""
    text = error.found + (f"; expected {error.expected}" if error.expected else "")
    return one_line(" ".join(text.split()))


def _now() -> str:
    return format_time(datetime.now(UTC).replace(microsecond=0))
