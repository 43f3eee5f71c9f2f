"""From catalogues to tracks, on regions that move by a known recipe."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

import halescope
from halescope.errors import DatasetError
from halescope.noaa.srs_row import SrsRow
from halescope.tracks import TRACK_COLUMNS, read_tracks, write_tracks
from halescope.types import Catalog
from track_tables import Region, catalogue


def tracked(regions, hours=range(0, 48, 2), **options):
    table = catalogue(regions, hours)
    table.columns.pop("truth")
    return halescope.track(table, **options)


def kinds(result, track=None):
    rows = result.events.rows()
    return [row["kind"] for row in rows if track is None or row["track"] == track]


def test_the_catalogue_keeps_its_rows_and_columns_and_gains_those_of_tracks():
    table = catalogue([Region(-20, 10), Region(30, -15)], range(5))
    table.columns.pop("truth")
    result = halescope.track(table)
    assert list(result.catalog.columns) == [*table.columns, *TRACK_COLUMNS]
    for name, values in table.columns.items():
        assert result.catalog.columns[name] == values
    assert set(result.catalog.columns["track"]) == {1, 2}


def test_where_regions_come_from_and_go_to():
    regions = [
        Region(-75, 10),  # over the east limb, at the very beginning
        Region(-100, -10),  # over the east limb, later
        Region(60, 20),  # over the west limb
        Region(0, 15, begins=20),  # emerges
        Region(-30, -20, ends=10),  # decays
    ]
    result = tracked(regions, range(0, 100, 2), mode="smooth")
    ways = dict(zip(result.tracks.columns["came"], result.tracks.columns["went"], strict=True))
    assert len(result.tracks) == 5
    assert ways["emerged"] == "present"
    assert ("present", "west limb") in zip(
        *(result.tracks.columns[n] for n in ("came", "went")), strict=True
    )
    assert result.tracks.columns["came"].count("east limb") == 2
    assert result.tracks.columns["went"].count("decayed") == 1


def test_merging_and_splitting_are_told_from_decay_and_emergence():
    left = Region(0, 10, size=6, ends=40)
    right = Region(8, 10, size=4, ends=40)
    both = Region(3, 10, size=10, begins=41, ends=100)
    again = Region(9, 10, size=4, begins=101)
    rest = Region(-2, 10, size=7, begins=101)
    far = Region(-50, -20)
    result = tracked([left, right, both, again, rest, far], range(160), mode="smooth")
    assert "merged" in kinds(result)
    assert "split" in kinds(result)
    assert "decayed" not in kinds(result)


def test_a_region_that_comes_back_a_rotation_later_is_named():
    hours = np.arange(0, 240, 6)
    table, late = (catalogue([Region(-70, 12)], hours, name=name) for name in ("first", "again"))
    turn = timedelta(days=27.2753)
    late.columns["time"] = [
        (datetime.fromisoformat(text) + turn).isoformat() for text in late.columns["time"]
    ]
    for each in (table, late):
        each.columns.pop("truth")
    result = halescope.track([table, late])
    assert result.tracks.columns["returned_from"] == [None, 1]
    assert kinds(result, 2).count("returned") == 1


def test_a_missing_box_is_put_between_two_and_said_so():
    table = catalogue([Region(-20, 10), Region(30, -15)], range(10))
    lose = [i for i in range(8, 12) if table.columns["truth"][i] == 0]
    kept = [i for i in range(len(table)) if i not in lose]
    whole = {n: v for n, v in table.columns.items() if n != "truth"}
    some = Catalog({n: [v[i] for i in kept] for n, v in whole.items()})
    result = halescope.track(some, mode="smooth")
    bridged = [r for r in result.catalog.rows() if "bridged" in r["track_flags"]]
    assert len(bridged) == 2
    lost = [table.rows()[i] for i in lose]
    for found, truth in zip(bridged, lost, strict=True):
        assert (found["time"], found["image"]) == (truth["time"], truth["image"])
        assert found["x_min"] == pytest.approx(truth["x_min"], abs=0.3)
        assert found["hgs_lon"] == pytest.approx(truth["hgs_lon"], abs=0.1)
        assert found["score"] is None
    assert result.tracks.columns["bridged"] == [2, 0]


def test_without_looking_ahead_a_missing_box_is_carried_on_for_six_hours():
    gone = Region(-20, 10, ends=5)
    result = tracked([gone, Region(30, -15)], range(20))
    rows = [r for r in result.catalog.rows() if r["track_flags"] == "bridged"]
    assert len(rows) == 6
    assert result.tracks.columns["went"][0] == "decayed"


def test_nothing_later_changes_what_the_filter_said():
    random = np.random.default_rng(1)
    regions = [Region(-50, 10, jitter=1.0, shares=(0.5, 0.4, 0.1)), Region(10, -20, jitter=1.0)]
    table = catalogue(regions, range(0, 60, 3), seed=random, lost=0.2)
    table.columns.pop("truth")
    rows = [srs(day, 14001, -50 + 13.2 * day, 10, "beta") for day in range(1, 4)]
    times = sorted(set(table.columns["time"]))
    whole = halescope.track(table, rows).catalog.rows()
    for cut in times[5::4]:
        some = [i for i, t in enumerate(table.columns["time"]) if t <= cut]
        part = Catalog({n: [v[i] for i in some] for n, v in table.columns.items()})
        early = halescope.track(part, [r for r in rows if r.date.isoformat() <= cut[:10]])
        assert early.catalog.rows() == [row for row in whole if row["time"] <= cut]


def srs(day, number, lon, lat, name, area=100):
    return SrsRow(
        date(2026, 2, 2 + day), number, "I", lat, round(lon), None, area, "Dao", 5, 5, name, name
    )


def test_a_summary_counts_from_the_minute_of_its_issue():
    region = Region(-20, 10, shares=(0.34, 0.33, 0.33))
    rows = [srs(1, 14001, -20 + 13.2, 10, "beta-gamma")]
    result = tracked([region], [0, 6, 12, 18, 24, 24.4, 24.6, 30], summaries=rows)
    shares = np.array(result.catalog.columns["p_complex_track"], float)
    assert shares[5] < 0.4 < shares[6]  # 00:24 and 00:36
    assert result.catalog.columns["noaa"] == [None] * 6 + ["14001"] * 2
    assert result.tracks.columns["noaa"] == ["14001"]
    before = tracked([region], [0, 6, 12, 18], summaries=rows)
    assert before.catalog.columns["noaa"] == [None] * 4


def test_the_smoother_knows_the_class_before_the_summary_too():
    rows = [srs(1, 14001, -20 + 13.2, 10, "beta-gamma")]
    region = Region(-20, 10, shares=(0.34, 0.33, 0.33))
    result = tracked([region], range(0, 30, 3), summaries=rows, mode="smooth")
    assert set(result.catalog.columns["class_track"]) == {"beta-gamma"}


def test_a_change_of_class_is_an_event_with_its_time():
    calm = Region(-30, 10, shares=(0.02, 0.96, 0.02), ends=71)
    grown = replace(calm, shares=(0.01, 0.02, 0.97), begins=72, ends=1e9)
    result = tracked([calm, grown], range(0, 200, 3), mode="smooth")
    (event,) = [row for row in result.events.rows() if row["kind"] == "class"]
    assert event["words"].startswith("beta -> beta-gamma between 2026-02-0")
    assert event["time_min"] <= event["time"] <= event["time_max"]
    assert 0.5 < event["probability"] <= 1


def test_growth_is_found_with_its_error():
    result = tracked([Region(-40, 10, growth=120.0), Region(20, -10)], range(0, 72))
    assert result.tracks.columns["growth_msh_day"] == pytest.approx([120.0, 0.0], abs=0.2)
    assert result.tracks.columns["area_max_time"][0] == result.tracks.columns["last_seen"][0]


def test_weak_boxes_and_lone_flashes_are_marked():
    sure, weak = Region(-40, 10), Region(30, -10, score=0.3)
    dim = replace(sure, score=0.3, begins=10, ends=19)
    flash = Region(0, 25, begins=12, ends=12)
    parts = [replace(sure, ends=9), dim, replace(sure, begins=20), weak, flash]
    result = tracked(parts, range(30), mode="smooth")
    flags = {}
    for row in result.catalog.rows():
        flags.setdefault(row["hgs_lat"], set()).add(row["track_flags"])
    assert flags == {10.0: {"", "kept"}, -10.0: {"weak"}, 25.0: {"flash"}}


def test_what_is_written_is_read_back(tmp_path):
    result = tracked([Region(-20, 10), Region(-45, -15, begins=9)], mode="smooth")
    write_tracks(result, tmp_path, ("csv", "ecsv", "parquet"))
    back = read_tracks(tmp_path)
    assert back.tracks.columns["track"] == result.tracks.columns["track"]
    assert back.events.columns == result.events.columns
    assert (tmp_path / "tracks.parquet").exists()
    assert (tmp_path / "events.ecsv").exists()


def test_tracks_of_another_format_are_not_written_over(tmp_path):
    (tmp_path / "tracks.json").write_text('{"format": 99, "halescope": "9.0"}')
    for call in (read_tracks, lambda folder: write_tracks(tracked([Region(0, 0)]), folder)):
        with pytest.raises(DatasetError, match=r"format 99, of halescope 9\.0"):
            call(tmp_path)


def test_rows_out_of_order_are_sorted_and_it_is_said():
    table = catalogue([Region(-20, 10)], range(6))
    table.columns.pop("truth")
    back = Catalog({n: v[::-1] for n, v in table.columns.items()})
    result = halescope.track(back)
    assert result.catalog.columns["time"] == table.columns["time"]
    assert "sorted" in result.notes[0]
    assert not halescope.track(table).notes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time": [""] * 6}, "no time.*analyze again with --time"),
        ({"time": ["yesterday"] * 6}, "'yesterday', which is none"),
        ({"time": ["2026-02-02T00:00:00Z"] * 6}, "same time as"),
        ({"flags": ["other_instrument"] * 3 + [""] * 3}, "mixes instruments"),
        ({"image": ["a"] * 6, "time": ["2026-02-02T00:00:00Z"] * 6, "region": [1] * 6}, "twice"),
    ],
)
def test_bad_catalogues_cost_one_clear_line(change, words):
    table = catalogue([Region(-20, 10)], range(6))
    table.columns.pop("truth")
    with pytest.raises(DatasetError, match=words) as caught:
        halescope.track(Catalog(table.columns | change))
    assert "\n" not in str(caught.value)


def test_a_catalogue_without_boxes_is_refused():
    with pytest.raises(DatasetError, match="lacks the columns x_min"):
        halescope.track(Catalog({"image": [], "time": [], "region": []}))


def test_a_summary_of_another_month_is_refused():
    row = SrsRow(date(2025, 8, 1), 14001, "I", 10, 0, None, 100, "Dao", 5, 5, "beta", "BETA")
    with pytest.raises(DatasetError, match=r"nearest summary is of 2025-08-01"):
        tracked([Region(0, 10)], summaries=[row])


def test_no_region_is_a_normal_answer():
    table = catalogue([], [])
    names = list(catalogue([Region(0, 0)], [0]).columns)
    empty = Catalog({n: [] for n in names if n != "truth"})
    assert not len(table)
    result = halescope.track(empty)
    assert (len(result.catalog), len(result.tracks), len(result.events)) == (0, 0, 0)
