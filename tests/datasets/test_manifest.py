"""Manifests of today and of before: what the program decides by is in columns."""

import logging

import pytest

from halescope.datasets.manifest import COLUMNS, Entry, disks, entries, rows, write_manifest
from halescope.errors import DatasetError
from halescope.io.names import escaped

BASE = {
    "image": "a.png", "time": "2026-02-05T12:00:00Z", "noaa_number": 14000, "class": "beta",
    "status": "doubtful", "x_min": 1, "y_min": 2, "x_max": 3, "y_max": 4,
}  # fmt: skip


@pytest.fixture
def old(tmp_path):
    """Return a function: the label that a row of the old form, with a note, is read as."""
    places = iter(range(99))

    def read(note: str, **values: object) -> Entry:
        path = tmp_path / f"{next(places)}.csv"
        columns = [n for n in COLUMNS if n not in ("class_before", "class_after", "flags")]
        write_manifest(path, [BASE | values | {"note": note}], columns)
        ((_, (entry,)),) = entries(path)
        return entry

    return read


@pytest.mark.parametrize(
    ("note", "words", "classes"),
    [
        ("", set(), ("beta", "beta")),
        ("beyond 75 degrees", {"limb"}, ("beta", "beta")),
        ("only in the following SRS", {"only_after"}, ("", "beta")),
        ("beyond 75 degrees; only in the preceding SRS", {"limb", "only_before"}, ("beta", "")),
        ("class alpha then beta-gamma", {"class_changes"}, ("alpha", "beta-gamma")),
        ("class  then beta", {"class_changes"}, ("", "beta")),
        (
            "bad image quality; no strong field at the position; class alpha then beta",
            {"bad_image", "no_field", "class_changes"},
            ("alpha", "beta"),
        ),
    ],
)
def test_notes_of_the_old_form_are_translated(old, note, words, classes):
    entry = old(note)
    assert entry.words == words
    assert (entry.class_before, entry.class_after) == classes


def test_flags_of_the_old_form_stand_as_they_are(tmp_path):
    columns = [n for n in COLUMNS if n not in ("class_before", "class_after")]
    row = BASE | {"flags": "class_changes;crowded", "note": "class alpha then beta"}
    write_manifest(tmp_path / "m.csv", [row], columns)
    ((_, (entry,)),) = entries(tmp_path / "m.csv")
    assert entry.flags == "class_changes;crowded"
    assert (entry.class_before, entry.class_after) == ("alpha", "beta")


def test_plage_of_the_old_form_has_no_class(old):
    entry = old("listed by no SRS row", noaa_number="", status="plage", **{"class": ""})
    assert (entry.class_before, entry.class_after) == ("", "")


def test_the_old_form_is_told_once_for_each_file(old, caplog):
    with caplog.at_level(logging.WARNING):
        old("")
    assert "is an older manifest" in caplog.text
    assert len(caplog.records) == 1


def test_notes_of_the_new_form_decide_nothing(tmp_path, caplog):
    write_manifest(tmp_path / "m.csv", [BASE | {"note": "no strong field", "flags": "limb"}])
    ((_, (entry,)),) = entries(tmp_path / "m.csv")
    assert entry.words == {"limb"}
    assert not caplog.records


def test_lenient_reading_keeps_the_numbers_of_lines(tmp_path):
    path = tmp_path / "m.csv"
    write_manifest(path, [BASE, BASE, BASE])
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], "a.png,too,few", "", *lines[3:]]) + "\n")
    assert [row["image"] for row in rows(path, lenient=True)] == ["a.png", "", "a.png"]
    path.write_text("\n".join([*lines[:2], "a.png,too,few", *lines[3:]]) + "\n")
    with pytest.raises(DatasetError, match=r"m\.csv:3: has 3 fields"):
        list(rows(path))


@pytest.mark.parametrize("column", ["x_min", "noaa_number", "hgs_lon"])
def test_unreadable_cells_are_named_with_their_line(tmp_path, column):
    write_manifest(tmp_path / "m.csv", [BASE, BASE | {column: "?"}])
    with pytest.raises(DatasetError, match=r"m\.csv:3: has no readable box or number"):
        list(disks(tmp_path / "m.csv"))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_names_that_are_no_text_are_escaped(tmp_path, ending):
    """As tables of images have them: the file is found again by `halescope.io.names`."""
    name = b"\xff\xe4\xc3\xa4.png".decode("utf-8", "surrogateescape")
    path = tmp_path / f"m.{ending}"
    box = {"x_min": 1, "y_min": 2, "x_max": 30, "y_max": 40}
    assert write_manifest(path, [box | {"image": name, "class": "beta", "status": "firm"}]) == 1
    (found,) = [image for image, _ in entries(path)]
    assert found == "\\udcff\\udce4ä.png" == escaped(name)
