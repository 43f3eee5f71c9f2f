"""A batch in shares gives the losses and gradients of the whole batch."""

import pytest
import torch
from torch.nn import functional as F

from halescope.training.paper.shares import in_shares


@pytest.mark.parametrize(("pictures", "workers"), [(6, 2), (5, 2), (7, 3), (1, 2), (4, 1)])
def test_equals_the_whole_batch(pictures: int, workers: int) -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    unused = torch.nn.Parameter(torch.zeros(3))
    x, y = torch.randn(pictures, 5), torch.randn(pictures, 2)

    def losses(x: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
        found = net(x)
        return {"size": found.abs().mean(), "loss": F.mse_loss(found, y)}

    whole = losses(x, y)
    (3 * whole["loss"]).backward()
    wanted = [p.grad.clone() for p in net.parameters()]
    net.zero_grad()
    shared = in_shares(losses, (x, y), [*net.parameters(), unused], workers)
    (3 * shared["loss"]).backward()
    assert {k: v.item() for k, v in shared.items()} == pytest.approx(
        {k: v.item() for k, v in whole.items()}, rel=1e-5
    )
    for parameter, slope in zip(net.parameters(), wanted, strict=True):
        torch.testing.assert_close(parameter.grad, slope)
    assert unused.grad is None
