"""Cells that a spreadsheet would run are shielded, come back whole, and numbers stay numbers."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.errors import DatasetError
from halescope.guards.cells import (
    CellReader,
    CellWriter,
    csv_text,
    dict_reader,
    shielded,
    unshielded,
)
from payloads import PAYLOADS

FORMULAS = (
    "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+cmd|'/C calc'!A0", "-1+1", "\t=1+1",
    "\r=1", "\n=1", "＝1+1", "＠SUM(1)", "=HYPERLINK(\"http://x\",\"y\")", "-x.fits", "-a", "---",
)  # fmt: skip
NUMBERS = ("-12.5", "+3", "-1e-9", "-inf", "-nan", "12", "", "-.5", "+1_0")


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_written_as_text(text):
    (cell,) = csv.reader(io.StringIO(csv_text(["a"], [{"a": text}]).split("\n", 1)[1], newline=""))
    assert cell == ["'" + text]


@pytest.mark.parametrize("text", [*NUMBERS, "beta", "a=b", "2026-02-04", "N13E63", "'t", "-", "+"])
def test_numbers_and_other_texts_stay_as_they_are(text):
    assert shielded(text) == text
    assert unshielded(text) == text
    assert shielded(-2.5) == -2.5
    assert shielded(None) is None


@given(st.text(max_size=8) | st.text("'=-+@\t1ae.", max_size=6) | st.sampled_from(PAYLOADS))
def test_reading_gives_the_text_back(text):
    assert unshielded(shielded(text)) == text
    written = io.StringIO(newline="")
    CellWriter(written).write_row(["x", text, "it's"])
    CellWriter(written).write_columns([["x"], [text], ["it's"]])
    written.seek(0)
    assert list(CellReader(written)) == [["x", text, "it's"]] * 2


def test_rows_as_dicts():
    text = csv_text(["name", "value"], [{"name": "=a", "value": -3}, {"name": "b"}])
    assert text == "name,value\n'=a,-3\nb,\n"
    found = list(dict_reader(io.StringIO(text)))
    assert found == [{"name": "=a", "value": "-3"}, {"name": "b", "value": ""}]
    with pytest.raises(ValueError, match="no column holds"):
        csv_text(["a"], [{"b": 1}])


@pytest.mark.parametrize("lines", [["a", "x" * (131_073)], ["a", '"open\n' + "x" * 131_072]])
def test_what_is_no_csv_is_named_with_its_line(lines):
    with pytest.raises(DatasetError, match=r"m\.csv:2: cannot be read"):
        list(CellReader([line + "\n" for line in lines], "m.csv"))


def test_bytes_that_are_no_text_are_named(tmp_path):
    (tmp_path / "m.csv").write_bytes(b"a,b\n1,\xff\n")
    with (tmp_path / "m.csv").open(encoding="utf-8") as stream, pytest.raises(DatasetError):
        list(dict_reader(stream, "m.csv"))
