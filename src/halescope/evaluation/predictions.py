"""Out-of-fold class predictions: the file that training writes and the evaluation report reads."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.errors import DatasetError
from halescope.guards.cells import CellReader, CellWriter
from halescope.io.atomic import atomic_text

FILE = "predictions.csv"
"""Its name in a run folder of ``halescope train classifier``."""

NETWORK, RAW, MOVED, TREES = "network", "uncalibrated", "moved_box", "trees"
"""Sets of probabilities: calibrated, as the network gave them, on boxes with edges moved about,
and of trees on features that learned from the same regions."""

_FIXED = ("time", "region", "fold", "class", "firm")


@dataclass(frozen=True)
class ClassPredictions:
    """Predictions of labelled regions by models that never saw them.

    Parameters
    ----------
    time, mount_wilson : (N,) str
        UTC, ends in Z; NOAA's class.
    region, fold : (N,) int
        NOAA number, or that of an earlier rotation: frames that are never split.
    firm : (N,) bool
        Scored: both neighbouring midnights agree and the region is within 60 degrees.
    sets : dict of str to (N, 3) float32
        Probabilities of `HIERARCHY`, by name; ``network`` is always there.
    """

    time: NDArray[np.str_]
    region: NDArray[np.int64]
    fold: NDArray[np.int64]
    mount_wilson: NDArray[np.str_]
    firm: NDArray[np.bool_]
    sets: dict[str, NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.region)

    @property
    def truth(self) -> NDArray[np.intp]:
        """(N,) int: index into `HIERARCHY`."""
        return np.array([HIERARCHY.index(COARSE[n]) for n in self.mount_wilson.tolist()], np.intp)

    def scored(self, first: str = "", last: str = "9999") -> ClassPredictions:
        """Return the firm rows of some days, ``YYYY-MM-DD``, inclusive."""
        days = np.array([t[:10] for t in self.time.tolist()], "U10")
        kept = self.firm & (days >= first) & (days <= last)
        columns = {name: values[kept] for name, values in vars(self).items() if name != "sets"}
        return replace(self, **columns, sets={name: s[kept] for name, s in self.sets.items()})


def write_predictions(path: Path, found: ClassPredictions) -> Path:
    """Write predictions as CSV, whole or not at all."""
    names = [f"{name}_{level}" for name in found.sets for level in HIERARCHY]
    text = io.StringIO()
    writer = CellWriter(text)
    writer.write_row([*_FIXED, *names])
    columns = (found.time, found.region, found.fold, found.mount_wilson, found.firm.astype(int))
    shares = np.concatenate([np.zeros((len(found), 0)), *found.sets.values()], 1)
    for *fixed, row in zip(*columns, shares, strict=True):
        writer.write_row([*fixed, *(f"{value:.5f}" for value in row)])
    return atomic_text(path, text.getvalue())


def read_predictions(path: Path) -> ClassPredictions:
    """Read predictions that `write_predictions` wrote.

    Raises `DatasetError` where the file is missing, lacks a column, or a line holds no predictions.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = CellReader(stream, path)
            header = next(reader, [])
            rows = list(reader)
    except OSError as error:
        raise DatasetError(str(path), f"cannot be read ({error.strerror})") from error
    wanted = [*_FIXED, *(f"{NETWORK}_{level}" for level in HIERARCHY)]
    missing = [name for name in wanted if name not in header]
    if missing:
        raise DatasetError(
            str(path),
            f"has no column {', '.join(missing)}",
            "out-of-fold predictions",
            f"`halescope train classifier` writes them as {FILE}",
        )
    return _parse(str(path), header, rows)


def _parse(subject: str, header: list[str], rows: list[list[str]]) -> ClassPredictions:
    names = [n for n in (NETWORK, RAW, MOVED, TREES) if f"{n}_{HIERARCHY[0]}" in header]
    found, shares = [], []
    for number, cells in enumerate(rows, 2):
        try:
            row = dict(zip(header, cells, strict=True))
            MOUNT_WILSON.index(row["class"])
            integers = (int(row[name]) for name in ("region", "fold", "firm"))
            found.append((row["time"], row["class"], *integers))
            shares.append([_shares([row[f"{n}_{level}"] for level in HIERARCHY]) for n in names])
        except (ValueError, KeyError) as error:
            raise DatasetError(f"{subject}:{number}", f"holds no prediction ({error})") from error
    time, kind, region, fold, firm = zip(*found, strict=True) if found else [()] * 5
    sets = np.array(shares, np.float32).reshape(len(found), len(names), len(HIERARCHY))
    return ClassPredictions(
        np.array(time, np.str_),
        np.array(region, np.int64),
        np.array(fold, np.int64),
        np.array(kind, np.str_),
        np.array(firm, np.int64).astype(bool),
        {name: sets[:, index] for index, name in enumerate(names)},
    )


def _shares(cells: list[str]) -> list[float]:
    values = [float(cell) for cell in cells]
    if not abs(sum(values) - 1) < 0.01:  # NaN fails too
        raise ValueError(f"probabilities add up to {sum(values):g}")
    return values
