"""Run the tutorial: the text of ``tutorial.py`` becomes ``tutorial.ipynb`` with its pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

DOCS = Path(__file__).resolve().parent.parent


def execute() -> Any:
    """Return the tutorial as a notebook, executed; an error in a cell is raised."""
    notebook = jupytext.read(DOCS / "tutorial.py")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # the same text gives the same notebook
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("text/plain", None) if "image/png" in output.get(
                "data", {}
            ) else None
    notebook.metadata.pop("language_info", None)
    notebook.metadata.pop("jupytext", None)
    nbformat.validate(notebook)
    return notebook


def main() -> int:
    """Write ``tutorial.ipynb``."""
    nbformat.write(execute(), DOCS / "tutorial.ipynb")
    return 0


if __name__ == "__main__":
    sys.exit(main())
