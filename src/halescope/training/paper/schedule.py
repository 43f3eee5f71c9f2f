"""The solver that DIGITS' model form asks for, and its learning-rate policies as Caffe has them.

Nothing here needs torch, so that a form can draw a policy's curve without it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

SolverType = Literal["SGD", "NESTEROV", "ADAM", "RMSPROP", "ADAGRAD", "ADADELTA"]
Policy = Literal["fixed", "step", "multistep", "exp", "inv", "poly", "sigmoid"]


@dataclass(frozen=True)
class Solver:
    """What DIGITS' model form asks for.

    Parameters
    ----------
    type : str
        ``NESTEROV`` is Caffe's name of NAG.
    base_lr : float
        Before the policy and a layer's lr_mult.
    gamma : float
        Of step, multistep, exp, inv and sigmoid.
    step_percent : float
        Step length (step) or midpoint (sigmoid), percent of all iterations.
    multistep_percent : tuple of float
        Iterations of a drop, percent of all.
    power : float
        Of inv and poly.
    momentum, momentum2 : float
        momentum2 is Adam's second; momentum is AdaDelta's decay.
    rms_decay : float
        Of RMSprop.
    delta : float
        Caffe's guard against division by zero.
    weight_decay : float
        L2, before a layer's decay_mult.
    batch_size : int
        Pictures in memory at a time.
    accumulation : int
        Batches per step (``iter_size``).
    """

    type: SolverType = "ADAM"
    base_lr: float = 2e-4
    policy: Policy = "step"
    gamma: float = 0.1
    step_percent: float = 33.0
    multistep_percent: tuple[float, ...] = (50.0, 85.0)
    power: float = 1.0
    momentum: float = 0.9
    momentum2: float = 0.999
    rms_decay: float = 0.98
    delta: float = 1e-8
    weight_decay: float = 1e-8
    batch_size: int = 2
    accumulation: int = 5

    def __post_init__(self) -> None:
        if self.base_lr <= 0 or self.batch_size < 1 or self.accumulation < 1:
            raise ValueError("base_lr, batch_size and accumulation must be positive")
        if not 0 < self.step_percent <= 100:
            raise ValueError(f"step_percent is {self.step_percent}, expected 0..100")


DIGITS_README = Solver(base_lr=1e-4)
"""NVIDIA/DIGITS ``examples/object-detection/README.md``: Adam, base LR 1e-4, 30 epochs."""

DIGITS_GOOGLENET = Solver(
    type="SGD", base_lr=0.01, weight_decay=1e-4, batch_size=24, accumulation=1
)
"""DIGITS' defaults for GoogLeNet: SGD 0.01, step 33 %, gamma 0.1, momentum 0.9."""


def learning_rate(solver: Solver, iteration: int, iterations: int) -> float:
    """Return the learning rate of one iteration, from 0, of all (``max_iter``), before lr_mult."""
    base, gamma = solver.base_lr, solver.gamma
    step = max(1.0, math.ceil(iterations * solver.step_percent / 100))
    if solver.policy == "step":
        return float(base * gamma ** (iteration // step))
    if solver.policy == "multistep":
        passed = [iteration >= iterations * p / 100 for p in solver.multistep_percent]
        return float(base * gamma ** sum(passed))
    if solver.policy == "exp":
        return float(base * gamma**iteration)
    if solver.policy == "inv":
        return float(base * (1 + gamma * iteration) ** -solver.power)
    if solver.policy == "poly":
        return float(base * max(0.0, 1 - iteration / iterations) ** solver.power)
    if solver.policy == "sigmoid":
        # Caffe's gamma is negative in a falling sigmoid; DIGITS writes the sign itself.
        return base / (1 + math.exp(min(700.0, abs(gamma) * (iteration - step))))
    return base
