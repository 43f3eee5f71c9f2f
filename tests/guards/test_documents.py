"""Spoiled documents of every kind end in an error of halescope, or are read."""

import warnings
from contextlib import suppress

import pytest

from halescope.errors import HalescopeError
from halescope.guards.documents import from_json
from hostile_documents import MANIFEST, cases, made_from

SLOW = ("made from",)
"""Kinds whose spoiled documents take long: benchmarks/fuzz_documents.py has them."""


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "{", b"\xff", "9" * 5000, ""])
def test_json_that_is_none_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        from_json(text)


def test_nothing_is_written_outside_by_what_a_manifest_says(tmp_path):
    """Parts, classes and names of images that lead elsewhere, and links that were there before."""
    wild = ["../../out", "/out", "a/../../../out", "a\0b", "linked", "x" * 300]
    other = tmp_path / "other"
    other.mkdir()
    for number, name in enumerate(wild):
        for place, cell in enumerate(("a.png", "train", "beta")):
            base = tmp_path / f"{number}{place}" / "in"
            (base / "crops").mkdir(parents=True)
            (base / "labels").mkdir()
            (base / "page").mkdir()
            for folder in ("crops", "labels"):
                (base / folder / "linked").symlink_to(other)
            (base / "page" / "pictures").symlink_to(other)
            (base / "m.csv").write_text(MANIFEST.replace(f"{cell},", f"{name},"))
            with suppress(HalescopeError):
                made_from(base / "m.csv", [base])
            assert [entry.name for entry in base.parent.iterdir()] == ["in"]
    assert list(other.iterdir()) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spoiled_documents(tmp_path, seed):
    said = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, (kind, name, content, read) in enumerate(
            cases(8, seed, without=("made from",))
        ):
            path = tmp_path / str(number) / "in" / name
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
            try:
                read(path)
            except HalescopeError as error:
                said.append(str(error))
            assert [entry.name for entry in (tmp_path / str(number)).iterdir()] == ["in"], kind
    assert all(text.isprintable() for text in said)
    assert len(said) > 20
