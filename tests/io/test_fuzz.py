"""Mutated and crafted files of every reader: each is analysed or refused in the project's words."""

import warnings

import pytest

from fuzzed_files import SEEDS, fuzzed, whole
from halescope.errors import HalescopeError, ReadError
from halescope.io import read
from halescope.normalize import normalize

REFUSED = ("fits-hcompress", "fits-plio")


@pytest.mark.parametrize("kind", SEEDS)
def test_files_of_strangers_are_read_or_refused(kind: str) -> None:
    said = []
    for seed in range(24):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                normalize(read(fuzzed(kind, seed), name=f"{kind} {seed}"))
            except HalescopeError as error:
                said.append(str(error))
    assert said
    assert all(text.startswith(f"{kind} ") and "\n" not in text for text in said)


@pytest.mark.parametrize("kind", SEEDS)
def test_whole_files_are_read_but_for_two_ways_of_packing(kind: str) -> None:
    if kind in REFUSED:
        with pytest.raises(ReadError, match=r"is compressed with .*funpack"):
            read(whole(kind))
    else:
        assert read(whole(kind)).field.shape == (128, 128)
