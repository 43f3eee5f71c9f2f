"""One analysis for the tests that only look at it."""

import numpy as np
import pytest

import halescope
from halescope.synthetic import Drawing
from halescope.synthetic.files import fits_bytes, header_of

TOOLS = {"detector": "threshold", "classifier": "climatology"}


@pytest.fixture(scope="session")
def small_result(small_drawing: Drawing) -> halescope.Analysis:
    """Return what a plain threshold finds on the drawn disk."""
    return halescope.analyze(fits_bytes(small_drawing.magnetogram), name="drawn.fits", **TOOLS)


@pytest.fixture(scope="session")
def empty_result(small_drawing: Drawing) -> halescope.Analysis:
    """Return an analysis of a Sun with noise and nothing else."""
    magnetogram = small_drawing.magnetogram
    rng = np.random.default_rng(0)
    field = np.where(np.isnan(magnetogram.field), np.nan, rng.normal(0, 3, magnetogram.field.shape))
    return halescope.analyze((field, header_of(magnetogram)), **TOOLS)
