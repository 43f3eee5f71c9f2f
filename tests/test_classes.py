import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.classes import (
    COARSE,
    HIERARCHY,
    MOUNT_WILSON,
    PAPER,
    PAPER_CLASSES,
    SYMBOLS,
    letters_of,
    paper_class,
    parse_class,
)
from halescope.errors import DatasetError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Beta-Gamma-Delta", "beta-gamma-delta"),
        ("BETA-GAMMA-DELTA", "beta-gamma-delta"),
        ("BGD", "beta-gamma-delta"),
        ("βγδ", "beta-gamma-delta"),
        ("beta gamma", "beta-gamma"),
        (" Alpha ", "alpha"),
        ("A", "alpha"),
        ("b", "beta"),
        ("beta-delta-gamma", "beta-gamma-delta"),  # order does not matter
        ("Alpha-Gamma", "gamma"),
        ("Gamma-Delta", "gamma-delta"),
        ("delta", "beta-delta"),
    ],
)
def test_spellings(text, name):
    assert parse_class(text) == name


@pytest.mark.parametrize("text", ["", "plage", "betamax", "alphabet", "x", "-", "beta-gamma2"])
def test_what_is_no_class(text):
    with pytest.raises(DatasetError) as caught:
        parse_class(text)
    assert "beta-gamma-delta" in caught.value.expected


@given(
    st.sampled_from(MOUNT_WILSON),
    st.sampled_from(["-", " ", "/", ""]),
    st.sampled_from([str.lower, str.upper, str.title]),
)
def test_every_class_in_every_dress(name, mark, case):
    assert parse_class(case(name.replace("-", mark))) == name
    assert parse_class(SYMBOLS[name]) == name
    assert parse_class("".join(word[0] for word in name.split("-"))) == name


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text):
    letters = letters_of(text)
    assert letters is None or letters <= {"alpha", "beta", "gamma", "delta"}


def test_maps_cover_all():
    assert set(COARSE) == set(PAPER) == set(SYMBOLS) == set(MOUNT_WILSON)
    assert set(COARSE.values()) == set(HIERARCHY)
    assert set(PAPER.values()) <= set(PAPER_CLASSES)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("beta-gamma-delta", "BG"),  # the delta is dropped
        ("beta-delta", "B"),
        ("alpha", "A"),
        ("Alpha-Gamma", "AG"),
        ("gamma", "BG"),
    ],
)
def test_paper_folding(text, name):
    assert paper_class(text) == name
