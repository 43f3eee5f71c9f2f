"""The alerts as an Atom feed (RFC 4287)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

ATOM = "http://www.w3.org/2005/Atom"

ENTRIES = 100

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed(alerts: Iterable[Mapping[str, Any]], name: str, updated: str) -> str:
    """Return the feed as XML text.

    Parameters
    ----------
    alerts : iterable of mapping
        Of `halescope.watch.alerts.Decision.alert`.
    name : str
        Of the source, which the feed's identity is made of.
    updated : str
        Time of the newest image, UTC.
    """
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed")
    _add(root, "id", _identity(name))
    _add(root, "title", f"Active regions: {name}")
    _add(root, "updated", updated)
    author = ElementTree.SubElement(root, f"{{{ATOM}}}author")
    _add(author, "name", "halescope")
    _link(root, "self", "feed.xml")
    _link(root, "alternate", "index.html")
    newest = sorted(alerts, key=lambda alert: (alert["time"], alert["id"]), reverse=True)
    for alert in newest[:ENTRIES]:
        entry = ElementTree.SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, "id", _identity(f"{name}|{alert['id']}"))
        _add(entry, "title", alert["title"])
        _add(entry, "updated", alert["time"])
        _add(entry, "content", f"{alert['words']} ({alert['image']}, {alert['time']})")
        _link(entry, "alternate", "index.html")
        if alert.get("picture"):
            _link(entry, "enclosure", alert["picture"], "image/png")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}{name}").text = _NOT_XML.sub("?", text)


def _link(parent: ElementTree.Element, relation: str, address: str, kind: str = "") -> None:
    given = {"rel": relation, "href": _NOT_XML.sub("?", address)} | ({"type": kind} if kind else {})
    ElementTree.SubElement(parent, f"{{{ATOM}}}link", given)


def _identity(text: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'halescope:' + text)}"
