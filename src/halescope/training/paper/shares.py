"""A batch in shares, each on a CPU thread of its own: faster than threads within an operator.

Threads within an operator wait for each other some thousand times a step, and on a machine that
other work shares for the slowest each time. Here they wait once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Losses = Callable[..., dict[str, Tensor]]


def in_shares(
    losses: Losses, batch: tuple[Tensor, ...], parameters: Iterable[Tensor], workers: int
) -> dict[str, Tensor]:
    """Return the losses of a batch, means over its pictures, from as many shares as workers.

    Parameters
    ----------
    losses : callable
        Takes the tensors of a batch and returns means over its pictures; ``loss`` is what
        carries a gradient, the others are numbers to log.
    batch : tuple of Tensor
        With the same first axis.
    parameters : iterable of Tensor
        Those that learn.
    workers : int
        1 computes the batch at once.
    """
    count = len(batch[0])
    if min(workers, count) < 2:
        return losses(*batch)
    pieces = min(2 * workers, count)  # so that a thread that is held up leaves some to the others
    shares = list(zip(*(part.tensor_split(pieces) for part in batch), strict=True))
    names: list[str] = []
    learning = [p for p in parameters if p.requires_grad]
    values = _Shares.apply(losses, shares, workers, names, *learning)  # type: ignore[no-untyped-call]
    return dict(zip(names, values, strict=True))


class _Shares(torch.autograd.Function):
    """Computes gradients along with the losses, since each thread keeps its own graph."""

    @staticmethod
    def forward(
        ctx: Any, losses: Losses, shares: list[tuple[Tensor, ...]], workers: int,
        names: list[str], *parameters: Tensor,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        total = sum(len(share[0]) for share in shares)
        device = shares[0][0].device.type
        mixed = torch.is_autocast_enabled(device)

        def work(share: tuple[Tensor, ...]) -> tuple[dict[str, Tensor], tuple[Any, ...]]:
            with torch.enable_grad(), torch.autocast(device, enabled=mixed, cache_enabled=False):
                parts = losses(*share)
            weight = len(share[0]) / total
            loss = parts["loss"] * weight
            slopes = torch.autograd.grad(loss, parameters, allow_unused=True)
            return {name: part.detach() * weight for name, part in parts.items()}, slopes

        done = list(_pool(workers).map(work, shares))
        ctx.slopes = [_sum(slopes) for slopes in zip(*(slopes for _, slopes in done), strict=True)]
        names += done[0][0]
        values = tuple(torch.stack([parts[name] for parts, _ in done]).sum() for name in names)
        ctx.place = names.index("loss")
        ctx.mark_non_differentiable(*(v for n, v in zip(names, values, strict=True) if n != "loss"))
        return values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Any, ...]:
        factor = slopes[ctx.place]
        own = (None if slope is None else slope * factor for slope in ctx.slopes)
        return (None, None, None, None, *own)


def _sum(slopes: tuple[Tensor | None, ...]) -> Tensor | None:
    known = [slope for slope in slopes if slope is not None]
    return torch.stack(known).sum(0) if known else None


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
