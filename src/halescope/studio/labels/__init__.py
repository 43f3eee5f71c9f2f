"""Labels: the box editor."""

from fastapi import APIRouter

api = APIRouter(prefix="/api", tags=["labels"])
pages = APIRouter(include_in_schema=False)
