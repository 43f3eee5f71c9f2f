"""Areas and noise of fields whose answers follow from geometry."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from halescope.measure.area import (
    area_errors,
    areas_msh,
    crossing_variance,
    image_noise,
    noise_level,
    surface,
    surface_of,
)
from halescope.measure.flux import Flux, measure_flux, region_mask, significant
from halescope.measure.hale import cycle_of
from halescope.measure.inversion import _segments, trace_lines
from halescope.measure.patch import Patch, cut_patch, frame_at, unproject
from halescope.types import Disk, DiskGeometry, Magnetogram

GEOMETRY = DiskGeometry(207.5, 207.5, 200.0)
PIXEL_MSH = (1 / 200) ** 2 / (2 * np.pi) * 1e6


def disk_of(field):
    origin = Magnetogram(field, "gauss", GEOMETRY)
    return Disk(field, GEOMETRY, origin)


def test_the_surface_of_the_disk_is_a_hemisphere():
    """But for the rim beyond 80 degrees, where foreshortening is not undone in full."""
    area, cosine = surface(GEOMETRY)
    assert area.shape == cosine.shape == (416, 416)
    assert area[207, 207] == pytest.approx(PIXEL_MSH, rel=1e-3)
    away = np.hypot(*(np.mgrid[:416, :416] - 207.5)) / 200
    inner = away < 0.9
    # The sphere's part within 64.2 degrees of the centre: 1 - cos of it, of the hemisphere.
    assert area[inner].sum(dtype=float) == pytest.approx(1e6 * (1 - np.sqrt(1 - 0.81)), rel=4e-3)
    assert np.isnan(area[away > 1.001]).all()
    assert np.nanmin(cosine) == pytest.approx(0.17)
    other = surface_of(replace(GEOMETRY, b0=7.0, l0=100.0, distance=217.3, observer_lon=3.0))
    assert other[0] is surface_of(replace(GEOMETRY, distance=221.0))[0]


def test_area_counts_strong_pixels_of_each_box():
    field = np.zeros((416, 416), np.float32)
    field[200:210, 205:212] = 150
    field[200:210, 204] = 90  # below 100 G
    field[205:207, 214:216] = -130
    boxes = np.array([[204.5, 199.5, 212.5, 210.5], [200, 195, 220, 215], [300, 300, 310, 310],
                      [208.2, 203.4, 210.9, 206.1]], np.float32)  # fmt: skip
    counts = [70, 74, 0, 12]
    assert areas_msh(disk_of(field), boxes) == pytest.approx(np.array(counts) * PIXEL_MSH, rel=5e-3)
    assert areas_msh(disk_of(field), boxes[:0]).shape == (0,)
    assert area_errors(disk_of(field), boxes[:0]).shape == (0,)


def test_radial_field_counts_towards_the_limb():
    """At 60 degrees 60 G along the line of sight are 120 G radially, on twice the surface."""
    column = 207 + round(200 * np.sin(np.radians(60)))
    field = np.zeros((416, 416), np.float32)
    field[200:204, column] = 60
    field[200:204, 207] = 60
    boxes = np.array([[column - 1, 198, column + 2, 206], [206, 198, 209, 206]], np.float32)
    found = areas_msh(disk_of(field), boxes)
    assert found[0] == pytest.approx(4 * 2 * PIXEL_MSH, rel=0.02)
    assert found[1] == 0


def test_noise_must_be_stood_above():
    field = np.random.default_rng(0).normal(0, 50, (416, 416)).astype(np.float32)
    field[200:210, 200:210] = 140
    box = np.array([[200, 200, 210, 210]], np.float32)
    assert areas_msh(disk_of(field), box)[0] == 0  # three times 50 G is 150
    field[200:210, 200:210] = 160
    assert areas_msh(disk_of(field), box)[0] == pytest.approx(100 * PIXEL_MSH, rel=5e-3)


def test_error_of_pixels_at_the_threshold():
    """Of pixels that count with probability one half each has a variance of a quarter."""
    assert crossing_variance(np.array([0.0, 1.0, -1.0, 9.0]), 1.0) == pytest.approx(
        [0.25, 0.8413447 * 0.1586553, 0.8413447 * 0.1586553, 0], abs=1e-6
    )
    field = np.random.default_rng(1).normal(0, 20, (416, 416)).astype(np.float32)
    field[200:210, 200:210] = 100
    found = area_errors(disk_of(field), np.array([[200, 200, 210, 210]], np.float32))
    assert found == pytest.approx(PIXEL_MSH * np.sqrt(100 * 0.25), rel=0.02)


def test_noise_level_is_the_deviation_of_quiet_sun():
    random = np.random.default_rng(2)
    field = random.normal(0, 30, (600, 600)).astype(np.float32)
    field[:40] = 3000
    field[500:] = np.nan
    assert noise_level(field) == pytest.approx(30, rel=0.12)
    assert noise_level(np.full((9, 9), np.nan, np.float32)) == 0
    assert noise_level(np.array([[1.0, -2.0, 3.0]], np.float32)) == pytest.approx(2 * 1.4826)


@pytest.mark.parametrize("radius", [100.0, 190.0])
def test_noise_of_an_image_is_that_of_the_disk(radius):
    random = np.random.default_rng(3)
    y, x = np.mgrid[:500, :400]
    off = np.hypot(x - 190.0, y - 260.0)
    field = np.where(off < 0.95 * radius, random.normal(0, 12, off.shape), -250.0)
    seen = Magnetogram(field.astype(np.float32), "gauss", DiskGeometry(190.0, 260.0, radius))
    assert image_noise(seen) == pytest.approx(12, rel=0.1)


def flat(radial, pixel=2.0, noise=5.0, mu=1.0):
    radial = np.asarray(radial, np.float32)
    frame = frame_at(np.array([0.0, 0.0, 1.0]), 0.0)
    return Patch(radial, np.full(radial.shape, mu, np.float32), np.ones(radial.shape, bool), pixel,
                 noise, frame, 0.0)  # fmt: skip


def test_flux_and_its_errors_by_hand():
    radial = np.zeros((40, 40))
    radial[10:20, 10:20], radial[20:25, 10:20], radial[30, 30] = 300, -500, 14
    found = measure_flux(flat(radial), np.ones((40, 40), bool))
    cell = 4e16  # 4 Mm2 in cm2
    assert found.positive == pytest.approx(100 * 300 * cell)  # 14 G is under three deviations
    assert found.negative == pytest.approx(-50 * 500 * cell)
    assert found.positive_err == pytest.approx(5 * np.sqrt(100) * cell)
    assert found.negative_err == pytest.approx(5 * np.sqrt(50) * cell)
    assert (found.strongest, found.strongest_err) == (-500, 5)
    assert found.net == pytest.approx(5000 * cell)
    assert found.unsigned == pytest.approx(55000 * cell)
    assert found.total_err == pytest.approx(5 * np.sqrt(150) * cell)
    assert found.imbalance == pytest.approx(5 / 55)
    # d(imbalance) = 2 (n dp - p dn) / (p + n)^2
    pulls = 25000 * 5 * np.sqrt(100), 30000 * 5 * np.sqrt(50)
    assert found.imbalance_err == pytest.approx(2 * np.hypot(*pulls) / 55000**2)
    inclined = measure_flux(flat(radial, mu=0.5), np.ones((40, 40), bool))
    assert inclined.positive_err == pytest.approx(5 * np.sqrt(100 / 0.5**3) * cell)
    assert inclined.strongest_err == 10
    nothing = Flux(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert (nothing.imbalance, nothing.imbalance_err) == (None, None)
    assert significant(flat([[15.1, 14.9, -15.1]]), np.array([[True, True, False]])).tolist() == [
        [True, False, False]
    ]


@pytest.mark.parametrize("pixel", [0.5, 0.7, 2.0, 3.5])
def test_mask_of_a_region_ends_where_smoothed_field_does(pixel):
    """A straight edge of 400 G smoothed over 6 Mm falls to 44 G at 1.23 deviations beyond it."""
    size = int(120 / pixel)
    radial = np.zeros((size, size))
    radial[:, : size // 2] = 400
    mask = region_mask(flat(radial, pixel))[size // 2]
    reach = (mask.nonzero()[0].max() + 1 - size // 2) * pixel
    assert reach == pytest.approx(6 * 1.227, abs=max(1.3, 0.8 * pixel))
    outside = flat(radial, pixel)
    outside.inside[:, : size // 4] = False
    assert not region_mask(outside)[:, : size // 4].any()
    assert not region_mask(flat(np.zeros((size, size)), pixel)).any()


def test_binned_patches_keep_middle_and_noise_of_means():
    radial = np.arange(63.0).reshape(7, 9)
    fine = flat(radial, 0.5, 6.0)
    fine.inside[:, 0:4] = False
    coarse = fine.binned(1.0)
    assert coarse.radial.tolist() == [
        [(radial[r, c] + radial[r, c + 1] + radial[r + 1, c] + radial[r + 1, c + 1]) / 4
         for c in (0, 2, 4, 6)] for r in (0, 2, 4)
    ]  # fmt: skip
    assert (coarse.pixel, coarse.noise) == (1.0, 3.0)
    assert coarse.inside[0].tolist() == [False, False, True, True]
    assert fine.binned(0.6) is fine
    assert fine.binned(40.0) is fine
    x, y = fine.axes()
    assert (x[0], x[-1], y[0], y[-1]) == (-2, 2, -1.5, 1.5)
    assert fine.cell == 0.25


def test_equal_area_projections_by_hand():
    """Lambert: a circle of radius R sqrt(2 (1 - cos a)) is at angle a; cylindrical: y = R sin."""
    radius = 695.7
    for angle in (10, 40):
        a = np.radians(angle)
        away = radius * np.sqrt(2 * (1 - np.cos(a)))
        assert unproject(np.array(away), np.array(0.0), "azimuthal") == pytest.approx(
            [np.sin(a), 0, np.cos(a)]
        )
        assert unproject(np.array(0.0), np.array(-away), "azimuthal") == pytest.approx(
            [0, -np.sin(a), np.cos(a)]
        )
        assert unproject(
            np.array(radius * a), np.array(radius * np.sin(0.3)), "cylindrical"
        ) == pytest.approx([np.cos(0.3) * np.sin(a), np.sin(0.3), np.cos(0.3) * np.cos(a)])


def test_a_patch_is_the_box_in_flat_megametres():
    field = np.full((416, 416), 50, np.float32)
    found = cut_patch(disk_of(field).origin, np.array([187.5, 197.5, 227.5, 217.5], np.float32),
                      noise=4.0)  # fmt: skip
    assert found is not None
    assert found.pixel == pytest.approx(695.7 / 200)
    assert found.noise == 4.0
    rows, columns = found.inside.any(1).sum(), found.inside.any(0).sum()
    # Steps are 215 / 214 pixels of the image, seen from 215 radii: 19 and 9 fit on each side.
    assert (columns, rows) == (39, 19)
    assert found.radial[found.inside].mean() == pytest.approx(50, rel=0.01)
    assert found.to_heliographic(0, 0) == pytest.approx((0.0, 0.0), abs=0.2)
    assert cut_patch(disk_of(field).origin, np.array([0, 0, 9, 9], np.float32)) is None


@pytest.mark.parametrize("slope", [30.0, 80.0])
def test_a_line_across_cells_has_their_gradient_and_length(slope):
    """A plane tilted against the grid: 3, 4, 5."""
    y, x = np.mgrid[:30, :40] * 1.0
    plane = slope * (0.6 * (x - 20.3) + 0.8 * (y - 14.7))
    cells, lengths, gradient, horizontal = _segments(
        plane.astype(np.float32), np.ones((29, 39), bool), 2.0
    )
    assert gradient == pytest.approx(slope / 2, rel=1e-4)
    # 0.6 x + 0.8 y = 23.94 meets the frame at x = 39, y = 0.675 and at x = 1.2333, y = 29.
    assert lengths.sum() == pytest.approx(2 * np.hypot(39 - 1.23333, 29 - 0.675), rel=1e-3)
    assert cells.sum() == len(lengths) == len(gradient) == len(horizontal)
    assert _segments(np.ones((4, 4), np.float32), np.ones((3, 3), bool), 1.0)[1].shape == (0,)


def test_weak_sides_are_no_line():
    """50 G of either sign within two pixels are needed, and three deviations of the noise."""
    for strength, noise, lines in (
        (45, 0, False),
        (200, 0, True),
        (200, 64, True),
        (200, 68, False),
    ):
        radial = np.full((30, 30), float(strength))
        radial[:, 15:] = -strength
        assert bool(trace_lines(flat(radial, 1.45, noise)).cells.any()) == lines


@pytest.mark.parametrize(
    ("when", "latitude", "cycle"),
    [
        ((1954, 4, 25), 20, 19),
        ((1954, 4, 1), 20, None),
        ((1976, 4, 1), 18.9, None),
        ((1976, 4, 1), 19, 21),
        ((1976, 4, 1), -13, 20),
        ((1976, 4, 1), 19.1, 21),
        ((1976, 4, 1), -12.9, 20),
        ((1974, 8, 1), 30, 20),
        ((1974, 10, 15), 30, 21),
        ((1977, 10, 15), 5, 21),
        ((1977, 7, 1), 5, 20),
        ((2031, 1, 1), 25, 26),
        ((2031, 1, 1), 5, 25),
        ((2035, 1, 1), 5, 26),
    ],
)
def test_cycle_near_minima_of_the_sunspot_number(when, latitude, cycle):
    """Minima of 1954.3, 1976.2 (WDC-SILSO); a year and a half either side both cycles are there."""
    assert cycle_of(datetime(*when, tzinfo=UTC), latitude) == cycle


@pytest.mark.parametrize("side", ["left", "right", "low", "high"])
def test_lines_end_where_the_region_does(side):
    """A line across the middle, of whose cells all four pixels must belong to the region."""
    radial = np.full((40, 40), 300.0)
    radial[:, 20:] = -300
    patch = flat(radial if side in ("low", "high") else radial.T, 1.45)
    part = {"left": np.s_[:, :10], "right": np.s_[:, 30:], "low": np.s_[:10], "high": np.s_[30:]}
    patch.inside[part[side]] = False
    assert trace_lines(patch).cells.sum() == 29
