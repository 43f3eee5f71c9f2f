"""DetectNet: its shape, its parameters and how they start and learn."""

import math

import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from halescope.models.detectnet import PAPER, DetectNet, DetectNetConfig
from halescope.models.inception import (
    WIDTHS,
    caffe_xavier_,
    max_pool,
)

NVIDIA = DetectNetConfig(height=384, width=1248, pool1_kernel=3, pool1_stride=2)
"""As published for KITTI: 1248 x 384 pixels, stride 16."""


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return DetectNet(PAPER).eval()


def test_parameter_count_is_the_published_one(net):
    assert sum(p.numel() for p in net.parameters()) == 5_978_677
    trunk = sum(p.numel() for n, p in net.named_parameters() if "/" in n and "cvg" not in n)
    assert trunk - 4 * 1025 == 5_973_552
    assert sum(p.numel() for p in DetectNet(NVIDIA).parameters()) == 5_978_677


@pytest.mark.parametrize(
    ("config", "stride", "grid"), [(NVIDIA, 16, (24, 78)), (PAPER, 8, (64, 64))]
)
def test_stride_and_grid(config, stride, grid):
    assert config.stride == stride
    assert config.grid == grid


@pytest.mark.parametrize("config", [NVIDIA, PAPER])
def test_output_has_one_value_per_cell(config):
    small = DetectNet(config).eval()
    with torch.no_grad():
        coverage, boxes = small(torch.zeros(1, 3, 64, 96))
    assert coverage.shape == (1, 1, 64 // config.stride, 96 // config.stride)
    assert boxes.shape == (1, 4, 64 // config.stride, 96 // config.stride)


def test_several_classes_share_one_box_head():
    net = DetectNet(DetectNetConfig(classes=3, in_channels=1))
    coverage, boxes = net(torch.zeros(1, 1, 32, 32))
    assert coverage.shape[1] == 3
    assert boxes.shape[1] == 4


def test_layers_have_their_caffe_names(net):
    names = {name.rsplit(".", 1)[0] for name, _ in net.named_parameters()}
    expected = {"conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3", "cvg/classifier"}
    expected |= {"bbox/regressor"}
    parts = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
    expected |= {f"inception_{block}/{part}" for block in WIDTHS for part in parts}
    assert names == expected


def test_biases_start_at_point_two_in_the_trunk_and_zero_in_the_heads(net):
    for name, parameter in net.named_parameters():
        if name.endswith(".bias"):
            start = 0.0 if name.startswith(("cvg", "bbox")) else 0.2
            assert torch.equal(parameter, torch.full_like(parameter, start))


def test_xavier_is_uniform_by_fan_in():
    weight = caffe_xavier_(torch.empty(400, 16, 5, 5))
    bound = math.sqrt(3 / (16 * 25))
    assert weight.abs().max() <= bound
    assert weight.std() == pytest.approx(bound / math.sqrt(3), rel=0.01)


def test_parameter_groups_carry_the_multipliers(net):
    groups = {(g["lr_mult"], g["decay_mult"]): g for g in net.parameter_groups(0.1, 0.01)}
    assert set(groups) == {(1.0, 1.0), (2.0, 0.0), (1.0, 0.0)}
    odd = groups[1.0, 0.0]["params"]
    assert len(odd) == 1
    assert odd[0] is net.get_parameter("inception_5b/3x3_reduce.bias")
    biases = groups[2.0, 0.0]
    assert (biases["lr"], biases["weight_decay"]) == (0.2, 0.0)
    assert all(p.ndim == 1 for p in biases["params"])
    assert sum(len(g["params"]) for g in groups.values()) == 2 * 59


def test_pooling_rounds_up():
    x = torch.arange(64.0).reshape(1, 1, 8, 8)
    pooled = max_pool(x, 3, 2)  # Caffe: ceil((8 - 3) / 2) + 1 = 4, where floor gives 3
    assert pooled.shape == (1, 1, 4, 4)
    assert pooled[0, 0, 3, 3] == 63
    assert max_pool(x, 1, 1) is x
