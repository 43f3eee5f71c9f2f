"""Regions without NOAA's numbers: the Sun's rotation tells which of them are one."""

from halescope.datasets.manifest import Entry
from halescope.datasets.splits.unnumbered import numbered


def seen(day, longitude, latitude, number=0, status="firm", hour=12):
    time = f"2026-02-{day:02d}T{hour:02d}:00:00Z"
    box = (0.0, 0.0, 9.0, 9.0)
    return Entry("", time, "", number, "beta", status, box, longitude, latitude)


def numbers(*images):
    found = numbered([(str(at), list(image)) for at, image in enumerate(images)])
    assert [name for name, _ in found] == [str(at) for at in range(len(images))]
    return [[entry.noaa_number for entry in every] for _, every in found]


def test_a_region_is_followed_at_the_rate_of_its_latitude():
    # Snodgrass & Ulrich: 13.3 degrees a day at the equator, 12.7 at 30 degrees.
    assert numbers(
        [seen(1, -40, 0), seen(1, -40, 30)],
        [seen(3, -13.5, 0), seen(3, -15, 30), seen(3, 20, 0)],
        [seen(6, 26.4, 0)],
    ) == [[-1, -2], [-1, -2, -3], [-1]]


def test_order_of_the_images_and_long_gaps_do_not_matter():
    assert numbers([seen(3, -13.5, 0)], [seen(1, -40, 0)]) == [[-1], [-1]]
    assert numbers([seen(1, -40, 0)], [seen(16, -40 + 15 * 13.27, 0)]) == [[-1], [-2]]


def test_numbers_of_noaa_go_first_and_on():
    first = [seen(1, 0, 10), seen(1, 2, 10, number=13001)]
    second = [seen(2, 14, 10), seen(2, 30, -20, status="plage")]
    assert numbers(first, second) == [[13001, -1], [-1, 0]]
    assert numbers([seen(1, 0, 10, number=13001)], [seen(2, 13.2, 10)]) == [[13001], [13001]]


def test_what_has_no_place_stays():
    assert numbers([seen(1, float("nan"), 10)], []) == [[0], []]


def test_two_telescopes_at_one_moment_and_two_hours_apart_see_one_region():
    """A place six degrees off is another one, along the parallel as along the meridian."""
    first = [seen(1, 0, 10)]
    assert numbers(first, [seen(1, 1, 10)], [seen(1, 2.2, 10, hour=14)]) == [[-1]] * 3
    for longitude, latitude, same in ((5.9, 10, True), (6.2, 10, False), (0, 15.9, True),
                                      (0, 16.1, False)):  # fmt: skip
        assert numbers(first, [seen(1, longitude, latitude)])[1] == [-1 if same else -2]
    # Degrees of longitude are half as wide at 60 degrees.
    assert numbers([seen(1, 0, 60)], [seen(1, 11.8, 60), seen(1, -12.2, 60)]) == [[-1], [-1, -2]]


def test_the_nearest_known_region_is_meant_and_each_once():
    first = [seen(1, 0, 10), seen(1, 5, 10)]
    assert numbers(first, [seen(1, 4, 10), seen(1, 1, 10)]) == [[-1, -2], [-2, -1]]
    assert numbers(first, [seen(1, 4, 10), seen(1, 4.5, 10)]) == [[-1, -2], [-2, -1]]


def test_a_region_is_followed_from_where_it_was_last_for_half_a_rotation():
    """13.1432 degrees a day at 15 degrees of latitude (Snodgrass & Ulrich 1990)."""
    days = [1, 8, 14]
    walk = [[seen(day, -70 + 13.1432 * (day - 1), 15)] for day in days]
    assert numbers(*walk) == [[-1]] * 3
    assert numbers(walk[0], walk[2]) == [[-1], [-1]]  # 13 days; half a rotation is 13.64
    assert numbers(walk[0], [seen(15, -70 + 13.1432 * 14, 15)]) == [[-1], [-2]]
