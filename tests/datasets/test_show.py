"""The page of labels, opened in a real browser where there is one."""

import re
import shutil
import subprocess

import pytest

from chromium import opener
from halescope.datasets.manifest import rows, write_manifest
from halescope.datasets.plots import bar_chart, histogram
from halescope.datasets.show import show_manifest
from halescope.render.pages import render_page

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
in_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium to open the page in")


@pytest.fixture(scope="module")
def page(labelled, tmp_path_factory):
    """Return the page of eight disks, three of which are for training."""
    folder = tmp_path_factory.mktemp("page")
    table = [
        dict(row)
        | {
            "split": "train" if row["image"] < "20260204_11" else "test",
            "status": "plage" if row["class"] == "alpha" else "firm",
            "flags": "section_ia" if row["class"] == "alpha" else "crowded;limb",
        }
        for row in rows(labelled / "manifest.csv")
    ]
    write_manifest(folder / "manifest.csv", table)
    return show_manifest(folder / "manifest.csv", folder / "out", root=labelled, jobs=1).page


def opened(page, profile, state=""):
    """Return what a browser makes of the page."""
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [
        f"--user-data-dir={profile}",
        "--virtual-time-budget=3000",
        f"{page.as_uri()}#{state}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    grid = done.stdout[done.stdout.index('<div id="grid">') : done.stdout.index("</main>")]
    return grid, done.stdout


@in_browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "figures", "boxes"),
    [
        ("", 8, None),
        ("p=train", 3, None),
        ("c=alpha", 8, 8),
        ("s=plage", 8, 8),
        ("g=limb", 8, 32),
        ("n=4361", 8, 8),
        ("n=9999", 0, 0),
        ("p=test&c=beta-delta", 5, 5),
    ],
)
def test_filters_show_what_they_should(page, tmp_path, state, figures, boxes):
    grid, _ = opened(page, tmp_path, state)
    assert grid.count("<figure") == figures
    if boxes is not None:
        assert len(re.findall(r"<rect[^>]*class=.box ", grid)) == boxes


@in_browser
@pytest.mark.slow
def test_a_click_enlarges_and_lists(page):
    def act(tab):
        tab.click("#grid figure >> nth=2")
        return tab.inner_html("body")

    with opener() as open_page:
        seen, whole = open_page(page, act)
    assert not seen
    dialog = whole[whole.index("<dialog") : whole.index("</dialog>")]
    assert 'open=""' in dialog[:40]
    assert "2026-02-04T10:00:00Z" in dialog
    assert dialog.count("<tr") == 6  # a header and five regions


def test_page_holds_hostile_text_as_text():
    text = render_page(
        "datasets/templates/show.html",
        title="</title><script>",
        summary="a & b",
        charts=[bar_chart("<b>", {"<i>": 1})],
        images=[{"f": "</script><b>"}],
        flags={},
        side=416,
    )
    assert text.count("</script>") == 2  # data, and what reads them
    assert not any(tag in text for tag in ("</title><script>", "</script><b>", "<b>", "<i>"))
    assert "a &amp; b" in text


def test_pictures_that_are_missing_are_listed(labelled, tmp_path):
    table = [dict(row) | {"image": "none.png"} for row in list(rows(labelled / "manifest.csv"))[:3]]
    write_manifest(tmp_path / "m.csv", table)
    report = show_manifest(tmp_path / "m.csv", tmp_path / "out", root=labelled, jobs=1)
    assert [failure.image for failure in report.failures] == ["none.png"]
    assert report.page.is_file()


def test_axes_of_charts_are_whole_numbers_and_words_are_turned():
    values = {"unlisted": 14_954, "class_changes": 7, "only_before": 3, "beside": 2}
    assert bar_chart("t", values).ticks[-1].text == "14,954"
    assert not any(label.turned for label in bar_chart("t", {"alpha": 3}).labels)
    many = bar_chart("t", {f"only_before_{i}": i + 1 for i in range(9)})
    assert sum(label.turned for label in many.labels) == 9


def test_bins_without_labels_have_empty_bars():
    chart = histogram("t", {-10: 3, 20: 1, 50: 9}, range(-10, 40, 10), "degrees")
    assert [label.text for label in chart.labels] == ["-10", "0", "10", "20"]
    assert [bar.height > 0 for bar in chart.bars] == [True, False, False, True]
