"""Where labels come from: NOAA's summaries or HEK's events, and HARPs for the boxes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from halescope.classes import parse_class
from halescope.datasets.labels.harp import HarpTable
from halescope.errors import DatasetError
from halescope.io.filetime import parse_time
from halescope.noaa.srs import SrsProblem, SrsRow, SrsTable

KM2_PER_MSH = 3.0435e6
"""Square kilometres of a millionth of the solar hemisphere."""

Days = Mapping[date, Sequence[SrsRow]]


@dataclass(frozen=True)
class Sources:
    """What a disk is labelled from.

    Parameters
    ----------
    spotted : mapping of date to SrsRow
        Regions with spots, for every day that is known; a day that is absent is missing.
    plage : mapping of date to SrsRow
        Numbered plage, section IA.
    harps : HarpTable or None
        Boxes, where they are to come from HARPs.
    name : str
        ``SRS`` or ``HEK``.
    """

    spotted: Days
    plage: Days = field(default_factory=dict)
    harps: HarpTable | None = None
    name: str = "SRS"


def sources_of(
    table: SrsTable | Days, harps: HarpTable | None = None, name: str = "SRS"
) -> Sources:
    """Return the sources that a table stands for.

    Parameters
    ----------
    table : SrsTable, or mapping of date to SrsRow
    """
    if isinstance(table, SrsTable):
        return Sources(table.by_day("I"), table.by_day("IA"), harps, name)
    return Sources(table, {}, harps, name)


def read_hek(path: str | Path) -> SrsTable:
    """Read HEK's active regions of the NOAA SWPC observer, as `halescope fetch hek` writes them.

    Parameters
    ----------
    path : path
        ``regions.csv``.

    Returns
    -------
    SrsTable
        An event's position holds at its start, 00:00 UTC of a day: that day is the row's date,
        as in the summary that the event was made from.

    Raises
    ------
    DatasetError
        It cannot be read, or holds no numbered region.
    """
    path = Path(path)
    rows: dict[tuple[date, int], SrsRow] = {}
    problems: list[SrsProblem] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = {"start", "noaa_number", "class", "hgs_lon"} - set(reader.fieldnames or ())
            if missing:
                raise DatasetError(
                    str(path), f"has no column {', '.join(sorted(missing))}",
                    "regions.csv of `halescope fetch hek`",
                )  # fmt: skip
            for line in reader:
                try:
                    row = _hek_row(line)
                except (ValueError, TypeError, DatasetError) as error:
                    text = ",".join(str(value) for value in line.values())
                    problems.append(SrsProblem(path.name, reader.line_num, text, str(error)))
                    continue
                if row is not None:
                    rows[row.date, row.number] = row
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise DatasetError(str(path), f"cannot be read ({reason})", "a table of HEK") from error
    if not rows:
        raise DatasetError(
            str(path),
            "holds no region with a NOAA number and a class",
            "events of the NOAA SWPC observer",
            "fetch them with `halescope fetch hek --observer noaa`",
        )
    ordered = tuple(rows[key] for key in sorted(rows))
    return SrsTable(ordered, tuple(problems), frozenset(row.date for row in ordered))


def _hek_row(line: Mapping[str, str]) -> SrsRow | None:
    """Return an event as a row of the summary; None for other observers' events."""
    if "NOAA" not in (line.get("observer") or "NOAA") or not line["noaa_number"]:
        return None
    area = float(line.get("area") or 0)
    if "km2" in (line.get("area_unit") or ""):
        area /= KM2_PER_MSH
    return SrsRow(
        parse_time(line["start"], "start").date(),
        int(line["noaa_number"]),
        "I",
        round(float(line["hgs_lat"])),
        round(float(line["hgs_lon"])),
        area=round(area),
        z_class=(line.get("mcintosh") or "").capitalize(),
        mag_class=parse_class(line["class"]) if line["class"] else "",
        mag_text=line["class"],
    )
