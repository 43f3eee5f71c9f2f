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


def texts(root):
    """Return each text with its class, anchor and place."""
    return {
        e.text: (e.attrib["class"], e.attrib.get("text-anchor", "start"),
                 float(e.attrib.get("x", "nan")), float(e.attrib.get("y", "nan")))
        for e in root.iter("text")
    }  # fmt: skip


def test_a_line_chart_in_pixels():
    """460 by 330, of which 52 to 446 across and 284 up to 14 are the plot."""
    lines = [
        Line("a", [0, 1], [0, 1], dashed=True),
        Line("b", [0.5], [0.5], [0.4], [0.6], dots=True),
    ]
    root = ET.fromstring(line_chart("t", lines, ("x", "y"), guides=[(0.5, "even")]).svg)
    assert root.attrib["viewBox"] == "0 0 460 330"
    found = texts(root)
    assert found["even"] == ("note", "end", 444, 145)
    assert found["0.2"][:2] in {("tick", "middle"), ("tick", "end")}
    assert found["x"] == ("axis", "middle", 249, 322)
    ticks = [e for e in root.iter("text") if e.attrib["class"] == "tick"]
    assert [(e.text, e.attrib["x"], e.attrib["y"]) for e in ticks] == [
        ("0", "52", "300"), ("0.2", "130.8", "300"), ("0.4", "209.6", "300"),
        ("0.6", "288.4", "300"), ("0.8", "367.2", "300"), ("1", "446", "300"),
        ("0", "46", "288"), ("0.2", "46", "234"), ("0.4", "46", "180"), ("0.6", "46", "126"),
        ("0.8", "46", "72"), ("1", "46", "18"),
    ]  # fmt: skip
    beside = next(e for e in root.iter("text") if e.text == "y")
    assert beside.attrib["transform"] == "translate(13 149.0) rotate(-90)"
    first, second = root.findall(".//polyline")
    assert first.attrib["points"] == "52.0,284.0 446.0,14.0"
    assert (first.attrib["stroke-width"], first.attrib["fill"]) == ("2", "none")
    assert first.attrib["stroke-dasharray"] == "6 4"
    assert second.attrib["stroke-width"] == "1.2"
    (dot,) = root.findall(".//circle")
    assert (dot.attrib["cx"], dot.attrib["cy"], dot.attrib["r"]) == ("249", "149", "3.5")
    bar = next(e for e in root.iter("line") if "stroke" in e.attrib)
    assert (bar.attrib["y1"], bar.attrib["y2"]) == ("176", "122")
    assert (bar.attrib["stroke-width"], bar.attrib["opacity"]) == ("1.5", "0.6")
    larger = ET.fromstring(line_chart("t", [], ("x", "y"), points=[(1, 0, 3)]).svg).find("circle")
    assert larger.attrib == {
        "cx": "446", "cy": "284", "r": "5", "fill": "#8a5fa8", "stroke": "#fff",
        "stroke-width": "1.5",
    }  # fmt: skip
    banded = [Line("a", [0, 1], [0, 1], [0, 0], [1, 1])]
    band = ET.fromstring(line_chart("t", banded, ("x", "y")).svg).find("polygon")
    assert band.attrib["opacity"] == "0.13"


def test_rows_in_pixels():
    """Names end at 140, the axis is from 150 to 430, notes begin at 440, a row is 30 high."""
    rows = [("a", "n", [Mark(0.5, 0.25, 0.75)]), ("b", "m", [Mark(0.0), Mark(1.0, color=4)])]
    chart = dot_rows("t", rows, "share", [(0.75, "far")], ["one", "two"])
    root = ET.fromstring(chart.svg)
    assert root.attrib["viewBox"] == "0 0 530 122"
    found = texts(root)
    assert found["far"] == ("note", "middle", 360, 14)
    assert found["a"] == ("row", "end", 140, 41)
    assert found["n"] == ("note", "start", 440, 41)
    assert found["b"] == ("row", "end", 140, 71)
    assert found["share"] == ("axis", "middle", 290, 116)
    ticks = [e for e in root.iter("text") if e.attrib["class"] == "tick"]
    assert [(e.text, e.attrib["x"], e.attrib["y"]) for e in ticks] == [
        ("0", "150", "97"), ("0.2", "206", "97"), ("0.4", "262", "97"), ("0.6", "318", "97"),
        ("0.8", "374", "97"), ("1", "430", "97"),
    ]  # fmt: skip
    dots = [(e.attrib["cx"], e.attrib["cy"], e.attrib["r"]) for e in root.iter("circle")]
    assert dots == [("290", "37", "4"), ("150", "63", "4"), ("430", "71", "4")]
    bar = next(e for e in root.iter("line") if "stroke" in e.attrib)
    assert (bar.attrib["stroke-width"], bar.attrib["opacity"]) == ("2", "0.55")
    assert [key.color for key in chart.legend] == ["#0b62a4", "#d55e00"]
    assert ET.fromstring(dot_rows("t", [], "share").svg).attrib["viewBox"] == "0 0 530 78"
