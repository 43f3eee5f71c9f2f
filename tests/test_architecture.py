"""The shape of the package: imports point down, light things stay light, pieces stay small."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "halescope"
MODULES = sorted(SOURCE.rglob("*.py"))
ROOMS = sorted({path.parent for path in MODULES})

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "_version"}),
    frozenset({"classes", "flags"}),
    frozenset({"types", "boxes"}),
    frozenset({"geometry", "tensors", "digits_tensors"}),
    frozenset({"normalize", "io", "runtime", "synthetic"}),
    frozenset({"box_rule"}),
    frozenset({"detection", "classification", "measure", "render", "tabulate"}),
    frozenset({"pipeline"}),
    frozenset({"explain"}),
    frozenset({"batch", "noaa"}),
    frozenset({"fetch"}),
    frozenset({"datasets"}),
    frozenset({"models"}),
    frozenset({"evaluation"}),
    frozenset({"training"}),
    frozenset({"cli", "commands", "__init__", "__main__"}),
)
"""Bottom first: a room, or a module of the package root, imports only from rows above its own."""

HEAVY = ("torch", "sunpy", "matplotlib", "pandas", "sklearn", "lightning", "dask", "cv2")
OWN_FOLDERS = {
    "torch": {"models", "training", "datasets", "evaluation"},
    "lightning": {"training"},
    "sunpy": {"fetch", "io"},
    "hvpy": {"fetch"},
    "drms": {"fetch"},
    "sklearn": {"training", "evaluation"},
    "dask": {"archive"},
    "typer": {"cli", "commands", "__main__"},
}
FUNCTION_LINES = 60
MODULE_LINES = 400
ROOM_FILES = 18
ROOT_FILES = 15


def room(path: Path) -> str:
    """Return the room that a file lies in, or its own name where it lies in the package root."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


BASE = [path for path in MODULES if room(path) not in ("models", "training", "evaluation")]


def layer(name: str) -> int | None:
    """Return the row of a room in `LAYERS`, None where it has none."""
    return next((number for number, row in enumerate(LAYERS) if name in row), None)


def imports(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield line, dotted name and whether it happens on import, for each import of a file."""
    tree = ast.parse(path.read_text())
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


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_down(path):
    mine = room(path)
    here = layer(mine)
    assert here is not None, f"{mine} has no layer: add it to LAYERS and docs/architecture.md"
    for line, dotted, _ in imports(path):
        other = own(dotted)
        if other is None or other == mine:
            continue
        there = layer(other)
        assert there is not None, f"{path}:{line} imports {dotted}, which has no layer"
        assert there < here or (there == here == len(LAYERS) - 1), (
            f"{path}:{line} in layer {here} imports {dotted} of layer {there}"
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_libraries_stay_in_their_folders(path):
    for line, dotted, _ in imports(path):
        folders = OWN_FOLDERS.get(dotted.split(".")[0])
        if folders is None:
            continue
        mine = room(path)
        assert mine in folders, (
            f"{path}:{line} imports {dotted}, which belongs in {sorted(folders)}"
        )


@pytest.mark.parametrize("path", BASE, ids=lambda p: str(p.relative_to(SOURCE)))
def test_base_modules_import_light(path):
    for line, dotted, early in imports(path):
        if early:
            assert dotted.split(".")[0] not in HEAVY, f"{path}:{line} imports {dotted} at once"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_pieces_stay_small(path):
    text = path.read_text()
    assert text.count("\n") <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None and len(node.body) > 1
            first = node.body[1 if documented else 0].lineno
            lines = (node.end_lineno or first) - first + 1
            assert lines <= FUNCTION_LINES, f"{path}:{node.lineno} {node.name}: {lines} lines"


@pytest.mark.parametrize("folder", ROOMS, ids=lambda p: str(p.relative_to(SOURCE.parent)))
def test_rooms_can_be_overlooked(folder):
    limit = ROOT_FILES if folder == SOURCE else ROOM_FILES
    files = sorted(path.name for path in folder.glob("*.py"))
    assert len(files) <= limit, f"{folder} holds {len(files)} files: {files}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_input_is_not_checked_by_assert(path):
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.Assert), f"{path}:{node.lineno}"


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
