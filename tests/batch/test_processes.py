"""Calls in processes: all of them come back, whatever one does to its process.

What is called is Python's own `eval`: a fresh process does not find functions of a test.
"""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from halescope.batch.processes import in_order, map_in_processes

THREADS = "__import__('os').environ['HALESCOPE_THREADS']"
PROCESS = "__import__('os').getpid()"
DEADLY = "__import__('os')._exit(7)"


def nothing(item):
    return None


def test_every_result_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HALESCOPE_THREADS", raising=False)
    items = [f"{n} * {n} + more, {THREADS}" for n in range(10)]
    found = map_in_processes(eval, items, 2, shared=({"more": 1},), lost=nothing)
    assert dict(found) == {n: (n * n + 1, "1") for n in range(10)}


def test_a_call_that_ends_its_process_costs_only_itself() -> None:
    items = [DEADLY if n == 3 else f"{n} * {n}" for n in range(8)]
    found = in_order(map_in_processes(eval, items, 2, lost=lambda item: "lost"))
    assert list(found) == ["lost" if n == 3 else n * n for n in range(8)]


def test_error_of_a_call_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        list(map_in_processes(eval, ["1 / 0", "1"], 2, lost=nothing))


def test_from_another_thread() -> None:
    found: list[tuple[int, object]] = []
    work = map_in_processes(eval, ["25", "36"], 2, lost=nothing)
    thread = threading.Thread(target=lambda: found.extend(work))
    thread.start()
    thread.join(60)
    assert sorted(found) == [(0, 25), (1, 36)]


@pytest.mark.parametrize(("items", "workers"), [([PROCESS] * 3, 1), ([PROCESS], 2), ([], 2)])
def test_one_worker_or_one_item_needs_no_other_process(items, workers):
    found = dict(map_in_processes(eval, items, workers, lost=nothing))
    assert list(found) == list(range(len(items)))
    assert set(found.values()) <= {eval(PROCESS)}


def test_in_order() -> None:
    assert list(in_order([(2, "c"), (0, "a"), (1, "b"), (3, "d")])) == list("abcd")


def test_a_call_that_takes_too_long_costs_only_itself() -> None:
    endless = "__import__('time').sleep(600)"
    items = ["1 + 1", endless, "2 + 2"]
    found = map_in_processes(
        eval, items, 1, lost=nothing, late=lambda item: "late", seconds=1.0, apart=True
    )
    assert list(in_order(found)) == [2, "late", 4]


def test_libraries_that_print_do_no_harm(capfd: pytest.CaptureFixture[str]) -> None:
    noise = "__import__('os').write({}, b'\\x1b[31mnoise') and 7"
    found = map_in_processes(eval, [noise.format(1), noise.format(2)], 2, lost=nothing)
    assert list(in_order(found)) == [7, 7]
    assert "noise" not in "".join(capfd.readouterr())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_processes_end_with_their_parent_whatever_they_do(tmp_path: Path) -> None:
    """Also while a call holds Python's lock in C: a sum over all whole numbers, say."""
    program = (
        "import sys\n"
        "from halescope.batch.processes import map_in_processes\n"
        "list(map_in_processes(eval, sys.argv[1:], 2, lost=print))\n"
    )
    note = f"open('{tmp_path}/' + str(__import__('os').getpid()), 'w').close()"
    busy = f"[{note}, sum(range(10**12))]"
    parent = subprocess.Popen([sys.executable, "-c", program, busy, busy])
    until = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert len(workers) == 2
    until = time.monotonic() + 2
    while any(map(is_alive, workers)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(is_alive, workers))


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
