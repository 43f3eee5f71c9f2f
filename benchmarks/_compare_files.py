"""Compare two folders of results file by file, and say what differs first.

A file is equal if its bytes are. Where they are not, text files are compared again after
`NORMALISED` has been taken out of both; only times, durations, places and versions are in it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from _compare_run import Run

Renames = dict[str, dict[str, str]]
"""New column names by old ones, by file name pattern."""

TEXT = {".csv", ".ecsv", ".json", ".txt", ".html", ".md", ".xml", ".toml", ".svg"}
TABLES = {".csv", ".ecsv", ".parquet"}

SEVERAL = re.compile(r" (-j|--jobs) [2-9]")
"""In a command: images are told as they are done, in any order."""

TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"

NORMALISED = {
    "server's port": ("*", r"http://127\.0\.0\.1:\d+/", "http://SERVER/"),
    "start of a run": ("*run.json", rf'"started": "{TIME}"', '"started": "TIME"'),
    "seconds that it took": ("*.json", r'"seconds": [\d.e-]+', '"seconds": 0'),
    "time of a network": ("*.json", r'"milliseconds": [\d.e-]+', '"milliseconds": 0'),
    "seconds in what is said": ("*.told.txt", r"\b\d+\.\d+ s\b", "N s"),
    "ms column of a table": ("reproduce/*", r"(\| [\d.e-]+ \| )[\d.]+ \|$", r"\1N |"),
    "time of fetching": ("*/fetched.csv", rf",{TIME}$", ",TIME"),
    "key of a file in the results (its place and age)": (
        "*/regions.json",
        r'"key": "[0-9a-f]{64}"(?=, "source": "RESULTS)',
        '"key": 0',
    ),
    "hashes of what a build was made from (places and ages of files that it fetched)": (
        "build/[fp]*/build.json",
        r'"[0-9a-f]{64}"',
        '"HASH"',
    ),
    "time of writing": ("*.json", rf'"written": "{TIME}"', '"written": "TIME"'),
    "time of a page": ("evaluate/report/index.html", rf"Written {TIME}", "Written TIME"),
}
"""What two runs of the same code may differ in: file name pattern, expression, replacement."""


@dataclass
class Compared:
    """What became of the files of one kind.

    Parameters
    ----------
    equal, normalised, different : int
        Equal byte by byte; equal but for what may differ; neither.
    """

    equal: int = 0
    normalised: int = 0
    different: int = 0


@dataclass
class Result:
    """What a comparison found: counts by kind of file, rules that were needed, differences."""

    kinds: dict[str, Compared] = field(default_factory=lambda: defaultdict(Compared))
    rules: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def compare_folders(before: Run, after: Run, steps: Sequence[str], renames: Renames) -> Result:
    """Compare the results of some steps.

    Parameters
    ----------
    before, after : Run
    steps : sequence of str
    renames : dict
    """
    result = Result()
    for step in steps:
        first, second = _files(before.folder, step), _files(after.folder, step)
        for name in sorted(first | second):
            kind = kind_of(name)
            if name not in first or name not in second:
                which = "AFTER" if name not in first else "BEFORE"
                result.kinds[kind].different += 1
                result.differences.append(f"{name}: only {which} writes it")
            else:
                _compare(name, before, after, renames, result)
    return result


def _files(folder: Path, step: str) -> set[str]:
    paths = (folder / step).rglob("*")
    return {path.relative_to(folder).as_posix() for path in paths if path.is_file()}


def kind_of(name: str) -> str:
    """Return what a file counts as in the report."""
    path = Path(name)
    if name.endswith(".told.txt"):
        return "what was said, exit codes"
    if path.suffix == ".txt":
        return "txt (KITTI, YOLO, lists)"
    return path.suffix.removeprefix(".") or path.name


def _compare(name: str, before: Run, after: Run, renames: Renames, result: Result) -> None:
    count = result.kinds[kind_of(name)]
    one, two = ((run.folder / name).read_bytes() for run in (before, after))
    columns = {old: new for pattern, names in renames.items() if fnmatch(name, pattern)
               for old, new in names.items()}  # fmt: skip
    if columns:
        one = renamed(one, Path(name).suffix, columns)
        if Path(name).suffix == ".parquet":
            two = renamed(two, ".parquet", {})  # written alike, so that bytes can be compared
    if one == two:
        count.equal += 1
        return
    if Path(name).suffix in TEXT:
        texts = [normalise(name, data, run) for data, run in ((one, before), (two, after))]
        if texts[0][0] == texts[1][0]:
            count.normalised += 1
            result.rules.update(texts[0][1] | texts[1][1])
            return
        one, two = (text.encode() for text, _ in texts)
    count.different += 1
    result.differences.append(f"{name}: {difference(Path(name).suffix, one, two)}")


def normalise(name: str, data: bytes, run: Run) -> tuple[str, set[str]]:
    """Return a file's text without what may differ, and the rules that were needed.

    Parameters
    ----------
    name : str
        Of the file, for the rules' patterns.
    data : bytes
    run : Run
        Its own places are taken out.
    """
    text, used = data.decode("utf-8", "replace"), set()
    for place, word in ((run.folder, "RESULTS"), (run.checkout, "CHECKOUT")):
        if str(place) in text:
            text = text.replace(str(place), word)
            used.add(f"absolute path of the {word.lower()}")
    for rule, (pattern, expression, replacement) in NORMALISED.items():
        if fnmatch(name, pattern):
            text, times = re.subn(expression, replacement, text, flags=re.MULTILINE)
            used |= {rule} if times else set()
    if name.endswith(".told.txt") and SEVERAL.search(text.partition("\n")[0]):
        lines = re.sub(r"(?m)^\[\d+/", "[N/", text).splitlines()
        text = "\n".join(sorted(lines))
        used.add("order of what several processes say")
    return text, used


def renamed(data: bytes, suffix: str, columns: dict[str, str]) -> bytes:
    """Return a table's or document's bytes with other names of columns.

    Parameters
    ----------
    data : bytes
    suffix : str
        Of the file.
    columns : dict of str
        New names by old ones.
    """
    if suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pq.read_table(io.BytesIO(data)).replace_schema_metadata(None)
        out = pa.BufferOutputStream()
        pq.write_table(table.rename_columns([columns.get(c, c) for c in table.column_names]), out)
        return out.getvalue().to_pybytes()
    text = data.decode()
    for old, new in columns.items():
        word = re.escape(old)
        if suffix == ".json":
            text = re.sub(rf'"{word}"(?=\s*:)', f'"{new}"', text)
        if suffix == ".ecsv":
            text = re.sub(rf"(?m)^(#.*\bname: ){word}(?=[,}}])", rf"\g<1>{new}", text)
    if suffix in (".csv", ".ecsv"):
        text = _renamed_header(text, columns)
    return text.encode()


def _renamed_header(text: str, columns: dict[str, str]) -> str:
    lines = text.splitlines(keepends=True)
    place = next((i for i, line in enumerate(lines) if not line.startswith("#")), 0)
    if lines:
        words = re.split(r"([,\s]+)", lines[place])
        lines[place] = "".join(columns.get(word, word) for word in words)
    return "".join(lines)


def difference(suffix: str, one: bytes, two: bytes) -> str:
    """Return in words what differs first.

    Parameters
    ----------
    suffix : str
        Of the files.
    one, two : bytes
        Their contents.
    """
    try:
        if suffix in TABLES:
            return _of_tables(*(_table(suffix, data) for data in (one, two)))
        if suffix == ".json":
            return next(_of_values(json.loads(one), json.loads(two), ""), "its spelling")
        if suffix in (".png", ".jpg"):
            return _of_pictures(one, two)
    except (ValueError, OSError) as error:
        return f"cannot be read for a closer look: {error}"
    if suffix in TEXT:
        return _of_lines(one.decode().splitlines(), two.decode().splitlines())
    place = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), "the end")
    return f"{len(one)} and {len(two)} bytes, other from byte {place}"


def _table(suffix: str, data: bytes) -> list[list[str]]:
    """Return a table as rows of words; the first names the columns."""
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(io.BytesIO(data))
        values = (map(repr, column.to_pylist()) for column in table.columns)
        return [list(table.column_names), *map(list, zip(*values, strict=True))]
    lines = [line for line in data.decode().splitlines() if not line.startswith("#")]
    delimiter = "," if suffix == ".csv" else " "
    return list(csv.reader(lines, delimiter=delimiter)) or [[]]


def _of_tables(one: list[list[str]], two: list[list[str]]) -> str:
    if one[0] != two[0]:
        lost, new = ([n for n in a if n not in b] for a, b in ((one[0], two[0]), (two[0], one[0])))
        return f"columns: lost {lost}, new {new}" if lost or new else "columns in another order"
    cells = [
        (row, column, a, b)
        for row, (first, second) in enumerate(zip(one[1:], two[1:], strict=False), 1)
        for column, a, b in zip(one[0], first, second, strict=False)
        if a != b
    ]
    rows = f"{len(one) - 1} and {len(two) - 1} rows"
    if not cells:
        return f"{rows}, those of both equal"
    row, column, a, b = cells[0]
    counts = ", ".join(f"{name} ({n})" for name, n in Counter(c[1] for c in cells).most_common(6))
    return f"{rows}; cells by column: {counts}; first row {row}, {column}: {a!r} -> {b!r}"


def _of_values(one: Any, two: Any, place: str) -> Iterator[str]:
    """Yield the places in which two JSON documents differ."""
    if isinstance(one, dict) and isinstance(two, dict):
        if list(one) != list(two):
            yield f"{place or 'top'}: keys {sorted(set(one) ^ set(two)) or 'in another order'}"
        for key in (key for key in one if key in two):
            yield from _of_values(one[key], two[key], f"{place}.{key}")
    elif isinstance(one, list) and isinstance(two, list):
        if len(one) != len(two):
            yield f"{place}: {len(one)} and {len(two)} entries"
        for index, (a, b) in enumerate(zip(one, two, strict=False)):
            yield from _of_values(a, b, f"{place}[{index}]")
    elif one != two or type(one) is not type(two):
        yield f"{place}: {str(one)[:80]} -> {str(two)[:80]}"


def _of_pictures(one: bytes, two: bytes) -> str:
    import numpy as np
    from PIL import Image

    first, second = (np.asarray(Image.open(io.BytesIO(data))).astype(int) for data in (one, two))
    if first.shape != second.shape:
        return f"shape {first.shape} -> {second.shape}"
    off = np.abs(first - second)
    return f"{np.count_nonzero(off)} of {off.size} values, by {off.max(initial=0)} at most"


def _of_lines(one: list[str], two: list[str]) -> str:
    for number, (a, b) in enumerate(zip(one, two, strict=False), 1):
        if a != b:
            place = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
            start = max(0, place - 40)
            return f"line {number}: {a[start : place + 60]!r} -> {b[start : place + 60]!r}"
    return f"{len(one)} and {len(two)} lines, those of both equal"


def report(result: Result, most: int) -> bool:
    """Print a row a kind, the rules that were needed and the differences; return if none is left.

    Parameters
    ----------
    result : Result
    most : int
        Differences to print.
    """
    row = "{:28s} {:>8} {:>7} {:>16} {:>10}"
    print("\n" + row.format("kind", "compared", "equal", "but for times *", "different"))
    for kind, count in sorted(result.kinds.items()):
        total = count.equal + count.normalised + count.different
        print(row.format(kind, total, count.equal, count.normalised, count.different))
    for rule, files in sorted(result.rules.items()):
        print(f"* in {files} files: {rule}")
    for line in result.differences[:most]:
        print(f"DIFFERENT {line}")
    if len(result.differences) > most:
        print(f"... and {len(result.differences) - most} more")
    print("all equal" if not result.differences else f"{len(result.differences)} files differ")
    return not result.differences
