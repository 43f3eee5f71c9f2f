"""Whether the studio serves, and of which version it is."""

from __future__ import annotations

from fastapi import APIRouter

from halescope._version import __version__

api = APIRouter(prefix="/api", tags=["studio"])


@api.get("/health")
async def health() -> dict[str, str]:
    """Say that the studio serves."""
    return {"status": "ok", "version": __version__}
