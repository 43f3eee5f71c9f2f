"""A page for each command and sub-command, written from the options that ``--help`` shows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

FOLDER = "commands"


def walk(command: Any = None, name: str = "halescope") -> Iterator[tuple[str, Any]]:
    """Yield the whole name and the command object of everything that can be called."""
    if command is None:
        from halescope.cli import app

        command = typer.main.get_command(app)
    yield name, command
    if hasattr(command, "list_commands"):
        for child in command.list_commands(None):
            yield from walk(command.get_command(None, child), f"{name} {child}")


def page_of(name: str) -> str:
    """Return the page of a command, without its ending."""
    return name.replace(" ", "_")


def _first_line(command: Any) -> str:
    return re.split(r"\n\n|(?<=\.)\s", (command.help or "").strip())[0].replace("\n", " ")


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_<>\[\]|$])", r"\\\1", text)


def _body(text: str) -> str:
    """Return help text as Markdown; paragraphs that call a command become one block."""
    parts: list[str] = []
    shell: list[str] = []
    for paragraph in [*re.split(r"\n\s*\n", textwrap.dedent(text).strip()), ""]:
        if re.match(r"(halescope|cat|\w+=\S* halescope) ", paragraph):
            shell.append(paragraph)
            continue
        if shell:
            parts.append("```sh\n" + "\n".join(shell) + "\n```")
            shell = []
        parts.append(_escape(paragraph))
    return "\n\n".join(parts).strip()


def _type_name(parameter: Any) -> str:
    annotation = parameter.type_descriptor.annotation
    name = str(getattr(annotation, "__name__", annotation))
    inner = re.findall(r"\w+", str(annotation).replace("pathlib.", ""))
    words = {"str": "text", "int": "whole number", "float": "number", "Path": "path"}
    for word in inner if name in ("list", "Optional", "Union", "UnionType") else [name]:
        if word in words:
            return words[word] + (", repeatable" if parameter.multiple else "")
    return ""


def _range(parameter: Any) -> str:
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"{low} to {high}"


def _row(parameter: Any) -> str:
    names = ", ".join(f"`{option}`" for option in [*parameter.opts, *parameter.secondary_opts])
    default = parameter.default
    flag = bool(getattr(parameter, "is_flag", False))
    notes = ["" if flag else _type_name(parameter), _range(parameter)]
    if parameter.required:
        notes.append("required")
    elif default not in (None, False, "", ()) and not callable(default):
        notes.append(f"default `{'on' if default is True else default}`")
    if parameter.envvar:
        notes.append(f"or `${parameter.envvar}`")
    help_text = _escape(parameter.help or "").replace("\n", " ")
    return f"| {names} | {help_text} | {'; '.join(note for note in notes if note)} |"


def _table(title: str, parameters: list[Any]) -> str:
    if not parameters:
        return ""
    rows = "\n".join(_row(parameter) for parameter in parameters)
    return f"## {title}\n\n| | what | values |\n|---|---|---|\n{rows}\n"


def page(name: str, command: Any) -> str:
    """Return a command's page in Markdown."""
    shown = [p for p in command.params if not getattr(p, "hidden", False)]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    options = [p for p in shown if p.param_type_name == "option"]
    children = [] if not hasattr(command, "list_commands") else command.list_commands(None)
    words = [(p.metavar or p.name).upper() + ("..." if p.nargs == -1 else "") for p in arguments]
    usage = " ".join([name, *(["[OPTIONS]"] if options else []), *words])
    parts = [f"# {name}", _body(command.help or "")]
    if children:
        usage += " COMMAND"
        parts[1:1] = [f"```text\n{usage}\n```"]
        pages = "\n".join(f"{child} <{page_of(f'{name} {child}')}>" for child in children)
        table = "\n".join(
            f"| [{name} {child}]({page_of(f'{name} {child}')}.md) "
            f"| {_escape(_first_line(command.get_command(None, child)))} |"
            for child in children
        )
        parts += ["## Commands", f"| command | what it does |\n|---|---|\n{table}"]
        parts.append(f"```{{toctree}}\n:hidden:\n\n{pages}\n```")
    else:
        parts[1:1] = [f"```text\n{usage}\n```"]
    parts += [_table("Arguments", arguments), _table("Options", options)]
    return "\n\n".join(part for part in parts if part) + "\n"


def write_pages(folder: Path) -> list[Path]:
    """Write all pages, and remove those of commands that are gone."""
    folder.mkdir(exist_ok=True)
    texts = {}
    for name, command in walk():
        stem = "index" if name == "halescope" else page_of(name)
        texts[folder / f"{stem}.md"] = page(name, command)
    for path in set(folder.glob("*.md")) - set(texts):
        path.unlink()
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return sorted(texts)


def setup(app: Any) -> dict[str, bool]:
    """Write the pages before Sphinx looks for sources."""
    app.connect("config-inited", lambda app, _: write_pages(Path(app.srcdir) / FOLDER))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
