"""A source whose images are rows of a drawn catalogue, and a process that can be killed in it.

    python -m watch.story FOLDER SINK CALL NUMBER

Works the story through and ends itself by SIGKILL at the NUMBER-th call of CALL.
"""

import os
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from halescope.io.catalog import merge_catalogs
from halescope.types import Catalog, DiskGeometry, Magnetogram
from halescope.watch import loop
from halescope.watch.source import Poll
from track_tables import Region, catalogue

START = datetime(2026, 2, 2, tzinfo=UTC)
HOURS = range(0, 48, 6)
"""A class along a track needs a day of images to be sure of what it did not begin with."""

BETA, COMPLEX = (0.02, 0.95, 0.03), (0.01, 0.02, 0.97)


@dataclass
class Files:
    """Returns all files of a folder up to the clock; `problems` as often as they are set."""

    folder: Path
    problems: tuple = ()
    name: str = "story"

    def poll(self, newest):
        return Poll(tuple(sorted(self.folder.glob("*.img"))), self.problems)


class Clock:
    def __init__(self, hour=0.0):
        self.hour = hour

    def __call__(self):
        return START + timedelta(hours=self.hour)


def regions(hour):
    """One complex region near the centre, another emerges at hour 4."""
    return [Region(-5, 12, shares=COMPLEX), Region(20, -15, begins=4, shares=BETA)]


def write(folder: Path, hour: float, name: str = "", text: str = "") -> Path:
    """Write a file that stands for the image of an hour."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"disk_{hour:06.2f}.img")
    path.write_text(text or str(hour))
    return path


def analysed(path: Path, instrument: str = "HMI"):
    """Return what stands for the analysis of such a file; broken ones raise as decoders do."""
    text = path.read_text()
    if text == "broken":
        raise ValueError("broken data stream")
    if text == "timeless":
        time, table = None, Catalog({"time": []})
    else:
        hour = float(text.removeprefix("GONG "))
        instrument = "GONG" if text.startswith("GONG") else instrument
        time, table = START + timedelta(hours=hour), catalogue(regions(hour), [hour])
        if not len(table):
            table = merge_catalogs([])
        table = Catalog(table.columns | {"image": [path.name] * len(table)}, {})
    field = np.zeros((512, 512), np.float32)
    geometry = DiskGeometry(255.5, 255.5, 200.0, b0=-6.0, l0=100.0)
    image = Magnetogram(field, "gauss", geometry, path.name, time, instrument)
    return SimpleNamespace(magnetogram=image, catalog=table)


def watching(folder, source, channels=(), clock=None, lines=None, **settings):
    """Return a watch whose analysis is the story's."""
    settings.setdefault("old", timedelta(days=5))
    made = loop.Watch(
        source, loop.Settings(folder, **settings), channels, clock or Clock(),
        (lines if lines is not None else []).append,
    )  # fmt: skip
    made._analyse = analysed
    return made


class Sink:
    """A channel that adds a line to a file for each alert, on the disk before it returns."""

    key = "sink"

    def __init__(self, path):
        self.path = path

    def send(self, alert, picture):
        with self.path.open("a") as stream:
            stream.write(alert["id"] + "\n")
            stream.flush()
            os.fsync(stream.fileno())


def killed_at(target, name, number):
    """Let the `number`-th call of a method end this process, half before and half after it."""
    inner, count = getattr(target, name), [0]

    def call(*args, **kwargs):
        count[0] += 1
        if count[0] == number and number % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        found = inner(*args, **kwargs)
        if count[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(target, name, call)


def main(folder, sink, call, number):
    folder = Path(folder)
    channel = Sink(Path(sink))
    source = Files(folder / "in")
    clock = Clock(48)
    working = watching(folder / "out", source, [channel], clock)
    targets = {"append": working.memory.journal, "send": channel, "replace": os}
    killed_at(targets[call], call, int(number))
    for hour in HOURS:
        write(folder / "in", hour)
        working.step()


if __name__ == "__main__":
    main(*sys.argv[1:])
