"""Pictures of the workspace for the browser."""

from fastapi import APIRouter

api = APIRouter(prefix="/api", tags=["pictures"])
pages = APIRouter(include_in_schema=False)
