"""Jobs run, fail, are aborted, wait for each other, and outlive the one who started them."""

import os
import signal
import time

import pytest

from halescope.studio.jobs.events import Events
from halescope.studio.jobs.job import TRAINING, State
from halescope.studio.jobs.queue import Queue
from halescope.studio.jobs.traces import plain, read_json, read_log
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace

DRAW = ["draw", "-o", "inputs/disk.fits", "--seed", "3", "--size", "256"]
SLOW = ["draw", "-o", "inputs/many/sun.fits", "--images", "400", "--size", "512"]


@pytest.fixture
def place(tmp_path):
    return Workspace(tmp_path / "w")


@pytest.fixture
def make(place):
    made = []

    def making(at_once=2):
        queue = Queue(place, Events(), at_once)
        queue.start()
        made.append(queue)
        return queue

    yield making
    for job in made[-1].all():
        if job.is_active:
            made[-1].abort(job.id)
            until(made[-1], job, lambda job: not job.is_active)
    for queue in made:
        queue.close()


def until(queue, job, holds, seconds=30):
    """Wait until something holds of a job, and return it."""
    end = time.monotonic() + seconds
    while not holds(found := queue.get(job.id)):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def is_under_way(job):
    return job.state == State.RUNNING


def test_a_job_runs_the_command_in_the_workspace(make, place):
    queue = make()
    job = queue.submit("draw", [["--version"], DRAW], "Draw", subject="inputs/disk.fits")
    done = until(queue, job, lambda job: not job.is_active)
    assert (done.state, done.exit, done.message, done.attempt) == (State.DONE, 0, "", 1)
    assert (place.root / "inputs/disk.fits").exists()
    assert "halescope 0" in read_log(queue.folder(job))[0]
    assert queue.described(done)["command"].splitlines()[1] == "halescope " + " ".join(DRAW)
    queue.delete(job.id)
    assert not queue.folder(job).exists()
    with pytest.raises(Problem):
        queue.get(job.id)


def test_a_job_that_fails_says_why_and_can_be_resumed_from_there(make, place):
    queue = make()
    bad = ["info", "--no-such-option"]
    job = queue.submit("info", [["--version"], bad, DRAW], "Info")
    failed = until(queue, job, lambda job: not job.is_active)
    assert (failed.state, failed.exit) == (State.FAILED, 2)
    assert "--no-such-option" in failed.message
    assert not (place.root / "inputs/disk.fits").exists()
    queue.resume(job.id)
    again = until(queue, job, lambda job: not job.is_active)
    assert (again.state, again.attempt) == (State.FAILED, 2)
    assert read_log(queue.folder(job))[0].count("halescope 0") == 1


def test_what_a_command_says_is_told_without_the_programs_name(make):
    queue = make()
    job = queue.submit("analyze", [["dataset", "audit", "none.csv"]], "Audit")
    failed = until(queue, job, lambda job: not job.is_active)
    assert read_log(queue.folder(job))[0].startswith("halescope: ")
    assert failed.message == read_log(queue.folder(job))[0].removeprefix("halescope: ").strip()


def test_a_job_may_resume_by_another_command_and_take_codes_for_success(make):
    queue = make()
    bad, good = ["info", "--no-such-option"], ["--version"]
    job = queue.submit("info", [bad], "Info", resume=[good])
    until(queue, job, lambda job: job.state == State.FAILED)
    queue.resume(job.id)
    until(queue, job, lambda job: job.state == State.DONE)
    accepted = queue.submit("info", [bad], "Info", accepts=(0, 2))
    assert until(queue, accepted, lambda job: not job.is_active).state == State.DONE


def test_trainings_wait_for_each_other_and_small_work_does_not(make):
    queue = make()
    first = queue.submit("train", [SLOW], "First", lane=TRAINING)
    second = queue.submit("train", [DRAW], "Second", lane=TRAINING)
    small = queue.submit("info", [["--version"]], "Small")
    until(queue, small, lambda job: job.state == State.DONE)
    until(queue, first, is_under_way)
    assert queue.get(second.id).state == State.QUEUED
    assert queue.active("") is not None
    queue.abort(first.id)
    assert until(queue, first, lambda job: not job.is_active).state == State.ABORTED
    assert until(queue, second, lambda job: not job.is_active).state == State.DONE


def test_what_waits_is_aborted_at_once_and_what_ended_is_not(make):
    queue = make(at_once=0)
    job = queue.submit("info", [["--version"]], "Info")
    with pytest.raises(Problem, match="abort it first"):
        queue.delete(job.id)
    assert queue.abort(job.id).state == State.ABORTED
    with pytest.raises(Problem) as caught:
        queue.abort(job.id)
    assert caught.value.status == 409


def test_jobs_outlive_the_queue_and_are_found_again(make, place):
    queue = make()
    job = queue.submit("draw", [SLOW], "Draw")
    until(queue, job, is_under_way)
    folder = queue.folder(job)
    wait_for(lambda: (read_json(folder / "running.json") or {}).get("child"))
    queue.close()
    other = make()
    time.sleep(0.6)
    assert other.get(job.id).state == State.RUNNING
    other.abort(job.id)
    assert until(other, job, lambda job: not job.is_active).state == State.ABORTED


def test_a_job_that_ended_while_nobody_looked_is_done(make):
    queue = make()
    job = queue.submit("draw", [DRAW], "Draw")
    until(queue, job, is_under_way)
    queue.close()
    wait_for((queue.folder(job) / "outcome.json").exists)
    other = make()
    assert until(other, job, lambda job: not job.is_active).state == State.DONE


def test_a_job_whose_processes_were_killed_is_interrupted_and_resumable(make):
    queue = make()
    job = queue.submit("draw", [SLOW], "Draw")
    until(queue, job, is_under_way)
    folder = queue.folder(job)
    child = wait_for(lambda: (read_json(folder / "running.json") or {}).get("child"))
    own = read_json(folder / "running.json")["self"]
    os.kill(int(own.split()[0]), signal.SIGKILL)
    gone = until(queue, job, lambda job: not job.is_active)
    assert gone.state == State.INTERRUPTED
    assert queue.described(gone)["can_resume"]
    wait_for(lambda: not os.path.exists(f"/proc/{child.split()[0]}"))


def test_a_job_that_cannot_be_started_fails(make, place):
    queue = make()
    (place.root / "jobs").rmdir()
    (place.root / "jobs").write_text("in the way")
    job = queue.submit("info", [["--version"]], "Info")
    failed = until(queue, job, lambda job: not job.is_active)
    assert failed.state == State.FAILED
    assert "could not be started" in failed.message


def test_a_failure_on_a_full_disk_says_so(make, monkeypatch):
    monkeypatch.setattr("halescope.studio.jobs.queue.SPARSE", 10**18)
    queue = make()
    job = queue.submit("info", [["info", "--no-such-option"]], "Info")
    failed = until(queue, job, lambda job: not job.is_active)
    assert failed.message.startswith("the disk is full; make room, then resume\n")


def test_a_queue_that_cannot_be_written_goes_on_when_it_can(make):
    queue = make()
    slow = queue.submit("draw", [DRAW], "Draw")
    until(queue, slow, is_under_way)
    full = queue._store._base.execute("pragma page_count").fetchone()[0]
    queue._store._base.execute(f"pragma max_page_count = {full}")

    def fill():
        for _ in range(200):
            queue.submit("info", [["--version"] * 100], "Info", lane=TRAINING)

    with pytest.raises(Problem) as caught:
        fill()
    assert caught.value.status == 507
    assert "make room" in caught.value.detail
    queue._store._base.execute("pragma max_page_count = 100000")
    assert until(queue, slow, lambda job: not job.is_active).state == State.DONE
    for job in queue.all():
        if job.state == State.QUEUED:
            queue.abort(job.id)


def test_logs_are_read_in_pieces_without_colours(tmp_path):
    (tmp_path / "log.txt").write_bytes(b"a 10%\ra 20%\n\x1b[31mred\x1b[0m\n")
    size = (tmp_path / "log.txt").stat().st_size
    assert read_log(tmp_path) == ("a 20%\nred\n", size, size)
    assert read_log(tmp_path, 99) == ("", size, size)
    assert read_log(tmp_path / "none") == ("", 0, 0)
    assert plain("a\r\nb") == "a\nb"


def wait_for(holds, seconds=20):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found
