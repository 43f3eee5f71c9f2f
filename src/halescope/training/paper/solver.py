"""Optimizers of the solver types that DIGITS offered, as Caffe computes them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adadelta, Adagrad, Adam, Optimizer, RMSprop

from halescope.errors import HalescopeError
from halescope.training.paper.schedule import Solver


class TrainingError(HalescopeError):
    """Training cannot go on."""


def check_loss(loss: Tensor, step: int) -> None:
    """Stop by `TrainingError` at a loss that is NaN or infinite, after some optimizer steps."""
    if not torch.isfinite(loss):
        raise TrainingError(
            f"step {step}",
            f"the loss is {loss.item()}",
            "a finite number",
            "lower solver.base_lr, or look at the labels with halescope doctor",
        )


def make_optimizer(solver: Solver, groups: list[dict[str, Any]]) -> Optimizer:
    """Return the optimizer over `halescope.models.inception.Trunk.parameter_groups`."""
    lr = solver.base_lr
    if solver.type == "ADAM":
        betas = solver.momentum, solver.momentum2
        return Adam(groups, lr, betas, eps=solver.delta, fused=True)
    if solver.type == "RMSPROP":
        return RMSprop(groups, lr, alpha=solver.rms_decay, eps=solver.delta)
    if solver.type == "ADAGRAD":
        return Adagrad(groups, lr, eps=solver.delta)
    if solver.type == "ADADELTA":
        return Adadelta(groups, lr, rho=solver.momentum, eps=solver.delta)
    return SGD(groups, lr, momentum=solver.momentum, nesterov=solver.type == "NESTEROV")


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    """Give every group the rate times its own lr_mult (1 where it has none)."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("lr_mult", 1.0)
