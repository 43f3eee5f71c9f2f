"""A real cluster on loopback: the same rows, whatever is killed in the middle."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import archive_finders
from archive_finders import PLAIN, Build, compacted
from halescope import archive
from halescope.archive import cluster as clustering
from halescope.archive.build import Plan, Summary, build
from halescope.archive.work import Done
from halescope.errors import ConfigError

distributed = pytest.importorskip("distributed")


@dataclass
class Cluster:
    """Processes of one scheduler and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    log: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add(self, *more: str) -> None:
        """Start a worker."""
        self.workers.append(
            _start("worker", self.log, self.address, "--nthreads", "1", "--no-dashboard",
                   "--host", "127.0.0.1", "--death-timeout", "60", *more)
        )  # fmt: skip


def _start(what: str, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    there = os.pathsep.join(path for path in sys.path if path)
    settings = {
        "PYTHONPATH": there,
        "PYTHONWARNINGS": "ignore",
        "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "false",
    }
    with log.open("ab") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", what, *arguments],
            env=os.environ | settings,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            cwd=log.parent,
        )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Yield a scheduler with three workers; all of them are killed at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("cluster") / "log"
    scheduler = _start("scheduler", log, "--host", "127.0.0.1", "--port", str(port),
                       "--no-dashboard", "--no-show")  # fmt: skip
    found = Cluster(f"tcp://127.0.0.1:{port}", scheduler, log)
    for _ in range(3):
        found.add("--nanny")
    with distributed.Client(found.address, timeout=60) as client:
        client.wait_for_workers(3, timeout=60)
    yield found
    for process in (*found.workers, found.scheduler):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(folder: Path, cluster: Cluster, *sources: Path, **more: object) -> Summary:
    finder = more.pop("finder", archive_finders.quick)
    report = more.pop("report", lambda done: None)
    settings = {"settings": PLAIN, "scheduler": cluster.address} | more
    plan = Plan(tuple(map(str, sources)), **settings)  # type: ignore[arg-type]
    return build(folder, plan, order={"finder": finder}, report=report)  # type: ignore[arg-type]


def test_rows_of_three_workers_are_those_of_one_process(
    cluster: Cluster, make: Build, sky: Path, tmp_path: Path
) -> None:
    make(tmp_path / "a", sky)
    summary = run(tmp_path / "b", cluster, sky, jobs=3)
    assert (summary.images, summary.faults) == (72, {})
    assert compacted(tmp_path / "a") == compacted(tmp_path / "b")
    assert run(tmp_path / "b", cluster, sky).known == 72


def test_a_worker_killed_in_the_middle_costs_nothing(
    cluster: Cluster, make: Build, sky: Path, tmp_path: Path
) -> None:
    make(tmp_path / "a", sky)
    killed: list[int] = []

    def kill(done: Done) -> None:
        if not killed:  # the nanny starts another one
            with distributed.Client(cluster.address, timeout=30, set_as_default=False) as client:
                killed.append(min(client.run(os.getpid).values()))
            os.kill(killed[0], signal.SIGKILL)

    summary = run(tmp_path / "b", cluster, sky, finder=archive_finders.slow, report=kill, jobs=3)
    assert killed
    assert (summary.images, summary.faults) == (72, {})
    assert compacted(tmp_path / "a") == compacted(tmp_path / "b")


def test_a_file_that_kills_every_worker_costs_itself(
    cluster: Cluster, sky: Path, tmp_path: Path
) -> None:
    deadly = sky / "deadly_2014.12.30_03.30.00.jpg"
    deadly.write_bytes(b"x")
    summary = run(tmp_path / "a", cluster, sky, finder=archive_finders.deadly, jobs=3)
    assert summary.images == 72
    assert summary.faults == {"lost": 1}
    (row,) = archive.open(tmp_path / "a").faults.to_table().to_pylist()
    assert row["image"] == deadly.name


def test_folders_that_workers_call_otherwise(
    cluster: Cluster, make: Build, sky: Path, tmp_path: Path
) -> None:
    """What a worker writes under its own name of the archive is the coordinator's archive."""
    (tmp_path / "elsewhere").symlink_to(tmp_path)
    there = str(tmp_path / "elsewhere")
    maps = ((str(tmp_path), there),)
    assert run(tmp_path / "b", cluster, sky, maps=maps).images == 72
    make(tmp_path / "a", sky)
    assert compacted(tmp_path / "a") == compacted(tmp_path / "b")


def test_worker_of_another_version_is_refused_and_named(
    cluster: Cluster, sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan((str(sky),), PLAIN, scheduler=cluster.address)
    with pytest.raises(ConfigError, match=r"worker tcp://127.* runs halescope .*; expected 0\.0"):
        build(tmp_path / "a", plan, order={"version": "0.0"})
    monkeypatch.setattr(clustering, "greet", _Unknown())
    with pytest.raises(ConfigError, match=r"worker tcp://127.* cannot work"):
        build(tmp_path / "b", plan)


class _Unknown:
    """A function of a package that workers do not have."""

    def __call__(self, order: object) -> None:
        """Nothing."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return __import__, ("halescope_of_another_world",)


def test_scheduler_killed_in_the_middle_and_the_rest_done_elsewhere(
    cluster: Cluster, make: Build, sky: Path, tmp_path: Path
) -> None:
    """The last test of this cluster."""
    make(tmp_path / "a", sky)

    def kill(done: Done) -> None:
        os.killpg(cluster.scheduler.pid, signal.SIGKILL)

    with pytest.raises(ConfigError, match="went away"):
        run(tmp_path / "b", cluster, sky, finder=archive_finders.slow, report=kill, jobs=3)
    summary = make(tmp_path / "b", sky)
    assert summary.known >= 8
    assert summary.images == 72 - summary.known
    assert compacted(tmp_path / "a") == compacted(tmp_path / "b")


def test_scheduler_that_is_not_there(no_one: str, sky: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(clustering, "PATIENCE", 0.5)
    address = no_one.replace("http://", "tcp://")
    begin = time.monotonic()
    with pytest.raises(ConfigError, match="no scheduler answers"):
        build(tmp_path / "a", Plan((str(sky),), PLAIN, scheduler=address))
    assert time.monotonic() - begin < 30
    with pytest.raises(ConfigError, match="no scheduler answers"):
        build(tmp_path / "a", Plan((str(sky),), PLAIN, scheduler="nonsense://"))
    assert archive.open(tmp_path / "a").images.count_rows() == 0
