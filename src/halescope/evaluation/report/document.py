"""What a report holds: the values that its page shows and its JSON keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from halescope.evaluation.baselines.ceiling import Published, Repeatability
from halescope.evaluation.report.asked import Split
from halescope.evaluation.report.classes import ClassesPart
from halescope.evaluation.report.detection import DetectionPart
from halescope.evaluation.report.mistakes import Mistake, RegionRow


@dataclass(frozen=True)
class CardMetrics:
    """What the classifier's card says of itself, to be held against the predictions.

    Parameters
    ----------
    abstain : float or None
        Least probability of a class that is not called uncertain.
    balanced_accuracy : float or None
        With regions held out.
    """

    abstain: float | None = None
    balanced_accuracy: float | None = None


@dataclass(frozen=True)
class Ceiling:
    """How often people agree on a class: NOAA a day later, if asked for, and in print."""

    noaa: Repeatability | None
    published: tuple[Published, ...]


@dataclass(frozen=True)
class Document:
    """A report.

    Parameters
    ----------
    halescope : str
        Version.
    written : str
        UTC.
    """

    halescope: str
    written: str
    split: Split
    detection: DetectionPart
    regions: list[RegionRow]
    classes: ClassesPart
    card: CardMetrics
    ceiling: Ceiling
    mistakes: list[Mistake]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, none of them NaN."""
        out = asdict(self)
        held, human = self.classes.held_out, self.ceiling.noaa
        out["classes"]["held_out"] = held and held.to_json()
        out["ceiling"]["noaa"] = human and human.to_json()
        return out
