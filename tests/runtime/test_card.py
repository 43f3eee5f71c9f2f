"""A card that does not fit is refused, with what was found and what was expected."""

import json
from pathlib import Path
from typing import Any

import pytest

from halescope.classes import HIERARCHY, MOUNT_WILSON
from halescope.errors import ModelError
from halescope.runtime.card import parse_card, read_card


def detector() -> dict[str, Any]:
    return {
        "name": "net",
        "version": "1",
        "task": "detector",
        "architecture": "centerpoint",
        "file": "net.onnx",
        "sha256": "a" * 64,
        "input": {"size": 416, "channels": 1, "clip": 127.0, "radius": 200.0},
        "classes": ["region"],
        "thresholds": {"score": 0.3},
    }


def test_round_trip_through_json(tmp_path: Path) -> None:
    card = parse_card(detector())
    (tmp_path / "net.json").write_text(json.dumps(card.to_json()))
    again = read_card(tmp_path / "net.json")
    assert again.to_json() == card.to_json()
    assert again.path == tmp_path / "net.json"
    assert again.input.scale == "display"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"task": "oracle"}, "oracle"),
        ({"classes": ["alpha"]}, "region"),
        ({"sha256": "abc"}, "64 hexadecimal"),
        ({"file": "../net.onnx"}, "beside the card"),
        ({"surprise": 1}, "surprise"),
        ({"thresholds": {"score": "high"}}, "threshold score"),
        ({"thresholds": [0.3]}, "JSON object"),
        ({"classes": "region"}, "list of names"),
        ({"input": {"size": 416, "colour": 3}}, "colour"),
        ({"input": {"size": "big"}}, "size"),
        ({"input": {"size": 416, "clip": 0}}, "clip"),
        ({"input": {"size": 416, "clip": float("nan")}}, "finite"),
        ({"input": 416}, "JSON object"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], word: str) -> None:
    with pytest.raises(ModelError, match=word):
        parse_card(detector() | change)


def test_missing_key_is_named() -> None:
    data = detector()
    del data["architecture"]
    with pytest.raises(ModelError, match=r"lacks \['architecture'\]"):
        parse_card(data)


def test_classifier_takes_a_known_vocabulary_in_its_order_only() -> None:
    base = detector() | {"task": "classifier"}
    for names in (MOUNT_WILSON, HIERARCHY, ("A", "AG", "B", "BG")):
        assert parse_card(base | {"classes": list(names)}).classes == tuple(names)
    with pytest.raises(ModelError, match="in this order"):
        parse_card(base | {"classes": list(reversed(MOUNT_WILSON))})


def test_unreadable_cards(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_card(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ModelError, match="no JSON"):
        read_card(tmp_path / "bad.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(ModelError, match="is a list"):
        read_card(tmp_path / "list.json")
