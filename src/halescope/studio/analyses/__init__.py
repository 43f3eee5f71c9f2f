"""Analyse: one file or many."""

from fastapi import APIRouter

api = APIRouter(prefix="/api", tags=["analyses"])
pages = APIRouter(include_in_schema=False)
