"""NOAA's marks on the picture: at the right place, in the verdict's colour, clear of captions."""

import numpy as np
import pytest
from PIL import Image

from halescope.geometry import ephemeris
from halescope.io.catalog import merge_catalogs
from halescope.noaa.midnights import Listed
from halescope.noaa.overlay import MARKS, _free_spot, draw_overlay
from halescope.noaa.pairs import Verdict
from halescope.synthetic.files import picture_bytes

NAME = "20260204_120000_512_HMIB.png"


@pytest.mark.parametrize(("verdict", "longitude"), [("missed", -30.0), ("matched", 40.0)])
def test_cross_stands_at_noaas_position(verdict, longitude, small_drawing, noon, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    listed = Listed(14300, longitude, 15.0, 100, "beta")
    found = Verdict(NAME, "2026-02-04T12:00:00Z", verdict, None, listed)
    picture = np.asarray(draw_overlay(path, merge_catalogs([]), [found]), int)
    same = np.abs(picture - np.array(MARKS[verdict])).sum(2) == 0
    same[-60:] = False  # the legend
    rows, columns = np.nonzero(same)
    lon, lat, b0 = np.radians([longitude, 15.0, ephemeris(noon).b0])
    west = np.cos(lat) * np.sin(lon)
    north = np.sin(lat) * np.cos(b0) - np.cos(lat) * np.cos(lon) * np.sin(b0)
    radius = 960 * 0.47
    x, y = 480 + west * radius, 36 + 480 - north * radius
    near = np.hypot(columns - x, rows - y) < 9
    assert near.sum() > 30  # two bars of 15 by 2 pixels
    assert columns[near].mean() == pytest.approx(x, abs=2)
    assert rows[near].mean() == pytest.approx(y, abs=2)


def test_text_goes_where_it_covers_nothing():
    plain = Image.new("RGB", (300, 200), (120, 120, 120))
    right = _free_spot(plain, 150, 100, 60)
    assert right[0] > 150
    plain.paste((250, 220, 60), (152, 0, 300, 200))
    assert _free_spot(plain, 150, 100, 60)[0] + 60 <= 152
    assert _free_spot(plain, 295, 100, 60)[0] + 60 <= 300
