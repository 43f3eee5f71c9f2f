"""The command line: one app, whose commands are loaded when they are called."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from halescope._version import __version__
from halescope.errors import HalescopeError, one_line

COMMANDS: dict[str, str] = {
    "analyze": "Find, classify and measure the active regions of magnetograms.",
    "track": "Link the regions of many images into tracks, and tell the class along each.",
    "day": "Write the day's page: regions now, what changed, what differs from NOAA.",
    "watch": "Analyse each new magnetogram as it comes; keep page and feed, send alerts.",
    "draw": "Draw a synthetic magnetogram with regions of known class.",
    "match": "Compare a catalogue with NOAA's regions.",
    "fetch": "Get magnetograms, region tables and flare lists from their services.",
    "archive": "Make a table of every region of years of magnetograms, and ask it.",
    "dataset": "Make, check, split, convert and show training data.",
    "train": "Train a network.",
    "evaluate": "Score the shipped pipeline on labelled images.",
    "predict": "Write what one network says of each label of a list, beside the label.",
    "compare": "Compare label files or class folders with the system's output.",
    "reproduce": "Run the protocols of the 2020 paper.",
    "studio": "Make data sets, label, train and try networks, and analyse, in a browser.",
    "doctor": "Find out why a detector learns nothing from a data set.",
    "info": "Show versions and the networks with their cards.",
}
"""Command to its help line; its module is ``halescope.commands.<name>`` and holds either a typer
``app`` or a function of the command's name."""

BAD_INPUT, INTERRUPTED = 2, 130

USAGE: Any = typer.BadParameter.__mro__[1]
"""What is raised of wrong arguments: click's UsageError, which typer gives no public name."""


class LazyGroup(TyperGroup):
    """A group that lists its commands without importing them."""

    _listing = False

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        # Names with stand-ins: what typer finds the one that was meant among.
        self.commands = {name: TyperCommand(name, help=text) for name, text in COMMANDS.items()}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; while help is written, a stand-in with its help line."""
        if cmd_name not in COMMANDS:
            return None
        if self._listing:
            return self.commands[cmd_name]
        module = import_module(f"halescope.commands.{cmd_name}")
        command = getattr(module, "app", None)
        if command is None:
            command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            command.command(cmd_name, help=None)(getattr(module, cmd_name))
        built = typer.main.get_command(command)
        built.name = cmd_name
        return built

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page from help lines alone."""
        self._listing = True
        super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Return what a command's name may go on to, from help lines alone."""
        self._listing = True
        try:
            return super().shell_complete(ctx, incomplete)
        finally:
            self._listing = False


app = typer.Typer(
    cls=LazyGroup,
    name="halescope",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"halescope {__version__}")
        raise typer.Exit


@app.callback()
def halescope(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Active regions in solar magnetograms, and their Mount Wilson class.

    For example:

    halescope analyze HMI.m2026.02.01_00.00.00.jpg -o out

    halescope info
    """


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; a user's mistake is one line.

    `arguments`: those of the process if left out. Returns 0 done, 1 a check failed, 2 bad input or
    usage, 130 interrupted. What cannot be printed, since its reader went away or the disk is full,
    does not end the work.
    """
    out, err = Steady(sys.stdout), Steady(sys.stderr)
    sys.stdout, sys.stderr = out, err
    try:
        code = _run(arguments)
        out.flush()
        if out.fault is not None and not isinstance(out.fault, BrokenPipeError):
            reason = out.fault.strerror or type(out.fault).__name__
            typer.echo(f"halescope: what is printed cannot be written ({reason})", err=True)
            return code or BAD_INPUT
        return code
    finally:
        sys.stdout, sys.stderr = out.stream, err.stream


class Steady:
    """A text stream that goes on after it cannot be written to any more, into nothing.

    Attributes
    ----------
    stream : text stream
    fault : OSError or None
        Why it could not be written to.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.fault: OSError | None = None

    def write(self, text: str) -> int:
        """Write a text and return its length."""
        self._try(lambda: self.stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Write what waits."""
        self._try(lambda: self.stream.flush())

    def _try(self, action: Callable[[], object]) -> None:
        if self.fault is not None or self.stream is None:
            return
        try:
            action()
        except OSError as error:
            self.fault = error
            with suppress(OSError, ValueError):  # what still waits must not fail at the end
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _run(arguments: list[str] | None) -> int:
    try:
        code = app(arguments, prog_name="halescope", standalone_mode=False)
    except HalescopeError as error:
        typer.echo(f"halescope: {error}", err=True)
        return BAD_INPUT
    except USAGE as error:
        return _misused(error)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except SystemExit as leaving:
        code = leaving.code
    if code == INTERRUPTED:  # typer answers Ctrl-C itself, in silence
        return _interrupted()
    return code if isinstance(code, int) else 0


def _misused(error: Any) -> int:
    """Say on one line what is wrong with the arguments; show the help where there are none."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return BAD_INPUT
    place = "halescope" if error.ctx is None else error.ctx.command_path
    text = " ".join(str(error.format_message()).split()).rstrip(".")
    text = re.sub(r" \((?:Possible options|Did you mean):? ([^?)]*).*", r". Did you mean \1?", text)
    typer.echo(f"{one_line(place)}: {one_line(text)} (see '{place} --help')", err=True)
    return BAD_INPUT


def _interrupted() -> int:
    typer.echo("halescope: interrupted; what is written is whole, run it again to go on", err=True)
    return INTERRUPTED
