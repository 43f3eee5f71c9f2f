"""The values that travel through halescope. Frozen, and checked when they are made."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.flags import Flag

Array = NDArray[np.float32]
Scale = Literal["gauss", "display"]


@dataclass(frozen=True)
class DiskGeometry:
    """Where the Sun is in an array, and how it is turned.

    Pixel (0, 0) is the centre of the array's first pixel; x runs along columns, y along rows
    upwards (row 0 at the bottom, the FITS order).

    Parameters
    ----------
    x_center, y_center : float
        Disk centre, pixels, zero-based.
    radius : float
        Radius of the visible limb, pixels.
    roll : float
        Degrees, the CROTA2 of a FITS header: ``x_west = cos(roll) dx - sin(roll) dy`` and
        ``y_north = sin(roll) dx + cos(roll) dy`` for an offset (dx, dy) from disk centre.
    b0 : float or None
        Heliographic latitude of disk centre, degrees.
    l0 : float or None
        Carrington longitude of disk centre, degrees.
    distance : float
        Observer's distance from the Sun's centre, solar radii.
    observer_lon : float
        Stonyhurst longitude of the observer, and so of the central meridian, degrees: 0 for Earth,
        HGLN_OBS of a FITS header.
    """

    x_center: float
    y_center: float
    radius: float
    roll: float = 0.0
    b0: float | None = None
    l0: float | None = None
    distance: float = 215.03
    observer_lon: float = 0.0

    def __post_init__(self) -> None:
        place = (self.x_center, self.y_center, self.radius, self.roll)
        numbers = (*place, self.distance, self.observer_lon)
        if not np.all(np.isfinite(numbers)) or self.radius <= 0 or self.distance <= 1:
            raise ValueError(f"disk geometry is not finite and positive: {self}")

    @property
    def is_located(self) -> bool:
        """Whether heliographic positions can be given."""
        return self.b0 is not None and self.l0 is not None


@dataclass(frozen=True)
class Magnetogram:
    """A magnetogram as it was read: the file's own pixels, in FITS row order.

    Parameters
    ----------
    field : (H, W) float32, gauss or display units
        Line-of-sight field, positive towards the observer; row 0 is the bottom row; NaN is no
        data. In display units zero field is 0 and one unit is one grey level of an 8-bit picture.
        Possibly a reduced copy of the file (see `reduction`).
    scale : {"gauss", "display"}
    geometry : DiskGeometry
        In pixels of `field`.
    name : str
        The file's name, for tables and messages.
    time : datetime or None
        UTC, aware.
    instrument : str
        ``HMI``, ``MDI``, ``GONG``, ``synthetic`` or ``unknown``.
    flags : Flag
        Doubts that hold for the whole image.
    saturation : float
        Largest |field| that the file can express, in its unit; infinite where there is none.
    zero_level : float
        Grey value of zero field in the file (display scale), else 0.
    file_shape : tuple of int
        (H, W) of the full file; differs from ``field.shape`` where less was decoded.
    rows_down : bool
        Whether row 0 of the file is its top row (pictures and JPEG 2000), so that boxes in file
        pixels count downwards.
    reduction : int
        File pixels per pixel of `field` along each axis.
    source : object
        What the full-resolution field can be read from again (path or bytes), None if this is it.
    header : dict
        The file's header, empty for plain pictures.
    gauss_per_unit : float
        Approximate gauss of one unit: 1 for the gauss scale, 1.96 for Helioviewer's HMI product.
    file_geometry : DiskGeometry or None
        Of the full file, rows upwards, where `geometry` is not that of whole averaged blocks of
        it (JPEG 2000 keeps every second sample); None to derive it from `geometry`.
    """

    field: Array
    scale: Scale
    geometry: DiskGeometry
    name: str = "array"
    time: datetime | None = None
    instrument: str = "unknown"
    flags: Flag = Flag.NONE
    saturation: float = float("inf")
    zero_level: float = 0.0
    file_shape: tuple[int, int] = (0, 0)
    rows_down: bool = False
    reduction: int = 1
    source: Any = dataclasses.field(default=None, repr=False)
    header: dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    gauss_per_unit: float = 1.0
    file_geometry: DiskGeometry | None = dataclasses.field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.field.ndim != 2 or self.field.dtype != np.float32:
            raise ValueError(
                f"field is {self.field.dtype} {self.field.shape}, expected float32 (H, W)"
            )
        if self.scale not in ("gauss", "display"):
            raise ValueError(f"scale is {self.scale!r}, expected 'gauss' or 'display'")
        if self.time is not None and self.time.tzinfo is None:
            raise ValueError("time has no zone; expected UTC")
        if self.file_shape == (0, 0):
            object.__setattr__(self, "file_shape", self.field.shape)

    @property
    def geometry_in_file(self) -> DiskGeometry:
        """Where the Sun is in the full file, rows upwards."""
        if self.file_geometry is not None:
            return self.file_geometry
        k, seen = self.reduction, self.geometry
        return replace(
            seen,
            x_center=(seen.x_center + 0.5) * k - 0.5,
            y_center=(seen.y_center + 0.5) * k - 0.5,
            radius=seen.radius * k,
        )

    @property
    def time_string(self) -> str:
        """The time as ``2026-02-01T00:00:00Z``, empty if unknown."""
        return format_time(self.time)


@dataclass(frozen=True)
class Disk:
    """The canonical disk: square, north up, fixed solar radius, off-limb masked.

    Parameters
    ----------
    field : (N, N) float32
        Unit of the magnetogram it came from; NaN off the limb and where there is no data.
    geometry : DiskGeometry
        Of this array: roll 0.
    origin : Magnetogram
        What it was made from.
    """

    field: Array
    geometry: DiskGeometry
    origin: Magnetogram = dataclasses.field(repr=False)

    def __post_init__(self) -> None:
        if self.field.ndim != 2 or self.field.shape[0] != self.field.shape[1]:
            raise ValueError(f"canonical field is {self.field.shape}, expected a square")

    @property
    def grey(self) -> Array:
        """(N, N) float32: the field in grey levels of Helioviewer's HMI product (1.96 G each).

        Display data are in such levels already; gauss data are divided. The networks see this.
        """
        if self.origin.scale == "display":
            return self.field
        relative = RELATIVE_TO_HMI.get(self.origin.instrument, 1.0)
        return self.field / np.float32(GAUSS_PER_GREY * relative)


PICTURE_GAUSS = 250.0
"""Field at either end of the scale of Helioviewer's HMI magnetograms, gauss; ours are drawn so."""

GAUSS_PER_GREY = 2 * PICTURE_GAUSS / 255.0
"""Gauss of one grey level of them: +-250 G over 255 levels
(jp2gen, ``sdo/hmi/hvs_default_hmi.pro``)."""


RELATIVE_TO_HMI = {"MDI": 1.40}
"""How many gauss an instrument reports where HMI reports one (Liu et al. 2012, Solar Physics
279, 295: MDI line-of-sight field is 1.40 times HMI's). Only `Disk.grey` divides by it."""


@dataclass(frozen=True)
class Regions:
    """Active regions of one disk, a struct of arrays of equal length.

    Parameters
    ----------
    boxes : (N, 4) float32
        x_min, y_min, x_max, y_max on the canonical disk; pixel-edge coordinates, rows upwards,
        maxima exclusive.
    score : (N,) float32
        Detector's score, 0..1.
    probabilities : (N, 7) float32
        Class probabilities in the order of `MOUNT_WILSON`; rows add up to 1, or are NaN before
        classification.
    flags : (N,) int64
        Bits of `Flag`.
    """

    boxes: Array
    score: Array
    probabilities: Array
    flags: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.boxes)
        shapes = {
            "boxes": (self.boxes.shape, (n, 4)),
            "score": (self.score.shape, (n,)),
            "probabilities": (self.probabilities.shape, (n, len(MOUNT_WILSON))),
            "flags": (self.flags.shape, (n,)),
        }
        for name, (found, expected) in shapes.items():
            if found != expected:
                raise ValueError(f"{name} has shape {found}, expected {expected}")

    @classmethod
    def from_boxes(cls, boxes: Array, score: Array | None = None) -> Regions:
        """Return regions that have boxes and scores, and no class yet.

        `boxes` is (N, 4) float32. `score`, (N,) float32: ones if left out.
        """
        boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
        n = len(boxes)
        return cls(
            boxes,
            np.ones(n, np.float32) if score is None else np.asarray(score, np.float32),
            np.full((n, len(MOUNT_WILSON)), np.nan, np.float32),
            np.zeros(n, np.int64),
        )

    @classmethod
    def empty(cls) -> Regions:
        """Return no regions, which is a normal answer."""
        return cls.from_boxes(np.zeros((0, 4), np.float32))

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, key: Any) -> Regions:
        """Return the regions that a boolean mask, an index array or a slice picks."""
        return Regions(self.boxes[key], self.score[key], self.probabilities[key], self.flags[key])

    @property
    def coarse(self) -> Array:
        """(N, 3) float32: probabilities of `HIERARCHY` (alpha, beta, complex)."""
        members = np.array([[COARSE[m] == level for level in HIERARCHY] for m in MOUNT_WILSON])
        return (self.probabilities @ members.astype(np.float32)).astype(np.float32)

    @property
    def class_index(self) -> NDArray[np.intp]:
        """(N,) int: index into `MOUNT_WILSON`, level by level: first the likeliest of
        `HIERARCHY`, then the likeliest class within it."""
        level = self.coarse.argmax(1) if len(self) else np.zeros(0, np.intp)
        of = np.array([HIERARCHY.index(COARSE[m]) for m in MOUNT_WILSON])
        within = np.where(of[None, :] == level[:, None], self.probabilities, -1.0)
        return within.argmax(1) if len(self) else np.zeros(0, np.intp)

    @property
    def class_names(self) -> list[str]:
        """Mount Wilson class of each region."""
        return [MOUNT_WILSON[i] for i in self.class_index]

    def with_flags(self, bits: NDArray[np.int64]) -> Regions:
        """Return the same regions with `bits`, (N,) int64, added to their flags."""
        return replace(self, flags=self.flags | bits)


@dataclass(frozen=True, repr=False)
class Catalog:
    """One row per region, columns in a fixed order; what is written and returned.

    Parameters
    ----------
    columns : dict of str to list
        Column name to values, all of one length. Missing numbers are None.
    units : dict of str to str
        Column name to its unit in astropy's spelling, where it has one.
    """

    columns: dict[str, list[Any]]
    units: dict[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns differ in length: {lengths}")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def __repr__(self) -> str:
        """Return how many regions, images and columns there are."""
        images = len(set(self.columns.get("image", [])))
        what = f"{len(self)} region{'s' if len(self) != 1 else ''}"
        where = f" on {images} image{'s' if images != 1 else ''}" if images else ""
        return f"<halescope.Catalog {what}{where}, {len(self.columns)} columns>"

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict per region."""
        names = list(self.columns)
        return [
            dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)
        ]


def format_time(time: datetime | None) -> str:
    """Return a UTC time as ``2026-02-01T00:00:00Z``, empty for None."""
    if time is None:
        return ""
    utc = time.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03d}" if utc.microsecond else ""
    return utc.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
