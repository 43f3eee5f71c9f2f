"""What a label is good for, by its columns."""

import re
from pathlib import Path

import pytest

from halescope.datasets.manifest import Entry
from halescope.datasets.predicates import (
    class_changes,
    has_field,
    is_firm,
    is_listed,
    is_listed_once,
    is_present,
    soft_label,
)


def entry(flags: str = "", status: str = "doubtful", number: int = 1, **values: str) -> Entry:
    base = {"time": "2026-02-05T12:00:00Z"} | values
    return Entry(
        "a", base.pop("time"), "", number, "beta", status, (0, 0, 9, 9), flags=flags, **base
    )


def test_certain_is_what_is_firm_or_doubtful_as_to_its_class_alone() -> None:
    assert is_firm(entry(status="firm"))
    assert is_present(entry("crowded", status="firm"))
    assert is_present(entry("class_changes"))
    assert is_present(entry("class_changes;no_class;crowded"))
    for more in ("limb", "no_field", "bad_image"):
        assert not is_present(entry(f"class_changes;{more}"))
    assert not is_present(entry())
    assert not is_present(entry("only_after"))
    assert not is_present(entry("section_ia", "plage"))


def test_listed_is_what_has_a_number_spots_and_field() -> None:
    assert is_listed(entry("limb"))
    assert is_listed(entry(status="firm"))
    assert not is_listed(entry("beside", number=0))
    assert not is_listed(entry("section_ia", "plage"))
    assert not is_listed(entry("no_field"))
    assert not has_field(entry("bad_image;no_field"))


def test_one_midnight_or_two() -> None:
    assert is_listed_once(entry("only_before"))
    assert is_listed_once(entry("limb;only_after"))
    assert not is_listed_once(entry("class_changes"))


@pytest.mark.parametrize(
    ("hour", "expected"), [("00", [0.5, 0, 0.5]), ("06", [0.25, 0, 0.75]), ("12", [0, 0, 1])]
)
def test_soft_labels_follow_the_summaries(hour: str, expected: list[float]) -> None:
    # The summary of a midnight describes the day before it.
    changed = entry(
        "class_changes",
        time=f"2026-02-05T{hour}:00:00Z",
        class_before="alpha",
        class_after="beta-gamma",
    )
    assert class_changes(changed)
    assert soft_label(changed).tolist() == pytest.approx(expected)


def test_a_class_that_one_midnight_lacks_is_no_change() -> None:
    lacking = entry("class_changes;no_class", class_after="alpha")
    assert not class_changes(lacking)
    assert soft_label(lacking).tolist() == [0, 1, 0]
    assert soft_label(entry(status="firm")).tolist() == [0, 1, 0]


def test_no_room_that_decides_reads_a_note(root: Path) -> None:
    rooms = ("training", "evaluation", "datasets/formats", "datasets/splits")
    modules = [path for room in rooms for path in (root / "src/halescope" / room).rglob("*.py")]
    assert modules
    assert [
        path.name for path in modules if re.search(r"\.note\b|\"note\"\]", path.read_text())
    ] == []
