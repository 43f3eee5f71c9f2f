"""Measures against drawn bipoles whose flux, separation and tilt are known exactly."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from halescope.geometry import stonyhurst_to_pixel
from halescope.measure import measure, measure_full
from halescope.normalize import normalize
from halescope.synthetic import draw_bipole
from halescope.types import Regions

FLUX, SEPARATION = 1e22, 60.0


def region_of(disk, longitude, latitude, half=26):
    x, y = stonyhurst_to_pixel(disk.geometry, np.array([longitude]), np.array([latitude]))
    box = np.array([[x[0] - half, y[0] - half, x[0] + half, y[0] + half]], np.float32)
    return Regions.from_boxes(box)


def measured(longitude, latitude, *, change=None, full=True, **options):
    magnetogram = draw_bipole(
        longitude, latitude, flux=FLUX, separation=SEPARATION, size=640, **options
    )
    if change is not None:
        magnetogram = change(magnetogram)
    disk = normalize(magnetogram)
    columns = measure(disk, region_of(disk, longitude, latitude), full=full)
    return {name: values[0] for name, values in columns.items()}


@pytest.mark.parametrize(
    ("longitude", "latitude", "tilt", "b0"),
    [(0, 0, 0, 0), (30, 15, 10, 5), (-45, -20, -25, -7), (58, 8, 40, 0), (-58, 12, 5, 7)],
)
def test_within_five_percent_inside_sixty_degrees(longitude, latitude, tilt, b0):
    row = measured(longitude, latitude, tilt=tilt, b0=b0)
    assert row["flux_positive"] == pytest.approx(FLUX, rel=0.05)
    assert row["flux_negative"] == pytest.approx(-FLUX, rel=0.05)
    assert row["flux_unsigned"] == pytest.approx(2 * FLUX, rel=0.05)
    assert abs(row["imbalance"]) < 0.02
    assert row["separation_mm"] == pytest.approx(SEPARATION, rel=0.05)
    assert row["tilt"] == pytest.approx(tilt, abs=2.0)
    assert row["leading"] == "positive"
    peak = FLUX / (2 * np.pi * (8e8) ** 2)
    assert abs(row["field_max"]) == pytest.approx(peak, rel=0.05)
    middle = (row["positive_lon"] + row["negative_lon"]) / 2
    assert middle == pytest.approx(longitude, abs=0.3)


@pytest.mark.parametrize(("longitude", "within"), [(0, 0.05), (40, 0.08), (60, 0.12)])
def test_area_is_that_of_two_discs(longitude, within):
    # Pixels of 3.5 Mm, foreshortened, blur the rim: areas grow a little towards the limb.
    row = measured(longitude, 10, full=False)
    peak = FLUX / (2 * np.pi * (8e8) ** 2)
    discs = 2 * np.pi * 8.0**2 * 2 * np.log(peak / 100)  # radius at which the Gaussian is 100 G
    msh = discs / (2 * np.pi * 695.7**2) * 1e6
    assert row["area_msh"] == pytest.approx(msh, rel=within)


@pytest.mark.parametrize(
    ("latitude", "year", "leading", "hale"),
    [(15, 2026, "positive", "yes"), (-15, 2026, "positive", "no"), (15, 2013, "positive", "no")],
)
def test_hale_by_hemisphere_and_cycle(latitude, year, leading, hale):
    row = measured(10, latitude, time=datetime(year, 3, 1, tzinfo=UTC))
    assert (row["leading"], row["hale"]) == (leading, hale)


def test_reversed_field_reverses_everything_with_a_sign():
    def reverse(magnetogram):
        return replace(magnetogram, field=-magnetogram.field)

    plain, turned = measured(20, 10, tilt=15), measured(20, 10, tilt=15, change=reverse)
    assert turned["flux_positive"] == pytest.approx(-plain["flux_negative"], rel=1e-3)
    assert (plain["leading"], turned["leading"]) == ("positive", "negative")
    assert turned["tilt"] == pytest.approx(plain["tilt"], abs=0.2)
    assert turned["pil_mm"] == pytest.approx(plain["pil_mm"], rel=0.02)


def test_upside_down_file_measures_the_same():
    def turn(magnetogram):
        geometry = magnetogram.geometry
        height, width = magnetogram.field.shape
        turned = replace(
            geometry,
            roll=180.0,
            x_center=width - 1 - geometry.x_center,
            y_center=height - 1 - geometry.y_center,
        )
        return replace(magnetogram, field=magnetogram.field[::-1, ::-1].copy(), geometry=turned)

    plain, turned = measured(35, -12, tilt=20), measured(35, -12, tilt=20, change=turn)
    for name in ("flux_positive", "separation_mm", "tilt", "positive_lon", "negative_lat"):
        assert turned[name] == pytest.approx(plain[name], rel=2e-3, abs=0.05)


def test_display_data_give_no_gauss():
    def shown(magnetogram):
        grey = np.clip(np.round(magnetogram.field / 1.96), -127, 127).astype(np.float32)
        return replace(
            magnetogram, field=grey, scale="display", saturation=127.0, gauss_per_unit=1.96
        )

    row = measured(20, 10, tilt=15, change=shown)
    for name, value in row.items():
        if name.startswith(("flux", "field", "wlsg", "r_value")):
            assert value is None, name
    true = measured(20, 10, tilt=15)
    assert row["area_msh"] == pytest.approx(true["area_msh"], rel=0.02)
    assert row["separation_mm"] == pytest.approx(SEPARATION, rel=0.05)
    assert row["tilt"] == pytest.approx(15, abs=3)
    assert (row["cores_positive"], row["cores_negative"]) == (1, 1)


def test_without_a_time_shapes_are_measured_and_positions_are_not():
    def timeless(magnetogram):
        geometry = replace(magnetogram.geometry, b0=None, l0=None)
        return replace(magnetogram, geometry=geometry, time=None)

    magnetogram = timeless(draw_bipole(20, 10, flux=FLUX, separation=SEPARATION))
    disk = normalize(magnetogram)
    located = normalize(draw_bipole(20, 10, flux=FLUX, separation=SEPARATION))
    columns = measure(disk, region_of(located, 20, 10), full=True)
    assert columns["separation_mm"][0] == pytest.approx(SEPARATION, rel=0.05)
    assert columns["area_msh"][0] > 500
    for name in ("tilt", "positive_lon", "hale", "cycle"):
        assert columns[name] == [None]


def test_region_off_the_limb_and_none_at_all():
    disk = normalize(draw_bipole(0, 0))
    far = Regions.from_boxes(np.array([[0, 0, 12, 12]], np.float32))
    columns = measure(disk, far, full=True)
    assert columns["area_msh"] == [0.0]
    assert columns["flux_unsigned"] == [None]
    assert all(values == [] for values in measure(disk, Regions.empty(), full=True).values())


def test_noise_scatters_as_the_errors_say():
    rng = np.random.default_rng(4)
    clean = draw_bipole(40, 12, flux=FLUX, separation=SEPARATION, tilt=10, size=512)
    rows = []
    for _ in range(24):
        noisy = clean.field + rng.normal(0, 20, clean.field.shape).astype(np.float32)
        magnetogram = replace(clean, field=noisy)
        disk = normalize(magnetogram)
        rows.append(measure_full(magnetogram, disk, region_of(disk, 40, 12)))
    for name, error in (
        ("flux_positive", "flux_positive_err"),
        ("separation_mm", "separation_mm_err"),
        ("tilt", "tilt_err"),
    ):
        values = np.array([row[name][0] for row in rows])
        stated = np.median([row[error][0] for row in rows])
        assert 0.4 < values.std(ddof=1) / stated < 2.5, name


def test_black_sky_of_a_picture_is_no_noise():
    # The sky of an 8-bit picture is 0, which reads as strong negative field.
    def pictured(magnetogram):
        grey = np.clip(np.round(magnetogram.field / 1.96), -127, 127)
        grey = np.nan_to_num(grey, nan=-127.0).astype(np.float32)
        return replace(magnetogram, field=grey, scale="display", gauss_per_unit=1.96)

    row = measured(20, 10, tilt=15, change=pictured)
    assert row["separation_mm"] == pytest.approx(SEPARATION, rel=0.05)
    assert abs(row["imbalance"]) < 0.05
    assert row["leading"] == "positive"


def test_errors_of_areas_and_lines_are_those_of_noise():
    rng = np.random.default_rng(5)
    clean = draw_bipole(20, 12, flux=FLUX, separation=25.0, tilt=10, size=1600)
    rows = []
    for _ in range(12):
        noisy = clean.field + rng.normal(0, 12, clean.field.shape).astype(np.float32)
        magnetogram = replace(clean, field=noisy)
        disk = normalize(magnetogram)
        rows.append(measure_full(magnetogram, disk, region_of(disk, 20, 12)))
    for name in ("area_mm2", "pil_mm", "pil_steep_mm", "wlsg", "core_area_mm2", "imbalance"):
        values = np.array([row[name][0] for row in rows])
        stated = float(np.median([row[f"{name}_err"][0] for row in rows]))
        least = 0.0 if name == "pil_steep_mm" else 0.25  # a line that ends sharply does not move
        assert least <= values.std(ddof=1) / stated < 3, name
    gaps = np.array([row["core_distance_mm"][0] for row in rows])
    assert gaps.std(ddof=1) < 3 * rows[0]["core_distance_mm_err"][0]
    assert 0 < rows[0]["r_value_err"][0] < 0.1


def test_every_measure_has_its_error_beside_it():
    names = list(measured(0, 0))
    whole = {"area_msh", "leading", "cycle", "hale", "cores_positive", "cores_negative"}
    whole |= {"flux_net", "flux_unsigned", "flux_err"}  # the last is of both
    whole |= {"core_likeness", "core_astray", "core_along_mm", "core_across_mm"}
    for name in names:
        if name not in whole and not name.endswith("_err"):
            assert names[names.index(name) + 1] == f"{name}_err"
