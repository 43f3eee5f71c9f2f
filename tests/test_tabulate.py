"""Rows carry file pixels, positions that are never NaN, and the flags that follow."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from halescope.flags import Flag
from halescope.geometry import stonyhurst_to_pixel, with_ephemeris
from halescope.io.catalog import COLUMNS
from halescope.normalize import normalize
from halescope.tabulate import flag, locate, tabulate
from halescope.types import Catalog, Disk, DiskGeometry, Magnetogram, Regions

TIME = datetime(2026, 2, 1, tzinfo=UTC)


def disk_of(*, time: datetime | None = TIME, rows_down: bool = True, **more: object) -> Disk:
    geometry = DiskGeometry(255.5, 255.5, 200.0)
    if time is not None:
        geometry = with_ephemeris(geometry, time)
    field = np.zeros((512, 512), np.float32)
    field[300:320, 300:320] = 127
    made = Magnetogram(
        field,
        "display",
        geometry,
        "a.jpg",
        time,
        "HMI",
        rows_down=rows_down,
        **more,  # type: ignore[arg-type]
    )
    return normalize(made)


def catalog_of(disk: Disk, boxes: list[list[float]], chances: list[float]) -> Catalog:
    regions = Regions.from_boxes(np.array(boxes, np.float32))
    regions = replace(regions, probabilities=np.tile(np.float32(chances), (len(boxes), 1)))
    where = locate(disk, regions)
    return tabulate(disk, flag(disk, regions, where), where)


BETA = [0.1, 0.7, 0.1, 0.0, 0.1, 0.0, 0.0]


def test_columns_boxes_and_classes() -> None:
    row = catalog_of(disk_of(), [[252, 252, 272, 272]], BETA).rows()[0]
    assert list(row) == list(COLUMNS)
    assert [row[c] for c in ("x_min", "y_min", "x_max", "y_max")] == pytest.approx(
        [300, 512 - 320, 320, 512 - 300], abs=0.02
    )
    assert (row["class"], row["paper_class"], row["region"]) == ("beta", "B", 1)
    assert row["p_class"] == pytest.approx(0.7)
    assert row["p_complex"] == pytest.approx(0.2)
    assert row["time"] == "2026-02-01T00:00:00Z"
    assert row["flags"] == "display"


def test_position_is_that_of_the_centre() -> None:
    disk = disk_of()
    x, y = stonyhurst_to_pixel(disk.geometry, np.array(-30.0), np.array(12.0))
    box = [float(x) + 0.5 - 6, float(y) + 0.5 - 6, float(x) + 0.5 + 6, float(y) + 0.5 + 6]
    row = catalog_of(disk, [box], BETA).rows()[0]
    assert row["hgs_lon"] == pytest.approx(-30, abs=0.01)
    assert row["hgs_lat"] == pytest.approx(12, abs=0.01)
    assert row["carrington_lon"] == pytest.approx((disk.geometry.l0 or 0) - 30, abs=0.01)


def test_limb_and_beyond_are_flagged_and_never_empty() -> None:
    boxes = [[395, 190, 415, 220], [2, 2, 12, 12], [0, 200, 20, 215]]
    for row in catalog_of(disk_of(), boxes, BETA).rows():
        for name in ("hgs_lon", "hgs_lat", "carrington_lon", "mu"):
            assert row[name] is not None
        assert {"off_limb", "near_limb"} <= set(row["flags"].split("|"))


def test_without_time_the_heliographic_columns_are_empty() -> None:
    row = catalog_of(disk_of(time=None), [[200, 200, 220, 220]], BETA).rows()[0]
    assert (row["hgs_lon"], row["hgs_lat"], row["carrington_lon"]) == (None, None, None)
    assert row["time"] == ""
    assert row["mu"] == pytest.approx(1, abs=0.01)
    assert "no_time" in row["flags"]


def test_flags_from_class_field_and_instrument() -> None:
    odd = [0.3, 0.25, 0.2, 0.1, 0.15, 0.0, 0.0]
    row = catalog_of(disk_of(saturation=127.0), [[250, 250, 275, 275]], odd).rows()[0]
    found = set(row["flags"].split("|"))
    assert {"clipped", "few_examples", "uncertain_class"} <= found
    disk = disk_of()
    other = replace(disk, origin=replace(disk.origin, instrument="GONG", flags=Flag.CUTOUT))
    found = set(catalog_of(other, [[150, 150, 160, 160]], BETA).rows()[0]["flags"].split("|"))
    assert {"other_instrument", "cutout", "out_of_distribution"} <= found
    assert "clipped" not in found


def flags_of(disk: Disk, box: list[float]) -> set[str]:
    return set(catalog_of(disk, [box], BETA).rows()[0]["flags"].split("|"))


def test_what_the_networks_never_saw_is_flagged() -> None:
    strong, weak, limb = [250, 250, 275, 275], [150, 150, 160, 160], [395, 190, 415, 220]
    assert "out_of_distribution" not in flags_of(disk_of(), strong)
    assert "out_of_distribution" in flags_of(disk_of(), limb)
    # HMI's pictures are cut off at 127 grey levels, and so was what was learned from.
    assert "out_of_distribution" not in flags_of(disk_of(saturation=127.0), strong)
    assert {"clipped", "out_of_distribution"} <= flags_of(disk_of(saturation=40.0), strong)
    assert "out_of_distribution" not in flags_of(disk_of(saturation=40.0), weak)
    small = disk_of()
    geometry = replace(small.origin.geometry, radius=100.0)
    coarse = replace(small, origin=replace(small.origin, geometry=geometry))
    assert {"low_resolution", "out_of_distribution"} <= flags_of(coarse, weak)


def test_abstention_is_that_of_the_card() -> None:
    disk, regions = disk_of(), Regions.from_boxes(np.float32([[150, 150, 160, 160]]))
    regions = replace(regions, probabilities=np.float32([[0.3, 0.55, 0.1, 0, 0.05, 0, 0]]))
    where = locate(disk, regions)
    for abstain, uncertain in ((0.5, False), (0.5855, True)):
        bits = flag(disk, regions, where, abstain).flags[0]
        assert bool(bits & Flag.UNCERTAIN_CLASS.value) == uncertain


def test_box_at_the_images_edge() -> None:
    field = np.zeros((410, 410), np.float32)
    geometry = DiskGeometry(204.5, 204.5, 204.0)
    disk = normalize(Magnetogram(field, "display", geometry))
    assert "edge" in catalog_of(disk, [[0, 190, 20, 210]], BETA).rows()[0]["flags"]


def test_no_regions_gives_no_rows() -> None:
    disk = disk_of()
    empty = Regions.empty()
    catalog = tabulate(disk, flag(disk, empty, locate(disk, empty)), locate(disk, empty))
    assert list(catalog.columns) == list(COLUMNS)
    assert len(catalog) == 0


def test_further_measures_come_last() -> None:
    disk = disk_of()
    regions = Regions.from_boxes(np.array([[200, 200, 220, 220]], np.float32))
    regions = replace(regions, probabilities=np.float32([BETA]))
    more = {"area_msh": [55.0], "flux": [1.0]}
    catalog = tabulate(disk, regions, locate(disk, regions), more, {"flux": "Mx"})
    assert list(catalog.columns) == [*COLUMNS, "flux"]
    assert catalog.columns["area_msh"] == [55.0]
    assert catalog.units["flux"] == "Mx"
