"""Journal, numbers, alerts, channels and feed, each by itself."""

import io
import json
import sys
import threading
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from xml.etree import ElementTree

import pytest

from halescope.cli import run
from halescope.errors import ConfigError, OutputError, ReadError
from halescope.fetch.helioviewer import Helioviewer as Provider
from halescope.fetch.run import Run
from halescope.fetch.transfer import Limits, Transfer
from halescope.io.filetime import parse_time
from halescope.noaa.srs_row import SrsRow
from halescope.tracks import track
from halescope.types import format_time
from halescope.watch import journal as journals
from halescope.watch.alerts import Limits as AlertLimits
from halescope.watch.alerts import decide, settled
from halescope.watch.feed import ATOM, feed
from halescope.watch.journal import Journal
from halescope.watch.notify import ChannelError, Command, Service, deliver, is_quiet, parse_hours
from halescope.watch.numbers import numbered
from halescope.watch.score import scores
from halescope.watch.source import Folder, key_of
from halescope.watch.source import Service as Remote
from halescope.watch.state import Memory
from loopback.helioviewer import Helioviewer
from loopback.jsoc import Jsoc
from track_tables import Region, catalogue

NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)


def test_journal_keeps_whole_lines_alone(tmp_path):
    book = Journal(tmp_path)
    book.append(kind="a", number=1)
    book.append(kind="b")
    book.close()
    with book.path.open("ab") as stream:
        stream.write(b'{"kind":"torn')
    again = Journal(tmp_path)
    assert [e["kind"] for e in again.entries] == ["a", "b"]
    again.append(kind="c")
    again.close()
    assert [json.loads(line)["kind"] for line in book.path.read_text().splitlines()] == list("abc")


def test_journal_passes_over_damage(tmp_path):
    (tmp_path / journals.JOURNAL).write_bytes(b'{"kind":"a"}\n\xff\xfe\n[1]\n{"kind":"b"}\n')
    book = Journal(tmp_path)
    assert [e["kind"] for e in book.entries] == ["a", "b"]
    assert book.damaged == 2
    book.close()


def test_journal_is_rewritten_when_large(tmp_path, monkeypatch):
    book = Journal(tmp_path)
    for number in range(50):
        book.append(kind="a", number=number)
    book.compact(lambda entry: None)
    assert len(book.entries) == 50
    monkeypatch.setattr(journals, "COMPACT_BYTES", 10)
    book.compact(lambda entry: entry if entry["number"] >= 48 else None)
    book.append(kind="b")
    book.close()
    again = Journal(tmp_path)
    assert [e.get("number") for e in again.entries] == [48, 49, None]
    again.close()


def test_numbers_stay_while_the_window_moves():
    regions = [Region(-60, 10, ends=20), Region(-20, -10), Region(0, 30, begins=15)]
    known, seen = {}, {}
    for first in range(0, 40, 3):
        table = catalogue(regions, range(first, first + 24))
        found = numbered(track(table), known)
        rows = zip(*(found.catalog.columns[n] for n in ("time", "region", "track")), strict=True)
        known |= {(t, r): n for t, r, n in rows if n is not None and r}
        truth = found.catalog.columns["truth"]
        for region, number in zip(truth, found.catalog.columns["track"], strict=True):
            if region is not None:
                assert seen.setdefault(region, number) == number
        assert set(found.events.columns["track"]) <= set(found.tracks.columns["track"])
    assert len(set(seen.values())) == 3


def moments(*levels, step=0.5, sure=0.8):
    """Return rows of one track: a level for each, or (level, probability)."""
    out = []
    for number, level in enumerate(levels):
        name, p = level if isinstance(level, tuple) else (level, sure)
        other = {f"p_{n}_track": (p if n == name else (1 - p) / 2) for n in LEVELS}
        stamp = (NOW + timedelta(hours=step * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        shown = "beta-gamma" if name == "complex" else name
        out.append({"time": stamp, "class_track": shown, "score": 0.9, "area_msh": 500.0,
                    "cmd": 0.0, "hgs_lon": 0.0, **other})  # fmt: skip
    return out


LEVELS = ("alpha", "beta", "complex")


def test_a_class_is_settled_after_an_hour():
    assert settled(moments("beta", "beta", "beta"), AlertLimits()) == "beta"
    assert settled(moments("alpha", "beta", "beta"), AlertLimits()) == ""
    assert settled(moments("beta", ("beta", 0.6), "beta"), AlertLimits()) == ""
    assert settled(moments("beta"), AlertLimits()) == ""
    assert settled(moments("beta", "beta", step=24), AlertLimits()) == "beta"


def region(rows, meridian=10.0, track=1):
    last = rows[-1]
    name = last["class_track"]
    level = name if name in LEVELS else "complex"
    return {"track": track, "label": "NOAA 14350", "location": "N10W10", "class": name,
            "probability": last[f"p_{level}_track"], "from_meridian": meridian,
            "doubts": [], "came": "emerged"}  # fmt: skip


def through(levels, meridian=10.0, **how):
    """Return kinds and words of all that is announced while rows come one by one."""
    told, out = {}, []
    for end in range(1, len(levels) + 1):
        rows = moments(*levels[:end], **how)
        found = decide([region(rows, meridian)], {1: rows}, told, "2026-02-02T12:00:00Z")
        for each in found:
            told |= {(1, what): value for what, value in each.told}
            if each.words:
                out.append((each.kind, end - 1))
    return out


def test_nothing_flickers():
    flicker = ["beta"] * 3 + ["alpha", "beta"] * 10 + [("alpha", 0.6)] * 5 + ["beta"] * 3
    assert through(flicker) == []


def test_a_change_is_told_once_and_back_again():
    levels = ["beta"] * 3 + ["alpha"] * 6 + ["beta"] * 6
    assert through(levels) == [("class", 5), ("class", 11)]


def test_complex_near_the_centre():
    levels = ["beta"] * 3 + ["complex"] * 6
    assert through(levels) == [("complex", 5)]
    assert through(levels, 70.0) == [("class", 5)]
    assert through(["complex"] * 5) == [("complex", 2)]  # there when the watch begins


def test_growth_is_told_once_until_it_ends():
    told, kinds = {}, []
    rows = moments(*["beta"] * 80)
    for number, row in enumerate(rows):
        row["area_msh"] = 500.0 + min(number, 40) * 30 + (number % 3)
    for end in range(2, 81):
        found = decide([region(rows[:end])], {1: rows[:end]}, told, "2026-02-02T12:00:00Z")
        kinds += [each.kind for each in found if each.kind == "growth" and each.words]
        for each in found:
            told |= {(1, what): value for what, value in each.told}
    assert kinds == ["growth"]
    assert told[1, "growth"] is False  # armed again


def alert(name="a", **more):
    given = {"id": name, "title": "t", "words": "w", "image": "i", "time": "2026-02-02T12:00:00Z"}
    return given | {"send": True, "class": "beta", "probability": 0.9} | more


class Counting:
    key = "c"

    def __init__(self, fails=0):
        self.got, self.fails = [], fails

    def send(self, alert, picture):
        self.got.append(alert["id"])
        if len(self.got) <= self.fails:
            raise ChannelError("c", "is down")


def test_what_was_meant_to_be_sent_is_never_sent_again(tmp_path):
    memory, channel = Memory(tmp_path), Counting(fails=1)
    memory.record("alert", alert=alert("a"), told=[])
    memory.record("alert", alert=alert("b"), told=[])
    memory.record("alert", alert=alert("old", send=False), told=[])
    memory.record("intent", id="b", channel="c")  # the process ended here
    memory.journal.close()
    again = Memory(tmp_path)
    assert deliver(again, [channel], tmp_path, NOW) == ["alert a was not sent: c: is down"]
    assert deliver(again, [channel], tmp_path, NOW) == []
    assert channel.got == ["a"]
    assert again.state.outcomes["b", "c"] == "intent"
    assert again.state.outcomes["a", "c"].startswith("failed")
    again.journal.close()


def test_quiet_hours(tmp_path):
    memory, channel = Memory(tmp_path), Counting()
    memory.record("alert", alert=alert(), told=[])
    hours = parse_hours("22:00-06:00")
    assert deliver(memory, [channel], tmp_path, NOW.replace(hour=23), hours) == []
    assert channel.got == []
    deliver(memory, [channel], tmp_path, NOW.replace(hour=7), hours)
    assert channel.got == ["a"]
    assert [is_quiet(time(h), hours) for h in (21, 22, 0, 5, 6)] == [0, 1, 1, 1, 0]
    assert is_quiet(time(12), (time(11), time(13)))
    with pytest.raises(ConfigError, match="quiet-hours"):
        parse_hours("late")
    memory.journal.close()


def test_a_command_gets_json_and_no_shell(tmp_path):
    out = tmp_path / "got.json"
    code = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
    Command([sys.executable, "-c", code, str(out), "; rm -rf /"]).send(alert(), tmp_path / "p.png")
    got = json.loads(out.read_text())
    assert got["picture"].endswith("p.png")
    assert got["words"] == "w"
    with pytest.raises(ChannelError, match="code 3"):
        Command([sys.executable, "-c", "raise SystemExit(3)"]).send(alert(), None)
    with pytest.raises(ChannelError, match="cannot be run"):
        Command([str(tmp_path / "none")]).send(alert(), None)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_apprise_reaches_a_webhook():
    pytest.importorskip("apprise")
    got = []

    class Hook(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if len(got) == 1 else 500)
            self.send_header("Content-Length", "0")
            self.end_headers()

    http = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        channel = Service(f"json://127.0.0.1:{http.server_port}/")
        channel.send(alert(), None)
        with pytest.raises(ChannelError, match="did not take"):
            channel.send(alert(), None)
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
    assert got[0]["title"] == "t"
    assert got[0]["message"].startswith("w")
    with pytest.raises(ConfigError, match="no address") as caught:
        Service("nonsense://user:secret@host")
    assert "secret" not in str(caught.value)


def test_feed_is_atom():
    wild = alert("w", title="<b>&\x00\x1b", picture="alerts/w.png")
    root = ElementTree.fromstring(feed([alert(), wild], "folder", "2026-02-02T12:00:00Z"))
    entries = root.findall(f"{{{ATOM}}}entry")
    assert entries[0].find(f"{{{ATOM}}}title").text == "<b>&??"
    for needed in ("id", "title", "updated"):
        assert all(e.find(f"{{{ATOM}}}{needed}") is not None for e in [root, *entries])
    assert len({e.find(f"{{{ATOM}}}id").text for e in entries}) == 2


def test_score_by_hand():
    table = catalogue([Region(0, 10), Region(30, -20, shares=(0.9, 0.05, 0.05))], range(20, 26))
    found = track(table)
    images = sorted(set(zip(table.columns["image"], table.columns["time"], strict=True)))
    rows = [
        SrsRow(date(2026, 2, 3), 14350, "I", 10, 13, mag_class="beta"),
        SrsRow(date(2026, 2, 3), 14351, "I", -20, 43, mag_class="beta"),
        SrsRow(date(2026, 2, 3), 14352, "I", 5, -50, mag_class="beta"),
        SrsRow(date(2026, 2, 2), 14351, "I", -20, 30, mag_class="beta"),
    ]
    done = scores(found, images, rows, [])["2026-02-03"]
    assert done["image"] == images[3][0]
    assert (done["regions"], done["found"], done["missed"]) == (3, 2, 1)
    assert (done["classes"], done["right"], done["both"], done["repeated_right"]) == (2, 1, 1, 1)
    assert scores(found, images, rows, ["2026-02-03"]) == {}
    assert scores(found, images[:4], rows, []) == {}  # a later image before midnight may come


def test_a_service_that_fails_and_comes_back(server, tmp_path):
    sun = Helioviewer(server)
    sun.add(NOW)
    transfer = Transfer(Limits(timeout=1, retries=0, backoff=0.01, pause=0))
    remote = Remote(
        Provider(transfer, url=sun.url), Run(transfer, tmp_path, timedelta(minutes=30)),
        timedelta(hours=1),
    )  # fmt: skip
    for how in (503, "html", "cut"):
        server.fail("getClosestImage" if how != "cut" else "getJP2Image", how)
        poll = remote.poll(None)
        assert poll.files == ()
        assert len(poll.problems) == 1
    assert len(remote.poll(None).files) == 1
    assert remote.poll(NOW).files == ()
    for hour in (1, 2, 3):
        sun.add(NOW + timedelta(hours=hour))
    assert len(remote.poll(NOW).files) == 3


def test_folder(tmp_path):
    with pytest.raises(ReadError, match="no folder"):
        Folder(tmp_path / "none")
    source = Folder(tmp_path)
    assert source.poll(None).files == ()
    path = tmp_path / "a.fits"
    path.write_bytes(b"1")
    key = key_of(path)
    assert source.poll(None).files == (path,)
    path.write_bytes(b"12")
    assert key_of(path) != key
    path.unlink()
    with pytest.raises(ReadError):
        key_of(path)


def test_command(small_drawing, tmp_path, capsys):
    from halescope.synthetic.files import fits_bytes

    pytest.importorskip("pyarrow")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "disk.fits").write_bytes(fits_bytes(small_drawing.magnetogram))
    out = tmp_path / "out"
    assert run(["watch", str(folder), "--once", "-o", str(out)]) == 0
    assert "regions" in capsys.readouterr().err
    for name in ("index.html", "latest.json", "feed.xml", "solar_regions.json", "scores.csv"):
        assert (out / name).exists()
    assert "data:image/png" in (out / "index.html").read_text()


def recorded(magnetogram):
    """Return a function that gives a drawn disk as the FITS file of a record of HMI's series."""
    from astropy.io import fits

    from halescope.synthetic.files import fits_bytes

    def draw(key):
        time = format_time(parse_time(key)).rstrip("Z")
        text = io.BytesIO()
        with fits.open(io.BytesIO(fits_bytes(magnetogram))) as units:
            units[0].header.update(
                {"T_REC": key, "T_OBS": key, "DATE-OBS": time, "TELESCOP": "SDO/HMI"}
            )
            units.writeto(text)
        return text.getvalue()

    return draw


def test_jsoc_from_the_command(server, small_drawing, tmp_path, capsys, monkeypatch):
    pytest.importorskip("pyarrow")
    drms = pytest.importorskip("drms")
    wait = drms.ExportRequest.wait
    quick = lambda self, timeout, sleep: wait(self, timeout=timeout, sleep=0.05)  # noqa: E731
    monkeypatch.setattr(drms.ExportRequest, "wait", quick)
    series = Jsoc(server)
    series.draw = recorded(small_drawing.magnetogram)
    first, series.keys = series.keys, series.keys[:3]
    out = tmp_path / "out"
    look = ["watch", "--source", "jsoc", "--once", "-o", str(out), "--url", server.url]
    assert run(look) == 2
    assert "an address registered at JSOC" in capsys.readouterr().err
    look += ["--email", "somebody@example.org"]
    assert run(look) == 0
    told = json.loads((out / "latest.json").read_text())
    assert told["watch"]["images"] == 1
    assert told["image"]["time"] == "2014-10-24T00:23:25Z"  # TAI was 35 seconds ahead
    assert len(told["regions"]) >= 3
    assert run(look) == 0  # nothing new: nothing is exported
    assert series.exports == [series.keys[2:3]]
    series.keys = first[:4]
    assert run(look) == 0
    assert json.loads((out / "latest.json").read_text())["watch"]["images"] == 2


def test_command_says_what_is_wrong(tmp_path, capsys):
    assert run(["watch", "--once", "-o", str(tmp_path)]) == 2
    assert "has no path" in capsys.readouterr().err
    assert run(["watch", "--source", "moon", "-o", str(tmp_path)]) == 2
    assert "folder, helioviewer or jsoc" in capsys.readouterr().err
    assert run(["watch", "--test-alert"]) == 2
    line = f"{sys.executable} -c 'import sys; sys.exit(len(sys.stdin.read()) < 10)'"
    assert run(["watch", "--test-alert", "--command", line]) == 0
    assert "sent" in capsys.readouterr().out
    assert run(["watch", "--test-alert", "--command", "/none"]) == 1


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        Memory(tmp_path / "file" / "state")
