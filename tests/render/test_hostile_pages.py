"""Pages full of texts that would run, opened in a real browser: nothing runs."""

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest

from chromium import opener
from halescope.datasets.manifest import rows, write_manifest
from halescope.datasets.manifest_table import COLUMNS
from halescope.datasets.show import show_manifest
from halescope.day import describe, render_day
from halescope.evaluation.baselines.ceiling import Published
from halescope.evaluation.report.asked import ModelUse, Split
from halescope.evaluation.report.classes import ClassesPart, HerePart
from halescope.evaluation.report.detection import MAIN, detection_part
from halescope.evaluation.report.mistakes import Mistake
from halescope.evaluation.report.page import CardMetrics, Ceiling, Document, page
from halescope.evaluation.report.pictures import Picture, PictureBox
from halescope.noaa.srs_row import SrsRow
from halescope.render.pages import POLICY, render_page
from halescope.tracks import track
from halescope.watch.feed import feed
from payloads import PAYLOADS
from track_tables import Region, catalogue

COLUMNS_OF_TEXT = ("time", "class", "status", "note", "box_source", "source")
STEP = 40


@pytest.fixture(scope="module")
def opened():
    """Return what opens a page and says what ran on it."""
    with opener() as open_page:
        yield open_page


def groups():
    """Yield the payloads in groups: those of one group stand in one field, one after another."""
    for start in range(0, len(PAYLOADS), STEP):
        yield PAYLOADS[start : start + STEP]


def test_labels_on_a_page(labelled, tmp_path, opened):
    pictures, table = sorted(labelled.glob("*.png")), []
    own = next(rows(labelled / "manifest.csv"))
    names = [text.replace("/", "\u2215").replace("\0", "")[:60] for text in PAYLOADS[:: 200 // 8]]
    for index, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        (tmp_path / f"{name}.png").symlink_to(picture)
        for text in PAYLOADS[index * 25 : index * 25 + 25]:
            fields = dict.fromkeys(
                ("time", "class", "status", "note", "box_source", "source"), text
            )
            cells = {"flags": f"{text};{text}", "split": text, "image": f"{name}.png"}
            table.append(dict(own) | fields | cells)
    write_manifest(tmp_path / "<i>'.csv", table, COLUMNS)
    report = show_manifest(tmp_path / "<i>'.csv", tmp_path / "out", root=tmp_path, jobs=1)
    assert (report.images, len(report.failures)) == (8, 0)

    def leaf(tab):
        for index in range(8):
            tab.evaluate("index => show(index)", index)
        tab.evaluate("E('d').close()")
        for name in ("c", "s", "g", "p"):
            tab.evaluate(
                "n => { for (const o of E(n).options) { E(n).value = o.value; pick() } "
                "E(n).value = ''; pick() }",
                name,
            )
        return tab.evaluate(
            "[document.querySelectorAll('#grid figure').length, document.images.length, "
            "[...document.querySelectorAll('#grid image')].length, "
            "document.querySelectorAll('script, iframe, object, base').length]"
        )

    ran, (figures, images, disks, scripts) = opened(report.page, leaf)
    assert not ran
    assert (figures, images, disks, scripts) == (8, 0, 8, 2)


def hostile(value, text):
    """Return a document with a text in place of each word, times and keys left as they are."""
    if isinstance(value, dict):
        kept = ("time", "made", "issued", "history", "track", "kind")
        return {k: v if k in kept else hostile(v, text) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(each, text) for each in value]
    return text if isinstance(value, str) else value


def test_page_of_the_day(tmp_path, opened):
    found = track(catalogue([Region(-20, 12), Region(10, 30, begins=60)], range(0, 73)))
    row = SrsRow(date(2026, 2, 4), 14350, "I", 12, 6, 100, mag_class="beta", area=1, z_class="Dso")
    told = describe(found, [row], datetime(2026, 2, 5, tzinfo=UTC) + timedelta(hours=9))
    told["queue"] = told["queue"] or [{"reason": "", "weight": ""}]
    for number, group in enumerate(groups()):
        text = " ".join(group)
        document = hostile(told, text) | {"doubts": group}
        path = tmp_path / f"{number}.html"
        path.write_text(render_day(document, None, group, text))
        ran, scripts = opened(path, lambda tab: tab.evaluate("document.scripts.length"))
        assert (ran, scripts) == ([], 0)


def test_report_of_an_evaluation(tmp_path, opened):
    for number, group in enumerate(groups()):
        text = " ".join(group)
        use = ModelUse(text, text, text, {"days": [text, text]}, [14000], [14001])
        mistakes = [Mistake("miss", t, t, (0, 0, 9, 9), t, t, 1, 1.0) for t in group]
        document = Document(
            text,
            text,
            Split(text, (text, text), text, text, 1, [14000], group, use, use, 1),
            detection_part([], {MAIN: 0.5, text: 0.5}),
            [],
            ClassesPart(None, HerePart({}, group), None),
            CardMetrics(),
            Ceiling(None, tuple(Published(t, t, 0.5, t) for t in group)),
            mistakes,
        )
        pictures = [
            Picture(m, t, "data:,", [PictureBox(t, 1.0, 1.0, 9.0, 9.0, t, 1.0, 7.0)])
            for m, t in zip(mistakes, group, strict=True)
        ]
        path = tmp_path / f"{number}.html"
        path.write_text(page(document, pictures))
        ran, scripts = opened(path, lambda tab: tab.evaluate("document.scripts.length"))
        assert (ran, scripts) == ([], 0)


def test_the_policy_stops_what_is_in_a_page_all_the_same(tmp_path, opened):
    """What the browser does where escaping is not there: the second wall stands by itself."""
    text = render_page(
        "datasets/templates/show.html",
        title="x", summary="x", charts=[], images=[], flags={}, side=416,
    )  # fmt: skip
    path = tmp_path / "page.html"
    path.write_text(text.replace("<main>", "<main>" + "\n".join(PAYLOADS[:50])))
    ran, _ = opened(path)
    assert sum("Content Security Policy" in line for line in ran) > 10
    assert not [line for line in ran if line.strip().isdigit()]
    bare = tmp_path / "bare.html"
    bare.write_text("<script>alert(7)</script>")
    assert opened(bare)[0] == ["7"]  # the test can see a script that runs


def test_words_of_alerts_in_a_feed():
    time = "2026-02-04T00:00:00Z"
    alerts = [
        {"id": text, "time": time, "title": text, "words": text, "image": text, "picture": text}
        for text in PAYLOADS
    ]
    root = ElementTree.fromstring(feed(alerts, " ".join(PAYLOADS), time).split("\n", 1)[1])
    known = {"feed", "id", "title", "updated", "author", "name", "link", "entry", "content"}
    assert {node.tag.rpartition("}")[2] for node in root.iter()} == known


def test_pages_name_their_scripts():
    assert "'unsafe-inline'" not in POLICY.partition("script-src")[2]
