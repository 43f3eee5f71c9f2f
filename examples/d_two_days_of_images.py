"""
Two days of images
==================

A drawn Sun that turns, every six hours: boxes are linked into tracks, and each track has a class of
its own, which jumps less than that of single images.
"""

# %%
# `draw_sequence` draws the same Sun again and again: regions turn with it, one appears and grows.

import matplotlib.pyplot as plt

import halescope
from halescope.synthetic import Life, draw_sequence

sun = [
    Life("beta", longitude=-40, latitude=15),
    Life("alpha", longitude=10, latitude=-12),
    Life("beta-gamma", longitude=-10, latitude=-24, born=12, grows=24),
]
catalogs = [
    halescope.analyze(drawing.magnetogram).catalog
    for drawing in draw_sequence(sun, range(0, 54, 6), seed=5)
]
tracks = halescope.track(catalogs)
print(len(tracks.tracks), "tracks of", sum(map(len, catalogs)), "boxes")

# %%
# What happened, in order of time.

for event in tracks.events.rows():
    print(event["time"], "track", event["track"], "-", event["words"])

# %%
# All move westwards by some 13 degrees a day, those near the equator a little faster.

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
rows = tracks.catalog.rows()
images = sorted({row["time"] for row in rows})
for number in sorted({row["track"] for row in rows}):
    mine = [row for row in rows if row["track"] == number]
    hours = [6 * images.index(row["time"]) for row in mine]
    label = f"track {number}: {mine[-1]['class_track']}"
    axes.plot(hours, [row["hgs_lon"] for row in mine], "o-", label=label)
axes.set(xlabel="hours", ylabel="Stonyhurst longitude, degrees")
axes.legend()
plt.show()
