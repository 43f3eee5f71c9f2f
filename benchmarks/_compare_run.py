"""Run commands with one checkout's code, and keep all that they write and say.

`benchmarks/compare_checkouts.py` uses it. A checkout's results lie in a folder named after its
commit: a folder for each step, in which every command leaves its files and, as ``NAME.told.txt``,
its exit code, standard output and standard error.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from _compare_steps import STEPS, Step

HERE = Path(__file__).resolve().parent
CODE = ("src", "configs", "tests/loopback")
"""What of a checkout the results depend on."""

LIBRARIES = (
    "numpy", "scipy", "astropy", "Pillow", "onnxruntime", "torch", "scikit-learn", "pyarrow",
    "sunpy", "typer", "rich",
)  # fmt: skip
"""Their versions, and the processor, are part of what results are filed under."""

SETTINGS = {
    "HALESCOPE_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "COLUMNS": "200",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "TZ": "UTC",
}
"""Of every command: one thread, and lines that break alike."""


@dataclass
class Run:
    """A checkout, and the folder that its results go to.

    Parameters
    ----------
    checkout, data, folder : Path
        Absolute.
    step : str
        The step that is running; what is said is kept in its folder.
    failed : list of str
        Commands that crashed (a traceback, or killed), for the summary.
    """

    checkout: Path
    data: Path
    folder: Path
    step: str = ""
    failed: list[str] = field(default_factory=list)

    def env(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a command: this checkout's code, no bytecode beside it."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HALESCOPE_")}
        source = f"{self.checkout / 'src'}{os.pathsep}{self.checkout / 'tests'}"
        cache = str(self.folder.parent / ".bytecode")  # of the libraries too, so it is shared
        return kept | SETTINGS | {"PYTHONPATH": source, "PYTHONPYCACHEPREFIX": cache} | (more or {})

    def halescope(
        self,
        name: str,
        *words: str | Path,
        stdin: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> int:
        """Run a command in the results' folder; return its exit code.

        Parameters
        ----------
        name : str
            What the record of its words is called.
        *words : str or Path
            Without the program's name.
        stdin : Path, optional
            File for standard input, else nothing is there.
        env : dict of str, optional
            Further environment variables.
        """
        return self._tell(name, ["-m", "halescope", *map(str, words)], stdin, env)

    def python(self, name: str, code: str, *words: str) -> int:
        """Run lines of Python with the checkout's code; return the exit code."""
        return self._tell(name, ["-c", code, *words])

    def _tell(
        self,
        name: str,
        words: list[str],
        stdin: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> int:
        content = (self.folder / stdin).read_bytes() if stdin else b""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.env(env),
            input=content,
            capture_output=True,
        )
        told = [" ".join(words), f"exit code {done.returncode}"]
        told += ["--- standard output", done.stdout.decode("utf-8", "replace")]
        told += ["--- standard error", done.stderr.decode("utf-8", "replace")]
        path = self.folder / self.step / f"{name}.told.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(told))
        if done.returncode < 0 or b"Traceback (most recent" in done.stderr:
            self.failed.append(f"{self.step}/{name}")
        return done.returncode

    @contextmanager
    def services(self) -> Iterator[dict[str, str]]:
        """Yield the environment that points to the checkout's own services on loopback."""
        command = [sys.executable, str(HERE / "_compare_server.py"), str(self.data)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=self.env(), stdin=pipe, stdout=pipe) as server:
            try:
                yield json.loads(server.stdout.readline())
            finally:
                server.stdin.close()  # it ends then


def key_of(checkout: Path) -> str:
    """Return what a checkout's results are filed under: its commit, and a hash of what is changed.

    Parameters
    ----------
    checkout : Path
    """
    git = ["git", "--no-optional-locks", "-C", str(checkout)]
    asked = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
    commit = asked.stdout.strip()[:12]
    status = [*git, "status", "--porcelain", "-uall", "--", *CODE]
    changed = subprocess.run(status, capture_output=True, text=True).stdout
    if commit and not changed:
        return commit
    return f"{commit or 'no-commit'}-{_hash_of(checkout)}"


def _hash_of(checkout: Path) -> str:
    total = hashlib.sha256()
    for name in CODE:
        for path in sorted((checkout / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                total.update(path.relative_to(checkout).as_posix().encode() + path.read_bytes())
    return total.hexdigest()[:12]


def setting() -> str:
    """Return a hash of the commands, the libraries and the processor."""
    words = [platform.python_version()]
    for name in LIBRARIES:
        try:
            words.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            words.append(f"{name} missing")
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    words += sorted({line for line in lines if line.startswith("model name")})
    total = hashlib.sha256("\n".join([*words, str(SETTINGS)]).encode())
    for name in ("_compare_steps.py", "_compare_server.py"):
        total.update((HERE / name).read_bytes())
    return total.hexdigest()[:16]


def with_needs(only: Sequence[str]) -> list[Step]:
    """Return the steps of some names and those that they need, in order.

    Parameters
    ----------
    only : sequence of str
        None for all.
    """
    by_name = {step.name: step for step in STEPS}
    wanted = set(only or by_name)
    for step in reversed(STEPS):
        if step.name in wanted:
            wanted |= set(step.needs)
    return [step for step in STEPS if step.name in wanted]


def run_checkout(checkout: Path, data: Path, folder: Path, only: Sequence[str]) -> Run:
    """Run the steps that have no results yet with a checkout's code.

    Parameters
    ----------
    checkout, data, folder : Path
        Absolute; the last one is for the results.
    only : sequence of str
        Names of steps; none for all.
    """
    run = Run(checkout, data, folder)
    run.folder.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(f"{folder.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another comparison may be at it
        _prepare(run)
        print(f"{checkout}: results in {run.folder}", flush=True)
        _run_steps(run, with_needs(only), setting())
    return run


def _run_steps(run: Run, steps: list[Step], mark: str) -> None:
    """Run steps two at a time, each when those that it needs are done."""
    waiting, running, done = list(steps), {}, set()
    with ThreadPoolExecutor(2) as pool:
        while waiting or running:
            ready = [step for step in waiting if done.issuperset(step.needs)]
            for step in ready[: 2 - len(running)]:
                running[pool.submit(_run_step, replace(run, step=step.name), step, mark)] = step
                waiting.remove(step)
            for finished in wait(running, return_when=FIRST_COMPLETED).done:
                finished.result()
                done.add(running.pop(finished).name)


def _prepare(run: Run) -> None:
    """Link the data, and see that it is the checkout's code that will run."""
    link = run.folder / "data"
    if link.is_symlink():
        link.unlink()
    link.symlink_to(run.data)
    code = "import halescope; print(halescope.__file__)"
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=run.folder, env=run.env(), capture_output=True, text=True)
    if not told.stdout.startswith(str(run.checkout / "src")):
        sys.exit(f"{run.checkout}: its code does not load: {told.stdout}{told.stderr}")


def _run_step(run: Run, step: Step, mark: str) -> None:
    stamp = run.folder / ".done" / f"{step.name}.json"
    if stamp.exists():
        done = json.loads(stamp.read_text())
        if done["setting"] == mark:
            print(f"  {step.name:12s} done before ({done['seconds']:.0f} s)", flush=True)
            return
    shutil.rmtree(run.folder / step.name, ignore_errors=True)
    (run.folder / step.name).mkdir()
    stamp.unlink(missing_ok=True)
    run.failed = []
    start = time.perf_counter()
    note = step.action(run) or ""
    seconds = time.perf_counter() - start
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(json.dumps({"setting": mark, "seconds": seconds}))
    crashed = f"; crashed: {', '.join(run.failed)}" if run.failed else ""
    print(f"  {step.name:12s} {seconds:6.1f} s  {note}{crashed}", flush=True)
