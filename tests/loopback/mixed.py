"""Every service of `halescope fetch`, honest in part: some answers are spoiled or hostile."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.client import HTTPConnection
from types import SimpleNamespace

from hostile_documents import spoiled
from loopback.helioviewer import Helioviewer
from loopback.hostile import ANSWERS, answering, dripping, hostile, whole
from loopback.jsoc import Jsoc
from loopback.noaa import Hek, SrsArchive
from loopback.server import Server, running

DAYS = [date(2014, 10, day) for day in (24, 25, 26)]
MONTH = ["--start", str(DAYS[0]), "--end", str(DAYS[-1])]
COMMANDS: dict[str, list[str]] = {
    "helioviewer": ["helioviewer", *MONTH, "--cadence", "1d", "--url", "{url}v2/"],
    "jsoc": [
        "jsoc", *MONTH, "--cadence", "1d", "--email", "a@b.c", "--url", "{url}", "--poll", "0.1",
        "--wait", "1",
    ],
    "srs": ["srs", *MONTH, "--url", "{url}srs/"],
    "today": ["srs", "--today", "--today-url", "{url}solar_regions.json"],
    "hek": ["hek", *MONTH, "--url", "{url}hek/her?"],
    "flares": ["flares", *MONTH, "--source", "noaa", "--url", "{url}"],
}  # fmt: skip
"""Words of `halescope fetch` for each service."""

BRISK = ["--timeout", "0.5", "--retries", "1", "--backoff", "0.01", "--pause", "0"]
BRISK += ["--patience", "2", "-q"]

ROW = SimpleNamespace(
    number=12192, lat=-12, lon=5, carrington=248, area=2410, z_class="FKC", extent=20, spots=60,
    mag_class="beta-gamma-delta",
)  # fmt: skip
REGION = {
    "observed_date": "2014-10-24", "region": 12192, "latitude": -12, "longitude": 5,
    "location": "S12W05", "carrington_longitude": 248, "area": 2410, "spot_class": "Fkc",
    "extent": 20, "number_spots": 60, "mag_class": "BGD", "mag_string": None,
}  # fmt: skip
REPORT = b"31777141024  2107 2213 2141 S22W21                         X 31    G15  2.9E-01 12192\n"


def speak(source: str, server: Server) -> None:
    """Let a server speak for a service, with what its command of `COMMANDS` asks for."""
    if source == "helioviewer":
        service = Helioviewer(server)
        for day in DAYS:
            service.add(datetime(day.year, day.month, day.day, tzinfo=UTC))
    elif source == "jsoc":
        Jsoc(server).keys = [f"2014.10.{day.day}_00:00:00_TAI" for day in DAYS]
    elif source == "srs":
        SrsArchive(server).add_rows({day: [ROW] for day in DAYS})
    elif source == "today":
        server.serve_json("/solar_regions.json", [REGION, {**REGION, "mag_class": None}])
    elif source == "hek":
        Hek(server).add_regions(SimpleNamespace(**vars(ROW), date=day) for day in DAYS)
    else:
        server.serve(r"/goes-xrs-report_2014\.txt", REPORT * 3, kind="text/plain")


@contextmanager
def mixed(source: str, seed: int) -> Iterator[str]:
    """Yield the address of a service whose answers are drawn: honest, spoiled, cut or hostile."""
    draw, one_at_a_time = random.Random(f"{source} {seed}"), threading.Lock()
    share = draw.choice((0.3, 0.6, 0.8, 0.95))
    said: list[bytes] = []

    def choose(path: str) -> object:
        with one_at_a_time:
            status, kind, body = _honest(honest, path)
            said.append(body)
            if draw.random() < share:
                return whole(body, kind, status)
            way = draw.randrange(6)
            if way < 2:
                return whole(spoiled(body or b"{}", draw), kind)
            if way == 2:  # less than promised
                return whole(body, kind)[: -1 - draw.randrange(len(body) or 1)]
            if way == 3:  # what belongs to another question
                return whole(draw.choice(said), kind)
            if way == 4:
                start = whole(body, kind)
                return dripping(start[: draw.randrange(len(start))], b"2", 0.3)
            return ANSWERS[draw.choice(sorted(ANSWERS))]

    with running() as honest:
        speak(source, honest)
        with answering(choose) as url:
            yield url


def _honest(server: Server, path: str) -> tuple[str, str, bytes]:
    """Return status, type and body of the honest answer."""
    connection = HTTPConnection(server.url.split("/")[2], timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return f"{answer.status} {answer.reason}", answer.getheader("Content-Type", ""), body
    finally:
        connection.close()


def asked(source: str, name: str | int, folder: object) -> tuple[int, float]:
    """Ask a service by the command line; return exit code and seconds.

    `name`: one of `ANSWERS`, or the seed of a service that is honest in part.
    """
    from halescope.cli import run

    begin = time.monotonic()
    with mixed(source, name) if isinstance(name, int) else hostile(name) as url:
        words = [word.format(url=url) for word in COMMANDS[source]]
        code = run(["fetch", words[0], "-o", str(folder), *BRISK, *words[1:]])
    return code, time.monotonic() - begin
