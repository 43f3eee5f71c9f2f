"""The result of `halescope.analyze`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from halescope.types import Catalog, Disk, Magnetogram, Regions

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord
    from astropy.table import QTable
    from pandas import DataFrame
    from PIL import Image


@dataclass(frozen=True, repr=False)
class Analysis:
    """What was found on one image.

    What needs sunpy, matplotlib, pandas or regions loads it when it is called.

    Parameters
    ----------
    catalog : Catalog
        One row per region.
    regions : Regions
        The same on the canonical disk.
    """

    catalog: Catalog
    regions: Regions
    disk: Disk
    magnetogram: Magnetogram = field(repr=False)

    def __len__(self) -> int:
        return len(self.catalog)

    def __repr__(self) -> str:
        """Return image, time, instrument and how many regions of which class, on one line."""
        from halescope.analysis.words import sentence

        return f"<halescope.Analysis {sentence(self)}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the picture and the main columns of the table."""
        from halescope.analysis.notebook import html_of

        return html_of(self)

    @cached_property
    def table(self) -> QTable:
        """The catalogue as an astropy QTable: units, and ``time`` as an astropy Time."""
        from halescope.io.catalog import to_table

        return to_table(self.catalog)

    @cached_property
    def picture(self) -> Image.Image:
        """The disk with boxes, classes and scores, a Pillow image."""
        from halescope.render.overlay import overlay

        return overlay(self.disk, self.catalog, self.regions.boxes)

    @cached_property
    def map(self) -> Any:
        """The image as a sunpy Map, at full resolution, row 0 at the bottom.

        Raises
        ------
        TimeError, MissingExtraError
        """
        from halescope.analysis.sky import map_of

        return map_of(self.magnetogram)

    @cached_property
    def coordinates(self) -> SkyCoord:
        """Where the regions are, (N,), helioprojective with observer and time.

        These are the points of ``hgs_lon`` and ``hgs_lat``: the middle of each box's visible part.
        ``.heliographic_stonyhurst`` and sunpy's other frames follow from it.

        Raises
        ------
        TimeError, MissingExtraError
            The image has no time, so that its observer is unknown; sunpy is missing.
        """
        from halescope.analysis.sky import centers

        return centers(self)

    @cached_property
    def corners(self) -> SkyCoord:
        """The corners of the catalogue's boxes, (N, 4), helioprojective, off the limb as well.

        Lower left, lower right, upper right, upper left, as the file's rows run upwards.

        Raises
        ------
        TimeError, MissingExtraError
        """
        from halescope.analysis.sky import corners

        return corners(self)

    def submap(self, region: int, margin: float = 0.0) -> Any:
        """Return the part of `map` in a region's box.

        Parameters
        ----------
        region : int
            Its number in the table, from 1 on.
        margin : float
            Added on each side, as a share of the box's longer side.

        Raises
        ------
        ConfigError
            There is no such region.
        TimeError, MissingExtraError
        """
        from halescope.analysis.sky import submap

        return submap(self, region, margin)

    @cached_property
    def pixel_regions(self) -> list[Any]:
        """The boxes as `regions.RectanglePixelRegion`, in the pixels of `map`, rows upwards.

        Each one's ``meta`` has image, region and class.

        Raises
        ------
        MissingExtraError
        """
        from halescope.analysis.boxes import pixel_regions

        return pixel_regions(self)

    @cached_property
    def sky_regions(self) -> list[Any]:
        """The boxes as `regions.RectangleSkyRegion`, helioprojective.

        Raises
        ------
        TimeError, MissingExtraError
        """
        from halescope.analysis.boxes import sky_regions

        return sky_regions(self)

    def to_pandas(self) -> DataFrame:
        """Return the catalogue as a pandas DataFrame; ``time`` is aware, ``attrs`` has the units.

        Raises
        ------
        MissingExtraError
        """
        from halescope.io.catalog import to_pandas

        return to_pandas(self.catalog)

    def plot(self, ax: Any = None) -> Any:
        """Draw disk and boxes with matplotlib and return the axis.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or astropy's WCSAxes, optional
            On a plain axis the disk is drawn, north up, in arcseconds from its centre. On an axis
            with solar coordinates, such as sunpy makes for a map (of this or of another image),
            the boxes alone. A new figure if left out.

        Raises
        ------
        TimeError, MissingExtraError
        """
        from halescope.analysis.plot import plot

        return plot(self, ax)
