"""Regions in time."""

from fastapi import APIRouter

api = APIRouter(prefix="/api", tags=["regions"])
pages = APIRouter(include_in_schema=False)
