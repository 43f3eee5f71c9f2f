import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from halescope.classes import MOUNT_WILSON
from halescope.errors import ConfigError, HalescopeError
from halescope.geometry import SOLAR_RADIUS_MM, mu, pixel_to_stonyhurst, stonyhurst_to_pixel
from halescope.synthetic import cycle_of, draw, draw_bipole
from halescope.synthetic.files import fits_bytes, header_of, picture_bytes, truth_csv
from halescope.synthetic.recipe import compose, place, travel
from halescope.types import GAUSS_PER_GREY


def radial_flux(magnetogram):
    """Flux of each sign, Mx, integrated over the sphere: an answer apart from the painter."""
    geometry = magnetogram.geometry
    y, x = np.indices(magnetogram.field.shape)
    cosine = np.clip(np.nan_to_num(mu(geometry, x, y)), 0.05, None)
    # Emission angle less the angle seen by the observer is that at the Sun's centre; the law of
    # sines gives the way to the surface, and so the size of a pixel there.
    seen = np.hypot(x - geometry.x_center, y - geometry.y_center) / geometry.radius
    seen = np.minimum(seen, 1) * np.arcsin(1 / geometry.distance)
    central = np.arccos(cosine) - seen
    away = np.sqrt(geometry.distance**2 + 1 - 2 * geometry.distance * np.cos(central))
    step = np.arcsin(1 / geometry.distance) / geometry.radius
    pixel = (away * step * SOLAR_RADIUS_MM * 1e8) ** 2
    # B_los / mu is radial, and a pixel covers A / mu of the surface.
    flux = np.nan_to_num(magnetogram.field) / cosine * pixel / cosine
    return flux[flux > 0].sum(), flux[flux < 0].sum()


@pytest.mark.parametrize("longitude", [-60, -30, 0, 45, 60])
def test_bipole_has_the_flux_it_was_drawn_with(longitude):
    positive, negative = radial_flux(draw_bipole(longitude, 15, flux=1e22, b0=-5))
    assert positive == pytest.approx(1e22, rel=0.002)
    assert negative == pytest.approx(-1e22, rel=0.002)


@pytest.mark.parametrize(("latitude", "tilt"), [(18, 12), (-18, 12), (0, 0), (25, -30)])
def test_bipole_poles_stand_where_asked(latitude, tilt):
    magnetogram = draw_bipole(20, latitude, separation=80, tilt=tilt, sigma=5)
    field, geometry = magnetogram.field, magnetogram.geometry
    tops = []
    for sign in (1, -1):
        row, column = np.unravel_index(np.nanargmax(sign * field), field.shape)
        lon, lat = pixel_to_stonyhurst(geometry, column, row)
        tops.append((float(lon), float(lat)))
    (lon_p, lat_p), (lon_n, lat_n) = tops
    west = (lon_p - lon_n) * np.cos(np.radians(latitude))
    toward_equator = (lat_n - lat_p) * (1 if latitude >= 0 else -1)
    assert np.hypot(west, toward_equator) == pytest.approx(np.degrees(80 / 695.7), rel=0.03)
    assert np.degrees(np.arctan2(toward_equator, west)) == pytest.approx(tilt, abs=2.5)


def test_travel_agrees_with_spherical_trigonometry():
    lon, lat = travel(10, 80, np.array([0.0, 100.0]), np.array([300.0, 0.0]))
    over_pole = 80 + np.degrees(300 / SOLAR_RADIUS_MM)
    assert lat[0] == pytest.approx(180 - over_pole)
    assert abs(lon[0] - 10) == pytest.approx(180)
    assert lat[1] < 80  # a great circle leaves its parallel


def test_same_seed_same_disk():
    first, again, other = draw(3, size=256), draw(3, size=256), draw(4, size=256)
    np.testing.assert_array_equal(first.magnetogram.field, again.magnetogram.field)
    assert first.truth.columns == again.truth.columns
    assert not np.array_equal(first.magnetogram.field, other.magnetogram.field, equal_nan=True)


def test_disk_is_masked_at_the_limb_and_quiet_elsewhere(drawing):
    field, geometry = drawing.magnetogram.field, drawing.magnetogram.geometry
    y, x = np.indices(field.shape)
    rho = np.hypot(x - geometry.x_center, y - geometry.y_center) / geometry.radius
    assert np.isnan(field[rho > 1]).all()
    assert np.isfinite(field[rho < 0.999]).all()
    assert 3 < np.nanmedian(np.abs(field)) / 0.6745 < 8  # noise of 4 G, and the network
    assert np.nanmax(np.abs(field)) < 4000


def test_truth_names_what_was_asked(drawing):
    truth = drawing.truth.columns
    firm = [c for c, s in zip(truth["class"], truth["status"], strict=True) if s == "firm"]
    assert sorted(firm) == sorted(["beta", "alpha", "beta-gamma-delta", "beta", "beta-delta"])
    assert truth["region"] == list(range(1, len(drawing.truth) + 1))


def test_truth_boxes_hold_the_strong_field(drawing):
    field, geometry = drawing.magnetogram.field, drawing.magnetogram.geometry
    for row in drawing.truth.rows():
        x0, y0, x1, y1 = (round(row[k]) for k in ("x_min", "y_min", "x_max", "y_max"))
        inside = field[max(y0, 0) : y1, max(x0, 0) : x1]
        assert np.nanmean(np.abs(inside)) > 25
        x, y = stonyhurst_to_pixel(geometry, row["hgs_lon"], row["hgs_lat"])
        assert x0 <= x <= x1
        assert y0 <= y <= y1


@pytest.mark.parametrize("kind", MOUNT_WILSON)
def test_each_class_is_built_by_its_definition(kind):
    for seed in range(12):
        group = compose(np.random.default_rng(seed), kind, 0, 15, 5, 1)
        signs = {np.sign(spot.strength) for spot in group.spots}
        assert (len(signs) == 1) == (kind == "alpha")
        inside = [
            np.hypot(a.x - b.x, a.y - b.y) < a.radius
            for a in group.spots
            for b in group.spots
            if a.strength * b.strength < 0
        ]
        if kind.endswith("delta"):
            assert any(inside), "a delta has opposite umbrae in one penumbra"
        xs = {s: [p.x for p in group.spots if np.sign(p.strength) == s] for s in signs}
        if kind == "beta-gamma":
            assert min(xs[1]) < max(xs[-1]), "no straight line divides the polarities"


def test_hale_and_joy_hold_on_the_whole():
    rows = [
        row
        for seed in range(5)
        for row in draw(seed, size=256, regions=["beta"] * 10, plage=0).truth.rows()
        if abs(row["hgs_lon"]) < 50
    ]
    assert 0.85 <= np.mean([row["hale"] for row in rows]) <= 1
    assert 1 < np.mean([row["tilt"] for row in rows]) < 16
    north = {row["leader"] for row in rows if row["hgs_lat"] > 0 and row["hale"]}
    assert north == {1}, "cycle 25 leads with positive field in the north"


def test_leader_moves_equatorward_and_west():
    group = compose(np.random.default_rng(0), "beta", 0, -20, 20, 1)
    lon, lat = place(group, np.array([40.0, -40.0]), np.zeros(2))
    assert lon[0] > lon[1]
    assert lat[0] > lat[1], "south of the equator the leader is further north"


@pytest.mark.parametrize(("year", "number"), [(1990, 22), (2003, 23), (2012, 24), (2026, 25)])
def test_cycles(year, number):
    assert cycle_of(datetime(year, 6, 1, tzinfo=UTC)) == number


def test_sizes_agree_on_flux():
    sums = [
        np.nansum(np.abs(draw(2, size=size, noise=0).magnetogram.field)) / size**2
        for size in (512, 1024)
    ]
    assert sums[0] == pytest.approx(sums[1], rel=0.2)


def test_roll_turns_the_image():
    upright = draw(2, size=256, noise=0)
    turned = draw(2, size=256, noise=0, roll=180.0)
    for a, b in zip(upright.truth.rows(), turned.truth.rows(), strict=True):
        assert a["hgs_lon"] == b["hgs_lon"]
        assert a["class"] == b["class"]
        assert a["x_min"] + b["x_max"] == pytest.approx(
            2 * upright.magnetogram.geometry.x_center + 1, abs=1.5
        )


def test_header_opens_in_sunpy(drawing):
    sunpy_map = pytest.importorskip("sunpy.map")
    from astropy import units as u

    magnetogram = drawing.magnetogram
    image = sunpy_map.Map(magnetogram.field, header_of(magnetogram))
    assert image.carrington_latitude.deg == pytest.approx(magnetogram.geometry.b0)
    row = drawing.truth.rows()[0]
    x, y = stonyhurst_to_pixel(magnetogram.geometry, row["hgs_lon"], row["hgs_lat"])
    place = image.pixel_to_world(float(x) * u.pix, float(y) * u.pix)
    place = place.heliographic_stonyhurst
    assert place.lon.deg == pytest.approx(row["hgs_lon"], abs=0.02)
    assert place.lat.deg == pytest.approx(row["hgs_lat"], abs=0.02)


@pytest.mark.parametrize("compress", [False, True])
def test_fits_round_trip(small_drawing, compress):
    from astropy.io import fits

    with fits.open(io.BytesIO(fits_bytes(small_drawing.magnetogram, compress))) as hdus:
        field, header = hdus[-1].data, hdus[-1].header
        np.testing.assert_allclose(field, small_drawing.magnetogram.field, atol=0.06)
    assert header["CONTENT"] == "MAGNETOGRAM"
    assert header["CUNIT1"] == "arcsec"


def test_picture_has_helioviewer_greys(small_drawing):
    from PIL import Image

    field = small_drawing.magnetogram.field
    grey = np.asarray(Image.open(io.BytesIO(picture_bytes(small_drawing.magnetogram))))
    back = (grey[::-1].astype(float) - 127) * GAUSS_PER_GREY
    clear = np.abs(field) < 240
    np.testing.assert_allclose(back[clear], field[clear], atol=1.0)
    assert (grey[::-1][np.isnan(field)] == 0).all()


def test_truth_boxes_turn_over_for_pictures(small_drawing):
    up = truth_csv(small_drawing.truth).splitlines()
    down = truth_csv(small_drawing.truth, 512).splitlines()
    assert up[0] == down[0]
    columns = up[0].split(",")
    low, high = columns.index("y_min"), columns.index("y_max")
    for a, b in zip(up[1:], down[1:], strict=True):
        assert float(a.split(",")[low]) == pytest.approx(512 - float(b.split(",")[high]), abs=1e-3)


@pytest.mark.parametrize(
    "options", [{"size": 50}, {"regions": 99}, {"regions": ["epsilon"]}, {"size": 9000}]
)
def test_bad_options_say_what_is_allowed(options):
    with pytest.raises(ConfigError) as caught:
        draw(0, **options)
    assert caught.value.expected


def test_no_regions_is_an_answer():
    drawing = draw(0, size=256, regions=0, plage=0)
    assert len(drawing.truth) == 0
    assert truth_csv(drawing.truth).count("\n") == 1


@pytest.fixture
def run():
    import typer

    from halescope.commands.draw import draw as command

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_command_writes_disk_and_truth(run, tmp_path: Path):
    result = run("-o", tmp_path / "a.png", "--size", 256, "--regions", "beta,alpha")
    assert result.exit_code == 0, result.output
    assert {p.name for p in tmp_path.iterdir()} == {"a.png", "a.csv"}
    text = (tmp_path / "a.csv").read_text()
    assert ",beta," in text
    assert ",alpha," in text


@pytest.mark.parametrize(
    "words", [("--format", "gif"), ("--regions", "epsilon"), ("--time", "noonish")]
)
def test_command_refuses_in_words(run, tmp_path: Path, words):
    result = run("-o", tmp_path / "a.fits", *words)
    assert isinstance(result.exception, HalescopeError)
    assert list(tmp_path.iterdir()) == []
