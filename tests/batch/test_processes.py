"""Calls spread over processes: all of them come back, whatever one does to its process.

What is called is Python's own `eval`: a fresh process does not find functions of a test.
"""

import threading

import pytest

from halescope.batch.processes import spread

THREADS = "__import__('os').environ['HALESCOPE_THREADS']"
DEADLY = "__import__('os')._exit(7)"


def test_every_result_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HALESCOPE_THREADS", raising=False)
    calls = {n: (f"{n} * {n}, {THREADS}",) for n in range(10)}
    assert dict(spread(eval, calls, 2)) == {n: (n * n, "1") for n in range(10)}


def test_a_call_that_ends_its_process_costs_only_itself() -> None:
    calls = {n: (DEADLY if n == 3 else f"{n} * {n}",) for n in range(8)}
    assert dict(spread(eval, calls, 2)) == {n: None if n == 3 else n * n for n in range(8)}


def test_error_of_a_call_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        list(spread(eval, {0: ("1 / 0",)}, 2))


def test_from_another_thread() -> None:
    found: list[tuple[int, object]] = []
    thread = threading.Thread(target=lambda: found.extend(spread(eval, {5: ("25",)}, 1)))
    thread.start()
    thread.join(60)
    assert found == [(5, 25)]


def test_nothing_to_do_starts_nothing() -> None:
    assert list(spread(eval, {}, 2)) == []
