"""What an audit counts, on tables of a few rows whose answers are known by hand."""

import json

import pytest

from halescope.datasets.manifest import write_manifest
from halescope.datasets.splits.audit import audit_manifest, report_lines
from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.splits.leakage import Census, RegionRecord, arrays_of, count_regions
from halescope.datasets.splits.split import split_manifest

BOX = {"x_min": 1, "y_min": 2, "x_max": 30.5, "y_max": 40}


def row(image, time, part, number="", name="beta", lon=0.0, lat=10.0, status="firm", **more):
    return BOX | {
        "image": image, "time": time, "split": part, "noaa_number": number, "class": name,
        "hgs_lon": lon, "hgs_lat": lat, "status": status,
    } | more  # fmt: skip


def audited(tmp_path, table, **options):
    write_manifest(tmp_path / "m.csv", table)
    return audit_manifest(tmp_path / "m.csv", **options)


def test_every_count_of_a_pair(tmp_path):
    """Train on the first, test on the third and fourth of February; one region is in both."""
    found = audited(
        tmp_path,
        [
            row("a.png", "2026-02-01T00:00:00Z", "train", 14001),
            row("a.png", "2026-02-01T00:00:00Z", "train", 14002),
            row("b.png", "2026-02-03T12:00:00Z", "test", 14002),
            row("b.png", "2026-02-03T12:00:00Z", "test", 14003),
            row("b.png", "2026-02-03T12:00:00Z", "test", status="plage", name=""),
            row("c.png", "2026-02-04T00:00:00Z", "test", 14002),
            row("d.png", "2026-02-02T00:00:00Z", ""),
        ],
    )
    (pair,) = found.pairs
    assert (pair.first, pair.second) == ("train", "test")
    assert (pair.regions, pair.rows_of_shared, pair.rows_listed) == ([14002], 2, 3)
    assert (pair.images, pair.identical, pair.near, pair.images_second) == (0, 0, 0, 2)
    assert pair.gap_days == 2.5
    assert pair.rotations == [2307]  # began on 2026-01-24 (SILSO's list of rotations)
    assert found.parts["test"] == {
        "images": 2,
        "rows": 4,
        "classes": {"beta": 3},
        "statuses": {"firm": 3, "plage": 1},
        "longitudes": {"0-30": 3, "30-60": 0, "60-90": 0},
        "rotations": [2307],
    }
    assert found.leaks == [
        "test and train share 1 regions: 2 of 3 labels of test (67%) show a region that train "
        "has seen"
    ]
    lines = report_lines(found)
    assert "test: 2 images, 4 labels; firm: beta 3" in lines
    assert "gap between train and test: 2.50 days" in lines
    assert lines[-1] == "this split leaks"


@pytest.mark.parametrize(("hours", "near"), [(23, 1), (24, 0), (25, 0)])
def test_frames_nearer_than_a_day_are_near_duplicates(tmp_path, hours, near):
    day, hour = divmod(hours, 24)
    times = [f"2026-02-{1 + day:02d}T{hour:02d}:00:00Z", "2026-02-20T00:00:00Z"]
    found = audited(
        tmp_path,
        [
            row("a.png", "2026-02-01T00:00:00Z", "train", 1),
            row("z.png", "2026-01-01T00:00:00Z", "train", 1),
            row("b.png", times[0], "test", 2),
            row("c.png", times[1], "test", 2),
        ],
    )
    assert found.pairs[0].near == near
    assert found.pairs[0].gap_days == pytest.approx(hours / 24)
    if near:
        assert found.leaks == [
            "1 of 2 images of test (50%) have one of train within 24 hours: near duplicates"
        ]
    wider = audit_manifest(tmp_path / "m.csv", near_hours=48)
    assert wider.pairs[0].near == 1
    assert audit_manifest(tmp_path / "m.csv", "region").is_clean


def test_images_of_both_parts_and_unknown_times(tmp_path):
    found = audited(
        tmp_path,
        [row("a.png", "", "train", 1), row("a.png", "", "test", 2), row("b.png", "", "test", 2)],
    )
    (pair,) = found.pairs
    assert (pair.images, pair.near, pair.images_second) == (1, 0, 2)
    assert found.leaks == ["test and train share 1 images"]
    assert json.loads(found.to_json())["pairs"][0]["gap_days"] is None
    assert "gap between train and test: unknown" in report_lines(found)


def test_longitudes_are_counted_by_their_distance_from_the_meridian(tmp_path):
    places = (0, -29.9, 30, -59.9, 60, 89)
    found = audited(
        tmp_path,
        [row("a.png", "2026-02-01T00:00:00Z", "train", 1, lon=lon) for lon in places]
        + [row("b.png", "2026-04-01T00:00:00Z", "test", 2, lon=0) for _ in places],
    )
    assert list(found.parts["train"]["longitudes"].values()) == [2, 2, 2]
    assert found.warnings == [
        "longitudes of test differ from train: 67% of the firm labels would have to change"
    ]
    assert found.is_clean


def test_parts_unlike_in_class_are_told_from_fifteen_per_cent_on(tmp_path):
    def table(alphas):
        return [
            row("a.png", "2026-02-01T00:00:00Z", "train", 1, "alpha" if i < 10 else "beta")
            for i in range(20)
        ] + [
            row("b.png", "2026-04-01T00:00:00Z", "test", 2, "alpha" if i < alphas else "beta")
            for i in range(20)
        ]

    assert audited(tmp_path, table(8)).warnings == []
    assert audited(tmp_path, table(6)).warnings == [
        "classes of test differ from train: 20% of the firm labels would have to change"
    ]
    assert audited(tmp_path, table(0)).warnings == [
        "classes of test differ from train: 50% of the firm labels would have to change",
        "test has no firm label of class alpha",
    ]


def test_regions_that_return_are_a_warning(tmp_path):
    found = audited(
        tmp_path,
        [
            row("a.png", "2026-02-05T00:00:00Z", "train", 14001, lon=10),
            row("b.png", "2026-03-04T06:00:00Z", "test", 14020, lon=10),
        ],
    )
    assert found.pairs[0].returns == [(14001, 14020)]
    assert found.warnings == [
        "test and train share 1 places one to three rotations apart, perhaps returning regions "
        "(14001/14020)"
    ]
    assert found.is_clean


@pytest.mark.parametrize(
    ("hour", "gap"), [(0, 4), (3, 1), (4, 0), (6, 2), (9, 1), (10, 0), (17, 5), (23, 1)]
)
def test_the_gap_is_that_to_the_nearest_before_or_after(tmp_path, hour, gap):
    """Train at 4, 10, 12 and 22 hours."""
    train = [row(f"{h}.png", f"2026-02-01T{h:02d}:00:00Z", "train") for h in (12, 4, 22, 10)]
    found = audited(tmp_path, [*train, row("z.png", f"2026-02-01T{hour:02d}:00:00Z", "test")])
    assert found.pairs[0].gap_days == pytest.approx(gap / 24)


@pytest.mark.parametrize(
    ("older", "newer", "counts"),
    [("train", "test", 1), ("test", "train", 1), ("train", "train", 0), ("test", "test", 0)],
)
def test_only_returns_from_part_to_part_are_told(tmp_path, older, newer, counts):
    found = audited(
        tmp_path,
        [
            row("a.png", "2026-02-05T00:00:00Z", older, 14001, lon=10),
            row("b.png", "2026-03-04T06:00:00Z", newer, 14020, lon=10),
            row("c.png", "2026-03-04T06:00:00Z", "train", 14021, lon=-60),
            row("d.png", "2026-03-04T06:00:00Z", "test", 14022, lat=-30),
        ],
    )
    assert len(found.pairs[0].returns) == counts


def test_parts_count_as_unlike_from_the_skew_on(tmp_path, monkeypatch):
    """A half and a quarter of alpha differ by a quarter."""
    table = [
        row("a.png", "2026-02-01T00:00:00Z", "train", 1, "alpha" if i < 2 else "beta")
        for i in range(4)
    ] + [
        row("b.png", "2026-04-01T00:00:00Z", "test", 2, "alpha" if i < 1 else "beta")
        for i in range(4)
    ]
    monkeypatch.setattr("halescope.datasets.splits.audit.SKEW", 0.25)
    assert len(audited(tmp_path, table).warnings) == 1
    monkeypatch.setattr("halescope.datasets.splits.audit.SKEW", 0.2501)
    assert audited(tmp_path, table).warnings == []


def test_place_of_a_region_is_the_mean_of_rows_that_have_one():
    block = {
        "image": ["a", "b", "c"],
        "noaa_number": [14001, 14001, "14001"],
        "time": ["2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z", "2026-02-09T00:00:00Z"],
        "hgs_lon": ["0", "13.2", ""],
        "hgs_lat": ["10", "14", "40"],
        "class": ["beta"] * 3,
        "status": ["firm"] * 3,
    }
    regions = {}
    count_regions(regions, "train", arrays_of(block))
    (record,) = regions.values()
    assert record.rows["train"] == 3
    assert record.placed == 2
    assert record.place.latitude == 12
    # Days since 1970: 2026-02-05 is 20489.
    assert record.place.day == pytest.approx(20489.5)
    one = RegionRecord(vector=1j, first=24.0, last=72.0, latitude=5.0, placed=1)
    assert (one.place.day, one.place.longitude) == (2.0, pytest.approx(90))


def test_rows_of_an_image_in_two_blocks_count_it_once():
    census = Census()
    for _ in range(2):
        table = [row("a.png", "2026-02-01T00:00:00Z", "train", 1, sha256="x")]
        block = {name: [line[name] for line in table] for name in table[0]}
        census.update(block, ["train"])
    names, hours, sums = census.parts["train"].frame_table()
    assert len(names) == len(hours) == len(sums) == 1
    assert census.parts["train"].rows == 2


def test_a_file_without_a_split_column_gets_one_and_lists_keep_their_order(tmp_path):
    table = [
        {k: v for k, v in row(f"{i}.png", "2026-02-01T00:00:00Z", "", 1).items() if k != "split"}
        for i in range(20)
        for _ in range(2)
    ]
    write_manifest(tmp_path / "m.csv", table)
    report = split_manifest(tmp_path / "m.csv", SplitConfig("random"), tmp_path / "out")
    assert report.images == {"train": 14, "validation": 4, "test": 2}
    listed = (tmp_path / "out" / "train.txt").read_text().splitlines()
    assert len(listed) == len(set(listed)) == 14
    document = json.loads((tmp_path / "out" / "split.json").read_text())
    assert document["lists"]["train"]["count"] == 14
    assert document["lists"]["left_out"]["count"] == 0
    assert document["sha256"] == report.digest
