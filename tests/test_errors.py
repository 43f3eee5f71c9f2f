import pickle

import pytest

from halescope import errors
from halescope.errors import HalescopeError, MissingExtraError, ReadError, TooLargeError

TREE = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, HalescopeError) and kind is not MissingExtraError
]


def test_message_has_all_parts_on_one_line():
    text = str(ReadError("a.fits", "is empty", "a FITS file", "fetch it again"))
    assert text == "a.fits: is empty; expected a FITS file (fetch it again)"


def test_parts_that_are_missing_leave_no_trace():
    assert str(ReadError("a.fits", "is empty")) == "a.fits: is empty"


@pytest.mark.parametrize("kind", TREE)
def test_errors_cross_processes_whole(kind):
    error = kind("a", "b", "c", "d")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (copy.subject, copy.found, copy.expected, copy.advice) == ("a", "b", "c", "d")
    assert str(copy) == str(error)


def test_missing_extra_names_the_remedy():
    error = pickle.loads(pickle.dumps(MissingExtraError("sunpy", "sun")))
    assert (error.library, error.extra) == ("sunpy", "sun")
    assert "pip install 'halescope[sun]'" in str(error)


def test_a_reader_may_catch_one_kind():
    with pytest.raises(ReadError):
        raise TooLargeError("a.png", "claims 10^10 pixels")
