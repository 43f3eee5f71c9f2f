"""Archives for tests: small files, a stand-in for the pipeline, and no processes unless wanted."""

from pathlib import Path

import pytest

import archive_finders
from archive_finders import PLAIN, Build
from halescope.archive import build as building
from halescope.archive.build import Plan, Summary, build
from halescope.archive.work import run_task


@pytest.fixture
def sky(tmp_path: Path) -> Path:
    """Return a folder of three days of small hourly files."""
    folder = tmp_path / "sky"
    archive_finders.write_sky(folder)
    return folder


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Build:
    """Return what builds an archive in this process, with the quick stand-in."""

    def call(folder: Path, *sources: Path | str, **more: object) -> Summary:
        finder = more.pop("finder", archive_finders.quick)
        plan = Plan(tuple(map(str, sources)), **({"settings": PLAIN} | more))  # type: ignore[arg-type]
        with monkeypatch.context() as patch:
            patch.setattr(
                building, "run_here", lambda tasks, order, jobs: (run_task(t, order) for t in tasks)
            )
            return build(folder, plan, order={"finder": finder})

    return call
