"""Try: a network on one picture or on a list."""

from fastapi import APIRouter

api = APIRouter(prefix="/api", tags=["inference"])
pages = APIRouter(include_in_schema=False)
