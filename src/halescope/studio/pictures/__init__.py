"""Pictures of the workspace for the browser."""

from halescope.studio.pictures.routes import api, pages

__all__ = ["api", "pages"]
