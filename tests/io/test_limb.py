"""The limb fit against disks of known centre and radius, and against every real picture."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halescope.io.limb import fit_limb


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(226, 286),
    y=st.floats(226, 286),
    radius=st.floats(120, 215),
    zero=st.sampled_from([100, 127, 128, 171]),
    background=st.sampled_from([0, 255, 20]),
)
def test_drawn_disk_is_found_within_a_third_of_a_pixel(
    x: float, y: float, radius: float, zero: float, background: float, grey_disk: Callable
) -> None:
    limb = fit_limb(grey_disk((512, 512), x, y, radius, zero, background))
    assert limb is not None
    assert limb.is_found
    assert limb.is_whole
    assert (limb.x, limb.y, limb.radius) == pytest.approx((x, y, radius), abs=0.3)


@pytest.mark.parametrize("size", [256, 1024, 2048, 4096])
def test_any_size(size: int, grey_disk: Callable) -> None:
    x, y, radius = size * 0.49, size * 0.512, size * 0.43
    limb = fit_limb(grey_disk((size, size), x, y, radius))
    assert limb is not None
    assert (limb.x, limb.y, limb.radius) == pytest.approx((x, y, radius), abs=0.3)


@pytest.mark.parametrize("factor", [4, 8, 16])
def test_soft_limb_of_an_enlarged_picture(factor: int, grey_disk: Callable) -> None:
    from PIL import Image

    small = Image.fromarray(grey_disk((512, 512), 255.2, 256.3, 202.6))
    large = small.resize((512 * factor,) * 2, Image.Resampling.BILINEAR)
    limb = fit_limb(np.asarray(large))
    assert limb is not None
    assert limb.support > 0.9
    middle = (255.7 * factor - 0.5, 256.8 * factor - 0.5, 202.6 * factor)
    assert (limb.x, limb.y, limb.radius) == pytest.approx(middle, abs=0.3 * factor)


def test_wide_picture(grey_disk: Callable) -> None:
    limb = fit_limb(grey_disk((400, 900), 280.2, 190.7, 170.4))
    assert limb is not None
    assert (limb.x, limb.y, limb.radius) == pytest.approx((280.2, 190.7, 170.4), abs=0.3)


@pytest.mark.parametrize(("background", "ink"), [(0, 255), (255, 0), (0, 128)])
def test_captions_and_logos_do_no_harm(background: int, ink: int, grey_disk: Callable) -> None:
    grey = grey_disk((600, 600), 300.5, 290.2, 240.3, 127, background)
    text = np.random.default_rng(3).random((600, 600)) < 0.4
    box = np.zeros((600, 600), bool)
    box[5:45, 5:250] = box[5:45, 420:590] = box[560:590, 10:500] = box[540:595, 545:595] = True
    grey[text & box] = ink
    limb = fit_limb(grey)
    assert limb is not None
    assert (limb.x, limb.y, limb.radius) == pytest.approx((300.5, 290.2, 240.3), abs=0.3)


def test_dark_field_at_the_limb_does_no_harm(grey_disk: Callable) -> None:
    grey = grey_disk((512, 512), 255.5, 255.5, 200.0)
    grey[200:300, 50:80] = 0
    grey[100:160, 380:420] = 0
    limb = fit_limb(grey)
    assert limb is not None
    assert (limb.x, limb.y, limb.radius) == pytest.approx((255.5, 255.5, 200.0), abs=0.3)


def test_disk_cut_on_one_side_is_still_whole_enough(grey_disk: Callable) -> None:
    limb = fit_limb(grey_disk((512, 512), 200.0, 256.0, 230.0))
    assert limb is not None
    assert limb.is_found
    assert limb.is_whole
    assert (limb.x, limb.y, limb.radius) == pytest.approx((200.0, 256.0, 230.0), abs=0.5)


def test_small_part_of_a_disk_is_not_whole(grey_disk: Callable) -> None:
    limb = fit_limb(grey_disk((512, 512), 20.0, 20.0, 300.0))
    assert limb is None or not limb.is_whole


@pytest.mark.parametrize("kind", ["noise", "black", "ramp", "square"])
def test_no_disk(kind: str) -> None:
    grey = np.zeros((300, 300), np.uint8)
    if kind == "noise":
        grey = np.random.default_rng(1).integers(0, 256, (300, 300)).astype(np.uint8)
    elif kind == "ramp":
        grey[:] = np.arange(300)[None, :] * 255 // 300
    elif kind == "square":
        grey[60:240, 60:240] = 127
    limb = fit_limb(grey)
    assert limb is None or not limb.is_found


@pytest.mark.data
def test_hmi_pictures(shared_data: Path) -> None:
    from PIL import Image

    found = []
    for path in sorted((shared_data / "hmi").rglob("*.jpg"))[::60]:
        limb = fit_limb(np.asarray(Image.open(path)))
        assert limb is not None
        assert limb.support > 0.95
        found.append((limb.x, limb.y, limb.radius))
    x, y, radius = np.array(found).T
    assert np.abs(x - 255.5).max() < 0.5
    assert np.abs(y - 255.5).max() < 0.5
    assert radius.min() > 199
    assert radius.max() < 203.5
    assert x.std() < 0.05  # the product is centred always alike


@pytest.mark.data
def test_gong_pictures(shared_data: Path) -> None:
    from PIL import Image

    for path in sorted((shared_data / "gong").glob("*.jpg"))[::4]:
        limb = fit_limb(np.asarray(Image.open(path).convert("L")))
        assert limb is not None
        assert limb.support > 0.95
        assert limb.radius == pytest.approx(380.5, abs=0.5)
