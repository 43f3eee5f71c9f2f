"""The reference: which modules a Python user calls, and a page for each public name in them."""

from __future__ import annotations

import inspect
import pkgutil
import types
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import halescope

FOLDER = "reference"
SOURCE = Path(halescope.__file__).parent

CHAPTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "The program": (
        "What `import halescope` gives, and the values that travel through it.",
        ("halescope", "halescope.types", "halescope.classes", "halescope.flags",
         "halescope.errors"),
    ),
    "Files": (
        "Magnetograms in, catalogues and crops out.",
        ("halescope.io", "halescope.io.catalog", "halescope.io.crops", "halescope.io.instruments",
         "halescope.io.atomic"),
    ),
    "Step by step": (
        "What `halescope.analyze` does, one step after the other.",
        ("halescope.normalize", "halescope.detection.detect", "halescope.classification.classify",
         "halescope.measure", "halescope.measure.columns", "halescope.tabulate",
         "halescope.render.overlay", "halescope.explain"),
    ),
    "Geometry": (
        "Pixels, heliographic positions, boxes.",
        ("halescope.geometry", "halescope.boxes", "halescope.box_rule.extent"),
    ),
    "Many images": (
        "Folders, NOAA's regions, regions in time.",
        ("halescope.batch.run", "halescope.noaa.srs", "halescope.noaa.hek",
         "halescope.noaa.matching", "halescope.noaa.queue", "halescope.tracks"),
    ),
    "Drawn disks": ("Magnetograms whose truth is known.", ("halescope.synthetic",
                                                           "halescope.synthetic.files")),
    "Data sets and networks": (
        "Labels, metrics, networks at run time.",
        ("halescope.datasets.manifest", "halescope.runtime.card", "halescope.runtime.store",
         "halescope.runtime.session", "halescope.evaluation.run",
         "halescope.evaluation.metrics.average_precision",
         "halescope.evaluation.metrics.bootstrap", "halescope.evaluation.metrics.calibration",
         "halescope.evaluation.metrics.classification",
         "halescope.evaluation.metrics.detection"),
    ),
}  # fmt: skip

TYPES = (types.GenericAlias, type(Literal["a"]))
"""What names of types are: they need no entry."""


def public_names(module: types.ModuleType) -> list[str]:
    """Return what is public in a module: ``__all__``, or what it defines with a docstring."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return [name for name in listed if not name.startswith("__")]
    return sorted(
        (
            name
            for name, value in vars(module).items()
            if not name.startswith("_")
            and (inspect.isclass(value) or inspect.isfunction(value))
            and value.__module__ == module.__name__
        ),
        key=lambda name: (not name[0].isupper(), name),
    )


def _with_docstring(module: types.ModuleType) -> list[str]:
    """Return the public names that have a docstring of their own: no plain constants."""
    names = public_names(module)
    return [
        name
        for name in names
        if inspect.isclass(value := getattr(module, name)) or inspect.isroutine(value)
    ]


def _other_rooms() -> tuple[str, ...]:
    """Return the rooms that say what is public and are in no chapter."""
    listed = {name for _, modules in CHAPTERS.values() for name in modules}
    rooms = (f"halescope.{room.name}" for room in pkgutil.iter_modules(halescope.__path__))
    return tuple(
        name
        for name in rooms
        if name not in listed
        and (SOURCE / name.rpartition(".")[2]).is_dir()
        and getattr(import_module(name), "__all__", None)
    )


def chapters() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return title to introduction and modules."""
    more = _other_rooms()
    return CHAPTERS | ({"Further rooms": ("What is built on the rest.", more)} if more else {})


def homes() -> dict[str, str]:
    """Return each public name in full, and the full name under which it has its page.

    A name that two modules offer has one page, in the first of them.
    """
    found: dict[str, str] = {}
    pages: dict[int, str] = {}
    for _, modules in chapters().values():
        for module in map(import_module, modules):
            for name in _with_docstring(module):
                full = f"{module.__name__}.{name}"
                found[full] = pages.setdefault(id(getattr(module, name)), full)
    return found


def module_page(name: str, places: dict[str, str]) -> str:
    """Return the page of a module in reStructuredText; `places` as `homes` returns them."""
    module = import_module(name)
    lines = [name, "=" * len(name), "", f".. automodule:: {name}",
             "   :no-members:", ""]  # fmt: skip
    listed = _with_docstring(module)
    names = [entry for entry in listed if places[f"{name}.{entry}"] == f"{name}.{entry}"]
    others = [places[f"{name}.{entry}"] for entry in listed if entry not in names]
    if names:
        lines += [f".. currentmodule:: {name}", "", ".. autosummary::", "   :toctree: names", ""]
        lines += [f"   {entry}" for entry in names] + [""]
    if others:
        lines += ["Also here: " + ", ".join(f":py:obj:`{entry}`" for entry in others) + ".", ""]
    constants = [
        entry
        for entry in public_names(module)
        if entry not in listed and not isinstance(getattr(module, entry), TYPES)
    ]
    for entry in constants:
        lines += [f".. autodata:: {name}.{entry}", "   :no-value:", ""]
    return "\n".join(lines) + "\n"


def index_page() -> str:
    """Return the front page of the reference, in Markdown."""
    parts = ["# Reference", "Everything a Python program calls, from the docstrings. "
             "Names that are not here may change without a word in the release notes."]  # fmt: skip
    for title, (words, modules) in chapters().items():
        rows = "\n".join(
            f"| [{name}]({name}.rst) | {(import_module(name).__doc__ or '').splitlines()[0]} |"
            for name in modules
        )
        parts += [f"## {title}", words, f"| module | what it holds |\n|---|---|\n{rows}"]
        parts.append(f"```{{toctree}}\n:hidden:\n:caption: {title}\n\n"
                     + "\n".join(modules) + "\n```")  # fmt: skip
    return "\n\n".join(parts) + "\n"


def write_pages(folder: Path) -> list[Path]:
    """Write the index and a page for each module, and remove those of modules that are gone."""
    folder.mkdir(exist_ok=True)
    places = homes()
    texts = {folder / "index.md": index_page()}
    for _, modules in chapters().values():
        texts |= {folder / f"{name}.rst": module_page(name, places) for name in modules}
    made = {*folder.glob("*.md"), *folder.glob("*.rst")} - set(texts)
    for path in made | set((folder / "names").glob("*.rst")):  # autosummary makes these again
        path.unlink()
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return sorted(texts)


def _class_signature(
    app: Any, what: str, name: str, obj: Any, options: Any, signature: str, returns: str
) -> tuple[str, str] | None:
    """Show a class's parameters by name: their types stand below, in its docstring."""
    if what != "class" or not signature:
        return None
    parts = []
    for each in inspect.signature(obj).parameters.values():
        plain = each.default is None or isinstance(each.default, str | int | float | bool)
        if each.default is each.empty:
            parts.append(each.name)
        else:
            parts.append(f"{each.name}={each.default!r}" if plain else f"{each.name}=...")
    return f"({', '.join(parts)})", returns


def setup(app: Any) -> dict[str, bool]:
    """Write the pages before autosummary looks for its tables."""
    app.connect("config-inited", lambda app, _: write_pages(Path(app.srcdir) / FOLDER))
    app.connect("autodoc-process-signature", _class_signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
