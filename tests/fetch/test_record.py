"""The manifest of fetched files: what it says is here, and what it takes over from a crash."""

import hashlib
import json
from dataclasses import asdict

import pytest

from halescope.errors import DatasetError
from halescope.fetch.record import MANIFEST, Record, Row, read_manifest

A = Row("hmi", "2026-02-01T00:00:00Z", "2026-02-01T00:00:47Z", "ok", "a.jp2", 3, "x", "good")


def test_a_row_is_here_where_its_file_is_whole(tmp_path):
    (tmp_path / "a.jp2").write_bytes(b"abc")
    record = Record(tmp_path)
    row = Row(**asdict(A) | {"sha256": hashlib.sha256(b"abc").hexdigest()})
    record.add(row)
    assert record.having("hmi", A.asked) == row
    assert record.having("hmi", A.asked, verify=True) == row
    assert record.having("hmi", "2026-02-01T01:00:00Z") is None
    assert record.same_image("hmi", A.obtained, verify=True) == row
    assert record.same_image("mdi", A.obtained) is None
    (tmp_path / "a.jp2").write_bytes(b"abX")
    assert record.having("hmi", A.asked) == row
    assert record.having("hmi", A.asked, verify=True) is None
    assert record.same_image("hmi", A.obtained, verify=True) is None
    (tmp_path / "a.jp2").write_bytes(b"abcd")
    assert record.having("hmi", A.asked) is None
    record.close()


@pytest.mark.parametrize(("status", "here"), [("ok", True), ("duplicate", True), ("failed", False),
                                              ("missing", False), ("far", False)])  # fmt: skip
def test_statuses_that_need_not_be_asked_for_again(tmp_path, status, here):
    (tmp_path / "a.jp2").write_bytes(b"abc")
    record = Record(tmp_path)
    record.add(Row(**asdict(A) | {"status": status}))
    assert (record.having("hmi", A.asked) is not None) == here
    assert (record.same_image("hmi", A.obtained) is not None) == (status == "ok")
    record.close()


def test_rows_of_a_crash_are_taken_over_and_a_torn_line_is_not(tmp_path):
    later = Row(**asdict(A) | {"asked": "2026-02-01T01:00:00Z", "bytes": 9})
    lines = [json.dumps(asdict(row)) for row in (A, later)] + ['{"source": "hmi", "as', '"x"']
    lines.append(json.dumps(asdict(A) | {"bytes": "many", "asked": "z"}))
    (tmp_path / ".fetched-1-x.jsonl").write_text("\n".join(lines))
    record = Record(tmp_path)
    assert list(record.rows.values()) == [A, later]
    record.close()
    assert list(read_manifest(tmp_path / MANIFEST)) == [A, later]
    assert not list(tmp_path.glob(".fetched*.jsonl"))


def test_the_manifest_is_in_order_and_a_later_row_replaces(tmp_path):
    record = Record(tmp_path)
    late = Row("hmi", "2026-02-02T00:00:00Z", status="failed", note="down")
    other = Row("gong", "2026-02-03T00:00:00Z", status="missing")
    for row in (late, A, other):
        record.add(row)
    record.close()
    again = Record(tmp_path)
    mended = Row("hmi", "2026-02-02T00:00:00Z", "2026-02-02T00:01:00Z", "ok", "b.jp2", 5)
    again.add(mended)
    again.close()
    assert list(read_manifest(tmp_path / MANIFEST)) == [other, A, mended]


def test_lines_that_are_no_rows_are_named_by_their_number(tmp_path):
    record = Record(tmp_path)
    record.add(A)
    path = record.close()
    assert next(read_manifest(path)) == A
    path.write_text(path.read_text() + path.read_text().splitlines()[1].replace(",3,", ",many,"))
    with pytest.raises(DatasetError, match=r"fetched\.csv:3"):
        list(read_manifest(path))
    empty = path.read_text().splitlines()
    path.write_text("\n".join([empty[0], empty[1].replace(",3,", ",,")]))
    assert next(read_manifest(path)).bytes == 0
    path.write_text("image,time\na,b\n")
    with pytest.raises(DatasetError, match="no manifest of fetched files"):
        list(read_manifest(path))
    assert list(read_manifest(tmp_path / "none.csv")) == []


def test_the_folder_is_made_with_those_above_it(tmp_path):
    record = Record(tmp_path / "a" / "b")
    record.add(A)
    assert list(read_manifest(record.close())) == [A]
