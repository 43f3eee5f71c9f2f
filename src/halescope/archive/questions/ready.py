"""Questions that everybody asks of years of regions, as SQL: where, which classes, how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from halescope.archive.store.schema import pyarrow
from halescope.archive.store.tables import Tables
from halescope.noaa.srs_row import SrsRow

NEAR = "abs(cmd) <= 60"
"""Regions near the limb are left out of shares of classes: their class is unsure there."""

_BUTTERFLY = """
SELECT r.time, r.hgs_lat, r.area_msh, r.class, r.mu
FROM regions r SEMI JOIN (
    SELECT source FROM images WHERE time IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY date_trunc('day', time) ORDER BY time, source) = 1
) i ON r.source = i.source
WHERE r.hgs_lat IS NOT NULL
ORDER BY r.time, r.source, r.region
"""
_CLASSES = f"""
SELECT month, class, regions, round(regions / sum(regions) OVER (PARTITION BY month), 5) AS share
FROM (
    SELECT date_trunc('month', time)::DATE AS month, class, count(*) AS regions
    FROM regions WHERE time IS NOT NULL AND {NEAR} GROUP BY ALL
) ORDER BY ALL
"""
_COUNTS = """
SELECT time::DATE AS day, count(*) AS images, round(avg(regions), 3) AS regions,
    max(regions) AS most
FROM images WHERE time IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


def butterfly(tables: Tables) -> Any:
    """Return time, latitude, area and class of the regions of the first image of each day."""
    return tables.query(_BUTTERFLY)


def classes(tables: Tables) -> Any:
    """Return the share of each class by month, of regions within 60 degrees of the meridian.

    Each image counts: a region that is seen longer counts more.
    """
    return tables.query(_CLASSES)


def counts(tables: Tables, summaries: Iterable[SrsRow] | None = None) -> Any:
    """Return regions an image by day, the mean and the most, and how many NOAA lists.

    Parameters
    ----------
    summaries : iterable of SrsRow, optional
        Section I. NOAA's list of the following day's issue is compared, which describes the day
        itself; plage without spots is not in it.
    """
    found = tables.query(_COUNTS)
    if summaries is None:
        return found
    from datetime import timedelta

    pa = pyarrow()
    listed = Counter(row.date - timedelta(days=1) for row in summaries)
    known = [listed.get(day) for day in found["day"].to_pylist()]
    return found.append_column("noaa", pa.array(known, pa.int64()))
