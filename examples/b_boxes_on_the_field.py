"""
Boxes on the field
==================

The same numbers on an axis of your own: the field of the canonical disk, the boxes of the regions,
and the probability of each class level.
"""

# %%
# `result.disk` is what the networks saw: north up, row 0 at the bottom, off-limb pixels NaN.
# Its boxes are ``x_min, y_min, x_max, y_max`` in pixel edges, rows upwards.

import matplotlib.pyplot as plt
import numpy as np

import halescope
from halescope.classes import HIERARCHY
from halescope.synthetic import draw

drawing = draw(3, size=512, regions=["beta-gamma", "beta", "alpha"])
result = halescope.analyze(drawing.magnetogram)
disk, regions = result.disk, result.regions
print(disk.field.shape, np.isnan(disk.field).mean().round(2), "of it off the limb")

# %%
# With ``origin="lower"`` pixel centres are whole numbers, so that a pixel edge is half a pixel off.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
left.imshow(disk.field, origin="lower", cmap="gray", vmin=-250, vmax=250)
for number, (box, name) in enumerate(zip(regions.boxes, regions.class_names, strict=True), 1):
    x_min, y_min, x_max, y_max = box - 0.5
    left.add_patch(plt.Rectangle((x_min, y_min), x_max - x_min, y_max - y_min, fill=False, ec="C1"))
    left.annotate(f"{number} {name}", (x_min, y_max), color="C1", va="bottom")
left.set(title="Field, ±250 G", xticks=[], yticks=[])

bottom = np.zeros(len(regions))
for level, column in zip(HIERARCHY, regions.coarse.T, strict=True):
    right.bar(np.arange(1, len(regions) + 1), column, bottom=bottom, label=level)
    bottom += column
right.set(title="Probability of each level", xlabel="region", xticks=range(1, len(regions) + 1))
right.legend(loc="lower right")
plt.show()
