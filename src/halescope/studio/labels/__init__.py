"""Labels: the box editor, what helps to draw boxes, two labellers compared."""

from fastapi import APIRouter

from halescope.studio.labels import api as sheets
from halescope.studio.labels import compare, overview
from halescope.studio.labels.pages import pages

api = APIRouter()
api.include_router(overview.api)
api.include_router(sheets.api)
api.include_router(compare.api)

__all__ = ["api", "pages"]
