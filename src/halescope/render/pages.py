"""HTML pages from Jinja2 templates, which lie in `templates/` of the room that fills them.

Numbers are computed and rounded in Python; a template only lays them out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def render_page(template: str, **values: Any) -> str:
    """Return a page as text.

    Texts are escaped unless they are `markupsafe.Markup` (or piped through ``safe``); a value piped
    through ``tojson`` can stand inside a script element, whatever it holds. Raises
    `jinja2.UndefinedError`: the template uses a value that is not given.

    Parameters
    ----------
    template : str
        Path from the package's root, with slashes: ``datasets/templates/show.html``. Templates
        name each other in the same way, so that ``{% include %}`` reaches every room.
    **values
        What the template uses.

    Examples
    --------
    >>> render_page("datasets/templates/show.html", title="Labels", ...)  # doctest: +SKIP
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("halescope", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # `tojson` writes <, >, & and ' as \u003c and so on, and with ASCII alone U+2028 and U+2029 too.
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": True, "separators": (",", ":")}
    return made
