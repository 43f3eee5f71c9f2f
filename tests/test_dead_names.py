"""Names that only tests ask for are dead: they go, and their tests with them.

Functions, classes and constants at the top level of modules are looked for where they are imported
from. (vulture takes any equal word anywhere for a use and so passes over most dead names here.)
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "halescope"
MODULES = sorted(SOURCE.rglob("*.py"))
USERS = [*MODULES, *sorted((ROOT / "benchmarks").glob("*.py"))]

CALLED_BY_NAME = {
    "halescope.detection": {"find", "coverage"},
    "halescope.classification": {"probabilities", "variants"},
    "halescope.training": {"train_detector", "train_centerpoint", "train_classifier"}
    | {"train_detectnet", "train_googlenet"},
}
"""Functions that a table of architectures or of networks finds in a module of this room."""

LEFT = {
    "halescope.training.classifier.data.COPIES",
    "halescope.training.paper.detectnet_targets.INVERSE_SIZE",
}
"""Known and on their way out; nothing is added here."""


def dotted(path: Path) -> str:
    if SOURCE not in path.parents:
        return path.stem
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def top_names(tree: ast.Module) -> Iterator[str]:
    """Yield functions, classes and constants of a module, but for what a decorator registers."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.FunctionDef):
            words = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
            registered = ("command", "callback", "api.", "pages.")
            if not any(word in words for word in registered):
                yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def uses(tree: ast.Module, module: str) -> set[tuple[str, str]]:
    """Return (module, name) of what a module uses: names of its own, and what it imports."""
    found, imported = set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found.add((node.module, alias.name))
                imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for top in tree.body:
        own = getattr(top, "name", None)  # a function that calls itself is not thereby used
        for node in ast.walk(top):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id != own:
                found.add((module, node.id))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.add((imported.get(node.value.id, ""), node.attr))
    return found


def is_called_by_name(module: str, name: str) -> bool:
    if module == f"halescope.commands.{name}" or name.startswith("__"):
        return True
    return any(module.startswith(room) and name in own for room, own in CALLED_BY_NAME.items())


def test_no_name_is_there_for_tests_alone() -> None:
    used = {use for path in USERS for use in uses(ast.parse(path.read_text()), dotted(path))}
    names = {(dotted(p), name) for p in MODULES for name in top_names(ast.parse(p.read_text()))}
    dead = {f"{m}.{n}" for m, n in names - used if not is_called_by_name(m, n)}
    assert dead <= LEFT, sorted(dead - LEFT)


def test_it_would_be_found() -> None:
    tree = ast.parse("def alive(): pass\ndef dead(): dead()\nLEFT = 1\nprint(alive())")
    left = {("m", name) for name in top_names(tree)} - uses(tree, "m")
    assert {name for _, name in left} == {"dead", "LEFT"}
