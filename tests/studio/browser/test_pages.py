"""What every page has."""


def test_first_page_has_the_navigation_and_the_theme_stays(page):
    page.goto("/")
    assert page.title() == "Home · halescope studio"
    links = page.get_by_role("navigation", name="Pages").get_by_role("link")
    assert {"Home", "Analyse", "Data sets", "Label", "Models", "Try", "Regions"} <= {
        text.strip() for text in links.all_inner_texts()
    }
    before = page.evaluate("document.documentElement.dataset.theme")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") != before


def test_ticks_of_a_chart_tell_their_places_apart(page):
    page.goto("/models")
    ticks = [[1.96e-4, 1.98e-4, 2e-4], [0.5, 1, 1.5], [0, 20, 40], [3.8, None, 3.6], [5, 5]]
    told = page.evaluate("""async (lists) => {
        const { apart } = await import("/static/js/lib/chart.js");
        return lists.map(apart);
    }""", ticks)  # fmt: skip
    assert told == [
        ["1.96e-4", "1.98e-4", "2e-4"], ["0.5", "1", "1.5"], ["0", "20", "40"], ["3.8", "", "3.6"],
        ["5", "5"],
    ]  # fmt: skip


def test_reference_of_the_rest_interface_is_shown_without_a_network(page):
    page.goto("/docs")
    page.get_by_text("/api/health").first.wait_for()
