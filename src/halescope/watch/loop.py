"""The watch: look, analyse, track, show, tell; again and again, or once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from halescope.batch.run import DAMAGE, load_tools
from halescope.batch.workers import Workers
from halescope.day import Pictures, describe, draw
from halescope.day.content import age_words
from halescope.errors import HalescopeError, MissingExtraError
from halescope.guards.inside import real
from halescope.io import read
from halescope.io.atomic import atomic_bytes
from halescope.io.names import escaped
from halescope.noaa.matching import catalog_time
from halescope.noaa.srs import read_srs
from halescope.noaa.srs_row import SrsRow
from halescope.pipeline import Analysis, analyze
from halescope.tracks import Tracks
from halescope.types import Magnetogram, format_time
from halescope.watch.alerts import Limits, decide, silence
from halescope.watch.notify import Channel, deliver
from halescope.watch.numbers import rows_of, tracked
from halescope.watch.outputs import ALERTS, write_history, write_outputs
from halescope.watch.score import scores
from halescope.watch.source import Poll, Source, key_of
from halescope.watch.state import TRIES, WINDOW, Memory

STATE = ".watch"

AHEAD = timedelta(minutes=30)
"""An image that is later than the clock by more waits until the clock has come so far."""

FILE_SECONDS = 120.0
"""That one file may take; its process is ended then, and the file refused."""

OLD = timedelta(hours=24)
"""What shows on an older image is in the feed, but nobody is woken for it."""


def analysed(path: Path, detector: str | None, classifier: str | None) -> Analysis:
    """Return the analysis of a file by networks of these names, which stay loaded."""
    tools = load_tools(detector, classifier)
    return analyze(path, detector=tools[0], classifier=tools[1], name=escaped(path.name))


@dataclass(frozen=True)
class Settings:
    """How a watch works.

    Parameters
    ----------
    folder : Path
        Gets all that it writes.
    srs : Path or None
        Solar Region Summaries, read again when they have changed.
    silent : timedelta
        A source without a new image for so long is said to be silent.
    old : timedelta
        See `OLD`.
    quiet : (time, time) or None
        UTC, between which no alert is sent.
    """

    folder: Path
    srs: Path | None = None
    silent: timedelta = timedelta(hours=6)
    old: timedelta = OLD
    quiet: tuple[clock_time, clock_time] | None = None
    limits: Limits = field(default_factory=Limits)
    detector: str | None = None
    classifier: str | None = None


class Watch:
    """A watch on one source into one folder.

    Parameters
    ----------
    source : Source
    settings : Settings
    channels : sequence of Channel
    now : callable
        The clock, UTC.
    report : callable
        Told of each thing that happens, in a line.

    Raises
    ------
    OutputError
        The folder is another watch's or cannot be written to.
    """

    def __init__(
        self,
        source: Source,
        settings: Settings,
        channels: Sequence[Channel] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.source, self.settings, self.channels = source, settings, channels
        self.now, self.report = now, report
        self.memory = Memory(settings.folder / STATE)
        self._workers = Workers(1)
        self._last: tuple[str, Magnetogram] | None = None
        self._ahead: dict[str, datetime] = {}
        self._ended = dict(self.memory.state.begun)  # by earlier processes
        self._begun: set[str] = set()
        self._summaries: tuple[Any, list[SrsRow] | None] = (None, None)
        self._written: set[str] = set()

    def close(self) -> None:
        """Let another watch have the folder."""
        self._workers.close()
        self.memory.journal.close()

    def run(self, every: timedelta) -> None:
        """Go on until interrupted; what cannot be written now is tried again at the next look."""
        while True:
            start = time.monotonic()  # clocks that are set do not matter
            try:
                self.step()
            except MissingExtraError:
                raise
            except HalescopeError as error:  # a full disk, say
                self.report(str(error))
            time.sleep(max(1.0, every.total_seconds() - (time.monotonic() - start)))

    def step(self) -> int:
        """Look once, and do all that follows; return how many new images there were.

        Raises
        ------
        OutputError
            Something could not be written. What was done before is kept, the rest is done by the
            next step.
        """
        state = self.memory.state
        newest = None if state.newest is None else catalog_time(state.newest.time)
        poll = self.source.poll(newest)
        for problem in poll.problems:
            self.report(problem)
        arrived = [stamp for path in poll.files for stamp in self._take(path)]
        if state.newest is not None:
            self._show(arrived, poll)
            problems = deliver(
                self.memory, self.channels, self.settings.folder / ALERTS, self.now(),
                self.settings.quiet,
            )  # fmt: skip
            for problem in problems:
                self.report(problem)
        return len(arrived)

    def _take(self, path: Path) -> list[str]:
        """Analyse a file if it is new; return its time, or nothing."""
        state, name = self.memory.state, escaped(path.name)
        try:
            key = key_of(path)
        except HalescopeError as error:
            self.report(str(error))
            return []
        if state.settled(key) or self._ahead.get(key, self.now()) > self.now() + AHEAD:
            return []
        if self._ended.get(key, 0) >= TRIES:
            return self._refuse(key, name, f"ended the process {TRIES} times")
        if key not in self._begun:
            self.memory.record("begun", key=key)
            self._begun.add(key)
        start = time.perf_counter()
        try:
            analysis = self._analyse(path)
        except HalescopeError as error:
            return self._refuse(key, name, str(error))
        except DAMAGE as error:
            detail = " ".join(str(error).split())[:200]
            return self._refuse(key, name, f"cannot be analysed ({detail})")
        return self._keep(key, path, analysis, time.perf_counter() - start)

    def _analyse(self, path: Path) -> Analysis:
        """Analyse a file in a process of its own, which alone ends where a decoder crashes."""
        names = self.settings.detector, self.settings.classifier
        name = escaped(path.name)
        return self._workers.call(analysed, path, *names, subject=name, limit=FILE_SECONDS)

    def _keep(self, key: str, path: Path, analysis: Analysis, seconds: float) -> list[str]:
        """Record an image, unless something speaks against it."""
        image, state = analysis.magnetogram, self.memory.state
        name = escaped(path.name)
        stamp, newest = image.time_string, state.newest
        if image.time is None:
            return self._refuse(key, name, "has no time")
        if image.time > self.now() + AHEAD:
            self._ahead[key] = image.time
            self.memory.record("waits", key=key)
            self.report(f"{name}: is of {stamp}, after this clock's time; it waits")
            return []
        if stamp in state.images:
            return self._refuse(key, name, f"has the time of {state.images[stamp].name}")
        if newest is not None and newest.instrument != image.instrument:
            return self._refuse(key, name, f"is of {image.instrument}, not {newest.instrument}")
        if newest is not None and catalog_time(newest.time) - image.time > WINDOW:
            return self._refuse(key, name, f"is of {stamp}, {WINDOW.days} days too late")
        self.memory.record(
            "image", key=key, name=name, time=stamp, source=str(real(path)),
            instrument=image.instrument, columns=analysis.catalog.columns,
            units=analysis.catalog.units,
        )  # fmt: skip
        if newest is None or stamp > newest.time:
            self._last = stamp, image
        late = newest is not None and stamp < newest.time
        count = len(analysis.catalog)
        self.report(f"{stamp}: {count} regions, {seconds:.2f} s{', late' if late else ''}")
        return [stamp]

    def _refuse(self, key: str, name: str, reason: str) -> list[str]:
        self.memory.record("refused", key=key, name=name, reason=reason)
        self.report(f"{name}: {reason}" if name not in reason else reason)
        return []

    def _show(self, arrived: Sequence[str], poll: Poll) -> None:
        """Track, decide what is to be told, and write everything."""
        state, folder = self.memory.state, self.settings.folder
        newest = state.newest
        if newest is None:
            return
        rows, problem = self._read_summaries()
        tracks, note = tracked(state, rows)
        image = (newest.name, newest.time)
        document = describe(tracks, rows, self.now(), image)
        pictures, shown = self._pictures(document)
        self._remember(tracks, arrived)
        self._tell(tracks, document, pictures)
        self._watch_source(document["image"])
        self._score(tracks, rows)
        status = self._status(poll, [*filter(None, (problem, note, shown))])
        days = {stamp[:10] for stamp in arrived}
        if not self._written:  # of an earlier process, which may not have come so far
            days.add(newest.time[:10])
        write_history(folder, tracks, state, days)
        self._written |= days
        write_outputs(folder, document, pictures, status, tracks, state, rows)

    def _remember(self, tracks: Tracks, arrived: Sequence[str]) -> None:
        """Record the tracks of new images, and of those that an earlier process did not come to."""
        known = {stamp for stamp, _ in self.memory.state.numbers}
        times = {*arrived, *(s.time for s in self.memory.state.window() if s.time not in known)}
        for stamp in sorted(times):
            found = rows_of(tracks.catalog, stamp)
            if found:
                self.memory.record("tracked", time=stamp, numbers=found)

    def _tell(self, tracks: Tracks, document: dict[str, Any], pictures: Pictures | None) -> None:
        """Decide on alerts and record them; their pictures are there before."""
        state, now = self.memory.state, self.now()
        own: dict[int, list[dict[str, Any]]] = {}
        for row in tracks.catalog.rows():
            if row["score"] is not None and row["track"] is not None:
                own.setdefault(row["track"], []).append(row)
        start = min(state.images)
        for each in decide(document["regions"], own, state.told, start, self.settings.limits):
            track = each.region["track"]
            if not each.words:
                for what, value in each.told:
                    self.memory.record("told", track=track, what=what, value=value)
                continue
            alert = each.alert(document["image"])
            alert["send"] = now - catalog_time(alert["time"]) <= self.settings.old
            crop = None if pictures is None else pictures.crops.get(track)
            if crop is not None:
                atomic_bytes(self.settings.folder / ALERTS / f"{alert['id']}.png", crop)
            alert["picture"] = None if crop is None else f"{ALERTS}/{alert['id']}.png"
            told = [(track, what, value) for what, value in each.told]
            self.memory.record("alert", alert=alert, told=told)
            self.report(f"{alert['title']}: {alert['words']}")

    def _watch_source(self, image: dict[str, Any]) -> None:
        """Record an alert once for each time that the source falls silent."""
        state, now = self.memory.state, self.now()
        age = now - catalog_time(image["time"])
        if age <= self.settings.silent or state.told.get((0, "silent")) == image["time"]:
            return
        stamp = format_time(now.replace(microsecond=0))
        alert = silence(self.source.name, image, age_words(age), stamp)
        alert["send"] = age <= self.settings.old
        self.memory.record("alert", alert=alert, told=[(0, "silent", image["time"])])

    def _score(self, tracks: Tracks, rows: Sequence[SrsRow] | None) -> None:
        if rows is None:
            return
        state = self.memory.state
        images = [(seen.name, seen.time) for seen in state.window()]
        for day, score in scores(tracks, images, rows, list(state.scores)).items():
            self.memory.record("score", day=day, score=score)

    def _status(self, poll: Poll, notices: list[str]) -> dict[str, Any]:
        """Return what is to be said of the watch itself."""
        newest, now = self.memory.state.newest, self.now()
        age = now - catalog_time(newest.time) if newest else timedelta(0)
        silent = age > self.settings.silent
        if silent:
            notices.insert(0, f"{self.source.name} is silent: no new image for {age_words(age)}.")
        notices += [f"Source: {problem}" for problem in poll.problems[:3]]
        unsure = [f"{i}" for (i, _), what in self.memory.state.outcomes.items() if what != "sent"]
        if unsure:
            notices.append(f"Alerts that may not have been sent: {', '.join(unsure[-5:])}.")
        refused = list(self.memory.state.refused.values())
        return {
            "source": self.source.name,
            "looked": format_time(now.replace(microsecond=0)),
            "silent": silent,
            "images": len(self.memory.state.images),
            "refused": refused[-10:],
            "notices": notices,
        }

    def _pictures(self, document: dict[str, Any]) -> tuple[Pictures | None, str]:
        """Return the pictures of the newest image, or why there are none."""
        newest = self.memory.state.newest
        if newest is None:
            return None, ""
        try:
            if self._last is None or self._last[0] != newest.time:
                image = self._workers.call(
                    read, Path(newest.source), subject=newest.name, limit=FILE_SECONDS
                )
                self._last = newest.time, image
            return draw(self._last[1], document["regions"]), ""
        except (HalescopeError, *DAMAGE) as error:
            return None, f"The newest image cannot be shown: {error}."

    def _read_summaries(self) -> tuple[list[SrsRow] | None, str]:
        """Return the summaries of the window, read again where they have changed."""
        path, newest = self.settings.srs, self.memory.state.newest
        if path is None or newest is None:
            return None, ""
        try:
            files = sorted(path.rglob("*")) if path.is_dir() else [path]
            stamp = [(str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in files]
            if stamp != self._summaries[0]:
                self._summaries = stamp, list(read_srs(path).section("I"))
        except (HalescopeError, OSError) as error:
            return self._recent(newest.time), f"Summaries cannot be read: {error}."
        return self._recent(newest.time), ""

    def _recent(self, stamp: str) -> list[SrsRow] | None:
        rows, newest = self._summaries[1], catalog_time(stamp).date()
        low, high = newest - WINDOW, newest + timedelta(days=2)
        return None if rows is None else [row for row in rows if low <= row.date <= high]
