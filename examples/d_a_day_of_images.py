"""
A day of images
===============

The same regions every six hours: boxes are linked into tracks, and each track has a class of its
own, which jumps less than that of single images.
"""

# %%
# The same seed at another time is the same Sun, turned.

from datetime import timedelta

import matplotlib.pyplot as plt

import halescope
from halescope.synthetic import DEFAULT_TIME, draw

catalogs = []
for hours in range(0, 24, 6):
    drawing = draw(
        5, size=512, regions=["beta", "beta-gamma"], time=DEFAULT_TIME + timedelta(hours=hours)
    )
    image = drawing.magnetogram
    catalogs.append(halescope.analyze(image, name=f"hour_{hours:02d}").catalog)

tracks = halescope.track(catalogs)
print(len(tracks.tracks), "tracks of", sum(map(len, catalogs)), "boxes")

# %%
# Every row of the catalogue now has its track's number, and the class along the track.

for row in tracks.catalog.rows():
    print(row["image"], row["track"], row["class"], "->", row["class_track"])

# %%
# Since the first image all have moved westwards, by some 13 degrees a day: the Sun turns.

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
rows = tracks.catalog.rows()
for number in sorted({row["track"] for row in rows}):
    mine = [row for row in rows if row["track"] == number]
    moved = [row["hgs_lon"] - mine[0]["hgs_lon"] for row in mine]
    label = f"track {number}, latitude {mine[0]['hgs_lat']:.0f}: {mine[-1]['class_track']}"
    axes.plot([row["time"][11:16] for row in mine], moved, "o-", label=label)
axes.set(xlabel="time, UTC", ylabel="degrees of longitude since the first image")
axes.legend()
plt.show()
