"""What is to be known of a label, as words in the manifest's column `flags`."""

from __future__ import annotations

from collections.abc import Iterable

FLAGS = {
    "limb": "further than 75 degrees from the central meridian",
    "class_changes": "the two midnights list different classes",
    "only_before": "only the preceding midnight lists it: it decays or goes over the limb",
    "only_after": "only the following midnight lists it: it emerges or comes over the limb",
    "no_field": "no strong field at the position; the box is a stand-in of 10 pixels",
    "no_class": "its row has no magnetic class",
    "beside": "strong field that touches a listed region and may belong to it",
    "bad_image": "the image's own header tells of a fault",
    "unlisted": "strong field that no row lists",
    "section_ia": "plage that NOAA numbers and lists without spots",
    "crowded": "its box shares a tenth of its area or more with another listed one's",
    "harp_shared": "its HARP holds several NOAA regions, so the box is the field's",
    "harp_apart": "its HARP lies elsewhere, so the box is the field's",
}
"""Words and their meaning. The first eight make a label doubtful; the others only tell."""

DOUBTS = frozenset(list(FLAGS)[:8])
"""Words that make a label doubtful."""

SEPARATOR = ";"


def joined(words: Iterable[str]) -> str:
    """Return words as they stand in a manifest, in the order of `FLAGS`."""
    held = set(words)
    return SEPARATOR.join(word for word in FLAGS if word in held)


def is_doubtful(words: Iterable[str]) -> bool:
    """Say whether one of the words makes a label doubtful."""
    return not DOUBTS.isdisjoint(words)
