"""HTML pages from Jinja2 templates, which lie in `templates/` of the room that fills them.

Numbers are computed and rounded in Python; a template only lays them out.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

POLICY = (
    "default-src 'none'; img-src 'self' data: file:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; script-src "
)
"""Content security policy of a page; what its scripts are is added. Nothing comes from elsewhere,
nothing is sent, and text never becomes code."""


def render_page(template: str, **values: Any) -> str:
    """Return a page as text.

    Texts are escaped unless they are `markupsafe.Markup` (or piped through ``safe``); a value piped
    through ``tojson`` can stand inside a script element, whatever it holds. A template says
    ``{{ policy("room/templates/name.js") }}`` in its head, with every script that it has, and
    ``{{ script("room/templates/name.js") }}`` where the script stands; what is no such file does
    not run. Data of a script go into ``<script type="application/json" id="page-data">``.

    Raises `jinja2.UndefinedError`: the template uses a value that is not given.

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
    made.globals |= {"policy": _policy, "script": _script}
    return made


def _policy(*scripts: str) -> Markup:
    """Return the element that lets a page run these scripts of the package, and nothing else.

    What is allowed is told by the files, not by the page: a script that got into the page in any
    other way has another checksum.
    """
    from markupsafe import Markup

    digests = [hashlib.sha256(_source(name).encode()).digest() for name in scripts]
    allowed = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    policy = POLICY + (" ".join(allowed) or "'none'")
    return Markup('<meta http-equiv="Content-Security-Policy" content="{}">').format(policy)


def _script(name: str) -> Markup:
    """Return a script of the package as an element."""
    from markupsafe import Markup

    return Markup("<script>{}</script>").format(Markup(_source(name)))


def _source(name: str) -> str:
    """Return the text of a file of the package, with newlines as a browser counts them."""
    made = _environment()
    if made.loader is None:
        raise LookupError(name)
    return made.loader.get_source(made, name)[0].replace("\r\n", "\n")
