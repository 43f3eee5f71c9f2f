"""Models: training runs, their curves and snapshots, networks to use."""

from halescope.studio.models.api import api
from halescope.studio.models.pages import pages

__all__ = ["api", "pages"]
