"""What can be trained."""

from __future__ import annotations

from halescope.studio.models.field import Network
from halescope.studio.models.forms import CENTERPOINT, CLASSIFIER, DETECTNET, DETECTOR, GOOGLENET
from halescope.studio.problems import Problem

NETWORKS = {one.name: one for one in (DETECTOR, CLASSIFIER, DETECTNET, GOOGLENET, CENTERPOINT)}
"""What can be trained, by the name of its command, in the order of the form."""

KINDS = {"proposals": "detector", "mount_wilson": "classifier"} | {n: n for n in NETWORKS}
"""What run folders and cards call a network, to the name of its command."""


def network_of(name: str) -> Network:
    """Return a network by the name of its command; 422 where there is none."""
    if name not in NETWORKS:
        text = f"{name[:40]!r} found, expected one of {', '.join(NETWORKS)}"
        raise Problem(422, "No such network", text)
    return NETWORKS[name]
