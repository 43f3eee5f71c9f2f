"""Processes that stay: a call that ends its process, or never ends, costs that call alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from halescope.batch.workers import WorkerError, Workers
from halescope.errors import ReadError


@pytest.fixture(scope="module")
def workers():
    made = Workers(2)
    yield made
    made.close()


def test_calls_share_a_bounded_number_of_processes(workers: Workers) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = ["(__import__('os').getpid(), __import__('time').sleep(.05))[0]"] * 8
        found = set(pool.map(lambda text: workers.call(eval, text), calls))
    assert len(found) == 2


def test_a_call_that_ends_its_process_costs_only_itself(workers: Workers) -> None:
    def ask(text: str) -> object:
        try:
            return workers.call(eval, text, subject="disk.fits")
        except WorkerError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, ["1 + 1", "__import__('os')._exit(7)", "2 + 2", "3 + 3"]))
    assert found == [2, "disk.fits: ended the process that read it", 4, 6]


def test_a_call_that_takes_too_long_is_given_up(workers: Workers) -> None:
    with pytest.raises(WorkerError, match="longer than"):
        workers.call(eval, "__import__('time').sleep(60)", limit=0.1)
    assert workers.call(eval, "5") == 5


def test_errors_come_whole(workers: Workers) -> None:
    with pytest.raises(ReadError, match=r"^gone.fits: ") as caught:
        workers.call(eval, "__import__('halescope.io').io.read('gone.fits')", subject="x")
    assert caught.value.subject == "gone.fits"


def test_a_closed_pool_says_so() -> None:
    made = Workers(1)
    made.close()
    with pytest.raises(WorkerError, match="ending"):
        made.call(eval, "1")


def test_a_pool_can_be_closed_while_it_works() -> None:
    made = Workers(2)
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(made.call, eval, "__import__('time').sleep(60)") for _ in range(2)]
        while not all(call.running() for call in calls):
            pass
        made.close()
        assert all(isinstance(call.exception(), WorkerError) for call in calls)
