"""Region in time: the day page and the timeline of a region."""

from halescope.studio.regions.pages import pages
from halescope.studio.regions.routes import api

__all__ = ["api", "pages"]
