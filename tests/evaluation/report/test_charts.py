"""Charts are well-formed SVG whose points stand where their values say."""

import xml.etree.ElementTree as ET

import pytest

from halescope.evaluation.report.charts import (
    BOTTOM,
    COLORS,
    HEIGHT,
    LEFT,
    RIGHT,
    ROW_LEFT,
    ROW_SPAN,
    TOP,
    WIDTH,
    Chart,
    Line,
    Mark,
    dot_rows,
    line_chart,
)


def parse(chart: Chart) -> ET.Element:
    return ET.fromstring(chart.svg)


def test_points_stand_where_their_values_say() -> None:
    line = Line("a", [0, 1], [0, 1], [0, 0.5], [0.2, 1], color=1)
    root = parse(line_chart("a", [line], ("x", "y"), points=[(0.5, 0.5, 2)]))
    path = root.find(".//polyline")
    assert path is not None
    corners = [(LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, TOP)]
    found = [tuple(map(float, pair.split(","))) for pair in path.attrib["points"].split()]
    assert found == [pytest.approx(corner) for corner in corners]
    assert path.attrib["stroke"] == COLORS[1]
    assert root.find(".//polygon") is not None  # the band
    dot = root.find(".//circle")
    assert dot is not None
    assert float(dot.attrib["cx"]) == pytest.approx((LEFT + WIDTH - RIGHT) / 2)


def test_a_bar_without_an_interval_is_left_out() -> None:
    line = Line("a", [0.2, 0.8], [0.5, 0.5], [None, 0.1], [None, 0.9], dots=True)
    root = parse(line_chart("a", [line], ("x", "y")))
    assert len(root.findall(".//circle")) == 2
    bars = [e for e in root.findall(".//line") if e.attrib.get("stroke") == COLORS[0]]
    assert len(bars) == 1


def test_words_cannot_break_the_drawing() -> None:
    chart = line_chart("a", [Line("<b>&", [0], [0]), Line("b", [], [], dashed=True)], ("<x>", "&y"))
    assert any(e.text == "<x>" for e in parse(chart).iter())
    assert chart.legend == [("<b>&", COLORS[0], "solid"), ("b", COLORS[0], "dashed")]
    assert line_chart("a", [Line("alone", [0], [0])], ("x", "y")).legend == ()


def test_rows_of_points() -> None:
    rows = [("alpha", "9 of 3", [Mark(0.5, 0.25, 1.0), Mark(None, None, None, 1)])]
    root = parse(dot_rows("a", rows, "recall", [(0.79, "ceiling")], ["ours", "theirs"]))
    dots = root.findall(".//circle")
    assert len(dots) == 1  # what is unknown is not drawn
    assert float(dots[0].attrib["cx"]) == pytest.approx(ROW_LEFT + ROW_SPAN / 2)
    title = dots[0].find("title")
    assert title is not None
    assert title.text == "0.500 [0.250 1.000]"
    assert any(e.text == "ceiling" for e in root.iter())
    assert parse(dot_rows("a", [], "recall")).find(".//circle") is None
