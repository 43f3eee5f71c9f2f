"""The scorer of proposals: mean of its members, and its ONNX graph."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from halescope.models.proposal_scorer import CLIP, ProposalScorer, ScorerConfig
from halescope.proposals_features import FEATURES
from halescope.runtime.session import load
from halescope.runtime.store import find_card, weights_of

SMALL = ScorerConfig(members=3, hidden=5)


@pytest.fixture
def scorer() -> ProposalScorer:
    torch.manual_seed(0)
    return ProposalScorer(torch.arange(4.0), torch.tensor([1.0, 2.0, 0.5, 4.0]), SMALL).eval()


def test_features_are_standardised_and_cut(scorer: ProposalScorer) -> None:
    raw = torch.tensor([[0.0, 3.0, 1e6, -1e6]])
    assert scorer.standardise(raw).tolist() == [[0.0, 1.0, CLIP, -CLIP]]
    edge = torch.tensor([[0.0, 3.0, 2 + 0.5 * CLIP, 3 - 4 * CLIP]])
    assert scorer(raw).item() == scorer(edge).item()


def test_logit_is_the_mean_of_the_members(scorer: ProposalScorer) -> None:
    raw = torch.randn(6, 4)
    standard = scorer.standardise(raw)
    each = torch.stack([member(standard) for member in scorer.members])
    assert each.shape == (3, 6)
    assert (each.std(0) > 0).all()  # each starts from weights of its own
    torch.testing.assert_close(scorer(raw), each.sum(0) / 3)


def test_without_its_bend_a_member_is_a_line(scorer: ProposalScorer) -> None:
    member = scorer.members[0]
    with torch.no_grad():
        member.bend[-1].weight.zero_()
        member.bend[-1].bias.zero_()
        member.line.weight.copy_(torch.tensor([[1.0, -2.0, 0.0, 0.5]]))
        member.line.bias.fill_(0.25)
    found = member(torch.tensor([[1.0, 1.0, 1.0, 1.0], [2.0, 0.0, 9.0, 2.0]]))
    assert found.tolist() == [-0.25, 3.25]


def test_hidden_units_are_dropped_in_training_only(scorer: ProposalScorer) -> None:
    raw = torch.randn(8, 4)
    assert torch.equal(scorer(raw), scorer(raw))
    scorer.train()
    assert not torch.equal(scorer(raw), scorer(raw))


@pytest.mark.parametrize("hidden", [5, 48])  # the larger is stored in half precision
def test_graph_agrees_with_torch(hidden: int) -> None:
    pytest.importorskip("onnx")
    from halescope.training.export import check_parity, onnx_bytes

    torch.manual_seed(2)
    count = len(FEATURES)
    network = ProposalScorer(
        torch.randn(count), torch.rand(count) + 0.5, ScorerConfig(members=2, hidden=hidden)
    ).eval()
    data = onnx_bytes(network, [torch.randn(7, count)], (["features"], ["logits"]))
    for rows in (1, 7, 200):  # any number of proposals
        example = 20 * torch.randn(rows, count)
        assert check_parity(data, network, [example], ["features"], 0.02, "small") < 0.02


def test_shipped_graph_is_this_network() -> None:
    onnx = pytest.importorskip("onnx")
    from onnx import numpy_helper

    graph = onnx.load(str(weights_of(find_card("proposals", "detector")))).graph
    weights = {
        tensor.name.removesuffix("_half"): torch.from_numpy(
            numpy_helper.to_array(tensor).astype(np.float32)
        )
        for tensor in graph.initializer
    }
    network = ProposalScorer(torch.zeros(len(FEATURES)), torch.ones(len(FEATURES))).eval()
    network.load_state_dict(weights)  # names, number and shapes are those of the defaults
    example = network.mean + network.spread * torch.randn(50, len(FEATURES)) * 2
    found = load("proposals", "detector")(example.numpy())["logits"]
    with torch.no_grad():
        np.testing.assert_allclose(found, network(example).numpy(), atol=1e-4)
