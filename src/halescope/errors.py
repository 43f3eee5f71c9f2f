"""Errors that halescope raises on purpose.

Each carries what was found, what was expected and what to do, so that one printed line is enough.
"""

from __future__ import annotations


def one_line(text: object) -> str:
    """Return a text that cannot break a log: what is not printable is escaped, as Python does.

    Names of files may hold newlines, terminal commands and bytes that are no text.
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii")
        for c in str(text)
    )


class HalescopeError(Exception):
    """Base of every error that halescope raises for a reason the user can mend.

    Parameters
    ----------
    subject : str
        What the error is about, usually a file's path.
    found : str
        What was found there.
    expected : str
        What was expected instead.
    advice : str
        What to do next.
    """

    def __init__(self, subject: str, found: str, expected: str = "", advice: str = "") -> None:
        self.subject = str(subject)
        self.found = found
        self.expected = expected
        self.advice = advice
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return the whole message on one line."""
        text = f"{self.subject}: {self.found}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.advice:
            text += f" ({self.advice})"
        return one_line(text)

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        """Rebuild from the four parts, so that the error crosses process borders whole."""
        return type(self), (self.subject, self.found, self.expected, self.advice)


class ReadError(HalescopeError):
    """A file cannot be read: missing, empty, truncated, or no format that is known."""


class NotAMagnetogramError(ReadError):
    """The file is readable but shows something else (continuum, EUV, no disk, no data)."""


class TooLargeError(ReadError):
    """A picture claims more pixels than halescope agrees to decode."""


class TimeError(HalescopeError):
    """A time was given or found that cannot be understood."""


class ModelError(HalescopeError):
    """A network, its card or its checksum do not fit what the program expects."""


class ConfigError(HalescopeError):
    """A configuration file or option has an unknown key or a value out of range."""


class DatasetError(HalescopeError):
    """A manifest, label file or split cannot be used as it is."""


class OutputError(HalescopeError):
    """A result cannot be written where it was asked for."""


class UnsafePathError(HalescopeError):
    """A name that stands in a file would lead out of the folder that it belongs in."""


class FetchError(HalescopeError):
    """A service is down, or what it sends is not what was asked for."""


class MissingExtraError(HalescopeError):
    """An optional library is not installed.

    Parameters
    ----------
    library : str
        Name of the missing library.
    extra : str
        The extra of halescope that brings it.
    """

    def __init__(self, library: str, extra: str) -> None:
        self.library, self.extra = library, extra
        super().__init__(
            library, "is not installed", "", f"pip install 'halescope[{extra}]' brings it"
        )

    def __reduce__(self) -> tuple[type, tuple[str, str]]:  # type: ignore[override]
        """Rebuild from library and extra."""
        return type(self), (self.library, self.extra)
