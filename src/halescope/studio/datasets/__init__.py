"""Data sets: make, look through, audit, mend, export."""

from fastapi import APIRouter

api = APIRouter(prefix="/api", tags=["datasets"])
pages = APIRouter(include_in_schema=False)
