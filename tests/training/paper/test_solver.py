"""Learning-rate policies by Caffe's formulas, and solver steps by hand."""

import math

import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from halescope.training.paper.schedule import DIGITS_GOOGLENET, Solver, learning_rate
from halescope.training.paper.solver import make_optimizer, set_learning_rate


@pytest.mark.parametrize(
    ("policy", "extra", "iteration", "expected"),
    [
        ("fixed", {}, 99, 1.0),
        ("step", {"step_percent": 33.0}, 32, 1.0),
        ("step", {"step_percent": 33.0}, 33, 0.1),
        ("step", {"step_percent": 33.0}, 66, 0.01),
        ("multistep", {"multistep_percent": (50.0, 85.0)}, 50, 0.1),
        ("multistep", {"multistep_percent": (50.0, 85.0)}, 84, 0.1),
        ("multistep", {"multistep_percent": (50.0, 85.0)}, 85, 0.01),
        ("exp", {"gamma": 0.99}, 10, 0.99**10),
        ("inv", {"gamma": 0.1, "power": 0.5}, 30, 4**-0.5),
        ("poly", {"power": 2.0}, 75, 0.0625),
        ("sigmoid", {"step_percent": 50.0, "gamma": 0.1}, 50, 0.5),
        ("sigmoid", {"step_percent": 50.0, "gamma": 0.1}, 60, 1 / (1 + math.e)),
    ],
)
def test_policies(policy, extra, iteration, expected):
    solver = Solver(base_lr=1.0, policy=policy, **extra)
    assert learning_rate(solver, iteration, 100) == pytest.approx(expected)


def test_kitti_recipe_drops_at_twelve_thousand():
    kitti = Solver(step_percent=100 * 12000 / 38000)
    assert learning_rate(kitti, 11_999, 38_000) == pytest.approx(2e-4)
    assert learning_rate(kitti, 12_000, 38_000) == pytest.approx(2e-5)
    assert DIGITS_GOOGLENET.weight_decay == DIGITS_GOOGLENET.base_lr / 100


def step(solver, steps=1, gradient=2.0):
    """Return a weight of 1 after some steps at a constant gradient."""
    weight = torch.nn.Parameter(torch.ones(1))
    group = {"params": [weight], "lr": solver.base_lr, "weight_decay": 0.0}
    optimizer = make_optimizer(solver, [group])
    for _ in range(steps):
        weight.grad = torch.full((1,), gradient)
        optimizer.step()
    return weight.item()


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        ("SGD", 1 - 0.2, 1 - 0.2 - (0.2 + 0.9 * 0.2)),
        ("NESTEROV", 1 - 0.2 * 1.9, 1 - 0.2 * 1.9 - 0.2 * (1 + 0.9 * 1.9)),
        ("ADAM", 0.9, 0.8),
        ("ADAGRAD", 0.9, 0.9 - 0.1 / math.sqrt(2)),
        ("RMSPROP", 1 - 0.1 / math.sqrt(0.02), None),
    ],
)
def test_steps_by_hand(kind, one, two):
    solver = Solver(type=kind, base_lr=0.1)
    assert step(solver) == pytest.approx(one, rel=1e-5)
    if two is not None:
        assert step(solver, 2) == pytest.approx(two, rel=1e-5)


def test_adadelta_moves_downhill():
    assert step(Solver(type="ADADELTA", base_lr=1.0, delta=1e-6), 5) < 1


def test_rates_are_scaled_by_each_groups_multiplier():
    weights = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
    groups = [
        {"params": [w], "lr": 1.0, "lr_mult": m} for w, m in zip(weights, (1, 2), strict=True)
    ]
    optimizer = make_optimizer(Solver(type="SGD"), groups)
    set_learning_rate(optimizer, 0.5)
    assert [g["lr"] for g in optimizer.param_groups] == [0.5, 1.0]


@pytest.mark.parametrize("fault", [{"base_lr": 0}, {"batch_size": 0}, {"step_percent": 0}])
def test_impossible_numbers_are_refused(fault):
    with pytest.raises(ValueError, match=r"must be positive|expected"):
        Solver(**fault)
