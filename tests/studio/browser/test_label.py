"""The editor in a browser: three pictures labelled by the keyboard alone, undo, two tabs."""

import json

import pytest

from halescope.datasets.formats.kitti import parse_kitti
from halescope.datasets.manifest import entries, write_manifest
from studio.labels.conftest import KEYS, PLACES, picture, turned_west

TIMES = ("2026-02-04T12:00:00Z", "2026-02-04T18:00:00Z", "2026-02-05T00:00:00Z")


@pytest.fixture(scope="module")
def suns(serving):
    """Return the folder of a data set of three pictures without labels."""
    folder = serving.workspace / "datasets" / "suns"
    (folder / "images").mkdir(parents=True)
    for number, key in enumerate(KEYS):
        places = [turned_west(x, y, 6 * number) for x, y in PLACES]
        picture(places).save(folder / "images" / key)
    rows = [{"image": f"images/{k}", "time": t} for k, t in zip(KEYS, TIMES, strict=True)]
    write_manifest(folder / "manifest.csv", rows)
    return folder


def opened(page, number):
    page.goto(f"/label/suns/{KEYS[number]}")
    ready(page, number)


def until(page, expression):
    """Wait until something is true of the page; its security policy forbids the usual way."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{expression} did not become true")


def ready(page, number):
    until(page, f"window.labelEditor?.walk.here?.place === {number + 1} && labelEditor.isOpen")
    page.wait_for_selector('[data-state="saved"]')


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def on_disk(suns):
    return [[e.mount_wilson for e in found] for _, found in entries(suns / "manifest.csv")]


def test_three_pictures_by_the_keyboard_alone(page, suns):
    opened(page, 0)
    press(page, "w")  # no proposals: Tab would go through them too
    press(page, "a", "3", "ArrowRight", "Shift+ArrowUp", "Shift+ArrowUp")
    press(page, "a", *["Control+ArrowLeft"], "1", "u")
    page.wait_for_selector('[data-state="unsaved"], [data-state="saving"]')
    page.wait_for_selector('[data-state="saved"]')
    assert on_disk(suns) == [["beta-gamma", "alpha"], [], []]
    press(page, "Control+z", "Control+z", "Control+z")  # status, class, the move
    until(page, "labelEditor.chosen?.status === 'firm'")
    press(page, "Control+y", "Control+y", "Control+y")
    until(page, "labelEditor.chosen?.status === 'doubtful'")
    first = page.evaluate("labelEditor.boxes.list()[0].x_min")
    press(page, "Escape", "ArrowRight")  # the next picture
    ready(page, 1)
    press(page, "c")  # the boxes of the picture before, turned
    until(page, "labelEditor.boxes.list().length === 2")
    turned = page.evaluate("labelEditor.boxes.list()[0].x_min")
    assert 6 < turned - first < 14  # 6 hours are 3.3 degrees: 11 pixels in the middle of the disk
    press(page, "Tab", "Delete", "Escape", "PageDown")
    ready(page, 2)
    press(page, "a", *["Shift+ArrowUp"] * 4, "s")  # from the middle to the field, which it fits
    until(page, "labelEditor.chosen?.origin?.source === 'field'")
    press(page, "5", "Enter")  # reviewed, and on
    ready(page, 0)
    assert on_disk(suns) == [["beta-gamma", "alpha"], ["beta-gamma"], ["beta-gamma-delta"]]
    assert KEYS[2] in (suns / "reviewed.csv").read_text()
    text = (suns / "labels" / KEYS[0].replace(".png", ".txt")).read_text()
    assert [box.name for box in parse_kitti(text, "")[0]] == ["beta-gamma", "DontCare"]


def test_two_tabs_do_not_overwrite_each_other(page, suns, serving):
    opened(page, 1)
    press(page, "w")  # no proposals, whenever they come: Tab would go through them too
    other = page.context.new_page()
    opened(other, 1)
    count = other.evaluate("labelEditor.boxes.list().length")
    press(other, "a", "2")
    other.wait_for_selector('[data-state="saved"]')
    # The first tab has nothing of its own: it shows what is there now.
    until(page, f"labelEditor.boxes.list().length === {count + 1}")
    other.close()
    # Somebody else writes while this tab changes a box.
    address = f"{serving.address}/api/datasets/suns/labels/{KEYS[1]}"
    box = {"x_min": 200, "y_min": 200, "x_max": 240, "y_max": 230, "class": "gamma"}
    press(page, "Tab", "4")
    theirs = page.request.put(address, data=json.dumps({"labels": [box]}), headers={
        "if-match": "*", "content-type": "application/json", "origin": serving.address,
    })  # fmt: skip
    assert theirs.ok
    page.get_by_text("Changed elsewhere.").wait_for()
    assert on_disk(suns)[1] == ["gamma"]
    page.get_by_role("button", name="Show theirs").click()
    until(page, "labelEditor.boxes.list()[0]?.class === 'gamma'")
    press(page, "Tab", "4")
    page.request.put(address, data=json.dumps({"labels": []}), headers={
        "if-match": "*", "content-type": "application/json", "origin": serving.address,
    })  # fmt: skip
    page.get_by_role("button", name="Keep mine").click()
    page.wait_for_selector('[data-state="saved"]')
    assert on_disk(suns)[1] == ["beta-delta"]


def test_a_change_outlives_the_server_that_is_killed(page, suns, serving):
    opened(page, 1)
    press(page, "w")
    before = on_disk(suns)[1]
    serving.kill()
    press(page, "a", "3")
    page.wait_for_selector('[data-state="failed"]')
    press(page, "u")  # and one more while nobody answers
    assert on_disk(suns)[1] == before
    serving.start()
    page.wait_for_selector('[data-state="saved"]', timeout=30_000)
    found = list(entries(suns / "manifest.csv"))[1][1]
    assert [e.mount_wilson for e in found] == [*before, "beta-gamma"]
    assert found[-1].status == "doubtful"


def test_a_change_whose_answer_is_lost_is_not_taken_for_somebody_elses(page, suns):
    opened(page, 1)
    press(page, "w")
    before = on_disk(suns)[1]
    lost = []

    def lose(route):
        if route.request.method != "PUT" or lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # the studio writes it
        route.abort("connectionreset")

    page.route("**/api/datasets/suns/labels/*", lose)
    press(page, "a", "6")
    page.wait_for_selector('[data-state="failed"]')
    assert lost == [200]
    assert on_disk(suns)[1] == [*before, "gamma"]
    press(page, "7")
    page.wait_for_selector('[data-state="saved"]', timeout=20_000)
    assert on_disk(suns)[1] == [*before, "gamma-delta"]
    assert not page.get_by_text("Changed elsewhere.").is_visible()


def test_a_picture_that_cannot_be_read_is_stepped_over(page, suns):
    folder = suns.with_name("torn")
    (folder / "images").mkdir(parents=True)
    whole = (suns / "images" / KEYS[0]).read_bytes()
    (folder / "images" / "a.png").write_bytes(whole[:4000])
    (folder / "images" / KEYS[0]).write_bytes(whole)
    rows = [
        {"image": f"images/{n}", "time": t} for n, t in zip(("a.png", KEYS[0]), TIMES, strict=False)
    ]
    write_manifest(folder / "manifest.csv", rows)
    page.goto("/label/torn/a.png")
    page.get_by_text("truncated or damaged").wait_for()
    press(page, "a", "PageDown")  # nothing to box there
    ready(page, 1)
    assert on_disk(folder) == [[], []]
