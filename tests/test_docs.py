"""The documentation: links lead somewhere, commands and public names have pages, examples run."""

import doctest
import importlib
import io
import json
import pkgutil
import re
import runpy
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

import halescope

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

import command_pages
import reference_pages
import written_pages

GENERATED = {"commands", "reference", "auto_examples", "_build"}
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(
        page
        for page in DOCS.rglob("*.md")
        if page.relative_to(DOCS).parts[0] not in GENERATED and page != DOCS / "glossary.md"
    ),
]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
COMMANDS = dict(command_pages.walk())


def generated() -> set[Path]:
    """Return the pages that building the site writes and a page may link to."""
    commands = {DOCS / "commands" / f"{command_pages.page_of(name)}.md" for name in COMMANDS}
    modules = {name for _, group in reference_pages.chapters().values() for name in group}
    return {
        *commands,
        *(DOCS / "reference" / f"{name}.rst" for name in modules),
        *(DOCS / "auto_examples" / f"{path.stem}.rst" for path in EXAMPLES),
        DOCS / "auto_examples/index.rst",
        DOCS / "commands/index.md",
        DOCS / "reference/index.md",
        DOCS / "glossary.md",
    }


def anchors(page: Path) -> set[str]:
    """Return the anchors of a Markdown page's headings, as the forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def test_relative_links_lead_somewhere():
    written, broken = generated(), []
    for page in PAGES:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            found = page if not path else (page.parent / path).resolve()
            there = found.exists() or found in written
            if not there or (anchor and found.exists() and anchor not in anchors(found)):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken


def test_no_page_holds_the_marks_of_an_unfinished_merge():
    marks = ("<<<<<<< ", ">>>>>>> ")
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) > 20
    assert not [
        (path.name, line)
        for path in pages
        for line in path.read_text("utf-8").splitlines()
        if line.startswith(marks) or line == "======="
    ]


def test_pages_are_found():
    assert {"README.md", "index.md", "forecaster.md"} <= {page.name for page in PAGES}
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_page_with_all_its_options(name):
    text = command_pages.page(name, COMMANDS[name])
    assert text.startswith(f"# {name}\n")
    for parameter in COMMANDS[name].params:
        if not parameter.hidden:
            assert all(f"`{option}`" in text for option in parameter.opts), parameter.opts
    for child in getattr(COMMANDS[name], "list_commands", lambda _: [])(None):
        assert f"({command_pages.page_of(f'{name} {child}')}.md)" in text


def test_command_pages_are_written_and_old_ones_removed(tmp_path):
    (tmp_path / "halescope_gone.md").write_text("old")
    written = command_pages.write_pages(tmp_path)
    assert set(tmp_path.iterdir()) == set(written)
    assert len(written) == len(COMMANDS)


def test_every_public_name_has_a_page_and_a_docstring():
    places = reference_pages.homes()
    front = reference_pages.module_page("halescope", places)
    for name in halescope.__all__:
        assert name.startswith("__") or re.search(rf"[ .]{name}$", front, re.M), name
    bare = [
        full
        for full in places
        if not (
            getattr(importlib.import_module(full.rpartition(".")[0]), full.split(".")[-1]).__doc__
        )
    ]
    assert not bare


def test_rooms_that_say_what_is_public_are_in_the_reference():
    listed = {name for _, modules in reference_pages.chapters().values() for name in modules}
    rooms = {
        f"halescope.{module.name}"
        for module in pkgutil.iter_modules(halescope.__path__)
        if module.ispkg
        and getattr(importlib.import_module(f"halescope.{module.name}"), "__all__", None)
    }
    assert rooms <= listed


def test_reference_pages_name_each_thing_once(tmp_path):
    reference_pages.write_pages(tmp_path)
    entries = []
    for page in tmp_path.glob("*.rst"):
        block = page.read_text().partition(":toctree: names\n\n")[2].partition("\n\n")[0]
        entries += [f"{page.stem}.{line.strip()}" for line in block.splitlines()]
    assert sorted(entries) == sorted(set(reference_pages.homes().values()))


def test_glossary_has_the_conventions_words():
    text = (DOCS / "conventions.md").read_text(encoding="utf-8")
    words = written_pages.words(text)
    assert {"Region", "Basin", "Saddle", "MSH"} <= set(words)
    assert all(words.values())
    with pytest.raises(ValueError, match=r"is no word"):
        written_pages.words("# C\n\n## Words\n\n- no bold word\n")


def test_every_page_of_docs_has_its_place():
    there = {page.stem for page in DOCS.glob("*.md")}
    sections = [written_pages.explanations(DOCS), written_pages.recipes(DOCS)]
    placed = [*chain(*sections), *written_pages.ELSEWHERE]
    assert there <= set(placed)
    assert len(placed) == len(set(placed))
    for name, file in written_pages.ROOT_PAGES.items():
        assert (ROOT / file).exists()
        assert "](SECURITY.md)" not in written_pages.root_page(DOCS, name)


def test_pages_of_old_examples_go(tmp_path):
    pages = tmp_path / "docs/auto_examples"
    pages.mkdir(parents=True)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples/here.py").write_text("")
    for name in ("here.rst", "gone.rst", "index.rst"):
        (pages / name).write_text("")
    written_pages.remove_old_examples(tmp_path / "docs")
    assert {page.name for page in pages.iterdir()} == {"here.rst", "index.rst"}


def modules_with_examples() -> list[str]:
    """Return the modules of the package whose docstrings hold examples."""
    source = ROOT / "src"
    return [
        ".".join(path.relative_to(source).with_suffix("").parts)
        for path in sorted(source.rglob("*.py"))
        if ">>> " in path.read_text(encoding="utf-8") and path.name != "__init__.py"
    ]


def run_doctests(tests, folder, monkeypatch) -> None:
    """Run examples in an empty folder, and say what came instead."""
    monkeypatch.chdir(folder)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    out = io.StringIO()
    for test in tests:
        runner.run(test, out=out.write)
    assert runner.failures == 0, out.getvalue()


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_of_docstrings(name, tmp_path, monkeypatch):
    run_doctests(doctest.DocTestFinder().find(importlib.import_module(name)), tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```pycon" in page.read_text()], ids=lambda page: page.name
)
def test_examples_of_pages(page, tmp_path, monkeypatch):
    blocks = re.findall(r"```pycon\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page.name, str(page), 0)
    assert test.examples
    run_doctests([test], tmp_path, monkeypatch)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_gallery_runs(path, monkeypatch, tmp_path):
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    drawn = []
    monkeypatch.setattr(plt, "show", lambda: drawn.append(plt.get_fignums()))
    monkeypatch.chdir(tmp_path)
    try:
        runpy.run_path(str(path))
    finally:
        plt.close("all")
    assert drawn
    assert all(drawn)


def test_tutorial_is_executed_and_as_its_text():
    jupytext = pytest.importorskip("jupytext")
    kept = json.loads((DOCS / "tutorial.ipynb").read_text(encoding="utf-8"))["cells"]
    text = jupytext.read(DOCS / "tutorial.py").cells
    sources = ["".join(cell["source"]) for cell in kept]
    assert sources == [cell.source for cell in text], "run `make tutorial`"
    code = [cell for cell in kept if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 4
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert (DOCS / "tutorial.ipynb").stat().st_size < 1_000_000


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the root folder and return what it said."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_tutorial_runs_again():
    pytest.importorskip("nbclient")
    code = "import sys; sys.path.insert(0, 'docs/_ext'); import run_tutorial as t; t.execute()"
    done = python("-c", code)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("sphinx")
    done = python(
        "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-b", "html", "docs", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reference/names/halescope.analyze.html").exists()
    assert (tmp_path / "commands/halescope_dataset_build.html").exists()
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', text)
