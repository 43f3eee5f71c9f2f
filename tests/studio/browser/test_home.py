"""The first page: what runs, a table of a thousand rows, the page of a job."""

import pytest

from halescope.studio.jobs.events import Events
from halescope.studio.jobs.queue import Queue
from halescope.studio.workspace import Workspace
from loopback.studio import Serving

MANY = 1001
SLOW = ["draw", "-o", "inputs/many/sun.fits", "--images", "400", "--size", "256"]


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studio") / "workspace"
    queue = Queue(Workspace(folder), Events(), at_once=0)
    for number in range(MANY):
        title = f"Job {number:04d}" if number else "<img src=x onerror=alert(1)>"
        queue.abort(queue.submit("info", [["info"]], title).id)
    queue.close()
    studio = Serving(folder)
    yield studio
    studio.end()


def test_a_table_of_a_thousand_rows_is_smooth_filtered_and_worked_by_keys(page, serving):
    page.goto("/#jobs")
    grid = page.get_by_role("grid", name="Jobs")
    grid.get_by_text("Job 1000").wait_for()
    assert grid.get_attribute("aria-rowcount") == str(MANY + 1)
    assert grid.locator("tr[data-id]").count() < 60
    grid.locator("tr[data-id]").first.focus()
    page.keyboard.press("End")
    grid.get_by_text("<img src=x onerror=alert(1)>").wait_for()
    assert page.evaluate("document.activeElement.textContent").startswith("<img")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    panel = page.get_by_role("tabpanel", name="Jobs")
    panel.get_by_text("1 selected").wait_for()
    panel.get_by_role("searchbox").fill("Job 077")
    panel.get_by_text("1 selected").wait_for()
    assert grid.locator("tr[data-id]").count() == 10
    panel.get_by_role("button", name="Job", exact=True).click()
    assert grid.locator("tr[data-id] a").first.inner_text() == "Job 0770"
    panel.get_by_label("Select all that are shown").check()
    panel.get_by_text("11 selected").wait_for()
    panel.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    assert "and 7 more" in dialog.inner_text()
    dialog.get_by_role("button", name="Delete").click()
    page.get_by_text("Deleted: 11 entries").wait_for()
    assert len(serving.ask("/api/jobs")) == MANY - 11
    panel.get_by_text("Nothing fits the filter").wait_for()


def test_a_running_job_is_shown_with_its_progress_and_log_and_aborted(page, serving):
    page.goto("/")
    page.get_by_text("Nothing runs.").wait_for()
    other = Queue(Workspace(serving.workspace), Events(), at_once=0)
    job = other.submit("draw", [SLOW], "Draw many")
    other.close()
    card = page.get_by_role("article").filter(has_text="Draw many")
    card.get_by_text("of 400").wait_for()
    card.get_by_role("link", name="Draw many").click()
    page.get_by_text("halescope draw -o inputs/many/sun.fits --images 400 --size 256").wait_for()
    page.get_by_role("button", name="Abort").click()
    page.get_by_text("It was aborted").wait_for()
    page.get_by_label("Log", exact=True).get_by_text("interrupted").first.wait_for()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Abort").click()
    page.get_by_role("button", name="Delete").click()
    left = []
    page.on(
        "request",
        lambda request: left.append(request.url) if request.is_navigation_request() else 0,
    )
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/#jobs")
    # The deletion is told by its answer and by an event: the page leaves once.
    page.get_by_role("tab", name="Jobs").wait_for()
    assert left == [f"{serving.address}/"]
    assert job.id not in {row["id"] for row in serving.ask("/api/jobs")}
