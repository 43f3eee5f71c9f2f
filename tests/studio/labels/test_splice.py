import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.errors import DatasetError
from halescope.studio.labels.splice import record_ends, replace_rows

COLUMNS = ["image", "note"]


def written(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))[1:]


cells = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\0"), max_size=8)
tables = st.lists(st.tuples(cells.filter(bool), cells), min_size=1, max_size=8)


@given(tables, st.data())
def test_other_rows_stay_whatever_is_in_them(tmp_path_factory, rows, data):
    path = tmp_path_factory.mktemp("splice") / "manifest.csv"
    written(path, rows)
    first = data.draw(st.integers(0, len(rows) - 1))
    count = data.draw(st.integers(1, len(rows) - first))
    fresh = [{"image": "a, b", "note": 'said "so"\ntwice'}, {"image": "c"}]
    replace_rows(path, first, count, fresh, COLUMNS)
    before, after = ([list(row) for row in part] for part in (rows[:first], rows[first + count :]))
    assert read(path) == [*before, ["a, b", 'said "so"\ntwice'], ["c", ""], *after]


def test_a_last_line_without_an_end_is_a_row(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_text("image,note\na,1\nb,2")
    replace_rows(path, 1, 1, [{"image": "c", "note": "3"}], COLUMNS)
    assert path.read_text() == "image,note\na,1\nc,3\n"


def test_windows_line_ends_stay(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_bytes(b"image,note\r\na,1\r\nb,2\r\nc,3\r\n")
    replace_rows(path, 1, 1, [{"image": "x", "note": "9"}], COLUMNS)
    assert path.read_bytes() == b"image,note\r\na,1\r\nx,9\nc,3\r\n"


def test_rows_that_are_gone_are_told(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_text("image,note\na,1\n")
    with pytest.raises(DatasetError, match="has 1 rows"):
        replace_rows(path, 1, 1, [], COLUMNS)
    assert path.read_text() == "image,note\na,1\n"


def test_empty_text_has_no_record():
    assert record_ends(b"").tolist() == []
