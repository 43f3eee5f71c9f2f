"""The evaluation report: one HTML page that works from disk, and its JSON."""
