"""Which values the charts of a report draw, and where: read back from the drawings."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from halescope.evaluation.baselines.ceiling import PUBLISHED, Repeatability
from halescope.evaluation.classification import ClassSample, class_metrics
from halescope.evaluation.metrics.bootstrap import Estimate
from halescope.evaluation.report.classes import (
    AbstentionPart,
    ConfidenceBin,
    HeldOutPart,
    RiskCurve,
)
from halescope.evaluation.report.detection import MAIN, Curve, OverlapPrecision, detection_part
from halescope.evaluation.report.plots import (
    agreement_chart,
    balanced_chart,
    detection_charts,
    strata_charts,
    uncertainty_charts,
)
from halescope.evaluation.report.strata import Stratum

BLUE, RED, VIOLET, GOLD = "#0b62a4", "#d55e00", "#8a5fa8", "#b8860b"
HALF, UNKNOWN = Estimate(0.5, 0.25, 0.75), Estimate(None, None, None)
NOAA = Repeatability(9, 3, Estimate(0.8, 0.7, 0.9), Estimate(0.7, 0.6, 0.8), {}, HALF, "", "")


def scores(right):
    """Return metrics of which a share of either of two classes is right."""
    truth = np.repeat([0, 1, 2], 4)
    said = truth.copy()
    said[[0, 4, 8]] = (truth[[0, 4, 8]] + (not right)) % 3
    return class_metrics(ClassSample(truth, np.eye(3)[said], np.arange(12)))


def held(**more):
    models = {"network": scores(False), "uncalibrated": scores(True), "trees": scores(True)}
    return HeldOutPart(12, 12, {}, ("", ""), models, **more)


def root_of(chart):
    return ET.fromstring(chart.svg)


def rows_of(chart):
    """Return name, note, colour and value of each row's first mark."""
    root = root_of(chart)
    names = [e.text for e in root.iter("text") if e.attrib["class"] == "row"]
    dots = [(e.attrib["fill"], round((float(e.attrib["cx"]) - 150) / 280, 3))
            for e in root.iter("circle")]  # fmt: skip
    return list(zip(names, dots, strict=True))


def guides_of(chart):
    return [round((float(e.attrib["x1"]) - 150) / 280, 3) for e in root_of(chart).iter("line")
            if e.attrib.get("class") == "guide"]  # fmt: skip


def test_balanced_accuracies_beside_noaas_and_chance():
    chart = balanced_chart(held(), NOAA)
    assert rows_of(chart) == [
        ("network", (BLUE, 0.75)), ("trees on features", (RED, 1)),
        ("NOAA, a day later", (GOLD, 0.7)),
    ]  # fmt: skip
    assert guides_of(chart) == [0.333, 0.7]
    assert guides_of(balanced_chart(held(), None)) == [0.333]


def test_agreement_of_the_network_of_noaa_and_in_print():
    rows = rows_of(agreement_chart(held(), NOAA, PUBLISHED))
    assert rows == [
        ("the network, NOAA", (BLUE, 0.75)), ("NOAA, NOAA next day", (GOLD, 0.8)),
        ("SWPC, Holloman AFB", (VIOLET, 0.334)), ("a rule, SWPC", (VIOLET, 0.798)),
    ]  # fmt: skip
    assert len(rows_of(agreement_chart(None, None, PUBLISHED))) == 2
    assert len(rows_of(agreement_chart(HeldOutPart(0, 0, {}, ("", ""), {}), NOAA, ()))) == 1


def test_reliability_and_risk():
    """The axis of confidence begins at 0.3, that of risk ends at one half."""
    bins = {"network": [ConfidenceBin(0.6, 0.7, 0.65, HALF, 9, 3)],
            "uncalibrated": [ConfidenceBin(0.9, 1, 1.0, UNKNOWN, 9, 3)]}  # fmt: skip
    curve = RiskCurve([0.5, 1.0], [0.1, 0.25], [0.0, 0.2], [0.2, 0.3])
    part = AbstentionPart(0.6, 0.2, 0.5, 0.1, 0.5, 0.1, 0.1, curve)
    reliability, risk = uncertainty_charts(held(reliability=bins, abstention=part), NOAA)
    assert [(k.name, k.color, k.style) for k in reliability.legend] == [
        ("perfect", VIOLET, "dashed"), ("calibrated", BLUE, "solid"),
        ("before calibration", RED, "solid"),
    ]  # fmt: skip
    dots = [(e.attrib["fill"], e.attrib["cx"], e.attrib["cy"])
            for e in root_of(reliability).iter("circle")]  # fmt: skip
    assert dots == [(BLUE, "249", "149"), (RED, "446", "284")]
    assert root_of(reliability).find("polyline").attrib["points"] == "52.0,203.0 446.0,14.0"
    ticks = [e.text for e in root_of(reliability).iter("text") if e.attrib["class"] == "tick"]
    assert ticks[:8] == ["0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]
    assert len(ticks) == 8 + 6
    root = root_of(risk)
    assert root.find("polyline").attrib["points"] == "249.0,230.0 446.0,149.0"
    assert [(e.attrib["cx"], e.attrib["cy"], e.attrib["fill"]) for e in root.iter("circle")] == [
        ("249", "230", RED)
    ]  # fmt: skip
    guide = next(e for e in root.iter("line") if e.attrib.get("class") == "guide")
    assert float(guide.attrib["y1"]) == pytest.approx(284 - 270 * 0.4, abs=0.1)  # a fifth of a half
    assert risk.legend == ()
    nothing = replace(part, coverage=0.0, risk=None)
    _, plain = uncertainty_charts(held(reliability=bins, abstention=nothing), None)
    assert not list(root_of(plain).iter("circle"))
    assert not [e for e in root_of(plain).iter("line") if e.attrib.get("class") == "guide"]
    assert uncertainty_charts(held(reliability=bins), NOAA) == []
    assert uncertainty_charts(held(abstention=part), NOAA) == []


def test_curves_and_overlaps_of_two_detectors():
    empty = detection_part([], {MAIN: 0.5, "smart": 0.5})
    curve = Curve([0.0, 1.0], [1.0, 0.5], [0.9, 0.4], [1.0, 0.6])
    both = {r: {MAIN: curve, "smart": curve} for r in ("lenient", "strict")}
    by_iou = [OverlapPrecision(0.5, 0.6, 0.5, 0.7), OverlapPrecision(0.55, None, None, None),
              OverlapPrecision("0.50:0.95", 0.4567, 0.4, 0.5)]  # fmt: skip
    overlaps = {r: {MAIN: by_iou, "smart": by_iou} for r in ("lenient", "strict")}
    found = replace(empty.detectors[MAIN].lenient, recall=HALF, precision=HALF)
    detectors = {
        name: replace(empty.detectors[name], lenient=found, strict=found)
        for name in (MAIN, "smart")
    }
    part = replace(empty, curves=both, by_overlap=overlaps, detectors=detectors)
    charts = detection_charts(part, "ours")
    assert [chart.title for chart in charts] == [
        "Precision and recall, plage ignored",
        "Precision and recall, plage a false positive",
        "Average precision by IoU, plage ignored",
        "Average precision by IoU, plage a false positive",
    ]
    assert [(k.name, k.color, k.style) for k in charts[0].legend] == [
        ("ours", BLUE, "solid"), ("smart", RED, "dashed"),
    ]  # fmt: skip
    root = root_of(charts[0])
    assert len(root.findall("polygon")) == 1  # the band of the evaluated one alone
    assert [(e.attrib["cx"], e.attrib["cy"], e.attrib["fill"]) for e in root.iter("circle")] == [
        ("249", "149", BLUE), ("249", "149", RED),
    ]  # fmt: skip
    assert [k.name for k in charts[2].legend] == ["ours, mean 0.457", "smart, mean 0.457"]
    assert [k.style for k in charts[2].legend] == ["solid", "dashed"]
    # The axis is from 0.45 to 1; detectors stand 0.006 apart, the second one on its IoU.
    dots = [float(e.attrib["cx"]) for e in root_of(charts[2]).iter("circle")]
    assert dots == pytest.approx([52 + 394 * x / 0.55 for x in (0.044, 0.05)], abs=0.06)
    assert not list(root_of(detection_charts(empty, "ours")[0]).iter("circle"))


def test_strata_of_two_detectors():
    rows = [Stratum("0 to 20", 9, 3, HALF, 0, UNKNOWN), Stratum("20 to 50", 0, 0, UNKNOWN, 4, HALF)]
    kinds = ("size", "longitude", "field", "class", "file")
    strata = {MAIN: dict.fromkeys(kinds, rows), "smart": dict.fromkeys(kinds, rows[:1])}
    charts = strata_charts(strata, "ours")
    assert [chart.title.split(" by ")[0] for chart in charts] == [
        "Recall", "Recall", "Precision", "Recall", "Precision", "Recall", "Recall", "Precision",
    ]  # fmt: skip
    root = root_of(charts[0])
    assert [e.text for e in root.iter("text") if e.attrib["class"] == "row"] == ["0 to 20"]
    assert "9 of 3" in [e.text for e in root.iter("text")]
    assert [e.attrib["fill"] for e in root.iter("circle")] == [BLUE, RED]
    precision = root_of(charts[2])
    assert [e.text for e in precision.iter("text") if e.attrib["class"] == "row"] == ["20 to 50"]
    assert "4 boxes" in [e.text for e in precision.iter("text")]
    assert [key.name for key in charts[0].legend] == ["ours", "smart"]
