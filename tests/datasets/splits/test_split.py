from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from halescope.datasets.manifest import blocks, columns_of, entries, rows, write_manifest
from halescope.datasets.splits.audit import audit_manifest
from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.splits.split import split_manifest
from halescope.datasets.splits.units import SPLIT_COLUMNS, UnitTable
from halescope.errors import ConfigError, DatasetError
from halescope.geometry import ephemeris
from halescope.tracks.mean_rotation import rotation_phase, rough_carrington

START = datetime(2026, 2, 1, tzinfo=UTC)
BOX = {"x_min": 1, "y_min": 2, "x_max": 30.5, "y_max": 40}
CLASSES = ("alpha", "beta", "beta", "beta-gamma")


def disks(days=100, per_day=2):
    """Regions that take 13 days over the disk, one new every third day."""
    for i in range(days * per_day):
        hours = i * 24 / per_day
        time = (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        common = {"image": f"d/{i:04d}.jpg", "sha256": f"{i:064d}", "time": time}
        for k in range(int(days / 3) + 5):
            longitude = -75 + 13.2 * (hours / 24 - 3 * k + 12)
            if abs(longitude) < 80:
                yield common | {
                    "noaa_number": 14000 + k,
                    "class": CLASSES[k % 4],
                    "status": "firm",
                    **dict(
                        zip(("x_min", "y_min", "x_max", "y_max"), (1, 2, 30.5, 40), strict=True)
                    ),
                    "hgs_lon": round(longitude, 2),
                    "hgs_lat": (-1) ** k * (5 + k % 25),
                }


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "manifest.csv"
    write_manifest(path, disks())
    return path


def numbers_of(path):
    parts = {}
    for row in rows(path):
        parts.setdefault(row["split"], set()).add(row["noaa_number"])
    return parts


def test_random_split_is_exact_repeatable_and_leaks(manifest, tmp_path):
    first = split_manifest(manifest, SplitConfig("random", stratify=False), tmp_path / "a")
    again = split_manifest(manifest, SplitConfig("random", stratify=False), tmp_path / "b")
    other = split_manifest(manifest, SplitConfig("random", stratify=False, seed=1), tmp_path / "c")
    assert first.images == {"train": 140, "validation": 40, "test": 20}
    assert first.digest == again.digest != other.digest
    found = audit_manifest(tmp_path / "a" / "manifest.csv")
    assert not found.is_clean
    assert any("near duplicates" in line for line in found.leaks)
    assert any("share" in line and "regions" in line for line in found.leaks)


def test_a_divided_manifest_is_divided_anew(manifest, tmp_path):
    split_manifest(manifest, SplitConfig("random"), tmp_path / "once")
    again = tmp_path / "once" / "manifest.csv"
    split_manifest(again, SplitConfig("region"), tmp_path / "twice")
    assert columns_of(again) == columns_of(tmp_path / "twice" / "manifest.csv")
    assert columns_of(again).count("split") == 1


def test_region_split_shares_no_region(manifest, tmp_path):
    split_manifest(manifest, SplitConfig("region"), tmp_path / "a")
    parts = numbers_of(tmp_path / "a" / "manifest.csv")
    assert set(parts) == {"train", "validation", "test"}
    assert not parts["train"] & parts["test"]
    assert not parts["train"] & parts["validation"]
    assert audit_manifest(tmp_path / "a" / "manifest.csv", "region").is_clean
    assert not audit_manifest(tmp_path / "a" / "manifest.csv", "image").is_clean
    counts = Counter(row["split"] for row in rows(tmp_path / "a" / "manifest.csv"))
    assert abs(counts["train"] / sum(counts.values()) - 0.7) < 0.1


def test_time_split_keeps_a_disk_passage_between_parts(manifest, tmp_path):
    report = split_manifest(manifest, SplitConfig("time"), tmp_path / "a")
    found = audit_manifest(tmp_path / "a" / "manifest.csv")
    assert found.is_clean, found.leaks
    assert min(pair.gap_days for pair in found.pairs) >= 13.6
    kept = sum(v for k, v in report.images.items() if k != "left_out")
    assert abs(report.images["train"] / kept - 0.7) < 0.05
    assert sum(report.images.values()) == 200
    lines = (tmp_path / "a" / "left_out.txt").read_text().splitlines()
    assert len(lines) == report.images["left_out"] > 0


def test_time_split_with_boundaries_and_too_small_a_gap_leaks(manifest, tmp_path):
    config = SplitConfig("time", boundaries=("2026-03-10", "2026-04-10"), gap_days=1)
    split_manifest(manifest, config, tmp_path / "a")
    found = audit_manifest(tmp_path / "a" / "manifest.csv")
    assert any("regions" in line for line in found.leaks)
    assert not any("near duplicates" in line for line in found.leaks)


def test_too_short_a_series_says_so(tmp_path):
    path = tmp_path / "m.csv"
    write_manifest(path, disks(days=20))
    with pytest.raises(DatasetError, match="leave no room for two gaps"):
        split_manifest(path, SplitConfig("time"), tmp_path / "a")
    assert not (tmp_path / "a" / "train.txt").exists()


def test_stratified_random_split_keeps_shares(tmp_path):
    path = tmp_path / "m.csv"
    write_manifest(
        path,
        (
            {
                "image": f"{i}.png", "time": "2026-02-01T00:00:00Z", "noaa_number": 1,
                "class": "beta-gamma" if i % 10 == 0 else "alpha", "status": "firm",
                "x_min": 0, "y_min": 0, "x_max": 1, "y_max": 1,
            }
            for i in range(100)
        ),
    )  # fmt: skip
    split_manifest(path, SplitConfig("random"), tmp_path / "a")
    found = Counter((row["split"], row["class"]) for row in rows(tmp_path / "a" / "manifest.csv"))
    assert found["test", "beta-gamma"] == 1
    assert found["validation", "beta-gamma"] == 2


def test_identical_images_under_two_names_are_found(tmp_path):
    path = tmp_path / "m.csv"
    base = {"noaa_number": "", "class": "", "status": ""}
    write_manifest(
        path,
        [
            base | {"image": "a.png", "sha256": "x", "split": "train"},
            base | {"image": "b.png", "sha256": "x", "split": "test"},
        ],
    )
    assert audit_manifest(path).leaks == [
        "test and train share 1 identical images under different names"
    ]


def test_audit_needs_parts(manifest):
    with pytest.raises(DatasetError, match="dataset split"):
        audit_manifest(manifest)


def test_an_image_whose_rows_lie_in_two_blocks_is_one_image():
    table = list(disks())
    images = [row["image"] for row in table]
    config = SplitConfig("time", gap_days=5.0)
    parts = []
    for size in (len(table), 7):
        blocks_ = [
            {name: [row[name] for row in table[i : i + size]] for name in SPLIT_COLUMNS}
            for i in range(0, len(table), size)
        ]
        units = UnitTable(config)
        for block in blocks_:
            units.observe(block)
        units.decide()
        parts.append([part for block in blocks_ for part in units.parts(block)])
    assert parts[0] == parts[1]
    assert len(set(zip(images, parts[0], strict=True))) == len(set(images))


def test_shared_is_what_time_and_random_agree_on(manifest, tmp_path):
    lists = {}
    for method in ("time", "random", "shared"):
        split_manifest(manifest, SplitConfig(method, gap_days=2.0), tmp_path / method)
        names = ("train", "validation", "test")
        read = {n: (tmp_path / method / f"{n}.txt").read_text().splitlines() for n in names}
        lists[method] = {(name, image) for name, images in read.items() for image in images}
    assert lists["shared"] == lists["time"] & lists["random"]


@pytest.mark.parametrize(
    "options",
    [{"fractions": (0.5, 0.5, 0.5)}, {"method": "date"}, {"gap_days": -1}, {"boundaries": ("x",)}],
)
def test_bad_options(options):
    with pytest.raises(ConfigError):
        SplitConfig(**options)


def test_csv_and_parquet_hold_the_same(tmp_path):
    csv, parquet = tmp_path / "m.csv", tmp_path / "m.parquet"
    assert write_manifest(csv, disks(5)) == write_manifest(parquet, disks(5)) > 0
    assert repr(list(entries(csv))) == repr(list(entries(parquet)))  # NaN is not NaN
    for path in (csv, parquet):
        split_manifest(path, SplitConfig("random"), tmp_path / path.suffix)
    lists = [(tmp_path / s / "train.txt").read_bytes() for s in (".csv", ".parquet")]
    assert lists[0] == lists[1]
    assert columns_of(tmp_path / ".parquet" / "manifest.parquet") == columns_of(parquet)


def test_blocks_name_the_line_that_is_broken(manifest):
    with manifest.open("a") as stream:
        stream.write("only,three,fields\n")
    total = len(manifest.read_text().splitlines())
    with pytest.raises(DatasetError, match=rf"manifest\.csv:{total}: has 3 fields"):
        list(blocks(manifest))


def test_no_manifest_is_one_clear_line(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="has no column image"):
        columns_of(path)
    with pytest.raises(DatasetError, match="cannot be read"):
        columns_of(tmp_path / "none.csv")


def test_rough_carrington_follows_the_ephemeris():
    for day in range(0, 9000, 37):
        time = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=day)
        rough = rough_carrington(np.array([time.timestamp() / 3600]), np.zeros(1))[0]
        assert abs((rough - ephemeris(time).l0 + 180) % 360 - 180) < 3


def test_rotation_number_is_sunpys():
    from sunpy.coordinates.sun import carrington_rotation_number

    hours = np.array([datetime(2025, 12, 1, tzinfo=UTC).timestamp() / 3600])
    assert abs(rotation_phase(hours)[0] - carrington_rotation_number("2025-12-01")) < 0.02
