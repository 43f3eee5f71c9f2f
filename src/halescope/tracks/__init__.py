"""Regions in time: boxes of many images linked into tracks, and the class along each."""

from halescope.tracks.class_model import Mode
from halescope.tracks.output import read_tracks, write_tracks
from halescope.tracks.track import TRACK_COLUMNS, Tracks, track

__all__ = ["TRACK_COLUMNS", "Mode", "Tracks", "read_tracks", "track", "write_tracks"]
