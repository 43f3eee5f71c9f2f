"""Why the program says what it says: the detector's map, class attributions, evidence in words.

It needs no more than the networks that ship.
"""

from halescope.explain.reasons import Explanation, Reason, explain, write_explanation

__all__ = ["Explanation", "Reason", "explain", "write_explanation"]
