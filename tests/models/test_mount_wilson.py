"""The Mount Wilson network: outputs are probabilities, and the graph equals torch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.classification.mount_wilson import LEVEL_OF, decode
from halescope.models.mount_wilson import (
    MountWilson,
    MountWilsonConfig,
    within_levels,
)

CONFIG = MountWilsonConfig(members=2, hidden=8, pixel_members=1, channels=4)


def inputs(count: int) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Return random crops and features."""
    generator = torch.Generator().manual_seed(0)
    return (
        torch.rand(count, 2, 80, 80, generator=generator),
        torch.randn(count, 7, generator=generator),
    )


@pytest.fixture
def network() -> MountWilson:
    torch.manual_seed(0)
    return MountWilson(7, CONFIG).eval()


def test_outputs_are_log_probabilities(network: MountWilson) -> None:
    with torch.no_grad():
        levels, fine = network(*inputs(5))
    assert levels.shape == (5, 3)
    assert levels.exp().sum(1).numpy() == pytest.approx(1, abs=1e-5)
    for level in HIERARCHY:
        own = [i for i, name in enumerate(MOUNT_WILSON) if COARSE[name] == level]
        assert fine[:, own].exp().sum(1).numpy() == pytest.approx(1, abs=1e-5)


def test_features_are_scaled_and_cut(network: MountWilson) -> None:
    network.center += 2
    network.scale *= 4
    found = network.scaled(torch.tensor([[2.0] * 6 + [1e6]]))
    assert found.tolist() == [[0.0] * 6 + [4.0]]


def test_decode_joins_the_levels() -> None:
    levels = np.log(np.array([[0.2, 0.3, 0.5]]))
    fine = within_levels(torch.zeros(1, 7)).numpy()
    share = decode(levels, fine)
    assert share.sum() == pytest.approx(1)
    assert [share[0, LEVEL_OF == i].sum() for i in range(3)] == pytest.approx([0.2, 0.3, 0.5])
    assert share[0, 2:] == pytest.approx(0.1)


def test_temperature_softens_levels_alone() -> None:
    levels = np.log(np.array([[0.1, 0.1, 0.8]]))
    fine = within_levels(torch.tensor([[0, 0, 3.0, 0, 0, 0, 0]])).numpy()
    sharp, soft = decode(levels, fine, 1.0), decode(levels, fine, 3.0)
    assert soft[0, 2:].sum() < sharp[0, 2:].sum()
    assert soft[0, 2] / soft[0, 3] == pytest.approx(sharp[0, 2] / sharp[0, 3], rel=1e-4)


def test_graph_equals_torch(network: MountWilson) -> None:
    pytest.importorskip("onnx")
    from halescope.training.export import check_parity, onnx_bytes

    names = ("crops", "features")
    data = onnx_bytes(network, inputs(3), (names, ("levels", "fine")))
    for count in (1, 4):  # the batch may vary
        assert check_parity(data, network, inputs(count), names, 0.02, "test") < 0.02
