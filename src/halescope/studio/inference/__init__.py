"""Try: any network on a picture, with what it sees, or on a list, against its labels."""

from halescope.studio.inference.api import api
from halescope.studio.inference.pages import pages

__all__ = ["api", "pages"]
