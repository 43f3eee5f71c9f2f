"""Analyse: one file or many."""

from halescope.studio.analyses.pages import pages
from halescope.studio.analyses.routes import api

__all__ = ["api", "pages"]
