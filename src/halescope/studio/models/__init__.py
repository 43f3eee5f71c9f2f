"""Models: training runs, their curves and snapshots."""

from fastapi import APIRouter

api = APIRouter(prefix="/api", tags=["models"])
pages = APIRouter(include_in_schema=False)
