"""Captions stay in the picture and off one another."""

from hypothesis import given, settings
from hypothesis import strategies as st

from halescope.render.placement import TOO_NEAR, Rectangle, place

FRAME = (400, 300)


def test_geometry_of_rectangles() -> None:
    a = Rectangle(0, 0, 10, 10)
    assert a.overlap(Rectangle(5, 5, 20, 20)) == 25
    assert a.overlap(Rectangle(10, 0, 20, 10)) == 0
    assert a.gap(Rectangle(13, 0, 20, 10)) == 3
    assert a.gap(Rectangle(2, 2, 3, 3)) == 0
    assert a.nearest((20, 5)) == (10, 5)
    assert a.grown(1) == (-1, -1, 11, 11)


def test_a_lone_caption_sits_above_its_box() -> None:
    (spot,) = place([Rectangle(100, 100, 150, 140)], [(60, 20)], FRAME)
    assert (spot.left, spot.bottom) == (100, 97)


def test_neighbours_do_not_cover_each_other() -> None:
    boxes = [Rectangle(100 + 12 * i, 100, 110 + 12 * i, 110) for i in range(6)]
    spots = place(boxes, [(60, 20)] * 6, FRAME)
    for i, a in enumerate(spots):
        assert sum(a.overlap(b) for b in spots[i + 1 :]) == 0


corner = st.tuples(st.floats(0, 390), st.floats(0, 290), st.floats(1, 80), st.floats(1, 80))


@settings(max_examples=50, deadline=None)
@given(st.lists(corner, max_size=8))
def test_captions_never_leave_the_picture(corners: list[tuple[float, ...]]) -> None:
    boxes = [Rectangle(x, y, min(x + w, 400), min(y + h, 300)) for x, y, w, h in corners]
    for spot in place(boxes, [(90, 20)] * len(boxes), FRAME):
        assert spot.left >= 0
        assert spot.top >= 0
        assert spot.right <= FRAME[0]
        assert spot.bottom <= FRAME[1]


def test_caption_does_not_lean_on_anothers_box():
    upper, lower = Rectangle(300, 200, 400, 260), Rectangle(350, 285, 450, 345)
    above_lower = Rectangle(350, 262, 430, 282)  # the natural spot, two pixels below the upper box
    assert above_lower.gap(upper) < TOO_NEAR
    spots = place([upper, lower], [(80, 20)] * 2, (960, 960))
    assert spots[1].gap(upper) >= TOO_NEAR
    assert spots[1].gap(lower) < TOO_NEAR
