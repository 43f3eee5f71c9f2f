"""The gap report of a handful of rows, by hand."""

import pytest

from halescope.fetch.gaps import gap_report
from halescope.fetch.record import Row

TIMES = [f"2026-02-01T{hour:02d}:00:00Z" for hour in range(10)]


def row(hour, status="ok", **more):
    values = {"obtained": f"{hour}", "file": f"{hour}.jp2" if status == "ok" else "",
              "bytes": 1_000_000 * hour, "sha256": str(hour), "quality": "good"}  # fmt: skip
    return Row("hmi", TIMES[hour], status=status, **values | more)


def test_every_count_and_run():
    """Of ten: 0 to 3 came, 2 bad; 4 shows the image of 3; 5 and 6 failed; 7 came; 8, 9 are left."""
    rows = [row(0, sha256="3"), row(1), row(2, quality="bad"), row(3),
            row(4, "duplicate", file="3.jp2", obtained="3", bytes=3_000_000),
            row(5, "failed", note="down", bytes=0), row(6, "far", note="off", bytes=0), row(7),
            Row("hmi", "2026-03-01T00:00:00Z")]  # fmt: skip
    found = gap_report(TIMES, rows)
    assert (found.asked, found.got, found.not_asked) == (10, 5, 2)
    assert found.status == {"ok": 5, "duplicate": 1, "failed": 1, "far": 1}
    assert [(g.first, g.last, g.count, g.reason) for g in found.gaps] == [
        (TIMES[5], TIMES[6], 2, "failed: down"),
        (TIMES[8], TIMES[9], 2, "not asked"),
    ]
    assert found.duplicates == ((TIMES[4], "3"),)
    assert found.same_bytes == (("3.jp2", "0.jp2"),)
    assert found.bad == ("2.jp2",)
    assert found.bytes == 13_000_000
    assert not found.is_complete
    assert found.to_json()["complete"] is False
    assert str(found).splitlines() == [
        "asked 10, got 5 files, 13.0 MB (5 ok, 1 duplicate, 1 failed, 1 far)",
        "not asked: 2, as the service was down",
        f"missing: {TIMES[5]} .. {TIMES[6]} (2): failed: down",
        f"missing: {TIMES[8]} .. {TIMES[9]} (2): not asked",
        f"duplicate: {TIMES[4]}: is the image of 3",
        "same content: 3.jp2 = 0.jp2",
        "bad quality: 2.jp2",
    ]


def test_everything_is_there_with_duplicates_too():
    whole = gap_report(TIMES[:2], [row(0), row(1, "duplicate", file="0.jp2")])
    assert whole.is_complete
    assert str(whole).splitlines()[1:] == [f"duplicate: {TIMES[1]}: is the image of 1"]
    one = gap_report(TIMES[:2], [row(1)])
    assert str(one).splitlines()[2] == f"missing: {TIMES[0]}: not asked"


@pytest.mark.parametrize(("count", "lines"), [(20, 20), (21, 21), (25, 21)])
def test_twenty_of_a_kind_are_listed(count, lines):
    rows = [Row("hmi", f"{i:03d}", f"{i}", file=f"{i}.jp2", sha256=f"{i}", quality="bad")
            for i in range(count)]  # fmt: skip
    text = str(gap_report([row.asked for row in rows], rows)).splitlines()[1:]
    assert len(text) == lines
    assert text[-1] == ("bad quality: 9.jp2" if count == 20 else f"  and {count - 20} more")
