"""A manifest, divided: text lists of its parts with a hash, and its `split` column.

Every way is deterministic: a seed and a hash of the image's name decide, never the order of rows.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from halescope.datasets.manifest import blocks, columns_of
from halescope.datasets.manifest_table import write_blocks
from halescope.datasets.splits.config import PARTS, SplitConfig
from halescope.datasets.splits.leakage import CENSUS_COLUMNS, Census
from halescope.datasets.splits.units import SPLIT_COLUMNS, UnitTable, listed_names
from halescope.errors import DatasetError
from halescope.io.atomic import atomic_path, atomic_text

LEFT_OUT = "left_out"
"""Name of the list of images that no part holds."""


@dataclass(frozen=True)
class SplitReport:
    """Units on each list, SHA-256 over all lists, and a census of what the parts share."""

    images: dict[str, int]
    digest: str
    census: Census


def split_manifest(manifest: str | Path, config: SplitConfig, folder: str | Path) -> SplitReport:
    """Split a manifest; write the lists, ``split.json`` and the manifest with its parts.

    Raises `DatasetError`: a part would be empty, or the manifest is unreadable.

    Parameters
    ----------
    folder : path
        Gets ``train.txt``, ``validation.txt``, ``test.txt``, ``left_out.txt``: one image a line,
        or one ``image#number`` where parts are dealt by region.
    """
    manifest, folder = Path(manifest), Path(folder)
    units = UnitTable(config)
    for block in blocks(manifest, SPLIT_COLUMNS):
        units.observe(block)
    units.decide()
    by_row = config.method == "region" or config.unit == "region"
    census, counts = Census(), Counter[str]()
    target = folder / ("manifest" + manifest.suffix.lower())
    with ExitStack() as stack:
        lists = {name: stack.enter_context(_list_file(folder, name)) for name in (*PARTS, LEFT_OUT)}
        parted = _with_parts(manifest, units, census, _Lister(lists, counts, by_row))
        columns = columns_of(manifest)
        write_blocks(target, parted, columns if "split" in columns else [*columns, "split"])
        refuse_empty(config, counts)
    digest = _describe(folder, config, counts)
    return SplitReport(dict(counts), digest, census)


@contextmanager
def _list_file(folder: Path, name: str) -> Iterator[TextIO]:
    """Open a text list that appears whole or not at all."""
    with (
        atomic_path(folder / f"{name}.txt") as fresh,
        fresh.open("w", encoding="utf-8", newline="") as stream,
    ):
        yield stream


@dataclass
class _Lister:
    """Writes each unit on the list of its part, once."""

    lists: Mapping[str, TextIO]
    counts: Counter[str]
    by_row: bool
    last: str = ""

    def add(self, block: Mapping[str, Sequence[Any]], parts: Sequence[str]) -> None:
        keys = listed_names(block, "region" if self.by_row else "image")
        for key, part in zip(keys, parts, strict=True):
            if key != self.last:  # the rows of one image stand together
                self.lists[part or LEFT_OUT].write(key + "\n")
                self.counts[part or LEFT_OUT] += 1
                self.last = key


def _with_parts(
    manifest: Path, units: UnitTable, census: Census, lister: _Lister
) -> Iterator[Mapping[str, Sequence[Any]]]:
    """Yield the manifest's blocks with their parts; count them on the way."""
    for block in blocks(manifest):
        for name in (*CENSUS_COLUMNS, *SPLIT_COLUMNS):
            block.setdefault(name, [""] * len(block["image"]))
        parts = units.parts(block)
        census.update(block, parts)
        lister.add(block, parts)
        yield block | {"split": parts}


def refuse_empty(config: SplitConfig, counts: Counter[str]) -> None:
    """Raise `DatasetError` where a part that shall have something has nothing."""
    wanted = [name for name, share in zip(PARTS, config.fractions, strict=True) if share > 0]
    empty = [name for name in wanted if not counts[name]]
    if empty:
        raise DatasetError(
            f"split by {config.method}",
            f"nothing falls to {' and '.join(empty)} ({sum(counts.values())} in all)",
            "at least one in each part",
            "give more images, other --fractions, or a smaller --gap",
        )


def _describe(folder: Path, config: SplitConfig, counts: Counter[str]) -> str:
    """Write ``split.json`` and return the hash over the lists."""
    whole, lists = hashlib.sha256(), {}
    for name in (*PARTS, LEFT_OUT):
        data = (folder / f"{name}.txt").read_bytes()
        whole.update(name.encode() + b"\0" + data)
        lists[name] = {"count": counts[name], "sha256": hashlib.sha256(data).hexdigest()}
    document = {"config": asdict(config), "lists": lists, "sha256": whole.hexdigest()}
    atomic_text(folder / "split.json", json.dumps(document, indent=1) + "\n")
    return whole.hexdigest()
