"""Cards are found by name or path, weights are checked."""

from pathlib import Path

import pytest

from halescope.errors import ModelError
from halescope.runtime.store import default_card, find_card, shipped, weights_of


def test_every_shipped_network_fits_its_card() -> None:
    for card in shipped():
        assert weights_of(card).is_file()
    for task in ("detector", "classifier"):
        defaults = [card for card in shipped() if card.task == task and card.default]
        assert [default_card(task)] == defaults  # exactly one


def test_default_detector_scores_proposals() -> None:
    card = default_card("detector")
    assert card is not None
    assert (card.name, card.architecture) == ("proposals", "proposals")
    assert find_card("centerpoint", "detector").default is False


def test_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(ModelError, match="one of"):
        find_card("no-such-net", "detector")


def test_card_for_another_task(tiny_net: Path) -> None:
    with pytest.raises(ModelError, match="is a detector; expected a classifier"):
        find_card(str(tiny_net), "classifier")


def test_altered_and_missing_weights(tiny_net: Path) -> None:
    card = find_card(str(tiny_net), "detector")
    weights = tiny_net.with_suffix(".onnx")
    assert weights_of(card) == weights
    weights.write_bytes(weights.read_bytes() + b"x")
    with pytest.raises(ModelError, match="checksum"):
        weights_of(card)
    weights.unlink()
    with pytest.raises(ModelError, match="missing"):
        weights_of(card)
