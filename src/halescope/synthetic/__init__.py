"""Draws magnetograms whose truth is known, for tests, training, the documentation and the demo."""

from halescope.synthetic.disk import DEFAULT_TIME, Drawing, cycle_of, draw, draw_bipole
from halescope.synthetic.sequence import LIVES, Life, draw_sequence

__all__ = [
    "DEFAULT_TIME",
    "LIVES",
    "Drawing",
    "Life",
    "cycle_of",
    "draw",
    "draw_bipole",
    "draw_sequence",
]
