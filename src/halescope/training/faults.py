"""Faults of a training run that the user can mend."""

from __future__ import annotations

import torch
from torch import Tensor

from halescope.errors import HalescopeError


class TrainingError(HalescopeError):
    """Training cannot go on."""


def check_loss(loss: Tensor, step: int) -> None:
    """Stop at a loss that is no number.

    Parameters
    ----------
    loss : () Tensor
    step : int
        Optimizer steps so far.

    Raises
    ------
    TrainingError
        The loss is NaN or infinite.
    """
    if not torch.isfinite(loss):
        raise TrainingError(
            f"step {step}",
            f"the loss is {loss.item()}",
            "a finite number",
            "lower solver.base_lr, or look at the labels with halescope doctor",
        )
