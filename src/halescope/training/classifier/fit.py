"""Fit the Mount Wilson classifier to labelled crops."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from halescope.classes import COARSE, MOUNT_WILSON
from halescope.classification.classify import NOAA_RATES
from halescope.models.mount_wilson import MountWilson, MountWilsonConfig, within_levels
from halescope.training.classifier.data import LabelledCrops
from halescope.types import Array

MIRRORS: tuple[tuple[int, ...], ...] = ((), (2,), (3,), (2, 3))
"""Axes of a crop that a mirror turns. A class is the same in every mirror and polarity."""


@dataclass(frozen=True)
class ClassifierFit:
    """How the network is fitted.

    Parameters
    ----------
    epochs, batch : int
        Passes over the regions, and regions a step.
    pixel_epochs : int
        Passes of the convolutional members.
    rate, decay : float
        Highest learning rate of the one-cycle schedule (AdamW), and weight decay.
    region_power : float
        A region seen n times has weight n ** -region_power in each of its frames: 1 counts
        regions, 0 counts frames.
    class_power : float
        Levels are weighted by their rarity to this power: 1 balances them.
    fine_penalty : float
        Ridge penalty that holds the finer classes to NOAA's long-term shares.
    """

    epochs: int = 40
    batch: int = 512
    pixel_epochs: int = 8
    rate: float = 3e-3
    decay: float = 0.05
    region_power: float = 0.5
    class_power: float = 1.0
    fine_penalty: float = 0.02
    model: MountWilsonConfig = field(default_factory=MountWilsonConfig)


def fit_network(crops: LabelledCrops, config: ClassifierFit, seed: int) -> MountWilson:
    """Return a network fitted to regions, in evaluation mode."""
    torch.manual_seed(seed)
    network = MountWilson(crops.features.shape[2], config.model)
    features = torch.from_numpy(crops.features)
    network.center.copy_(features.mean((0, 1)))
    network.scale.copy_(features.std((0, 1)).clamp(min=0.02))
    weight = sample_weights(crops, config)
    count = config.model.members
    groups = [(network.members[:count], config.epochs, False)]
    groups += [(network.members[count:], config.pixel_epochs, True)]
    for members, epochs, pixels in groups:
        if len(members):
            _fit_members(network, members, crops, weight, config, epochs, pixels)
    _fit_fine(network, crops, config)
    return network.eval()


def predict(network: MountWilson, crops: LabelledCrops, copy: int = 0) -> tuple[Array, Array]:
    """Return the outputs, (N, 3) and (N, 7) float32, for boxes as labelled or moved (copy 1)."""
    levels, fine = [], []
    with torch.no_grad():
        for start in range(0, len(crops), 512):
            part = slice(start, start + 512)
            pixels = torch.from_numpy(crops.crops[part, copy]).float() / 127
            a, b = network(pixels, torch.from_numpy(crops.features[part, copy]))
            levels.append(a.numpy())
            fine.append(b.numpy())
    return np.concatenate(levels), np.concatenate(fine)


def sample_weights(crops: LabelledCrops, config: ClassifierFit) -> Array:
    """Return the weight of every region, (N,) float32, of mean 1."""
    _, index, counts = np.unique(crops.region, return_inverse=True, return_counts=True)
    weight = crops.weight * counts[index] ** -config.region_power
    shares = (crops.soft * weight[:, None]).sum(0)
    rarity = (shares.sum() / np.maximum(shares, 1e-6)) ** config.class_power
    weight = weight * (crops.soft @ rarity)
    return np.asarray(weight / weight.mean(), np.float32)


def _fit_members(
    network: MountWilson,
    members: nn.ModuleList,
    crops: LabelledCrops,
    weight: Array,
    config: ClassifierFit,
    epochs: int,
    pixels: bool,
) -> None:
    """Fit some members at once, each on its own noise."""
    batch = 64 if pixels else config.batch
    rows = np.tile(np.arange(len(crops)), 2)
    copies = np.repeat([0, 1], len(crops))
    steps = epochs * -(-len(rows) // batch)
    optimizer = torch.optim.AdamW(members.parameters(), config.rate, weight_decay=config.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.rate, total_steps=steps)
    scaled = network.scaled(torch.from_numpy(crops.features))
    soft, weights = torch.from_numpy(crops.soft), torch.from_numpy(weight)
    members.train()
    for _ in range(epochs):
        for chosen in torch.randperm(len(rows)).split(batch):
            row, copy = rows[chosen.numpy()], copies[chosen.numpy()]
            picture = _augmented(crops.crops[row, copy]) if pixels else torch.empty(0)
            loss = torch.zeros(())
            for member in members:
                logits = member(picture, scaled[row, copy]).log_softmax(1)
                loss = loss - (weights[row] * (soft[row] * logits).sum(1)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    members.eval()


def _augmented(crops: NDArray[np.int8]) -> Tensor:
    """Return crops mirrored, turned, scaled and with polarities swapped, (B, 2, S, S)."""
    x = torch.from_numpy(crops).float() / 127
    count = len(x)
    axes = MIRRORS[int(torch.randint(len(MIRRORS), ()))]
    x = x.flip(axes) if axes else x
    sign = torch.randint(0, 2, (count, 1, 1, 1)) * 2.0 - 1
    gain = sign * (1 + 0.1 * torch.randn(count, 1, 1, 1))
    noise = 0.02 * torch.randn_like(x[:, :1]) * x[:, 1:]
    x = torch.cat([(x[:, :1] * gain).clamp(-1, 1) + noise, x[:, 1:]], 1)
    angle, zoom = 0.15 * torch.randn(count), 1 + 0.06 * torch.randn(count)
    cosine, sine, shift = zoom * angle.cos(), zoom * angle.sin(), 0.04 * torch.randn(2, count)
    affine = torch.stack([cosine, -sine, shift[0], sine, cosine, shift[1]], 1).view(-1, 2, 3)
    grid = nn.functional.affine_grid(affine, list(x.shape), align_corners=False)
    return nn.functional.grid_sample(x, grid, align_corners=False)


def _fit_fine(network: MountWilson, crops: LabelledCrops, config: ClassifierFit) -> None:
    """Fit the finer classes: NOAA's shares, moved only as far as the few regions press."""
    rates = torch.tensor([NOAA_RATES[name] for name in MOUNT_WILSON])
    with torch.no_grad():
        network.fine.bias.copy_(rates.log())
    is_complex = np.array([COARSE[n] == "complex" for n in MOUNT_WILSON])[crops.mount_wilson]
    if not is_complex.any():
        return
    chosen = crops[is_complex]
    _, index, counts = np.unique(chosen.region, return_inverse=True, return_counts=True)
    weight = torch.from_numpy(1 / counts[index] / len(counts)).float()
    scaled = network.scaled(torch.from_numpy(chosen.features[:, 0]))
    truth = torch.from_numpy(chosen.mount_wilson)
    optimizer = torch.optim.LBFGS(
        network.fine.parameters(), max_iter=60, line_search_fn="strong_wolfe"
    )
    prior = rates.log()

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = within_levels(network.fine(scaled))
        own = logits[torch.arange(len(truth)), truth]
        moved = (network.fine.weight**2).sum() + ((network.fine.bias - prior) ** 2).sum()
        value = -(weight * own).sum() + config.fine_penalty * moved
        value.backward()
        return value

    optimizer.step(loss)
