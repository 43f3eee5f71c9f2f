"""Labels from HEK's events, and numbered plage from section IA."""

from datetime import date

import numpy as np
import pytest

from halescope.datasets.labels.label import Sources, label_disk, sources_of
from halescope.datasets.labels.quality import DOUBTS, FLAGS, is_doubtful, joined
from halescope.fetch.hek import region, region_table
from halescope.noaa.hek import read_hek
from halescope.noaa.srs import SrsRow, SrsTable
from loopback.noaa import Hek
from loopback.server import Server

DAYS = date(2026, 2, 4), date(2026, 2, 5)


def row(day, number, lat, lon, section="I", kind="beta"):
    kind = kind if section == "I" else ""
    return SrsRow(day, number, section, lat, lon, 0, 130, "Dso", 5, 9, kind, kind.upper())


@pytest.fixture
def events():
    """Return what HEK would send for two regions on two days."""
    service = Hek(Server())
    service.add_regions([row(DAYS[0], 14366, 15, -20), row(DAYS[1], 14366, 15, -7)])
    service.add_regions([row(DAYS[1], 14367, -12, 40, kind="beta-gamma-delta")])
    return service.events


def test_hek_and_srs_label_alike(disk_with, events, tmp_path):
    (tmp_path / "regions.csv").write_text(region_table(map(region, events)))
    from_hek = sources_of(read_hek(tmp_path / "regions.csv"), name="HEK")
    rows = [row(DAYS[0], 14366, 15, -20), row(DAYS[1], 14366, 15, -7)]
    from_srs = sources_of(SrsTable((*rows, row(DAYS[1], 14367, -12, 40)), (), frozenset(DAYS)))
    disk = disk_with([(-13.3, 15)])
    hek, srs = label_disk(disk, from_hek), label_disk(disk, from_srs)
    assert hek[0].box == srs[0].box
    assert (hek[0].source, srs[0].source) == ("HEK 2026-02-05", "SRS 2026-02-05")
    assert hek[0].status == srs[0].status == "firm"
    assert hek[0].area == 130


def test_section_ia_names_plage(disk_with):
    rows = [row(DAYS[0], 14366, 15, -20), row(DAYS[1], 14366, 15, -7)]
    rows += [row(day, 14360, -20, lon, "IA") for day, lon in zip(DAYS, (23, 36), strict=True)]
    table = SrsTable(tuple(rows), (), frozenset(DAYS))
    disk = disk_with([(-13.3, 15), (30, -20), (50, 30)])
    labels = label_disk(disk, sources_of(table))
    assert [(one.number, one.status) for one in labels] == [
        (14366, "firm"), (14360, "plage"), (0, "plage"),
    ]  # fmt: skip
    numbered = labels[1]
    assert numbered.flags == ("section_ia",)
    assert numbered.source == "SRS 2026-02-05"
    assert numbered.box[0] < numbered.x < numbered.box[2]
    without = label_disk(disk, Sources(table.by_day()))
    assert [one.box for one in without[:1]] == [labels[0].box]  # plage moves no spotted region
    assert {one.box for one in without} == {one.box for one in labels}


def test_plage_without_field_gets_no_label(disk_with):
    rows = [row(day, 14360, -20, lon, "IA") for day, lon in zip(DAYS, (23, 36), strict=True)]
    assert label_disk(disk_with([]), sources_of(SrsTable(tuple(rows), (), frozenset(DAYS)))) == []


def test_region_that_grew_spots_is_no_plage(disk_with):
    rows = [row(DAYS[0], 14366, 15, -20, "IA"), row(DAYS[1], 14366, 15, -7)]
    (label,) = label_disk(
        disk_with([(-13.3, 15)]), sources_of(SrsTable(tuple(rows), (), frozenset(DAYS)))
    )
    assert (label.status, label.flags) == ("doubtful", ("only_after",))


def test_boxes_in_each_others_way_are_flagged(disk_with):
    rows = [row(day, 14366, 15, lon) for day, lon in zip(DAYS, (-20, -7), strict=True)]
    rows += [row(day, 14367, 12, lon) for day, lon in zip(DAYS, (-15, -2), strict=True)]
    disk = disk_with([(-13.3, 15), (-8.3, 12)])
    labels = label_disk(disk, sources_of(SrsTable(tuple(rows), (), frozenset(DAYS))))
    assert ["crowded" in one.flags for one in labels] == [True, True]
    assert {one.status for one in labels} == {"firm"}  # to be known, but no doubt


def test_bad_images_make_no_firm_label(disk_with):
    from dataclasses import replace

    from halescope.flags import Flag

    rows = [row(day, 14366, 15, lon) for day, lon in zip(DAYS, (-20, -7), strict=True)]
    disk = disk_with([(-13.3, 15), (40, -20)])
    bad = replace(disk, origin=replace(disk.origin, flags=disk.origin.flags | Flag.BAD_QUALITY))
    labels = label_disk(bad, sources_of(SrsTable(tuple(rows), (), frozenset(DAYS))))
    assert [(one.status, one.flags[0]) for one in labels] == [
        ("doubtful", "bad_image"), ("plage", "bad_image"),
    ]  # fmt: skip


def test_flags_are_one_vocabulary():
    assert DOUBTS < set(FLAGS)
    assert joined(["crowded", "limb", "limb"]) == "limb;crowded"
    assert is_doubtful(["crowded", "no_field"])
    assert not is_doubtful(np.array(["crowded", "section_ia"]))


def test_the_docs_explain_every_flag(root):
    text = (root / "docs" / "datasets.md").read_text()
    for word, meaning in FLAGS.items():
        assert f"| `{word}` | {meaning} | {'yes' if word in DOUBTS else ''} |" in text
