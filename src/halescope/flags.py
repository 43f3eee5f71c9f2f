"""Quality bits of a magnetogram and of a region, and their words in a catalogue."""

from __future__ import annotations

from enum import IntFlag


class Flag(IntFlag):
    """Doubts about a row. A catalogue writes their names, joined by ``|``; none is empty."""

    NONE = 0
    DISPLAY = 1 << 0
    """Measured from an 8-bit picture: field in display units, not in gauss."""
    CLIPPED = 1 << 1
    """Some pixels of the region are at the end of the scale, so strong field is cut off."""
    NO_TIME = 1 << 2
    """No time is known: the heliographic columns are empty."""
    NEAR_LIMB = 1 << 3
    """The region's centre is more than 60 degrees from disk centre (mu below 0.5)."""
    OFF_LIMB = 1 << 4
    """Part of the box lies off the limb; the position is that of its visible part."""
    CUTOUT = 1 << 5
    """The image shows a part of the disk only."""
    FEW_EXAMPLES = 1 << 6
    """The class is one of the finer, complex ones, which few training regions stand behind."""
    FITTED_LIMB = 1 << 7
    """Disk centre and radius were fitted to the limb, not read from a header."""
    ASSUMED_NORTH = 1 << 8
    """No header says where north is: it was taken to be up."""
    LOW_RESOLUTION = 1 << 9
    """The solar radius is under 150 pixels, fewer than the networks were trained on."""
    EDGE = 1 << 10
    """The box touches the edge of the image."""
    BAD_QUALITY = 1 << 11
    """The header's own QUALITY keyword is not zero."""
    UNCERTAIN_CLASS = 1 << 12
    """The class probabilities are too close to call at the classifier's abstention threshold, or
    measured cores speak against the class; the latter is said in ``class_note``."""
    OTHER_INSTRUMENT = 1 << 13
    """The networks were not trained on this instrument."""
    OUT_OF_DISTRIBUTION = 1 << 14
    """Unlike what the networks learned from, so that score and probabilities may not hold: another
    instrument, near the limb, low resolution, or cut off at weaker field than HMI's pictures."""

    REMAPPED = 1 << 15
    """The file is a patch in solar longitude and latitude, brought back to how it was seen: boxes
    in pixels are of that image, not of the file."""

    def words(self) -> str:
        """Return the flag names in lower case, joined by ``|``."""
        return "|".join(str(bit.name).lower() for bit in type(self) if bit and bit in self)
