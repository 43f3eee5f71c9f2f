"""
With sunpy
==========

Positions as coordinates, the image as a ``Map``, a region cut out of it: what the extra
``halescope[notebook]`` adds.
"""

# %%

import matplotlib.pyplot as plt

import halescope
from halescope.synthetic import draw

drawing = draw(23, size=1024, regions=["beta-gamma-delta", "beta", "alpha"], plage=0)
result = halescope.analyze(drawing.magnetogram)
print(result)

# %%
# Each position is a point that sunpy can transform: here to Carrington's coordinates.

for place in result.coordinates.heliographic_carrington:
    print(f"{place.lon.deg:6.1f} {place.lat.deg:6.1f}")

# %%
# `plot` draws the regions on an axis of the map.

figure = plt.figure(figsize=(7, 7))
axes = figure.add_subplot(projection=result.map)
result.map.plot(axes=axes, vmin=-250, vmax=250, cmap="gray", title="drawn disk")
result.plot(axes)
plt.show()

# %%
# Region 1, cut out: a ``Map`` with coordinates of its own.

figure = plt.figure(figsize=(6, 4))
cutout = result.submap(1)
cutout.plot(axes=figure.add_subplot(projection=cutout), vmin=-1000, vmax=1000, cmap="gray")
plt.show()
