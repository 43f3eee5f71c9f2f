import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.flags import Flag, parse_flags

BITS = [bit for bit in Flag if bit]


def test_no_doubt_is_an_empty_word():
    assert Flag.NONE.words() == ""
    assert parse_flags("") == Flag.NONE


def test_words_of_two():
    assert (Flag.NEAR_LIMB | Flag.DISPLAY).words() == "display|near_limb"


@given(st.sets(st.sampled_from(BITS)))
def test_words_come_back(bits):
    value = Flag.NONE
    for bit in bits:
        value |= bit
    assert parse_flags(value.words()) == value
    assert len(list(filter(None, value.words().split("|")))) == len(bits)


def test_unknown_word():
    with pytest.raises(KeyError):
        parse_flags("display|sunny")


def test_bits_are_single_and_fit_an_integer_column():
    assert all(bit.value.bit_count() == 1 for bit in BITS)
    assert max(BITS).value < 2**62
