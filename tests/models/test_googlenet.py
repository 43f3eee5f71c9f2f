"""GoogLeNet: both auxiliary heads, and the sizes of the published network."""

import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from halescope.models.googlenet import GoogLeNet, googlenet_loss


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return GoogLeNet(classes=1000)


def test_parameter_count_is_that_of_bvlc_googlenet(net):
    main = sum(p.numel() for n, p in net.named_parameters() if not n.startswith(("loss1", "loss2")))
    assert main == 5_973_552 + 1000 * 1025  # the well-known 6,998,552
    assert sum(p.numel() for p in net.parameters()) == 13_378_280


def test_every_head_answers_in_training_and_one_otherwise(net):
    x = torch.randn(1, 3, 224, 224)
    net.train()
    assert [tuple(h.shape) for h in net.heads(x)] == [(1, 1000)] * 3
    net.eval()
    with torch.no_grad():
        assert len(net.heads(x)) == 1
        assert net(x).shape == (1, 1000)


def test_grey_input_and_no_auxiliary_heads():
    net = GoogLeNet(classes=4, in_channels=1, auxiliary=False)
    assert not any(name.startswith(("loss1", "loss2")) for name, _ in net.named_parameters())
    assert net(torch.zeros(1, 1, 224, 224)).shape == (1, 4)


def test_auxiliary_losses_count_three_tenths():
    label = torch.tensor([0])
    even = torch.zeros(1, 2)
    sure = torch.tensor([[50.0, -50.0]])
    log2 = 0.693147
    assert googlenet_loss((even, sure, sure), label).item() == pytest.approx(0.3 * log2, abs=1e-5)
    assert googlenet_loss((sure, even, sure), label).item() == pytest.approx(0.3 * log2, abs=1e-5)
    assert googlenet_loss((sure, sure, even), label).item() == pytest.approx(log2, abs=1e-5)
