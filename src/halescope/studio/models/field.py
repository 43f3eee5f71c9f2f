"""A field of a form, and a network with its fields."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["whole", "number", "numbers", "choice", "switch"]
Value = int | float | bool | str | tuple[float, ...]


@dataclass(frozen=True)
class Field:
    """One field of the form.

    Parameters
    ----------
    key : str
        Of the configuration, ``solver.base_lr``.
    title, hint : str
        For a person.
    kind : {"whole", "number", "numbers", "choice", "switch"}
        ``numbers`` are several, divided by spaces.
    default : value
        The configuration's own, unless `given`.
    group : str
        Heading under which it stands.
    choices : tuple of (value, words)
        Of a choice.
    least, most : float or None
        Ends of its range, both allowed.
    given : bool
        Whether the studio starts from another value than the configuration, so that it is always
        written out.
    shown_for : str
        ``key=a|b``: it matters only where that other field has one of the values.
    """

    key: str
    title: str
    kind: Kind
    default: Value
    group: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: float | None = None
    most: float | None = None
    given: bool = False
    shown_for: str = ""


@dataclass(frozen=True)
class Network:
    """One network that can be trained.

    Parameters
    ----------
    name : str
        As `halescope train` calls it.
    task : {"detector", "classifier"}
    about, takes : str
        What it is; how long a run is.
    data : tuple of {"disks", "crops"}
        Kinds of data set that it learns from.
    fields : tuple of Field
    starts : tuple of str
        Shipped networks whose weights it can start from; runs of the same name it always can.
    is_run : bool
        Whether it has epochs, curves, snapshots, a stop and a resume; the others are quick fits.
    best : (name, "max" or "min")
        The metric by which a snapshot is best.
    recipes : dict of str to dict
        Values that fill the form at once, by what they are called.
    """

    name: str
    title: str
    task: Literal["detector", "classifier"]
    about: str
    takes: str
    data: tuple[str, ...]
    fields: tuple[Field, ...]
    starts: tuple[str, ...] = ()
    is_run: bool = True
    best: tuple[str, str] = ("", "max")
    recipes: dict[str, dict[str, Value]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)
