"""Which pictures are coloured, and which palettes are tables of levels, at their edges."""

import numpy as np
import pytest
from PIL import Image

from halescope.io.greys.colours import TABLES, is_coloured, is_levels, middle_tones


def ramp(count: int, step: int = 1, chroma: int = 255) -> list[int]:
    """Return a palette of grey that turns red by so much, its greens in steps."""
    greens = [(i * step) % 256 if step > 1 else i for i in range(count)]
    return [v for i, g in enumerate(greens) for v in (min(255, g + chroma), g, g)]


@pytest.mark.parametrize(
    ("palette", "is_table"),
    [
        (ramp(256), True),
        (ramp(200), True),
        (ramp(199), False),
        (ramp(256, step=8), True),  # eight from one to the next, but for the turns
        (ramp(256, step=9), False),
        (ramp(256, chroma=25), True),
        (ramp(256, chroma=24), False),
        (ramp(256, chroma=0), False),
    ],
)
def test_tables_of_colours_run_in_small_steps_and_are_coloured(palette, is_table: bool) -> None:
    image = Image.new("P", (64, 64))
    image.putpalette(palette, "RGB")
    assert is_levels(image) == is_table


@pytest.mark.parametrize(
    ("share", "chroma", "fine"),
    [(0.0, 0, True), (0.5, 24, True), (0.5, 25, False), (0.019, 99, True), (0.022, 99, False)],
)
def test_a_coloured_picture_has_two_hundredths_of_colour_in_its_middle(share, chroma, fine) -> None:
    """Its middle is half of each side: 64 of 128 rows, all of whose pixels are looked at."""
    levels = np.full((256, 256, 3), 100, np.uint8)
    coloured = np.zeros(128 * 128, bool)
    coloured[: round(share * coloured.size)] = True
    middle = levels[64:192, 64:192]
    middle[np.random.default_rng(0).permuted(coloured).reshape(128, 128), 0] += np.uint8(chroma)
    levels[:64], levels[192:], levels[:, :64], levels[:, 192:] = ((9, 200, 9),) * 4
    image = Image.fromarray(levels)
    assert is_coloured(middle_tones(image)) != fine


@pytest.mark.parametrize(
    ("size", "count"), [((100, 100), 2500), ((255, 255), 128 * 129), ((256, 256), 64 * 64)]
)
def test_of_a_small_picture_every_tone_is_looked_at(size, count) -> None:
    """Of the middle half of each side; of 256 pixels and more, every second one."""
    assert abs(len(middle_tones(Image.new("RGB", size))) - count) <= 130


@pytest.mark.parametrize("name", [n for n in TABLES if n != "hmimag"])
def test_bends_are_matplotlib_s(name):
    """Each bend is that table's own colour at its level."""
    colormaps = pytest.importorskip("matplotlib").colormaps
    for level, *colour in TABLES[name]:
        assert np.round(255 * np.array(colormaps[name](level)[:3])).tolist() == colour
