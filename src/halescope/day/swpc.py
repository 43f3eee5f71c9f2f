"""``solar_regions.json`` in the form of NOAA's Space Weather Prediction Center.

Longitudes are **east positive** there, numbers have four digits. The summary that is issued on a
day describes the day before, which is its ``observed_date``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from halescope.day.regions import place_words
from halescope.noaa.srs_row import SrsRow
from halescope.types import Catalog

FIELDS = (
    "observed_date", "region", "latitude", "longitude", "location", "carrington_longitude",
    "old_carrington_longitude", "area", "spot_class", "extent", "number_spots", "mag_class",
    "mag_string", "status", "c_xray_events", "m_xray_events", "x_xray_events", "proton_events",
    "s_flares", "impulse_flares_1", "impulse_flares_2", "impulse_flares_3", "impulse_flares_4",
    "protons", "c_flare_probability", "m_flare_probability", "x_flare_probability",
    "proton_probability", "first_date",
)  # fmt: skip
"""Of a row, in SWPC's order."""

LETTERS = {
    "alpha": "A", "beta": "B", "beta-gamma": "BG", "beta-delta": "BD", "beta-gamma-delta": "BGD",
    "gamma": "G", "gamma-delta": "GD",
}  # fmt: skip

DAYS = 30


def solar_regions(
    catalog: Catalog, summaries: Sequence[SrsRow] | None = None
) -> list[dict[str, Any]]:
    """Return the regions of the last thirty days as SWPC lists them, newest first.

    A row for each UTC day and region that NOAA has numbered: SWPC's readers know no others. Place
    and class are ours, of the day's last image. Area, extent, spots and McIntosh class are what the
    day's summary says once it is there, since a magnetogram shows no spots; they are None before.
    Flare counts and forecasts are None: nothing here knows them.

    Parameters
    ----------
    catalog : Catalog
        Of `halescope.tracks.Tracks`.
    summaries : sequence of SrsRow, optional
    """
    rows = [r for r in catalog.rows() if r["track"] is not None and r["time"] and r["noaa"]]
    if not rows:
        return []
    rows.sort(key=lambda row: row["time"])
    newest = date.fromisoformat(rows[-1]["time"][:10])
    oldest = (newest - timedelta(days=DAYS - 1)).isoformat()
    said = {(row.date, row.number): row for row in summaries or () if row.section == "I"}
    first: dict[int, str] = {}
    last: dict[tuple[str, int], dict[str, Any]] = {}
    for row in rows:
        number = int(str(row["noaa"]).split("|")[0])
        first.setdefault(row["track"], row["time"])
        if row["time"][:10] >= oldest:
            last[row["time"][:10], number] = row
    order = sorted(last, key=lambda key: (key[0], key[1]), reverse=True)
    return [_row(day, number, last[day, number], first, said) for day, number in order]


def _row(
    day: str, number: int, row: dict[str, Any], first: dict[int, str],
    said: dict[tuple[date, int], SrsRow],
) -> dict[str, Any]:  # fmt: skip
    listed = said.get((date.fromisoformat(day) + timedelta(days=1), number))
    carrington = row["carrington_lon"]
    known: dict[str, Any] = {
        "observed_date": day,
        "region": number % 10000,
        "latitude": round(row["hgs_lat"]),
        "longitude": -round(row["hgs_lon"]),
        "location": place_words(round(row["hgs_lon"]), round(row["hgs_lat"])),
        "carrington_longitude": None if carrington is None else round(carrington) % 360,
        "mag_class": LETTERS.get(row["class_track"] or ""),
        "first_date": first[row["track"]].removesuffix("Z")[:19],
    }
    if listed is not None:
        known |= {"area": listed.area, "spot_class": listed.z_class or None}
        known |= {"extent": listed.extent, "number_spots": listed.spots}
    return {name: known.get(name) for name in FIELDS}
