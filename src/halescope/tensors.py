"""The one function that turns a canonical disk into the detector's input, for training and use."""

from __future__ import annotations

import numpy as np

from halescope.types import Array

GREY_CLIP = 127.0
"""Grey levels: the end of Helioviewer's scale, 250 G at 1.96 G a level."""


def disk_tensor(grey: Array) -> Array:
    """Return the detector's input for one disk.

    Parameters
    ----------
    grey : (N, N) float32, grey levels
        Canonical field, north up, row 0 south; NaN off the limb.

    Returns
    -------
    (1, N, N) float32
        Field divided by 127 and clipped to -1..1; 0 off the limb. Gauss data are thereby clipped
        as Helioviewer's pictures are, so that the network sees one kind of image.
    """
    scaled: Array = (grey / np.float32(GREY_CLIP)).astype(np.float32, copy=False)
    np.clip(scaled, -1, 1, out=scaled)
    scaled[np.isnan(scaled)] = 0
    return scaled[None]
