"""Plan a batch: which files, and a folder for each that no other image shares."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from halescope.batch.outputs import read_record, read_records
from halescope.errors import HalescopeError
from halescope.guards.inside import real
from halescope.io import expand
from halescope.io.fits import magnetograms_in
from halescope.io.names import escaped, split_unit

_DOUBLE = (".gz", ".fz", ".bz2")

LONGEST = 150
"""Longest name of an image's folder, bytes: crops add to it, and 255 is a file system's limit."""

_TAKEN = re.compile(r"\.*|catalog\..*|run\.json", re.IGNORECASE)
"""What no image's folder may be called: it would not be below the root, or in a catalogue's way."""


FITS_NAME = re.compile(r"\.(fits|fit|fts)(\.(gz|fz))?$", re.IGNORECASE)
"""Names of files that may hold several images."""

STDIN = "-"
"""Stands for standard input among the inputs."""


@dataclass(frozen=True)
class Job:
    """One image to analyse.

    Parameters
    ----------
    image : str
        Its name in tables: the file's, with its folder where two files have one name; what is not
        printable is escaped, see `halescope.io.names`.
    source : str or bytes
        Path, or the content of standard input.
    folder : Path
        Where its outputs go.
    problem : str
        Why it cannot be analysed at all; empty if it can.
    """

    image: str
    source: str | bytes
    folder: Path
    problem: str = ""


def plan(inputs: Iterable[str], out: Path, stdin: bytes | None = None) -> list[Job]:
    """Return one job for each image that the inputs name, each once, in order.

    `inputs`: files, folders, globs, and ``-`` for standard input. `out`: root of the outputs.
    `stdin`: content of standard input, where ``-`` is among the inputs. Returns list of Job: an
    input that leads to no file becomes a job with a `problem`.
    """
    found: dict[str, str] = {}  # source to problem
    known: set[str] = set()  # however a path is spelled
    for item in inputs:
        if item == STDIN:
            found.setdefault(STDIN, "")
            continue
        try:
            for path in _images(expand([item])):
                if source_name(path) not in known:
                    known.add(source_name(path))
                    found[path] = ""
        except HalescopeError as error:
            found[item] = str(error)
    good = [source for source, problem in found.items() if not problem]
    stems = dict(zip(good, _stems(good, out), strict=True))
    names = _names(good, out)
    jobs = []
    for source, problem in found.items():
        name = names.get(source) or escaped(Path(source).name or source)
        content = (stdin or b"") if source == STDIN else source
        folder = out / stems.get(source, "")
        jobs.append(Job(name, content, folder, problem))
    return jobs


def _images(paths: Iterable[Path]) -> Iterator[str]:
    """Yield each path; of a FITS file with several magnetograms one for each, as ``a.fits[1]``."""
    for path in paths:
        units = magnetograms_in(path) if FITS_NAME.search(path.name) else []
        yield from [f"{path}[{number}]" for number in units] or [str(path)]


def stem_of(path: Path) -> str:
    """Return a file's name without its ending, and without a second one as in ``.fits.gz``.

    The number of a FITS unit stays: ``disks_2`` of ``disks.fits[2]``.
    """
    name, unit = split_unit(path.name)
    if unit is not None and FITS_NAME.search(name):
        return f"{stem_of(Path(name))}_{unit}"
    if path.suffix.lower() in _DOUBLE and Path(path.stem).suffix:
        return Path(path.stem).stem
    return path.stem or path.name


def source_name(source: str | bytes) -> str:
    """Return a job's whole path, the same however it is spelled; ``-`` for standard input.

    Links among its folders are followed; a file that is a link itself keeps its own name.
    """
    if isinstance(source, bytes):
        return STDIN
    path = Path(source)
    return str(real(path.parent) / path.name)


def _names(sources: list[str], out: Path) -> dict[str, str]:
    """Return a name for each source in tables, different for different sources.

    A file keeps the name that an earlier run gave it. Another one is called as its file; where
    two would share that, by the folder too, then by the whole path.
    """
    recorded = {record.source: record.image for _, record in read_records(out)}
    own = {source: STDIN if source == STDIN else source_name(source) for source in sources}
    names = {source: recorded[path] for source, path in own.items() if path in recorded}
    taken = set(recorded.values())
    waiting = [source for source in sources if source not in names]
    for length in (1, 2, None):
        short = {source: _tail(own[source], length) for source in waiting}
        count = Counter(short.values())
        unique = {s: n for s, n in short.items() if count[n] == 1 and n not in taken}
        names |= unique if length else short
        taken |= set(names.values())
        waiting = [source for source in waiting if source not in names]
    return names


def _tail(path: str, length: int | None) -> str:
    """Return the last parts of a path, all of it for None."""
    if path == STDIN:
        return "stdin"
    return escaped(path if length is None else "/".join(Path(path).parts[-length:]))


def _stems(sources: list[str], out: Path) -> list[str]:
    """Return a folder name for each source, different for different sources.

    A name that two sources share, or that an earlier run gave to another file, grows by the name
    of the parent folder, then by the whole path.
    """
    variants = [_variants(source) for source in sources]
    level = [0] * len(sources)
    for step in (1, 2):
        names = [v[i] for v, i in zip(variants, level, strict=True)]
        count = Counter(name.casefold() for name in names)  # some file systems ignore case
        for index, (source, name) in enumerate(zip(sources, names, strict=True)):
            taken = bool(_TAKEN.fullmatch(name)) or count[name.casefold()] > 1
            if taken or _is_of_another(out / name, source):
                level[index] = step
    return [v[i] for v, i in zip(variants, level, strict=True)]


def _variants(source: str) -> tuple[str, str, str]:
    """Return names for a source's folder, ever longer; the last belongs to this path alone."""
    if source == STDIN:
        return ("stdin",) * 3
    path = Path(source_name(source))
    stem, parent = _printable(stem_of(path)), _printable(path.parent.name)
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
    if len(os.fsencode(f"{parent}_{stem}")) > LONGEST:
        short = os.fsdecode(os.fsencode(stem)[: LONGEST // 2]).encode(errors="ignore").decode()
        return (f"{short}_{digest}",) * 3
    return stem, f"{parent}_{stem}", f"{parent}_{stem}_{digest}"


def _printable(name: str) -> str:
    """Return a name with ``_`` for what is not printable, such as a newline."""
    return "".join(c if c.isprintable() else "_" for c in name)


def _is_of_another(folder: Path, source: str) -> bool:
    record = read_record(folder)
    own = STDIN if source == STDIN else source_name(source)
    return record is not None and record.source != own
