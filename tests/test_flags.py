from halescope.flags import Flag

BITS = [bit for bit in Flag if bit]


def test_no_flag_is_an_empty_word():
    assert Flag.NONE.words() == ""


def test_words_of_two():
    assert (Flag.NEAR_LIMB | Flag.DISPLAY).words() == "display|near_limb"


def test_bits_are_single_and_fit_an_integer_column():
    assert all(bit.value.bit_count() == 1 for bit in BITS)
    assert max(BITS).value < 2**62
