"""What can go wrong between a service and this program, one class each."""

from __future__ import annotations

from importlib.util import find_spec

from halescope.errors import FetchError, MissingExtraError


class ServiceDownError(FetchError):
    """The service does not answer, answers with a server's error, or breaks off again and again."""


class NotThereError(FetchError):
    """The service answers that it has no such thing."""


class ContentError(FetchError):
    """The service sent something else: a web page, a truncated or another day's image."""


def need(*libraries: str) -> None:
    """Check that optional libraries are installed.

    Parameters
    ----------
    *libraries : str
        Names to import, of the extra ``[sun]``.

    Raises
    ------
    MissingExtraError
    """
    for library in libraries:
        if find_spec(library) is None:
            raise MissingExtraError(library, "sun")
