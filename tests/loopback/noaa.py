"""NOAA's archive of Solar Region Summaries, and HEK, over the compiled table and flare lists."""

import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from loopback.server import Answer, Server, not_found, ok_json

KM2_PER_MSH = 3.0435e6


def srs_text(day: date, rows: Sequence) -> str:
    """Return rows of section I as the raw text that NOAA issues."""
    seen = day - timedelta(days=1)
    lines = [
        f":Product: {day:%m%d}SRS.txt",
        f":Issued: {day:%Y %b %d} 0030 UTC",
        "# Prepared jointly by the U.S. Dept. of Commerce, NOAA,",
        "# Space Weather Prediction Center and the U.S. Air Force.",
        "#",
        "Joint USAF/NOAA Solar Region Summary",
        f"SRS Number {day:%j} Issued at 0030Z on {day:%d %b %Y}",
        f"Report compiled from data received at SWO on {seen:%d %b}",
        f"I.  Regions with Sunspots.  Locations Valid at {seen:%d}/2400Z",
        "Nmbr Location  Lo  Area  Z   LL   NN Mag Type",
    ]
    for row in rows:
        place = f"{'NS'[row.lat < 0]}{abs(row.lat):02d}{'WE'[row.lon < 0]}{abs(row.lon):02d}"
        magnetic = "-".join(word.capitalize() for word in row.mag_class.split("-"))
        lines.append(
            f"{row.number % 10000:04d} {place}   {row.carrington:03d}  {row.area:04d} "
            f"{row.z_class:3s}  {row.extent:02d}   {row.spots:02d} {magnetic}"
        )
    lines += [] if rows else ["None"]
    lines += [f"IA. H-alpha Plages without Spots.  Locations Valid at {seen:%d/2400Z %b}"]
    lines += ["Nmbr  Location  Lo", "None", f"II. Regions Due to Return {day:%d %b} to {day:%d %b}"]
    return "\n".join([*lines, "Nmbr Lat    Lo", "None", ""])


def raw_files(archive: Path) -> dict[date, bytes]:
    """Return the raw files of a tar archive by day."""
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            name = Path(member.name).name
            if member.isfile() and name[8:] == "SRS.txt":
                found[datetime.strptime(name[:8], "%Y%m%d").date()] = tar.extractfile(member).read()
    return found


@dataclass
class SrsArchive:
    """NCEI's folders: a listing for each month, a text file for each day that is there."""

    server: Server
    days: dict[date, bytes] = field(default_factory=dict)

    def __post_init__(self):
        self.server.route(r"/srs/(\d{4})/(\d\d)/$", self.listing)
        self.server.route(r"/srs/\d{4}/\d\d/(\d{8})SRS\.txt$", self.file)

    @property
    def url(self):
        return self.server.url + "srs/"

    def add_rows(self, by_day: Mapping[date, Sequence]):
        """Serve the days of a table that have no raw file."""
        for day, rows in by_day.items():
            self.days.setdefault(day, srs_text(day, rows).encode())

    def listing(self, match, _):
        year, month = int(match[1]), int(match[2])
        held = sorted(day for day in self.days if (day.year, day.month) == (year, month))
        if not held:
            return not_found()
        links = "".join(f'<a href="{d:%Y%m%d}SRS.txt">{d:%Y%m%d}SRS.txt</a>\n' for d in held)
        return Answer(f"<html><body>{links}</body></html>".encode(), "text/html")

    def file(self, match, _):
        body = self.days.get(datetime.strptime(match[1], "%Y%m%d").date())
        return Answer(body, "text/plain") if body is not None else not_found()


@dataclass
class Hek:
    """HEK's search: JSON in pages, by kind, observer and span."""

    server: Server
    events: list = field(default_factory=list)
    page: int = 200

    def __post_init__(self):
        self.server.route("/hek/her$", self.search)

    @property
    def url(self):
        return self.server.url + "hek/her?"

    def search(self, _, query):
        names = [query[f"value{key[5:]}"] for key in query if key.startswith("param")]
        first, last = query["event_starttime"][:19], query["event_endtime"][:19]
        found = [
            event
            for event in self.events
            if event["event_type"].lower() == query["event_type"].lower()
            and (not names or event["frm_name"] in names)
            and event["event_endtime"] >= first
            and event["event_starttime"] <= last
        ]
        start = (int(query["page"]) - 1) * self.page
        more = len(found) > start + self.page
        return ok_json({"result": found[start : start + self.page], "overmax": more})

    def add_regions(self, rows: Iterable):
        """Add rows of the Solar Region Summary as HEK's NOAA observer has them."""
        for row in rows:
            start = datetime.combine(row.date, time())
            self.events.append(
                self._event("AR", "NOAA SWPC Observer", start, start + timedelta(days=1)) | {
                    "ar_noaanum": row.number, "ar_mtwilsoncls": row.mag_class.upper(),
                    "ar_mcintoshcls": row.z_class.upper(), "hgs_x": row.lon, "hgs_y": row.lat,
                    "area_atdiskcenter": row.area * KM2_PER_MSH, "area_unit": "km2",
                    "kb_archivid": f"ivo://helio-informatics.org/AR_{row.number}_{row.date}",
                }
            )  # fmt: skip

    def add_flares(self, flares: Iterable):
        """Add flares as HEK's SWPC has them."""
        for number, flare in enumerate(flares):
            start, peak, end = (t.astimezone(UTC).replace(tzinfo=None) for t in (
                flare.start, flare.time, flare.end or flare.time))  # fmt: skip
            self.events.append(
                self._event("FL", "SWPC", start, end) | {
                    "event_peaktime": f"{peak:%Y-%m-%dT%H:%M:%S}", "fl_goescls": flare.goes_class,
                    "ar_noaanum": flare.region or 0, "hgs_x": 0, "hgs_y": 0,
                    "kb_archivid": f"ivo://helio-informatics.org/FL_{number}",
                }
            )  # fmt: skip

    @staticmethod
    def _event(kind, observer, start, end):
        empty = ("hpc_x", "hpc_y", "area_atdiskcenter")
        blank = ("hpc_bbox", "area_unit", "fl_goescls", "ar_mtwilsoncls", "ar_mcintoshcls")
        return dict.fromkeys(empty) | dict.fromkeys(blank, "") | {
            "event_type": kind, "frm_name": observer, "event_peaktime": "",
            "event_starttime": f"{start:%Y-%m-%dT%H:%M:%S}",
            "event_endtime": f"{end:%Y-%m-%dT%H:%M:%S}",
            "event_coordsys": "UTC-HGS-TOPO", "event_coordunit": "deg,deg",
            "event_coord1": 0.0, "event_coord2": 0.0, "event_coord3": None,
        }  # fmt: skip
