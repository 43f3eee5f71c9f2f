"""Draws magnetograms whose truth is known, for tests, training, the documentation and the demo."""

from halescope.synthetic.disk import DEFAULT_TIME, Drawing, cycle_of, draw, draw_bipole

__all__ = ["DEFAULT_TIME", "Drawing", "cycle_of", "draw", "draw_bipole"]
