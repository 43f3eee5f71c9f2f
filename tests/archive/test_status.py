"""What status says, against counts made by hand."""

import numpy as np

import archive_finders
from halescope.archive.progress import Progress, read_progress
from halescope.archive.status import status
from halescope.archive.store.compact import compact
from halescope.archive.store.lock import held


def test_counts_gaps_and_faults(make, tmp_path):
    sky = tmp_path / "sky"
    paths = archive_finders.write_sky(sky)
    for path in (*paths[5:9], *paths[20:21], *paths[40:50]):
        path.unlink()
    paths[60].write_bytes(b"")
    (sky / "no time.jpg").write_bytes(b"xx")
    make(tmp_path / "a", sky)
    for _ in range(2):
        found = status(tmp_path / "a")
        assert (found.images, found.faults, found.undated) == (57, 1, 1)
        assert (found.hours, found.missing) == (72, 16)
        assert [gap.hours for gap in found.gaps] == [10, 4, 1, 1]
        assert found.gaps[0].first == np.datetime64("2014-12-31T16", "h")
        assert found.gaps[0].last == np.datetime64("2015-01-01T01", "h")
        assert found.kinds == {"read": (1, f"{paths[60].name}: is empty", False)}
        assert found.bytes == sum(p.stat().st_size for p in (tmp_path / "a").rglob("*.parquet"))
        assert found.running is None
        assert not found.wrong
        compact(tmp_path / "a")


def test_of_nothing(make, sky, tmp_path):
    make(tmp_path / "a", sky, every=1.0, finder=lambda file, order, rows: None)
    found = status(tmp_path / "a")
    assert (found.images, found.hours, found.first, found.gaps) == (0, 0, None, ())


def test_time_left_of_a_build_that_runs(make, sky, tmp_path):
    make(tmp_path / "a", sky)
    with held(tmp_path / "a"), Progress(tmp_path / "a", 50):
        assert status(tmp_path / "a").running == {
            "total": 50, "done": 0, "faults": {}, "rate": None, "left": None,
        }  # fmt: skip
    assert read_progress(tmp_path / "a") is None
    assert status(tmp_path / "a").running is None
