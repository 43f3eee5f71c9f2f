"""Data sets: make, look through, audit, mend, export."""

from fastapi import APIRouter

from halescope.studio.datasets import content, making, routes
from halescope.studio.datasets.pages import pages

api = APIRouter()
for part in (making, content, routes):  # fixed names before those of data sets
    api.include_router(part.api)

__all__ = ["api", "pages"]
