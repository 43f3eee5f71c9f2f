"""Caffe's local response normalisation across channels, fast on a CPU and exact.

The maps are taken as rows of channels, a few hundred at a time so that what is computed on the
way stays in the cache; the power -0.75 is r sqrt(r) with r the reciprocal square root. All is in
float32 whatever the network's precision is: 1 + 1e-4 / 5 times a sum is where bfloat16 would lose
everything.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

ROWS = 512
"""Pixels at a time."""


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
    out = x.clone()
    for step in range(1, min(size // 2, x.shape[1] - 1) + 1):
        out[:, step:] += x[:, :-step]
        out[:, :-step] += x[:, step:]
    return out


def _power(d: Tensor, beta: float) -> Tensor:
    """Return d ^ -beta of numbers from 1 up."""
    if beta == 0.75:
        root = d.rsqrt()
        return root.sqrt().mul_(root)
    return d.pow(-beta)


def _rows(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def _maps(rows: Tensor, like: Tensor) -> Tensor:
    count, channels, height, width = like.shape
    return rows.view(count, height, width, channels).permute(0, 3, 1, 2)


class _Norm(torch.autograd.Function):
    """The normalisation with its gradient.

    ONNX has an operator for it, LRN, which ONNX Runtime takes three times as long for as for the
    plain operators that the graph gets: a banded 1 x 1 convolution, and roots for the power.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, size: int, alpha: float, beta: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.numbers = size, alpha, beta
        rows = _rows(x)
        out = torch.empty_like(rows)
        for part, target in zip(rows.split(ROWS), out.split(ROWS), strict=True):
            full = part.float()
            d = band(full * full, size).mul_(alpha / size).add_(1.0)
            target.copy_(_power(d, beta).mul_(full))
        return _maps(out, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None, None]:
        (x,) = ctx.saved_tensors
        size, alpha, beta = ctx.numbers
        rows, slopes = _rows(x), _rows(slope)
        out = torch.empty_like(rows)
        parts = (m.split(ROWS) for m in (rows, slopes, out))
        for part, given, target in zip(*parts, strict=True):
            full = part.float()
            d = band(full * full, size).mul_(alpha / size).add_(1.0)
            scaled = _power(d, beta).mul_(given)
            spread = band((full * scaled).div_(d), size)
            target.copy_(scaled.sub_(spread.mul_(full), alpha=2 * alpha * beta / size))
        return _maps(out, x), None, None, None

    @staticmethod
    def symbolic(graph: Any, x: Any, size: int, alpha: float, beta: float) -> Any:
        channels = x.type().varyingSizes()[1]
        place = torch.arange(channels)
        near = ((place[:, None] - place[None]).abs() <= size // 2).float() * (alpha / size)

        def constant(value: Tensor) -> Any:
            return graph.op("Constant", value_t=value)

        banded, ones = constant(near[:, :, None, None]), constant(torch.ones(channels))
        d = graph.op("Conv", graph.op("Mul", x, x), banded, ones, kernel_shape_i=[1, 1])
        if beta == 0.75:
            root = graph.op("Sqrt", d)
            power = graph.op("Mul", root, graph.op("Sqrt", root))
        else:
            power = graph.op("Pow", d, constant(torch.tensor(beta)))
        return graph.op("Div", x, power).setType(x.type())
