"""What the options of `halescope watch` stand for: sources and channels."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from halescope.commands.say import say

if TYPE_CHECKING:
    from datetime import timedelta

    from halescope.watch.notify import Channel
    from halescope.watch.source import Source


def channels_of(addresses: list[str], command: str | None) -> list[Channel]:
    """Return the ways out that the options name."""
    from halescope.watch.notify import Command, Service

    out: list[Channel] = [Service(address) for address in addresses]
    if command is not None:
        out.append(Command(shlex.split(command)))
    return out


def send_test(channels: list[Channel]) -> None:
    """Send one alert of no region through every channel; exit code 1 where one fails."""
    from halescope.errors import ConfigError
    from halescope.types import format_time
    from halescope.watch.notify import ChannelError

    if not channels:
        raise ConfigError("--test-alert", "has no way out", "--notify or --command")
    now = format_time(datetime.now(UTC).replace(microsecond=0))
    alert = {
        "id": "test", "kind": "test", "time": now, "image": "none", "track": None,
        "label": "test", "location": "", "class": "", "probability": None,
        "words": "A test: no region is meant.", "title": "halescope: test of alerts",
    }  # fmt: skip
    failed = False
    for channel in channels:
        try:
            channel.send(alert, None)
            say(f"{channel.key}: sent")
        except ChannelError as error:
            failed = True
            say(f"{channel.key}: {error}", err=True)
    if failed:
        raise typer.Exit(1)


def source_of(
    name: str, path: Path | None, output: Path, every: timedelta,
    account: tuple[str | None, str | None],
) -> Source:  # fmt: skip
    """Return the source that the options name; `account`: JSOC's e-mail, base address."""
    from datetime import timedelta as span

    from halescope.errors import ConfigError
    from halescope.fetch.run import Provider, Run
    from halescope.fetch.transfer import Transfer
    from halescope.watch.source import Folder, Service

    email, url = account
    if name == "folder":
        if path is None:
            raise ConfigError("--source folder", "has no path", "watch --source folder PATH")
        return Folder(path)
    if name not in ("helioviewer", "jsoc"):
        raise ConfigError("--source", f"is {name!r}", "folder, helioviewer or jsoc")
    transfer = Transfer()
    provider: Provider
    if name == "helioviewer":
        from halescope.fetch.helioviewer import Helioviewer

        provider = Helioviewer(transfer, url=url)
    else:
        from halescope.fetch.jsoc import Jsoc

        provider = Jsoc(transfer, "hmi.M_720s_nrt", email, span(minutes=6), url)
    return Service(provider, Run(transfer, output / ".watch" / "images", span(minutes=30)), every)
