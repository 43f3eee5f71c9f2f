"""Tables of arrays, and arrays that are made once."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from halescope.training.data.tables import Table, kept_arrays


@dataclass(frozen=True)
class Pair(Table):
    a: np.ndarray
    b: np.ndarray


def test_rows_and_joins_keep_columns_together() -> None:
    table = Pair(np.arange(3), np.arange(6).reshape(3, 2))
    assert len(table) == 3
    picked = table[np.array([True, False, True])]
    assert isinstance(picked, Pair)
    assert (picked.a.tolist(), picked.b.tolist()) == ([0, 2], [[0, 1], [4, 5]])
    assert Pair.join([table, picked]).a.tolist() == [0, 1, 2, 0, 2]


def test_arrays_are_made_once_for_a_key(tmp_path: Path) -> None:
    made = []

    def make() -> dict[str, np.ndarray]:
        made.append(1)
        return {"x": np.arange(3, dtype=np.int8)}

    for _ in range(2):
        assert kept_arrays(tmp_path / "new", b"a", make)["x"].tolist() == [0, 1, 2]
    assert len(made) == 1
    kept_arrays(tmp_path / "new", b"b", make)
    assert len(made) == 2
