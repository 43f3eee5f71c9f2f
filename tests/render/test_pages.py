"""Templates: what they hold is escaped, and what is missing is said."""

import json

import pytest
from jinja2 import DictLoader, UndefinedError

from halescope.render import pages
from halescope.render.pages import render_page


@pytest.fixture
def templates(monkeypatch):
    """Return a dict whose entries are the templates."""
    held: dict[str, str] = {}
    pages._environment.cache_clear()
    monkeypatch.setattr(pages._environment(), "loader", DictLoader(held))
    yield held
    pages._environment.cache_clear()


def test_text_is_escaped_and_markup_is_not(templates):
    templates["a"] = "<b>{{ word }}</b>{{ plot|safe }}"
    assert render_page("a", word="</b><script>", plot="<svg/>") == (
        "<b>&lt;/b&gt;&lt;script&gt;</b><svg/>"
    )


@pytest.mark.parametrize("text", ["</script><b>", "<!--", "a & b", "\u2028\u2029", "it's", 'a "b"'])
def test_data_can_stand_in_a_script(templates, text):
    templates["a"] = "<script>{{ data|tojson }}</script>"
    inner = render_page("a", data=[text])[len("<script>") : -len("</script>")]
    assert not set("<>&\u2028\u2029'") & set(inner)
    assert json.loads(inner) == [text]


def test_a_missing_value_is_an_error(templates):
    templates["a"] = "{{ gone }}"
    with pytest.raises(UndefinedError, match="gone"):
        render_page("a")
