"""The shape of the package: imports point down, light things stay light, pieces stay small."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "halescope"
MODULES = sorted(SOURCE.rglob("*.py"))
ROOMS = sorted({path.parent for path in MODULES})

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "flags", "_version"}),
    frozenset({"classes", "guards"}),
    frozenset({"types", "boxes"}),
    frozenset({"geometry", "tensors"}),
    frozenset({"normalize", "io", "runtime", "box_rule", "synthetic"}),
    frozenset({"detection", "classification", "measure", "render", "tabulate"}),
    frozenset({"analysis"}),
    frozenset({"pipeline"}),
    frozenset({"explain"}),
    frozenset({"batch", "noaa"}),
    frozenset({"tracks"}),
    frozenset({"fetch", "day"}),
    frozenset({"watch"}),
    frozenset({"datasets"}),
    frozenset({"archive"}),
    frozenset({"models"}),
    frozenset({"evaluation"}),
    frozenset({"training"}),
    frozenset({"studio"}),
    frozenset({"commands"}),
    frozenset({"cli", "__init__", "__main__"}),
)
"""Bottom first: a room, or a module of the package root, imports only from rows above its own."""

HEAVY = (
    "torch", "sunpy", "matplotlib", "pandas", "sklearn", "lightning", "cv2", "regions",
    "dask", "distributed", "duckdb", "pyarrow", "fsspec",
    "fastapi", "starlette", "uvicorn", "pydantic",
)  # fmt: skip
OWN_FOLDERS = {
    "torch": {"models", "training"},
    "lightning": {"training"},
    "sunpy": {"fetch", "io", "analysis"},
    "hvpy": {"fetch"},
    "drms": {"fetch"},
    "sklearn": {"training", "evaluation"},
    "regions": {"analysis"},
    "dask": {"archive"},
    "distributed": {"archive"},
    "duckdb": {"archive"},
    "fastapi": {"studio"},
    "starlette": {"studio"},
    "uvicorn": {"studio"},
    "pydantic": {"studio"},
    "typer": {"cli", "commands", "__main__"},
}
MODULE_LINES = 400
FUNCTION_LINES, MOST_LINES, WITHIN = 40, 60, 0.99
"""Code lines of a function: how many most may have, how many any may, and what share is most."""

ROOM_FILES = 16
ROOT_FILES = 14


def room(path: Path) -> str:
    """Return the room that a file lies in, or its own name where it lies in the package root."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


BASE = [
    path for path in MODULES if room(path) not in ("models", "training", "evaluation", "studio")
]


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text())


def layer(name: str) -> int | None:
    """Return the row of a room in `LAYERS`, None where it has none."""
    return next((number for number, row in enumerate(LAYERS) if name in row), None)


def imports(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield line, dotted name and whether it happens on import, for each import of a file."""
    tree = parsed(path)
    inner = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        early = id(node) not in inner
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, early
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}", early


def own(dotted: str) -> str | None:
    """Return the room of halescope that an import names, None for other packages."""
    parts = dotted.split(".")
    if parts[0] != "halescope":
        return None
    inside = len(parts) > 2 or (SOURCE / f"{parts[1]}.py").exists()
    return parts[1] if inside else "__init__"


def test_imports_point_down():
    wrong = []
    for path in MODULES:
        mine, here = room(path), layer(room(path))
        assert here is not None, f"{mine} has no layer: add it to LAYERS and docs/architecture.md"
        for line, dotted, _ in imports(path):
            other = own(dotted)
            if other is None or other == mine:
                continue
            there = layer(other)
            assert there is not None, f"{path}:{line} imports {dotted}, which has no layer"
            if not (there < here or there == here == len(LAYERS) - 1):
                wrong.append(f"{path}:{line} in layer {here} imports {dotted} of layer {there}")
    assert not wrong


def test_layers_hold_what_there_is():
    found = {room(path) for path in MODULES}
    assert found == set().union(*LAYERS)
    assert len(found) == sum(map(len, LAYERS))


def test_libraries_stay_in_their_folders():
    assert not [
        f"{path}:{line} imports {dotted}, which belongs in {sorted(folders)}"
        for path in MODULES
        for line, dotted, _ in imports(path)
        if (folders := OWN_FOLDERS.get(dotted.split(".")[0])) is not None
        and room(path) not in folders
    ]


def test_base_modules_import_light():
    assert not [
        f"{path}:{line} imports {dotted} at once"
        for path in BASE
        for line, dotted, early in imports(path)
        if early and dotted.split(".")[0] in HEAVY
    ]


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """Yield code lines and place of each function of a module.

    Lines that hold nothing but a comment, a docstring or nothing at all are no code.
    """
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    code = {
        line
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
        if token.type not in silent
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = code & set(range(node.lineno, (node.end_lineno or 0) + 1))
            if ast.get_docstring(node) is not None:
                lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
            yield len(lines), f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"


def test_functions_stay_small():
    found = sorted((entry for path in MODULES for entry in functions(path)), reverse=True)
    long = [entry for entry in found if entry[0] > FUNCTION_LINES]
    assert found[0][0] <= MOST_LINES, found[0]
    assert 1 - len(long) / len(found) >= WITHIN, long


def test_modules_stay_small():
    lines = {str(path): path.read_text().count("\n") for path in MODULES}
    assert not {path: count for path, count in lines.items() if count > MODULE_LINES}


def test_tests_mirror_the_source():
    """Every room has tests, and every folder of tests is a room or holds what tests need."""
    here = Path(__file__).parent
    rooms = {str(folder.relative_to(SOURCE)) for folder in ROOMS} | {"studio/browser"}
    folders = {str(path.parent.relative_to(here)) for path in here.rglob("test_*.py")}
    assert folders <= rooms, f"no rooms of the source: {sorted(folders - rooms)}"
    bare = {name for name in rooms - folders if "/" not in name}
    assert not bare, f"no tests: {sorted(bare)}"


def said_of_the_package(path: Path) -> set[str]:
    """Return the dotted names, and on pages also the paths, that a text has in backquotes."""
    text = path.read_text()
    paths = r"`((?:\w+/)+\w+\.(?:py|toml|md))`" if path.suffix == ".md" else "(?!)"
    return {*re.findall(r"`(halescope(?:\.\w+)+)`", text), *re.findall(paths, text)}


def is_there(name: str) -> bool:
    """Say whether a module, a name in a module, or a file of source, tests or docs exists."""
    if "/" in name:
        return any((base / name).exists() for base in (ROOT, SOURCE, ROOT / "docs"))
    place, parts = SOURCE, name.split(".")[1:]
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if parts and (place / f"{parts[0]}.py").exists():
        module = place / f"{parts.pop(0)}.py"
    else:
        module = place / "__init__.py"
    return not parts or re.search(rf"\b{parts[0]}\b", module.read_text()) is not None


def test_what_texts_refer_to_is_there():
    texts = [*MODULES, *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.rglob("tests/*.py")]
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in texts
        for name in said_of_the_package(path)
        if not is_there(name)
    }
    assert not missing, sorted(missing)


@pytest.mark.parametrize("folder", ROOMS, ids=lambda p: str(p.relative_to(SOURCE.parent)))
def test_rooms_can_be_overlooked(folder):
    limit = ROOT_FILES if folder == SOURCE else ROOM_FILES
    files = sorted(path.name for path in folder.glob("*.py"))
    assert len(files) <= limit, f"{folder} holds {len(files)} files: {files}"


def test_input_is_not_checked_by_assert():
    assert not [
        f"{path}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Assert)
    ]


def loaded(code: str) -> set[str]:
    """Return the top-level modules that are loaded after some code in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "code",
    ["import halescope", "import halescope; halescope.analyze", "import halescope.synthetic"],
)
def test_importing_loads_nothing_heavy(code):
    assert not loaded(code) & set(HEAVY)


def test_version_comes_before_everything():
    code = (
        "import sys; sys.argv = ['halescope', '--version']\n"
        "from halescope.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
    )
    found = loaded(code)
    assert not found & {*HEAVY, "astropy", "scipy", "onnxruntime", "PIL"}
