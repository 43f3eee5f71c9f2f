"""Sending alerts, each at most once to each channel, whatever happens in between.

Before anything is sent the intent is on the disk. A process that ends between intent and outcome
leaves an alert of which nobody knows whether it went out: it is not sent again.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any, Protocol

from halescope.errors import ConfigError, HalescopeError, MissingExtraError
from halescope.guards.inside import real
from halescope.watch.state import Memory

PATIENCE = 60.0
"""Seconds that a user's command may take."""


class ChannelError(HalescopeError):
    """An alert could not be sent."""


class Channel(Protocol):
    """A way out. `key` tells it from others and holds no secret."""

    key: str

    def send(self, alert: Mapping[str, Any], picture: Path | None) -> None:
        """Send one alert; ChannelError where that fails."""


class Command:
    """A command of the user's: the alert comes as JSON on its standard input, without a shell.

    Parameters
    ----------
    words : sequence of str
        Program and arguments.
    """

    def __init__(self, words: Sequence[str]) -> None:
        if not words:
            raise ConfigError("--command", "is empty", "a program and its arguments")
        self.words, self.key = list(words), _key("command", *words)

    def send(self, alert: Mapping[str, Any], picture: Path | None) -> None:
        """Run the command and wait for it; a code other than 0 is a failure."""
        document = dict(alert) | {"picture": None if picture is None else str(real(picture))}
        try:
            done = subprocess.run(
                self.words,
                input=json.dumps(document).encode(),
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ChannelError(self.words[0], f"cannot be run to its end ({error})") from error
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split())[-200:]
            raise ChannelError(self.words[0], f"ends with code {done.returncode}: {said}")


class Service:
    """Mail, webhook or chat through Apprise.

    Parameters
    ----------
    url : str
        As Apprise has it: ``mailto://...``, ``ntfy://...``, ``json://...``.

    Raises
    ------
    MissingExtraError, ConfigError
        Apprise is not installed; it does not know the address.
    """

    def __init__(self, url: str) -> None:
        try:
            from apprise import Apprise
        except ImportError as error:
            raise MissingExtraError("apprise", "watch") from error
        self._apprise = Apprise()
        self.name = url.split(":", 1)[0]  # the rest may hold a password
        if not self._apprise.add(url):
            raise ConfigError("--notify", f"is no address that Apprise knows ({self.name}:...)")
        self.key = _key("apprise", url)

    def send(self, alert: Mapping[str, Any], picture: Path | None) -> None:
        """Send one alert with its picture."""
        body = f"{alert['words']}\n{alert['image']}, {alert['time']}"
        attach = None if picture is None else str(picture)
        if not self._apprise.notify(title=alert["title"], body=body, attach=attach):
            raise ChannelError(self.name, "did not take the alert")


def deliver(
    memory: Memory,
    channels: Sequence[Channel],
    folder: Path,
    now: datetime,
    quiet: tuple[time, time] | None = None,
) -> list[str]:
    """Send what has not been sent, and return what went wrong, a line each.

    Parameters
    ----------
    memory : Memory
    channels : sequence of Channel
    folder : Path
        Where the alerts' pictures lie.
    now : datetime
        UTC.
    quiet : (time, time), optional
        UTC: between them nothing is sent; it waits.
    """
    if quiet is not None and is_quiet(now.time(), quiet):
        return []
    problems = []
    for name, alert in list(memory.state.alerts.items()):
        if not alert["send"]:
            continue
        picture = folder / f"{name}.png"
        for channel in channels:
            if (name, channel.key) in memory.state.outcomes:
                continue
            memory.record("intent", id=name, channel=channel.key)
            try:
                channel.send(alert, picture if picture.exists() else None)
            except ChannelError as error:
                problems.append(f"alert {name} was not sent: {error}")
                memory.record("failed", id=name, channel=channel.key, reason=str(error))
            else:
                memory.record("sent", id=name, channel=channel.key)
    return problems


def is_quiet(now: time, hours: tuple[time, time]) -> bool:
    """Say whether a time of day lies in hours that may go over midnight."""
    begin, end = hours
    now = now.replace(tzinfo=None)
    return begin <= now < end if begin <= end else now >= begin or now < end


def parse_hours(text: str) -> tuple[time, time]:
    """Return the two times of ``22:00-06:00``; ConfigError for anything else."""
    try:
        begin, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError as error:
        raise ConfigError("--quiet-hours", f"is {text!r}", "22:00-06:00, UTC") from error
    return begin, end


def _key(*words: str) -> str:
    return f"{words[0]}-{hashlib.sha256('|'.join(words).encode()).hexdigest()[:10]}"
