"""Where charts put their bars, bands, guides and grid."""

import xml.etree.ElementTree as ET

import pytest

from halescope.evaluation.report.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    ROW_LEFT,
    ROW_SPAN,
    ROW_STEP,
    TOP,
    WIDTH,
    Line,
    Mark,
    dot_rows,
    line_chart,
)

SPANS = ((10.0, 20.0), (-1.0, 1.0))


def across(value):
    return LEFT + (WIDTH - LEFT - RIGHT) * (value - 10) / 10


def up(value):
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value + 1) / 2


def places(root, tag, *names, **having):
    chosen = [e for e in root.iter(tag) if having.items() <= e.attrib.items()]
    return [tuple(float(e.attrib[name]) for name in names) for e in chosen]


def near(expected):
    return [pytest.approx(place, abs=0.1, rel=1e-3) for place in expected]


def test_grid_and_its_numbers_stand_at_equal_steps():
    chart = line_chart("t", [], ("days", "skill"), SPANS, ticks=(2, 4))
    root = ET.fromstring(chart.svg)
    grid = places(root, "line", "x1", "y1", "x2", "y2", **{"class": "grid"})
    assert grid[:3] == near((across(x), TOP, across(x), HEIGHT - BOTTOM) for x in (10, 15, 20))
    assert grid[3:] == near((LEFT, up(y), WIDTH - RIGHT, up(y)) for y in (-1, -0.5, 0, 0.5, 1))
    words = [e.text for e in root.iter("text") if e.attrib["class"] == "tick"]
    assert words == ["10", "15", "20", "-1", "-0.5", "0", "0.5", "1"]
    assert [e.text for e in root.iter("text") if e.attrib["class"] == "axis"] == ["days", "skill"]
    assert root.attrib["viewBox"] == f"0 0 {WIDTH} {HEIGHT}"
    assert root.attrib["aria-label"] == "skill against days"


def test_bands_bars_guides_and_points():
    lines = [
        Line("a", [10, 15], [0, 0.5], [-0.5, 0.25], [0.5, 0.75]),
        Line("b", [12, 18], [0, 0.5], [-0.5, None], [0.5, 0.75], dots=True, dashed=True, color=2),
    ]
    chart = line_chart("t", lines, ("x", "y"), SPANS, [(0.25, "chance")], [(20, 3.0, 1)])
    root = ET.fromstring(chart.svg)
    band = root.find(".//polygon")
    corners = [tuple(map(float, pair.split(","))) for pair in band.attrib["points"].split()]
    assert corners == near([(across(10), up(0.5)), (across(15), up(0.75)),
                            (across(15), up(0.25)), (across(10), up(-0.5))])  # fmt: skip
    bars = places(root, "line", "x1", "y1", "x2", "y2", stroke="#009e73")
    assert bars == near([(across(12), up(-0.5), across(12), up(0.5))])
    dots = places(root, "circle", "cx", "cy")
    # What lies beyond the axis is drawn at its end.
    assert dots == near([(across(12), up(0)), (across(18), up(0.5)), (across(20), TOP)])
    guide = places(root, "line", "y1", "y2", **{"class": "guide"})
    assert guide == near([(up(0.25), up(0.25))])
    paths = root.findall(".//polyline")
    assert ["stroke-dasharray" in p.attrib for p in paths] == [False, True]
    assert [key.style for key in chart.legend] == ["solid", "dashed"]
    assert [key.color for key in chart.legend] == ["#0b62a4", "#009e73"]


def test_rows_stand_in_order_with_marks_about_their_middle():
    rows = [
        ("alpha", "3", [Mark(0.25, 0.0, 0.5), Mark(0.5, 0.25, 1.0, 1), Mark(2.0, color=2)]),
        ("beta", "4", [Mark(0.75, 0.5, None)]),
    ]
    root = ET.fromstring(dot_rows("t", rows, "recall", [(0.5, "ceiling")]).svg)
    head = 22  # where a guide's name stands above
    first, second = head + ROW_STEP / 2, head + 1.5 * ROW_STEP
    apart = 20 / 3
    dots = places(root, "circle", "cx", "cy")
    assert dots == near([(ROW_LEFT + ROW_SPAN / 4, first - apart),
                         (ROW_LEFT + ROW_SPAN / 2, first),
                         (ROW_LEFT + ROW_SPAN, first + apart),  # 2 is beyond the axis
                         (ROW_LEFT + ROW_SPAN * 0.75, second)])  # fmt: skip
    bars = [
        (float(e.attrib["x1"]), float(e.attrib["x2"])) for e in root.iter("line")
        if "stroke" in e.attrib
    ]  # fmt: skip
    assert bars == near([(ROW_LEFT, ROW_LEFT + ROW_SPAN / 2),
                         (ROW_LEFT + ROW_SPAN / 4, ROW_LEFT + ROW_SPAN)])  # fmt: skip
    grid = places(root, "line", "x1", "y1", "y2", **{"class": "grid"})
    assert grid == near((ROW_LEFT + ROW_SPAN * k / 5, head, head + 2 * ROW_STEP)
                        for k in range(6))  # fmt: skip
    names = [e for e in root.iter("text") if e.attrib["class"] == "row"]
    assert [e.text for e in names] == ["alpha", "beta"]
    assert float(names[1].attrib["y"]) == pytest.approx(second + 4)
    plain = ET.fromstring(dot_rows("t", rows, "recall").svg)
    assert float(plain.attrib["viewBox"].split()[2]) == ROW_LEFT + ROW_SPAN + 100
    assert float(plain.attrib["viewBox"].split()[3]) == 8 + 2 * ROW_STEP + 40
