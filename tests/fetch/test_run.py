"""Runs over a service that is made up: tolerances, slack, failures in a row, estimates."""

from datetime import UTC, datetime, timedelta
from inspect import signature

import pytest

from halescope.commands.fetch import jsoc
from halescope.fetch import run as room
from halescope.fetch.answers import NotThereError, ServiceDownError
from halescope.fetch.content import Content
from halescope.fetch.helioviewer import FIELD, PRODUCTS, Helioviewer
from halescope.fetch.jsoc import SERIES, Jsoc
from halescope.fetch.run import Located, Provider, Run, estimate, fetch_all
from halescope.fetch.transfer import Transfer

START = datetime(2026, 2, 1, tzinfo=UTC)
HOURS = [START + timedelta(hours=h) for h in range(6)]


class Made(Provider):
    """Brings a file of three bytes for each hour."""

    source, typical_bytes = "made", 3_456_789

    def __init__(self, late=timedelta(0), faults=(), own=None):
        self.late, self.faults, self.own, self.seen = late, dict(faults), own, []

    def locate(self, asked):
        self.seen.append(asked)
        hour = (asked - START) // timedelta(hours=1)
        if hour in self.faults:
            raise self.faults[hour]("made", "is broken", "better", "")
        return Located("http://made", asked + self.late, f"{hour}.txt", "good", "fine", b"abc")


@pytest.fixture
def fetch(transfer, tmp_path):
    def call(provider, asked=HOURS, **options):
        rows = []
        run = Run(transfer, tmp_path, **options)
        return fetch_all(provider, asked, run, rows.append), rows

    return call


def test_everything_comes_and_is_told(fetch, tmp_path):
    outcome, rows = fetch(Made())
    assert [path.name for path in outcome.files] == [f"{h}.txt" for h in range(6)]
    assert outcome.messages == ()
    assert [(r.status, r.bytes, r.quality, r.note) for r in rows] == [("ok", 3, "good", "fine")] * 6
    assert outcome.manifest == tmp_path / "fetched.csv"
    again = Made()
    assert fetch(again)[0].report.is_complete
    assert again.seen == []


@pytest.mark.parametrize(
    ("seconds", "taken"), [(-600, True), (600, True), (601, False), (-601, False)]
)
def test_images_within_the_tolerance_are_taken(fetch, seconds, taken):
    late = timedelta(seconds=seconds)
    outcome, (row,) = fetch(Made(late), HOURS[:1], tolerance=timedelta(minutes=10))
    assert (row.status == "ok") == taken
    assert len(outcome.files) == taken
    assert row.obtained == (START + late).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("late", "words"),
    [(119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (172_799, "48 h"),
     (172_800, "2 days"), (864_000, "10 days")],
)  # fmt: skip
def test_how_far_is_told_in_the_largest_unit_that_fits_twice(fetch, late, words):
    outcome, (row,) = fetch(Made(timedelta(seconds=late)), HOURS[:1])
    assert row.status == "far"
    assert row.note.endswith(f" {words} away, over 0 s")
    assert outcome.messages == (f"made {row.asked}: {row.note}",)


@pytest.mark.parametrize(("apart", "taken"), [(300, True), (-300, True), (301, False)])
def test_a_files_own_time_may_differ_by_the_slack(server, fetch, apart, taken):
    server.serve("/file", b"abc")

    class Sent(Made):
        slack = timedelta(minutes=5)

        def locate(self, asked):
            return Located(server.url + "file", asked, "a.txt")

        def inspect(self, path):
            return Content(START + timedelta(seconds=apart), "bad")

    _, (row,) = fetch(Sent(), HOURS[:1])
    assert (row.status, row.quality) == (("ok", "bad") if taken else ("failed", ""))
    assert ("another time than promised" in row.note) == (not taken)


def test_three_failures_in_a_row_end_a_run(fetch):
    down = ServiceDownError
    outcome, rows = fetch(Made(faults={1: down, 2: down, 4: down}))
    assert [row.status for row in rows] == ["ok", "failed", "failed", "ok", "failed", "ok"]
    assert len(outcome.messages) == 3
    assert rows[1].note == "is broken; expected better"
    assert (rows[1].bytes, rows[1].file, rows[1].sha256) == (0, "", "")
    outcome, rows = fetch(Made(faults={1: down, 2: NotThereError, 4: down}))
    assert [row.status for row in rows] == ["ok", "failed", "missing", "ok", "failed", "ok"]
    outcome, rows = fetch(Made(faults=dict.fromkeys((1, 2, 4), down)), [*HOURS[1:3], HOURS[4]])
    assert outcome.messages[-1] == "made: 3 failures in a row, the rest is left"
    assert room.GIVE_UP_AFTER == 3


def test_what_was_asked_before_is_not_prepared_again(fetch):
    class Careful(Made):
        def prepare(self, asked):
            self.prepared = list(asked)

    first, second = Careful(faults={2: NotThereError}), Careful()
    fetch(first)
    assert first.prepared == HOURS
    fetch(second)
    assert second.prepared == [HOURS[2]]
    third = Careful()
    fetch(third)
    assert not hasattr(third, "prepared")


def test_a_service_that_is_down_before_anything_is_asked(fetch):
    class Down(Made):
        def prepare(self, asked):
            raise ServiceDownError("made", "is down", "", "")

    outcome, rows = fetch(Down())
    assert rows == []
    assert outcome.report.not_asked == 6
    assert len(outcome.messages) == 1


def test_an_estimate_is_by_what_came_before(fetch, tmp_path):
    said = estimate(Made(), HOURS, tmp_path)
    assert said == ("6 asked, 0 here already, 6 files to fetch, about 20740734 bytes (20.7 MB)")
    fetch(Made(faults={5: NotThereError}), [*HOURS[:2], HOURS[5]])
    said = estimate(Made(), HOURS, tmp_path)
    assert said == "6 asked, 2 here already, 4 files to fetch, about 12 bytes (0.0 MB)"


def test_names_that_lead_out_are_refused(fetch, tmp_path):
    class Out(Made):
        def locate(self, asked):
            return Located("http://made", asked, "../out.txt", body=b"abc")

    _, (row,) = fetch(Out(), HOURS[:1])
    assert row.status == "failed"
    assert not (tmp_path.parent / "out.txt").exists()


def test_numbers_of_the_services():
    """HMI's camera has 4096 pixels of 0.6 arcseconds; a header's time is that of the exposure,
    T_REC the middle of 720 s; MDI's is within a quarter of an hour of its 96 minute slot."""
    assert pytest.approx(2457.6) == FIELD
    assert {name: product.bytes for name, product in PRODUCTS.items()} == {
        "HMI": 1_050_000, "MDI": 350_000,
    }  # fmt: skip
    assert {name: series.bytes for name, series in SERIES.items()} == {
        "hmi.M_720s": 15_000_000, "hmi.M_720s_nrt": 15_000_000, "hmi.M_45s": 15_000_000,
        "mdi.fd_M_96m_lev182": 1_600_000,
    }  # fmt: skip
    assert Jsoc.slack == timedelta(minutes=20)
    defaults = {n: p.default for n, p in signature(Jsoc).parameters.items()}
    told = signature(jsoc).parameters  # `watch` waits as long as `fetch jsoc` does
    assert (defaults["wait"], defaults["poll"]) == (3600, 5) == (
        told["wait"].default, told["poll"].default,
    )  # fmt: skip
    pytest.importorskip("hvpy")
    whole, shot = Helioviewer(Transfer()), Helioviewer(Transfer(), "MDI", 4.8)
    assert (whole.slack, whole.side, whole.typical_bytes) == (timedelta(minutes=5), 0, 1_050_000)
    assert (shot.side, shot.typical_bytes) == (512, 512 * 512 // 2)
    assert (whole.source, shot.source) == ("helioviewer/HMI", "helioviewer/MDI@4.8")


def test_times_that_one_image_serves_are_no_failures(fetch):
    """Six times nearest to one image: it is got once, and the service is not down."""

    class Rare(Made):
        def locate(self, asked):
            return Located("http://made", START, "0.txt", body=b"abc")

    outcome, rows = fetch(Rare(), tolerance=timedelta(hours=9))
    assert [row.status for row in rows] == ["ok"] + ["duplicate"] * 5
    assert outcome.messages == ()
    assert outcome.report.is_complete
    assert {row.file for row in rows} == {"0.txt"}
