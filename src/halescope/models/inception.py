"""The trunk that GoogLeNet and DetectNet share: inception v1 as Caffe ran it.

Layer names are those of the published prototxt files, so that a state dict reads like them
(``inception_3a/5x5_reduce.weight``). Caffe's pooling rounds sizes up; its local response
normalisation works across channels; there is no batch norm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from halescope.models.response_norm import local_response_norm

TRUNK_BIAS = 0.2
"""Initial bias of every trunk convolution; the heads start at 0."""

WIDTHS: dict[str, tuple[int, int, int, int, int, int]] = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""Output channels of 1x1, 3x3_reduce, 3x3, 5x5_reduce, 5x5 and pool_proj of each module."""


@dataclass(frozen=True)
class Multipliers:
    """How a Caffe layer scales the solver's rate (lr_mult) and weight decay (decay_mult)."""

    weight_lr: float = 1.0
    bias_lr: float = 2.0
    weight_decay: float = 1.0
    bias_decay: float = 0.0


def caffe_xavier_(weight: Tensor) -> Tensor:
    """Fill a weight in place as Caffe's ``xavier`` does: uniform in +-sqrt(3 / fan_in)."""
    fan_in = weight[0].numel()
    bound = math.sqrt(3.0 / fan_in)
    with torch.no_grad():
        return weight.uniform_(-bound, bound)


def max_pool(x: Tensor, kernel: int, stride: int, padding: int = 0) -> Tensor:
    """Return a max-pooled map, its size rounded up as Caffe rounds it."""
    if kernel == 1 and stride == 1:
        return x
    return F.max_pool2d(x, kernel, stride, padding, ceil_mode=True)


class Trunk(nn.Module):
    """Inception v1 from conv1 to inception_5b.

    Parameters
    ----------
    in_channels : int
        3 as published, or 1.
    pool1 : tuple of int
        Kernel and stride of ``pool1/3x3_s2``: (3, 2) as published, (1, 1) in the paper.
    pool4 : bool
        Whether ``pool4/3x3_s2`` is there: in GoogLeNet, not in DetectNet.
    """

    def __init__(self, in_channels: int, pool1: tuple[int, int], pool4: bool) -> None:
        super().__init__()
        self.pool1, self.pool4 = pool1, pool4
        self.multipliers: dict[str, Multipliers] = {}
        self._conv("conv1/7x7_s2", in_channels, 64, 7, stride=2)
        self._conv("conv2/3x3_reduce", 64, 64, 1)
        self._conv("conv2/3x3", 64, 192, 3)
        channels = 192
        for block, (one, three_r, three, five_r, five, pool) in WIDTHS.items():
            name = f"inception_{block}"
            self._conv(f"{name}/1x1", channels, one, 1)
            self._conv(f"{name}/3x3_reduce", channels, three_r, 1)
            self._conv(f"{name}/3x3", three_r, three, 3)
            self._conv(f"{name}/5x5_reduce", channels, five_r, 1)
            self._conv(f"{name}/5x5", five_r, five, 5)
            self._conv(f"{name}/pool_proj", channels, pool, 1)
            channels = one + three + five + pool

    def add_layer(self, name: str, layer: nn.Conv2d | nn.Linear, bias: float) -> None:
        """Register a layer under its Caffe name, xavier weights and constant bias."""
        caffe_xavier_(layer.weight)
        nn.init.constant_(layer.bias, bias)  # type: ignore[arg-type]
        self.add_module(name, layer)
        self.multipliers[name] = Multipliers()

    def _conv(self, name: str, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        layer = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2)
        self.add_layer(name, layer, TRUNK_BIAS)

    def layer(self, name: str, x: Tensor) -> Tensor:
        """Return what the layer of that Caffe name makes of `x`, without activation."""
        out: Tensor = self._modules[name](x)  # type: ignore[misc]
        return out

    def inception(self, block: str, x: Tensor) -> Tensor:
        """Return the output of one inception module, (B, C', H, W)."""
        name = f"inception_{block}"

        def conv(part: str, y: Tensor) -> Tensor:
            return F.relu(self.layer(f"{name}/{part}", y))

        return torch.cat(
            (
                conv("1x1", x),
                conv("3x3", conv("3x3_reduce", x)),
                conv("5x5", conv("5x5_reduce", x)),
                conv("pool_proj", max_pool(x, 3, 1, 1)),
            ),
            1,
        )

    def stem(self, x: Tensor) -> Tensor:
        """Return the maps of inception_4a: (B, 512, H', W')."""
        x = F.relu(self.layer("conv1/7x7_s2", x))
        x = local_response_norm(max_pool(x, *self.pool1))
        x = F.relu(self.layer("conv2/3x3_reduce", x))
        x = F.relu(self.layer("conv2/3x3", x))
        x = max_pool(local_response_norm(x), 3, 2)
        x = self.inception("3b", self.inception("3a", x))
        return self.inception("4a", max_pool(x, 3, 2))

    def tail(self, x: Tensor) -> Tensor:
        """Return the maps of inception_5b, (B, 1024, H', W'), from those of inception_4d."""
        x = self.inception("4e", x)
        if self.pool4:
            x = max_pool(x, 3, 2)
        return self.inception("5b", self.inception("5a", x))

    def freeze(self, beginnings: tuple[str, ...]) -> None:
        """Let layers learn no more whose names begin so."""
        for name, parameter in self.named_parameters():
            if name.startswith(beginnings):
                parameter.requires_grad_(False)

    def parameter_groups(self, base_lr: float, weight_decay: float) -> list[dict[str, Any]]:
        """Return optimizer groups, one for each pair of lr_mult and decay_mult.

        Their ``lr`` and ``weight_decay`` are the solver's times these, which they hold too.
        """
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for parameter, lr_mult, decay_mult in self._scaled():
            groups.setdefault((lr_mult, decay_mult), []).append(parameter)
        return [
            {
                "params": parameters,
                "lr": base_lr * lr_mult,
                "weight_decay": weight_decay * decay_mult,
                "lr_mult": lr_mult,
                "decay_mult": decay_mult,
            }
            for (lr_mult, decay_mult), parameters in groups.items()
        ]

    def _scaled(self) -> Iterator[tuple[nn.Parameter, float, float]]:
        for name, mult in self.multipliers.items():
            layer: Any = self._modules[name]
            yield layer.weight, mult.weight_lr, mult.weight_decay
            yield layer.bias, mult.bias_lr, mult.bias_decay
