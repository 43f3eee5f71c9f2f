"""All services over the real files of ``../shared/data``."""

from pathlib import Path

from loopback.helioviewer import Helioviewer
from loopback.noaa import Hek, SrsArchive
from loopback.server import Server


def serve_shared(server: Server, data: Path, every: int = 1) -> dict[str, str]:
    """Let a server speak for Helioviewer, NCEI and HEK; return the environment that points to it.

    Parameters
    ----------
    server : Server
    data : Path
    every : int
        Of the hourly HMI pictures only each so-many-th.
    """
    from halescope.fetch.flare_lists import read_flares
    from halescope.io.filetime import time_from_name
    from halescope.noaa.srs import read_srs

    sun, archive, hek = Helioviewer(server), SrsArchive(server), Hek(server)
    for path in [
        *sorted((data / "hmi").rglob("*.jpg"))[::every],
        *(data / "hmi_jp2").glob("*.jp2"),
    ]:
        sun.add(time_from_name(path.name), path)
    table = read_srs(data / "noaa" / "srs_1996_2026.csv")
    recent = {day: rows for day, rows in table.by_day().items() if day.year >= 2020}
    archive.add_rows(recent)
    hek.add_regions(row for rows in recent.values() for row in rows)
    hek.add_flares(read_flares([data / "flares" / "lmsal_2026.csv"]).flares)
    return {
        "HALESCOPE_HELIOVIEWER_URL": sun.url,
        "HALESCOPE_SRS_URL": archive.url,
        "HALESCOPE_HEK_URL": hek.url,
    }
