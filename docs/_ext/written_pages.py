"""Pages whose text lies elsewhere: the glossary, lists of pages, pages of the root folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ELSEWHERE = {"index", "glossary", "tutorial", "paper", "affiliated"}
"""Pages of the root of ``docs`` that have their place; all others are explanation."""
RECIPES = ("python", "day", "track", "tracks", "watch", "archive", "studio", "matching", "datasets")
"""Those of them that are how-to, in their order, where they are there."""
FIRST = ("models", "measurements", "explain", "evaluation")
REST, HOWTO = "<!-- all other pages -->", "<!-- recipes -->"

ROOT_PAGES = {
    "community/contributing": "CONTRIBUTING.md",
    "community/conduct": "CODE_OF_CONDUCT.md",
    "community/security": "SECURITY.md",
    "community/changes": "CHANGELOG.md",
}
"""Page to the file of the root folder that it shows."""


def words(conventions: str) -> dict[str, str]:
    """Return each word of the list below "Words" with what it means, in the list's order."""
    _, _, section = conventions.partition("\n## Words\n")
    found: dict[str, str] = {}
    for entry in re.split(r"\n- ", "\n" + section.split("\n## ")[0])[1:]:
        text = " ".join(entry.split())
        pieces = re.split(r"\*\*([^*]+):\*\*", text)
        if pieces[0].strip() or len(pieces) < 3:
            raise ValueError(
                f"conventions.md: {text[:40]!r} is no word, expected **Word:** meaning"
            )
        found |= {pieces[i]: pieces[i + 1].strip() for i in range(1, len(pieces), 2)}
    return found


def glossary(conventions: str) -> str:
    """Return the glossary's page in Markdown."""
    entries = sorted(words(conventions).items(), key=lambda entry: entry[0].lower())
    body = "\n\n".join(f"{word}\n  {meaning[0].upper()}{meaning[1:]}" for word, meaning in entries)
    return (
        "# Glossary\n\nThe words of [the conventions](conventions.md), by alphabet.\n\n"
        f"```{{glossary}}\n{body}\n```\n"
    )


def recipes(docs: Path) -> list[str]:
    """Return the pages of the root that are how-to."""
    return [name for name in RECIPES if (docs / f"{name}.md").exists()]


def explanations(docs: Path) -> list[str]:
    """Return the pages that explain: all of the root that have no place elsewhere."""
    there = {path.stem for path in docs.glob("*.md")} - ELSEWHERE - set(RECIPES)
    return [name for name in FIRST if name in there] + sorted(there - set(FIRST))


def remove_old_examples(docs: Path) -> None:
    """Remove the pages of examples that are gone, which the gallery leaves behind."""
    there = {path.stem for path in (docs.parent / "examples").glob("*.py")} | {"index"}
    for page in (docs / "auto_examples").glob("*.rst"):
        if page.stem not in there:
            page.unlink()


def _write(app: Any, _: Any) -> None:
    docs = Path(app.srcdir)
    remove_old_examples(docs)
    text = glossary((docs / "conventions.md").read_text(encoding="utf-8"))
    page = docs / "glossary.md"
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def root_page(docs: Path, name: str) -> str:
    """Return a file of the root folder, its links to others turned to their pages."""
    text = (docs.parent / ROOT_PAGES[name]).read_text(encoding="utf-8")
    for page, file in ROOT_PAGES.items():
        text = text.replace(f"]({file})", f"]({page.split('/')[1]}.md)")
    return text.replace("](docs/", "](../")


def _escape_bars(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep |field| in docstrings from being read as a substitution."""
    lines[:] = [re.sub(r"(?<![\w`\\])\|(\w+)\|", r"\\|\1\\|", line) for line in lines]


def _fill(app: Any, name: str, source: list[str]) -> None:
    if name in ROOT_PAGES:
        source[0] = root_page(Path(app.srcdir), name)
    for mark, pages in ((REST, explanations), (HOWTO, recipes)):
        if mark in source[0]:
            names = "\n".join(f"../{page}" for page in pages(Path(app.srcdir)))
            source[0] = source[0].replace(mark, names)


def setup(app: Any) -> dict[str, bool]:
    """Write the glossary before Sphinx looks for sources; fill in lists as pages are read."""
    app.connect("config-inited", _write)
    app.connect("source-read", _fill)
    app.connect("autodoc-process-docstring", _escape_bars, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
