"""The scorers of proposals and links: means of their members, and their ONNX graph."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from halescope.detection.proposals.features import FEATURES
from halescope.detection.proposals.links import LINK_FEATURES
from halescope.models.proposal_scorer import CLIP, ProposalNetwork, ProposalScorer, ScorerConfig
from halescope.runtime.session import load
from halescope.runtime.store import find_card, weights_of

SMALL = ScorerConfig(members=3, hidden=5)
NAMES = (["features", "links"], ["logits", "link_logits"])
AXES = {"links": "links", "link_logits": "links"}
ROWS = ((1, 1), (7, 3), (3, 7), (200, 40))
"""Any number of proposals, and of links."""


@pytest.fixture
def scorer() -> ProposalScorer:
    torch.manual_seed(0)
    return ProposalScorer(torch.arange(4.0), torch.tensor([1.0, 2.0, 0.5, 4.0]), SMALL).eval()


def network_of(config: ScorerConfig, inputs: tuple[int, int]) -> ProposalNetwork:
    torch.manual_seed(2)
    parts = (ProposalScorer(torch.randn(n), torch.rand(n) + 0.5, config) for n in inputs)
    return ProposalNetwork(*parts).eval()


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


def test_both_scorers_answer_for_themselves() -> None:
    network = network_of(SMALL, (4, 6))
    features, links = torch.randn(5, 4), torch.randn(2, 6)
    logits, link_logits = network(features, links)
    torch.testing.assert_close(logits, network.proposals(features))
    torch.testing.assert_close(link_logits, network.links(links))
    assert (logits.shape, link_logits.shape) == ((5,), (2,))
    assert torch.equal(network(features, 2 * links)[0], logits)


@pytest.mark.parametrize("hidden", [5, 48])  # the larger is stored in half precision
def test_graph_agrees_with_torch(hidden: int) -> None:
    pytest.importorskip("onnx")
    from halescope.training.export import check_parity, onnx_bytes

    counts = len(FEATURES), len(LINK_FEATURES)
    network = network_of(ScorerConfig(members=2, hidden=hidden), counts)
    data = onnx_bytes(network, [torch.randn(7, n) for n in counts], NAMES, AXES)
    for rows in ROWS:
        example = [20 * torch.randn(r, n) for r, n in zip(rows, counts, strict=True)]
        assert check_parity(data, network, example, NAMES[0], 0.02, "small") < 0.02


def test_shipped_graph_is_this_network() -> None:
    onnx = pytest.importorskip("onnx")
    from onnx import numpy_helper

    from halescope.training.detector.fit import LinkFit, ScorerFit

    graph = onnx.load(str(weights_of(find_card("proposals", "detector")))).graph
    weights = {
        tensor.name.removesuffix("_half"): torch.from_numpy(
            numpy_helper.to_array(tensor).astype(np.float32)
        )
        for tensor in graph.initializer
    }
    network = ProposalNetwork(
        *(
            ProposalScorer(torch.zeros(count), torch.ones(count), fit.model)
            for count, fit in ((len(FEATURES), ScorerFit()), (len(LINK_FEATURES), LinkFit()))
        )
    ).eval()
    network.load_state_dict(weights)  # names, number and shapes are those of the defaults
    examples = [
        scorer.mean + scorer.spread * torch.randn(50, len(scorer.mean)) * 2
        for scorer in (network.proposals, network.links)
    ]
    found = load("proposals", "detector")(*(example.numpy() for example in examples))
    with torch.no_grad():
        for name, expected in zip(NAMES[1], network(*examples), strict=True):
            np.testing.assert_allclose(found[name], expected, atol=1e-4)


def test_shipped_graph_takes_any_number_of_proposals_and_links() -> None:
    model = load("proposals", "detector")
    random = np.random.default_rng(0)
    features, links = (
        random.normal(0, 3, (200, count)).astype(np.float32)
        for count in (len(FEATURES), len(LINK_FEATURES))
    )
    whole = model(features, links)
    for proposals, number in ROWS:
        found = model(features[:proposals], links[:number])
        np.testing.assert_allclose(found["logits"], whole["logits"][:proposals], atol=1e-4)
        np.testing.assert_allclose(found["link_logits"], whole["link_logits"][:number], atol=1e-4)
