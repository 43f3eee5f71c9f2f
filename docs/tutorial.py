# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Tutorial: from a Sun to a table
#
# This notebook draws a Sun, finds its active regions, compares them with the truth, measures them, and follows
# them for a day. It needs no file and no network. To run it yourself: `pip install 'halescope[docs]'`, then open
# `docs/tutorial.ipynb`; `make tutorial` runs it as a whole.

# %%
import matplotlib.pyplot as plt
import numpy as np

import halescope
from halescope.synthetic import draw, draw_sequence

# %% [markdown]
# ## A Sun whose truth is known
#
# `draw` makes a magnetogram: the magnetic field towards the observer, in gauss, in each pixel. The same seed
# gives the same Sun.

# %%
classes = ["beta-gamma-delta", "beta", "alpha", "beta", "beta-gamma"]
drawing = draw(23, size=1024, regions=classes, plage=2)
field = drawing.magnetogram.field

figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
axes.imshow(field, origin="lower", cmap="gray", vmin=-250, vmax=250)
axes.set(xticks=[], yticks=[], title="line-of-sight field, ±250 G")
plt.show()

# %% [markdown]
# White points towards you, black away. Which of the patches are active regions with spots, and which are plage,
# strong field without any? The drawing knows:

# %%
for row in drawing.truth.rows():
    lon, lat = row["hgs_lon"], row["hgs_lat"]
    print(f"{row['class']:17s} longitude {lon:6.1f}  latitude {lat:6.1f}")

# %% [markdown]
# ## Let the program look
#
# `analyze` takes a path, bytes, a sunpy `Map`, an astropy HDU, a Pillow image or an array, and a drawn disk as
# well. Of the drawing it gets the field alone, and not the truth.

# %%
result = halescope.analyze(drawing.magnetogram)

figure, axes = plt.subplots(figsize=(6, 6.2), layout="constrained")
axes.imshow(result.picture.convert("RGB"))
axes.set_axis_off()
plt.show()

# %% [markdown]
# The table has a row for each region. Numbers have units; positions are Stonyhurst, degrees, west and north
# positive.

# %%
result.table["region", "class", "p_class", "hgs_lon", "hgs_lat", "area_msh", "flags"]

# %% [markdown]
# ## Was it right?
#
# Each box is set against the drawn region that is nearest.

# %%
found = result.catalog.rows()
for truth in drawing.truth.rows():
    away = [
        np.hypot(truth["hgs_lon"] - row["hgs_lon"], truth["hgs_lat"] - row["hgs_lat"])
        for row in found
    ]
    nearest = int(np.argmin(away))
    said = found[nearest]["class"] if away[nearest] < 6 else "no region"
    print(f"drawn: {truth['class']:17s} said: {said}")

# %% [markdown]
# A class is a judgement, and the program gives probabilities of three levels: alpha, beta and complex (anything
# with gamma or delta). They add up to one. Where the largest is small, the flag `uncertain_class` says so.

# %%
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
bottom = np.zeros(len(found))
for level in ("alpha", "beta", "complex"):
    share = np.array([row[f"p_{level}"] for row in found])
    axes.bar(range(1, len(found) + 1), share, bottom=bottom, label=level)
    bottom += share
axes.set(xlabel="region", ylabel="probability", xticks=range(1, len(found) + 1))
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# ## Physics
#
# With `physics=True` the columns of the magnetic field come along, each with an error: flux, tilt, the length of
# the inversion line. A complex region has much of it, and steep.

# %%
full = halescope.analyze(drawing.magnetogram, physics=True)
full.table["region", "class", "flux_unsigned", "flux_err", "tilt", "pil_mm", "pil_steep_mm"]

# %% [markdown]
# ## A day later
#
# `draw_sequence` draws another Sun every six hours: regions turn with it, appear, grow and merge. `track` finds
# the same region again on each image, and gives each track a class of its own from all images so far.

# %%
catalogs = [
    halescope.analyze(drawing.magnetogram).catalog
    for drawing in draw_sequence(hours=range(0, 30, 6), seed=4)
]
tracks = halescope.track(catalogs)

rows = tracks.catalog.rows()
figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for number in sorted({row["track"] for row in rows}):
    mine = [row for row in rows if row["track"] == number]
    label = f"{number}: {mine[-1]['class_track']}"
    axes.plot([row["hgs_lon"] for row in mine], [row["hgs_lat"] for row in mine], "o-", label=label)
axes.set(xlabel="Stonyhurst longitude, degrees", ylabel="latitude, degrees")
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %%
for number in sorted({row["track"] for row in rows}):
    mine = [row for row in rows if row["track"] == number]
    if len(mine) == 5:  # seen on each image: 24 hours
        print(f"track {number}: {mine[-1]['hgs_lon'] - mine[0]['hgs_lon']:.1f} degrees in a day")

# %% [markdown]
# All move westwards by some 13 degrees a day: the Sun turns. Two of them have a motion of their own, and
# will merge.
#
# ## What next
#
# - with your own files: `halescope analyze FILE -o out`
# - what each column means: [what is measured](measurements.md)
# - how far to trust it: [models](models.md)
# - why a region has its class: [the explanation](explain.md)
