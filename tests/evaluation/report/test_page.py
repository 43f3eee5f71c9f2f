"""The page of a report: words of a file or card cannot break it."""

from dataclasses import replace

from halescope.evaluation.baselines.ceiling import PUBLISHED, Repeatability
from halescope.evaluation.metrics.bootstrap import Estimate
from halescope.evaluation.report.asked import ModelUse, Split
from halescope.evaluation.report.classes import ClassesPart, HerePart
from halescope.evaluation.report.detection import MAIN, detection_part
from halescope.evaluation.report.mistakes import Mistake
from halescope.evaluation.report.page import CardMetrics, Ceiling, Document, page
from halescope.evaluation.report.pictures import Picture, PictureBox

NAME = "<u>&"
HALF = Estimate(0.5, 0.25, 0.75)
NOAA = Repeatability(9, 3, Estimate(0.8, 0.7, 0.9), HALF, {}, HALF, "", "")


def test_names_are_escaped_wherever_they_stand() -> None:
    use = ModelUse(NAME, "1", "", {"days": [NAME, NAME]}, [14000], [])
    mistake = Mistake("miss", "a.png", "", (0, 0, 9, 9), NAME, NAME, 1, 1.0)
    document = Document(
        "1.0",
        "2026-02-04T12:00:00Z",
        Split("a", ("", ""), "", "", 1, [14000], [NAME], use, use, 1),
        detection_part([], {MAIN: 0.5, NAME: 0.5}),
        [],
        ClassesPart(None, HerePart({}, [NAME]), None),
        CardMetrics(),
        Ceiling(None, PUBLISHED),
        [mistake],
    )
    assert document.to_json()["ceiling"]["noaa"] is None
    assert document.to_json()["classes"]["held_out"] is None
    known = replace(document, ceiling=Ceiling(NOAA, PUBLISHED))
    assert known.to_json()["ceiling"]["noaa"]["interval"] == [0.7, 0.9]
    box = PictureBox("firm", 1.0, 1.0, 9.0, 9.0, NAME, 1.0, 7.0)
    html = page(document, [Picture(mistake, NAME, "data:image/jpeg;base64,", [box])])
    assert NAME not in html
    assert html.count("&lt;u&gt;&amp;") >= 12
    assert "<b>&lt;u&gt;&amp;</b>" in html  # the markup of the template itself stays
    assert "It learned from 1 of these regions: 14000." in html
