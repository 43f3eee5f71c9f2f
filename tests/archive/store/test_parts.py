"""What counts in an archive: whole parts alone, and nothing that somebody changed."""

import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import archive_finders
from archive_finders import Build, compacted
from halescope import archive
from halescope.archive.build import Plan, find_waiting
from halescope.archive.status import status
from halescope.archive.store.compact import compact
from halescope.archive.store.lock import held
from halescope.archive.store.parts import read_parts
from halescope.archive.store.schema import schema
from halescope.archive.tasks import divide
from halescope.archive.work import Notes, Order, run_task
from halescope.errors import DatasetError, OutputError
from halescope.io.catalog import COLUMNS
from halescope.measure import columns as measured


@pytest.fixture
def folder(make: Build, sky: Path, tmp_path: Path) -> Path:
    """Return an archive of 72 images."""
    make(tmp_path / "a", sky)
    return tmp_path / "a"


def first(folder: Path, what: str) -> Path:
    return min(folder.rglob(f"*.{what}.parquet"))


def test_units_and_descriptions_are_in_the_files(folder: Path) -> None:
    compact(folder)
    field = pq.read_schema(first(folder, "regions")).field("hgs_lon")
    assert field.metadata[b"unit"] == b"deg"
    assert b"west positive" in field.metadata[b"description"]
    for name in ("regions", "images", "faults"):
        shape = getattr(archive.open(folder), name).schema
        assert all(entry.metadata[b"description"] for entry in shape if entry.name != "generation")


def test_every_column_of_a_catalogue_is_kept() -> None:
    names = schema("regions").names
    assert names == [*COLUMNS, "source"]
    assert set(measured.UNITS) < set(schema("regions", physics=True).names)


def test_years_are_sorted_by_time(folder: Path) -> None:
    compact(folder)
    years = sorted(folder.rglob("*.regions.parquet"))
    assert [path.name[:4] for path in years] == ["2014", "2015"]
    for path in years:
        rows = pq.read_table(path).to_pylist()
        order = [(row["time"], row["source"], row["region"]) for row in rows]
        assert order == sorted(order)
        assert {str(row["time"].year) for row in rows} == {path.name[:4]}


@pytest.mark.parametrize("what", ["images", "regions"])
def test_a_parquet_that_was_edited_is_found(folder, make, sky, what):
    path = first(folder, what)
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    for call in (lambda: archive.open(folder), lambda: make(folder, sky), lambda: compact(folder)):
        with pytest.raises(DatasetError, match=r"is not as it was written.*repair"):
            call()
    assert len(status(folder).wrong) == 1
    rows = len(pq.read_table(folder / "parts" / path.name.replace("regions", "images")))
    rows += what == "images"
    assert make(folder, sky, repair=True).images == rows
    assert archive.open(folder).images.count_rows() == 72
    compact(folder)
    first(folder, what).unlink()
    with pytest.raises(DatasetError, match=r"cannot be read .*repair"):
        archive.open(folder)
    assert make(folder, sky, repair=True).images == 48
    archive.open(folder)


def test_an_edit_of_equal_size_is_found_by_compaction_and_on_demand(folder: Path) -> None:
    path = first(folder, "regions")
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))
    assert not status(folder).wrong
    assert status(folder, thoroughly=True).wrong
    before = sorted(p.name for p in (folder / "parts").iterdir())
    with pytest.raises(DatasetError, match="not as it was written"):
        compact(folder)
    assert sorted(p.name for p in (folder / "parts").iterdir()) == before


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"name": 1, "generation": "x", "years": [], "files": {}}']
)
def test_a_damaged_record_is_one_line(folder: Path, text: str) -> None:
    record = min((folder / "parts").glob("*.json"))
    record.write_text(text)
    with pytest.raises(DatasetError, match="is damaged") as caught:
        archive.open(folder)
    assert str(record) in str(caught.value)


@pytest.mark.parametrize("file", ["../../secret.parquet", "/etc/passwd", "parts/../../x", "work/x"])
def test_a_record_cannot_lead_out_of_the_archive(folder: Path, file: str) -> None:
    record = min((folder / "parts").glob("*.json"))
    found = json.loads(record.read_text())
    found["files"]["images"]["file"] = file
    record.write_text(json.dumps(found))
    with pytest.raises(DatasetError, match="is damaged"):
        archive.open(folder)


def test_a_late_part_of_a_killed_build_doubles_no_row(
    folder: Path, make: Build, sky: Path, tmp_path: Path
) -> None:
    """A worker of a coordinator that was killed may write its part when others did it again."""
    plan = Plan((str(sky),), archive_finders.PLAIN)
    waiting = find_waiting(tmp_path / "none", plan, "key")
    own = [identity for part in _identities(folder) for identity in part]
    order = Order(str(folder), plan.settings, _key(folder), 2, finder=archive_finders.quick)
    tasks = list(divide(waiting.listing, own, 2))
    expected = archive.open(folder).regions.count_rows()
    run_task(tasks[0], order)
    assert {part.generation for part in read_parts(folder)} == {1, 2}
    tables = archive.open(folder)
    assert tables.images.count_rows() == 72
    assert tables.query("SELECT count(*) n FROM regions")["n"][0].as_py() == expected
    assert make(folder, sky).images == 0
    make(tmp_path / "b", sky)
    assert compacted(folder) == compacted(tmp_path / "b")
    run_task(tasks[1], order)  # later still: a compacted build's part counts no more
    assert archive.open(folder).images.count_rows() == 72
    assert make(folder, sky).images == 0


def _key(folder: Path) -> str:
    return archive.open(folder).images.head(1)["key"][0].as_py()


def _identities(folder: Path) -> list[list[str]]:
    table = archive.open(folder).images.to_table().sort_by([("time", "ascending")])
    return [table["identity"].to_pylist()]


def test_compaction_killed_before_its_last_step_changes_nothing(
    folder: Path, make: Build, sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from halescope.archive.store import compact as module

    before = archive.open(folder).query("SELECT * FROM regions ORDER BY source, region")
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_index", lambda *of: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            compact(folder)
    assert archive.open(folder).query("SELECT * FROM regions ORDER BY source, region") == before
    make(tmp_path / "b", sky)
    assert compacted(folder) == compacted(tmp_path / "b")
    assert archive.open(folder).query("SELECT * FROM regions ORDER BY source, region") == before
    assert not list((folder / "parts").iterdir())


def test_compaction_waits_for_no_build(folder: Path) -> None:
    with held(folder), pytest.raises(OutputError, match="is being written"):
        compact(folder)


def test_notes_blame_the_second_death_at_one_place(tmp_path: Path) -> None:
    path = tmp_path / "work" / "task"

    def attempt(until: int) -> list[int]:
        """Die at a file, and return those blamed before."""
        notes = Notes(path)
        notes.__enter__()
        blamed = [number for number in range(9) if notes.blames(number)]
        for number in range(until + 1):
            if number not in blamed:
                notes.begin(number)
        os.close(notes._file)
        return blamed

    assert attempt(4) == []
    assert attempt(2) == []  # somewhere else: somebody shot it
    assert attempt(4) == []
    assert attempt(4) == []
    assert attempt(6) == [4]
    assert attempt(6) == [4]
    with Notes(path) as notes:
        assert [number for number in range(9) if notes.blames(number)] == [4, 6]
    assert not path.exists()
