"""
What is measured, against what was drawn
========================================

A bipole of known flux, moved from disk centre towards the limb: does the measured flux stay?
"""

# %%
# `draw_bipole` makes two Gaussian polarities on the sphere, without noise. `measure_full` reads
# the line-of-sight field in a box and turns it into a radial one.

import matplotlib.pyplot as plt
import numpy as np

from halescope.measure import measure_full
from halescope.normalize import normalize
from halescope.synthetic import draw_bipole
from halescope.types import Regions

DRAWN = 1e22  # maxwell, each polarity
longitudes = np.array([0, 20, 40, 50, 60, 70])
found, errors = [], []
for longitude in longitudes:
    magnetogram = draw_bipole(
        float(longitude), 15.0, flux=DRAWN, separation=80.0, tilt=8.0, size=512
    )
    disk = normalize(magnetogram)
    ys, xs = np.nonzero(np.abs(np.nan_to_num(disk.field)) > 10)
    box = np.array([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]], np.float32)
    measured = measure_full(magnetogram, disk, Regions.from_boxes(box))
    found.append(measured["flux_unsigned"][0])
    errors.append(measured["flux_err"][0])
    print(f"{longitude:3d} deg: {found[-1]:.3g} Mx, drawn {2 * DRAWN:.3g} Mx")

# %%

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.errorbar(longitudes, found, errors, fmt="o", label="measured")
axes.axhline(2 * DRAWN, color="C1", label="drawn")
axes.set(
    xlabel="longitude from the central meridian, degrees",
    ylabel="unsigned flux, Mx",
    ylim=(0, 1.3 * 2 * DRAWN),
)
axes.legend()
plt.show()
