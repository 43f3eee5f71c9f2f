"""
A first disk
============

Draw a Sun, find its active regions, and compare them with what was drawn.
"""

# %%
# `analyze` takes a drawn disk as it takes a file: with one of your own, write
# ``halescope.analyze("disk.fits")``.

import halescope
from halescope.synthetic import draw

drawing = draw(23, size=1024, regions=["beta-gamma-delta", "beta", "alpha", "beta"])
result = halescope.analyze(drawing.magnetogram)
result.table["region", "class", "p_class", "hgs_lon", "hgs_lat", "area_msh"]

# %%
# The truth stands beside it: each region that was drawn, brightest first, and plage without spots.

for row in drawing.truth.rows():
    print(row["class"], round(row["hgs_lon"], 1), round(row["hgs_lat"], 1))

# %%
# The picture has a box for each region, its class and score. North is up, west to the right.

import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 7), layout="constrained")
axes.imshow(result.picture.convert("RGB"))
axes.set_axis_off()
plt.show()
