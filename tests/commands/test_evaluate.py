"""`halescope evaluate`: figures, the report's page, and bad input."""

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from halescope.classes import MOUNT_WILSON
from halescope.cli import run
from halescope.datasets.manifest import write_manifest
from halescope.evaluation.predictions import ClassPredictions, write_predictions
from halescope.evaluation.report.page import SECTIONS

TOOLS = ["--detector", "threshold", "--classifier", "climatology", "-j", "1"]


class Page(HTMLParser):
    """Collects what matters of a page: open elements, identifiers, addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.images = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        values = dict(attrs)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.addresses += [v or "" for k, v in attrs if k in ("href", "src")]
        self.images += tag == "image"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parse(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text("utf-8"))
    assert page.open == []
    assert page.ids == [key for key, _ in SECTIONS]
    allowed = ("#", "data:image/jpeg;base64,")
    assert all(a.startswith(allowed) for a in page.addresses), "nothing from the network"
    return page


@pytest.fixture(scope="module")
def predictions(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Out-of-fold predictions of the drawn regions, some of them wrong."""
    from halescope.datasets.manifest import entries

    rows = [e for _, found in entries(labelled / "manifest.csv") for e in found if e.noaa_number]
    random = np.random.default_rng(0)
    share = random.dirichlet((1, 1, 1), len(rows)).astype(np.float32)
    number = np.array([e.noaa_number for e in rows])
    assert all(e.mount_wilson in MOUNT_WILSON for e in rows)
    found = ClassPredictions(
        np.array([e.time for e in rows]), number, number % 3,
        np.array([e.mount_wilson for e in rows]), np.ones(len(rows), bool), {"network": share},
    )  # fmt: skip
    return write_predictions(tmp_path_factory.mktemp("run") / "predictions.csv", found)


def test_figures_and_whether_they_are_a_test(labelled: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "figures.json"
    arguments = [str(labelled / "manifest.csv"), "--root", str(labelled), "-j", "1"]
    assert run(["evaluate", *arguments, "-o", str(target)]) == 0
    figures = json.loads(target.read_text())
    assert figures["detection"]["disks"] == 8
    # The drawn regions bear numbers of real ones, which the classifier knows.
    assert "in-sample:" in capsys.readouterr().out
    assert run(["evaluate", *arguments, "--classifier", "climatology"]) == 0
    assert "leak-free" in capsys.readouterr().out


def test_least_score_moves_precision_and_recall_alone(labelled: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", str(labelled / "manifest.csv"), "--root", str(labelled), "-j", "1"]
    found = {}
    for score in ("0.01", "0.99"):
        target = tmp_path / f"{score}.json"
        assert run([*arguments, "--min-score", score, "-o", str(target)]) == 0
        found[score] = json.loads(target.read_text())["detection"]
        assert found[score]["threshold"] == float(score)
    low, high = (found[score]["lenient"] for score in found)
    assert low["ap50"] == high["ap50"]
    assert low["recall"]["value"] > high["recall"]["value"]
    assert run([*arguments, "--min-score", "0.001"]) == 2


def test_report_is_one_page_that_needs_no_network(
    labelled: Path, predictions: Path, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "report"
    arguments = [str(labelled / "manifest.csv"), "--root", str(labelled), *TOOLS]
    more = ["--class-predictions", str(predictions), "--srs", str(labelled / "srs.csv")]
    assert run(["evaluate", *arguments, *more, "--report", str(out)]) == 0
    assert str(out / "index.html") in capsys.readouterr().out
    assert sorted(p.name for p in out.iterdir()) == ["index.html", "report.json"]
    page = parse(out / "index.html")
    assert page.images >= 1
    document = json.loads((out / "report.json").read_text())
    assert document["split"]["images"] == 8
    assert set(document["detection"]["detectors"]) == {"", "threshold", "smart"}
    assert document["ceiling"]["noaa"]["agreement"] == 1  # drawn classes do not change
    held = document["classes"]["held_out"]
    assert held["frames"] == len(predictions.read_text().splitlines()) - 1
    assert {m["kind"] for m in document["mistakes"]} >= {"class"}
    assert any("no other days" in note for note in document["classes"]["here"]["notes"])
    text = (out / "index.html").read_text()
    main = document["detection"]["detectors"][""]["lenient"]["recall"]["value"]
    assert f"{main:.3f}" in text
    for chart in text.split("<svg")[1:]:
        ET.fromstring("<svg" + chart.split("</svg>")[0] + "</svg>")


def test_predictions_of_another_training_are_told(
    labelled: Path, predictions: Path, tmp_path: Path
) -> None:
    arguments = [str(labelled / "manifest.csv"), "--root", str(labelled), "-j", "1"]
    more = ["--class-predictions", str(predictions), "--detector", "threshold"]
    assert run(["evaluate", *arguments, *more, "--report", str(tmp_path)]) == 0
    assert "they come from another training" in (tmp_path / "index.html").read_text()
    card = json.loads((tmp_path / "report.json").read_text())["card"]
    assert 0 < card["abstain"] < 1
    assert 0 < card["balanced_accuracy"] < 1


def test_without_predictions_the_classes_are_marked(labelled: Path, tmp_path: Path) -> None:
    arguments = [str(labelled / "manifest.csv"), "--root", str(labelled), *TOOLS]
    assert run(["evaluate", *arguments, "--report", str(tmp_path)]) == 0
    text = (tmp_path / "index.html").read_text()
    assert "No out-of-fold predictions were given" in text
    parse(tmp_path / "index.html")


@pytest.mark.parametrize("report", [True, False])
def test_an_empty_manifest_gives_an_empty_report(tmp_path: Path, capsys, report: bool) -> None:
    manifest = tmp_path / "manifest.csv"
    write_manifest(manifest, [])
    target = ["--report", str(tmp_path / "out")] if report else []
    assert run(["evaluate", str(manifest), *TOOLS, *target]) == 0
    assert "0 disks" in capsys.readouterr().out
    if report:
        parse(tmp_path / "out" / "index.html")
        document = json.loads((tmp_path / "out" / "report.json").read_text())
        assert document["split"]["images"] == 0
        assert document["detection"]["detectors"][""]["lenient"]["ap50"]["value"] is None
        assert "no image to evaluate" in (tmp_path / "out" / "index.html").read_text()


def test_images_without_a_time_are_evaluated(labelled: Path, tmp_path: Path) -> None:
    lines = (labelled / "manifest.csv").read_text().replace("2026-02-04T12:00:00Z", "")
    (tmp_path / "manifest.csv").write_text(lines)
    arguments = [str(tmp_path / "manifest.csv"), "--root", str(labelled), *TOOLS]
    days = ["--days", "2026-03-01..2026-03-02"]  # those with a time are of other days
    assert run(["evaluate", *arguments, *days, "--report", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out" / "report.json").read_text())
    assert document["split"]["images"] == 1
    parse(tmp_path / "out" / "index.html")


def test_unreadable_images_are_told_and_the_rest_is_done(
    labelled: Path, tmp_path: Path, capsys
) -> None:
    name = "20260204_120000_512_HMIB.png"
    lines = (labelled / "manifest.csv").read_text().replace(name, "gone.png")
    (tmp_path / "manifest.csv").write_text(lines)
    arguments = [str(tmp_path / "manifest.csv"), "--root", str(labelled), *TOOLS]
    assert run(["evaluate", *arguments, "--report", str(tmp_path / "out")]) == 2
    assert "gone.png" in capsys.readouterr().err
    document = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (document["split"]["images"], document["split"]["unread"]) == (7, 1)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--days", "2026-02-04"], "--days"),
        (["--days", "2027-01-01..2027-01-02"], "has no image from"),
        (["--srs", "srs.csv"], "--srs: has no report"),
        (["--class-predictions", "p.csv"], "--class-predictions: has no report"),
        (["--report", "out", "--class-predictions", "gone.csv"], "gone.csv: cannot be read"),
        (["--report", "out", "--srs", "gone.csv"], "gone.csv: cannot be opened"),
        (["--report", "out", "--class-predictions", "manifest.csv"], "has no column"),
    ],
)
def test_bad_input_is_one_line(
    labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, more, says
) -> None:
    (tmp_path / "manifest.csv").write_text((labelled / "manifest.csv").read_text())
    monkeypatch.chdir(tmp_path)
    assert run(["evaluate", "manifest.csv", *TOOLS, *more]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_predictions_beside_a_run_are_found(tmp_path: Path, capsys) -> None:
    from halescope.commands.evaluate import _beside

    card = tmp_path / "export" / "mount_wilson.json"
    card.parent.mkdir()
    card.write_text("{}")
    assert _beside(str(card)) is None
    (tmp_path / "predictions.csv").write_text("")
    assert _beside(str(card)) == tmp_path / "predictions.csv"
    assert "predictions.csv" in capsys.readouterr().err
    assert _beside("mount_wilson") is None
    assert _beside(None) is None
