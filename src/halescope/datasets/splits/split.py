"""Parts of a data set: at random as the paper did, by region, or by time with a gap.

Every way is deterministic: a seed and a hash of the image's name decide, never the order of rows.
A split is written as text lists of images, with a hash, and into the manifest's `split` column.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.manifest import blocks, columns_of
from halescope.datasets.manifest_table import write_blocks
from halescope.datasets.splits.config import (
    PARTS,
    SPLIT_COLUMNS,
    SplitConfig,
    Splitter,
    stratum,
    unit_keys,
)
from halescope.datasets.splits.leakage import CENSUS_COLUMNS, Census, short_hash
from halescope.datasets.splits.region import RegionSplitter
from halescope.datasets.splits.time import TimeSplitter
from halescope.errors import DatasetError
from halescope.io.atomic import atomic_path, atomic_text

LEFT_OUT = "left_out"
"""Name of the list of images that no part holds."""


def make_splitter(config: SplitConfig) -> Splitter:
    """Return the splitter for a method."""
    if config.method == "random":
        return RandomSplitter(config)
    return RegionSplitter(config) if config.method == "region" else TimeSplitter(config)


@dataclass(frozen=True)
class SplitReport:
    """What a split came to.

    Parameters
    ----------
    images : dict of str to int
        Images (by region: rows) on each list.
    digest : str
        SHA-256 over all lists.
    census : Census
        For the audit: what the parts share.
    """

    images: dict[str, int]
    digest: str
    census: Census


def split_manifest(manifest: str | Path, config: SplitConfig, folder: str | Path) -> SplitReport:
    """Split a manifest; write the lists, ``split.json`` and the manifest with its parts.

    Parameters
    ----------
    folder : path
        Gets ``train.txt``, ``validation.txt``, ``test.txt``, ``left_out.txt``: one image a line,
        or one ``image#number`` where parts are dealt by region.

    Raises
    ------
    DatasetError
        A part would be empty, or the manifest is unreadable.
    """
    manifest, folder = Path(manifest), Path(folder)
    splitter = make_splitter(config)
    for block in blocks(manifest, SPLIT_COLUMNS):
        splitter.observe(block)
    splitter.decide()
    by_row = config.method == "region" or config.unit == "region"
    census, counts = Census(), Counter[str]()
    target = folder / ("manifest" + manifest.suffix.lower())
    with ExitStack() as stack:
        lists = {name: stack.enter_context(_list_file(folder, name)) for name in (*PARTS, LEFT_OUT)}
        parted = _with_parts(manifest, splitter, census, _Lister(lists, counts, by_row))
        columns = columns_of(manifest)
        write_blocks(target, parted, columns if "split" in columns else [*columns, "split"])
        _refuse_empty(config, counts)
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
        keys = unit_keys(block, "region" if self.by_row else "image")
        for key, part in zip(keys, parts, strict=True):
            if key != self.last:  # the rows of one image stand together
                self.lists[part or LEFT_OUT].write(key + "\n")
                self.counts[part or LEFT_OUT] += 1
                self.last = key


def _with_parts(
    manifest: Path, splitter: Splitter, census: Census, lister: _Lister
) -> Iterator[Mapping[str, Sequence[Any]]]:
    """Yield the manifest's blocks with their parts; count them on the way."""
    for block in blocks(manifest):
        for name in (*CENSUS_COLUMNS, *SPLIT_COLUMNS):
            block.setdefault(name, [""] * len(block["image"]))
        parts = splitter.parts(block)
        census.update(block, parts)
        lister.add(block, parts)
        yield block | {"split": parts}


def _refuse_empty(config: SplitConfig, counts: Counter[str]) -> None:
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


def check_lists(folder: str | Path) -> None:
    """Check that the lists of a split are those that were written.

    Raises
    ------
    DatasetError
        A list is missing or its hash differs from that in ``split.json``.
    """
    folder = Path(folder)
    try:
        document = json.loads((folder / "split.json").read_text("utf-8"))
        for name, said in document["lists"].items():
            found = hashlib.sha256((folder / f"{name}.txt").read_bytes()).hexdigest()
            if found != said["sha256"]:
                raise DatasetError(
                    str(folder / f"{name}.txt"),
                    "was changed after the split",
                    f"SHA-256 {said['sha256'][:12]}...",
                    "run `halescope dataset split` again",
                )
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(str(folder), f"holds no complete split ({error})") from error


@dataclass
class RandomSplitter:
    """The paper's way: images (or crops) into parts at random, in exact shares."""

    config: SplitConfig
    _seen: dict[str, list[NDArray[np.uint64]]] = field(default_factory=dict)
    _limits: list[int] = field(default_factory=list)
    _hashes: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    _drawn: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))

    def observe(self, block: Mapping[str, Sequence[Any]]) -> None:
        """Keep eight bytes of each unit, by its most complex class."""
        ranks: dict[str, int] = {}
        keys = unit_keys(block, self.config.unit)
        for key, name, status in zip(keys, block["class"], block["status"], strict=True):
            rank = stratum(name) if status == "firm" and self.config.stratify else 0
            ranks[key] = max(rank, ranks.get(key, 0))
        for rank in set(ranks.values()):
            mine = [self._hash(key) for key, own in ranks.items() if own == rank]
            self._seen.setdefault(str(rank), []).append(np.array(mine, np.uint64))

    def decide(self) -> None:
        """Sort each stratum by hash and cut it at the shares."""
        hashes, drawn, taken = [], [], np.zeros(0, np.uint64)
        for rank in sorted(self._seen, reverse=True):
            own = np.setdiff1d(np.concatenate(self._seen[rank]), taken)  # sorted, once each
            taken = np.concatenate([taken, own])
            edges = np.rint(np.cumsum(self.config.fractions[:2]) * len(own))
            drawn.append(np.digitize(np.arange(len(own)), edges).astype(np.int8))
            hashes.append(own)
        if not hashes:
            return
        joined = np.concatenate(hashes)
        order = np.argsort(joined)
        self._hashes, self._drawn = joined[order], np.concatenate(drawn)[order]
        self._seen.clear()

    def parts(self, block: Mapping[str, Sequence[Any]]) -> list[str]:
        """Return the part of each row."""
        own = np.array([self._hash(key) for key in unit_keys(block, self.config.unit)], np.uint64)
        return [PARTS[i] for i in self._drawn[np.searchsorted(self._hashes, own)]]

    def _hash(self, key: str) -> int:
        return short_hash(f"{self.config.seed}:{key}")
