"""Caffe's local response normalisation across channels, fast on a CPU and exact.

The sum over neighbouring channels is a convolution with a banded 1 x 1 kernel, and the power
-0.75 is r sqrt(r) with r the reciprocal square root. Both are taken in float32 whatever the
network's precision is: 1 + 1e-4 / 5 times a sum is where bfloat16 would lose everything.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


def local_response_norm(
    x: Tensor, size: int = 5, alpha: float = 1e-4, beta: float = 0.75
) -> Tensor:
    """Return x / (1 + alpha / size * sum over `size` neighbouring channels of x^2) ^ beta.

    `x`, (B, C, H, W) Tensor: any floating type; the answer has the same. `size`, `alpha`, `beta`:
    Caffe's ``local_size``, ``alpha`` and ``beta``; `size` is odd.
    """
    out: Tensor = _Norm.apply(x, size, alpha, beta)  # type: ignore[no-untyped-call]
    return out


def band(x: Tensor, size: int) -> Tensor:
    """Return, for each channel of (B, C, H, W), the sum over the `size` (odd) about it."""
    place = torch.arange(x.shape[1], device=x.device)
    near = (place[:, None] - place[None]).abs() <= size // 2
    return F.conv2d(x, near.to(x.dtype)[:, :, None, None])


def _power(d: Tensor, beta: float) -> Tensor:
    """Return d ^ -beta of numbers from 1 up."""
    if beta == 0.75:
        root = d.rsqrt()
        return root * root.sqrt()
    return d.pow(-beta)


class _Norm(torch.autograd.Function):
    """The normalisation with its gradient; ONNX has it as one operator, LRN."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, size: int, alpha: float, beta: float) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            full = x.float()
            d = band(full * full, size).mul_(alpha / size).add_(1.0)
            ctx.save_for_backward(x, d)
            ctx.numbers = size, alpha, beta
            return (full * _power(d, beta)).to(x.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None, None]:
        x, d = ctx.saved_tensors
        size, alpha, beta = ctx.numbers
        with torch.autocast(x.device.type, enabled=False):
            full, scaled = x.float(), slope.float() * _power(d, beta)
            spread = band(full * scaled / d, size)
            scaled -= (2 * alpha * beta / size) * full * spread
        return scaled.to(x.dtype), None, None, None

    @staticmethod
    def symbolic(graph: Any, x: Any, size: int, alpha: float, beta: float) -> Any:
        node = graph.op("LRN", x, size_i=size, alpha_f=alpha, beta_f=beta, bias_f=1.0)
        return node.setType(x.type())
