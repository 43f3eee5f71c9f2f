"""The centre-point network, and its ONNX graph."""

import pytest

torch = pytest.importorskip("torch")

from halescope.models.centerpoint import CHANNELS, CenterPoint, CenterPointConfig, MirroredMean
from halescope.training.export import check_parity, onnx_bytes

SMALL = CenterPointConfig(widths=(4, 8, 8, 8, 8), neck=8)


def test_shapes_and_size() -> None:
    network = CenterPoint().eval()
    assert network(torch.zeros(2, 1, 416, 416)).shape == (2, CHANNELS, 104, 104)
    assert sum(p.numel() for p in network.parameters()) < 1_200_000


def test_mirrored_mean_commutes_with_the_admissible_mirror() -> None:
    torch.manual_seed(0)
    network = MirroredMean(CenterPoint(SMALL)).eval()
    disk = torch.randn(1, 1, 64, 64)
    maps, mirrored = network(disk), network(-disk.flip(-1)).flip(-1)
    torch.testing.assert_close(mirrored[:, 2], maps[:, 4])  # left of one is right of the other
    torch.testing.assert_close(mirrored[:, 6], -maps[:, 6])
    torch.testing.assert_close(mirrored[:, :2], maps[:, :2])


def test_graph_agrees_with_torch() -> None:
    torch.manual_seed(1)
    network = MirroredMean(CenterPoint(SMALL)).eval()
    example = torch.rand(2, 1, 64, 64) - 0.5
    data = onnx_bytes(network, [example], (["disk"], ["maps"]))
    assert check_parity(data, network, [example], ["disk"], 0.02, "small") < 0.02


def test_wrong_graph_is_refused() -> None:
    from halescope.errors import ModelError

    torch.manual_seed(2)
    data = onnx_bytes(CenterPoint(SMALL), [torch.rand(1, 1, 64, 64)], (["disk"], ["maps"]))
    other = CenterPoint(SMALL).eval()
    with torch.no_grad():
        other.heat.weight += 1
    with pytest.raises(ModelError, match="differ"):
        check_parity(data, other, [torch.rand(1, 1, 64, 64)], ["disk"], 0.02, "small")
