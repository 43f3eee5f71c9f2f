"""Columns of equal length as one value, and arrays that are kept beside a run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from halescope.io.atomic import atomic_path


@dataclass(frozen=True)
class Table:
    """Arrays with a row for each thing; a base whose fields are the columns."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def __getitem__(self, rows: NDArray[np.generic]) -> Self:
        """Return some of the rows, by a mask, (N,) bool, or by index, (K,) int."""
        return type(self)(*(getattr(self, f.name)[rows] for f in fields(self)))

    @classmethod
    def join(cls, tables: Sequence[Self]) -> Self:
        """Return all rows of several tables."""
        return cls(*(np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(cls)))


def kept_arrays(
    folder: Path, key: bytes, make: Callable[[], dict[str, NDArray[Any]]]
) -> dict[str, NDArray[Any]]:
    """Return arrays by name: made once for a key, then read from a file in a folder."""
    store = folder / f"{hashlib.sha256(key).hexdigest()[:16]}.npz"
    if store.is_file():
        with np.load(store) as kept:
            return dict(kept)
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(store) as fresh, fresh.open("wb") as stream:
        np.savez_compressed(stream, **made)  # type: ignore[arg-type]  # taken for allow_pickle
    return made
