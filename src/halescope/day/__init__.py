"""The day's page: what a forecaster opens in the morning."""

from halescope.day.content import describe
from halescope.day.page import Pictures, render_day, write_day
from halescope.day.pictures import draw
from halescope.day.swpc import solar_regions

__all__ = ["Pictures", "describe", "draw", "render_day", "solar_regions", "write_day"]
