"""How many small faults put into the source the tests find.

    python benchmarks/mutants.py                    200 mutants, each against the tests of its room
    python benchmarks/mutants.py --only geometry    those of one room
    python benchmarks/mutants.py --list             which faults they are, nothing run

A mutant has one operator, comparison or number changed. They are drawn with a seed, as many from
each room. Each runs the room's tests, the module's own first, until one fails; one that runs too
long counts as caught. What is known goes to a file, and another run goes on from there.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "halescope"

ROOMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "geometry": ("geometry.py", ("test_geometry.py", "test_tabulate.py")),
    "boxes": ("boxes.py", ("test_boxes.py",)),
    "normalize": ("normalize.py", ("test_normalize.py",)),
    "io": ("io/**/*.py", ("io",)),
    "measure": ("measure/*.py", ("measure",)),
    "evaluation": ("evaluation/**/*.py", ("evaluation",)),
    "splits": ("datasets/splits/*.py", ("datasets/splits",)),
    "box_rule": ("box_rule/*.py", ("box_rule",)),
    "fetch": ("fetch/*.py", ("fetch",)),
}
"""Modules of each room, and its tests."""

WARM = (
    "pytest hypothesis.extra.numpy numpy scipy.ndimage scipy.stats scipy.sparse.csgraph pyarrow"
    " scipy.special astropy.io.fits astropy.wcs PIL.Image jinja2 onnxruntime hvpy drms"
    " sunpy.coordinates.sun sunpy.map sunpy.physics.differential_rotation sunpy.net"
)
"""What tests import again and again; imported once, before the first fork."""

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COMPUTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One fault: where it is, what stood there and what stands there now."""

    room: str
    file: str
    place: int
    line: int
    was: str
    now: str

    @property
    def name(self) -> str:
        """What a record of results calls it."""
        return f"{self.file}:{self.line}: {self.was} -> {self.now} #{self.place}"


def sites(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what can be changed, in order: messages, annotations and decorators are left out."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        inner: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            inner = [node.returns, *node.decorator_list]
        elif isinstance(node, ast.ClassDef):
            inner = list(node.decorator_list)
        elif isinstance(node, ast.arg | ast.AnnAssign):
            inner = [node.annotation]
        elif isinstance(node, ast.Raise | ast.JoinedStr):
            inner = [node]
        silent |= {id(child) for part in inner if part is not None for child in ast.walk(part)}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and id(node) not in silent and changed(node) is not None:
            yield node


def changed(node: ast.expr) -> ast.expr | None:
    """Return the mutant of one expression, None for one that has none."""
    new = deepcopy(node)
    if isinstance(new, ast.Compare) and type(new.ops[0]) in COMPARED:
        new.ops[0] = COMPARED[type(new.ops[0])]()
    elif isinstance(new, ast.BinOp) and type(new.op) in COMPUTED:
        if any(is_text(side) for side in (new.left, new.right)):
            return None
        new.op = COMPUTED[type(new.op)]()
    elif isinstance(new, ast.BoolOp):
        new.op = ast.Or() if isinstance(new.op, ast.And) else ast.And()
    elif isinstance(new, ast.UnaryOp) and isinstance(new.op, ast.Not | ast.USub):
        return new.operand
    elif isinstance(new, ast.Constant) and isinstance(new.value, bool):
        new.value = not new.value
    elif isinstance(new, ast.Constant) and isinstance(new.value, int | float):
        new.value = new.value + 1 if isinstance(new.value, int) else (new.value * 1.5 or 1.0)
    else:
        return None
    return new


def is_text(node: ast.expr) -> bool:
    """Say whether an expression is surely a text."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def listed(room: str) -> list[Mutant]:
    """Return every mutant of a room."""
    out = []
    for path in sorted(SOURCE.glob(ROOMS[room][0])):
        for place, node in enumerate(sites(ast.parse(path.read_text()))):
            now = changed(node)
            if now is not None:
                file, was = path.relative_to(SOURCE).as_posix(), ast.unparse(node)
                out.append(Mutant(room, file, place, node.lineno, was, ast.unparse(now)))
    return out


def drawn(count: int, seed: int, only: list[str]) -> list[Mutant]:
    """Return some mutants, as many from each room."""
    rooms = [room for room in ROOMS if not only or room in only]
    out = []
    for number, room in enumerate(rooms):
        share = count // len(rooms) + (number < count % len(rooms))
        found = listed(room)
        out += random.Random(f"{seed} {room}").sample(found, min(share, len(found)))
    return out


def text_of(mutant: Mutant) -> str:
    """Return the source of a module with its fault."""
    tree = ast.parse((SOURCE / mutant.file).read_text())
    target = list(sites(tree))[mutant.place]

    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return (changed(target) or node) if node is target else super().generic_visit(node)

    return ast.unparse(ast.fix_missing_locations(Swap().visit(tree)))


def tests_of(mutant: Mutant) -> list[str]:
    """Return the tests of a mutant's room, those named like its module first."""
    own = f"test_{Path(mutant.file).stem}.py"
    paths = [ROOT / "tests" / name for name in ROOMS[mutant.room][1]]
    files = [f for p in paths for f in (sorted(p.rglob("test_*.py")) if p.is_dir() else [p])]
    return [str(f) for f in sorted(files, key=lambda f: (f.name != own, str(f)))]


def survives(tests: list[str], source: Path, limit: float) -> bool:
    """Run tests against a source tree, in a process of its own; say whether all pass."""
    child = os.fork()
    if not child:
        os.setsid()
        code = 1
        try:
            code = run_tests(tests, source)
        finally:
            os._exit(code)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def run_tests(tests: list[str], source: Path) -> int:
    """Run tests in this process, silently, and return pytest's exit code."""
    import pytest

    os.environ["PYTHONPATH"] = str(source)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # whole libraries bring one along
    os.chdir(ROOT)
    sys.path.insert(0, str(source))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    leave = "not slow and not network and not gpu"
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", leave]
    return int(pytest.main([*options, "-o", "addopts=--import-mode=importlib", *tests]))


def judged(mutant: Mutant, limit: float) -> bool:
    """Return whether a mutant survives its room's tests."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        shutil.copytree(SOURCE, Path(place, "halescope"), ignore=shutil.ignore_patterns("*.pyc"))
        Path(place, "halescope", mutant.file).write_text(text_of(mutant))
        return survives(tests_of(mutant), Path(place), limit)


def refuse_broken(mutants: list[Mutant], limit: float) -> None:
    """End where the tests of a room fail without any fault: nothing would mean anything."""
    for room in dict.fromkeys(mutant.room for mutant in mutants):
        tests = tests_of(next(mutant for mutant in mutants if mutant.room == room))
        if not survives(tests, ROOT / "src", limit):
            sys.exit(f"the tests of {room} fail, or take over {limit:g} s, without any fault")


def told(results: dict[str, bool], mutants: list[Mutant]) -> None:
    """Print survivors, and how many were caught by room."""
    rooms, caught = Counter[str](), Counter[str]()
    for mutant in mutants:
        if mutant.name in results:
            rooms[mutant.room] += 1
            caught[mutant.room] += not results[mutant.name]
            if results[mutant.name]:
                print("survives:", mutant.name)
    for room, count in rooms.items():
        print(f"{room:12} {caught[room]:4} of {count:4} caught")
    total = sum(rooms.values())
    print(f"{'all':12} {sum(caught.values()):4} of {total:4} caught")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], choices=ROOMS, help="rooms")
    parser.add_argument("--limit", type=float, default=240.0, help="seconds of a mutant")
    parser.add_argument("--results", type=Path, default=Path("out/mutants.jsonl"))
    parser.add_argument("--again", action="store_true", help="run those that survived again")
    parser.add_argument("--list", action="store_true", help="run nothing")
    asked = parser.parse_args()
    mutants = drawn(asked.count, asked.seed, asked.only)
    results: dict[str, bool] = {}
    if asked.results.exists():
        for line in asked.results.read_text().splitlines():
            entry = json.loads(line)
            results[entry["name"]] = entry["survives"]
    if asked.list:
        print(*(mutant.name for mutant in mutants), sep="\n")
        return
    for name in WARM.split():
        __import__(name)
    waiting = [
        m for m in mutants if results.get(m.name, True) and (asked.again or m.name not in results)
    ]
    refuse_broken(waiting, asked.limit)
    random.Random(asked.seed).shuffle(waiting)  # one that is broken off has some of each room
    asked.results.parent.mkdir(parents=True, exist_ok=True)
    for number, mutant in enumerate(waiting, 1):
        begin = time.monotonic()
        results[mutant.name] = judged(mutant, asked.limit)
        seconds = round(time.monotonic() - begin, 1)
        entry = asdict(mutant) | {"name": mutant.name, "survives": results[mutant.name]}
        with asked.results.open("a") as file:
            file.write(json.dumps(entry | {"seconds": seconds}) + "\n")
        word = "survives" if results[mutant.name] else "caught"
        print(f"{number}/{len(waiting)} {seconds:6.1f} s {word:8} {mutant.name}", flush=True)
    told(results, mutants)


if __name__ == "__main__":
    main()
