"""The Mount Wilson classifier: an ensemble over physical features, with pixels where they help.

One graph holds every member, the scaling of the features and the average of the members.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON

LEVELS = len(HIERARCHY)


@dataclass(frozen=True)
class MountWilsonConfig:
    """Size of the network.

    Parameters
    ----------
    members : int
        Feature networks in the ensemble.
    hidden : int
        Units of each of a member's two hidden layers; 0 leaves a linear model.
    noise : float
        Standard deviation of the noise on the scaled features while training.
    pixel_members : int
        Convolutional members, which see the crop too; 0 for none.
    channels : int
        Channels of their first layer.
    """

    members: int = 8
    hidden: int = 32
    dropout: float = 0.4
    noise: float = 0.5
    pixel_members: int = 0
    channels: int = 12


class FeatureMember(nn.Module):
    """A linear model and a small perceptron, added."""

    def __init__(self, features: int, config: MountWilsonConfig) -> None:
        super().__init__()
        self.noise = config.noise
        self.linear = nn.Linear(features, LEVELS)
        h, drop = config.hidden, config.dropout
        self.deep = nn.Sequential(
            nn.Linear(features, h), nn.SiLU(), nn.Dropout(drop),
            nn.Linear(h, h), nn.SiLU(), nn.Dropout(drop),
            nn.Linear(h, LEVELS),
        ) if h else None  # fmt: skip

    def forward(self, crops: Tensor, features: Tensor) -> Tensor:
        """Return logits, (B, 3), of scaled features, (B, F); the crops are not looked at."""
        if self.training:
            features = features + self.noise * torch.randn_like(features)
        out: Tensor = self.linear(features)
        return out if self.deep is None else out + self.deep(features)


class PixelMember(nn.Module):
    """A small convolutional network whose logits are added to a feature member's."""

    def __init__(self, features: int, config: MountWilsonConfig) -> None:
        super().__init__()
        c = config.channels
        steps = ((2, c, 2), (c, 2 * c, 2), (2 * c, 2 * c, 1), (2 * c, 4 * c, 2))
        self.body = nn.Sequential(*(_block(*step) for step in steps))
        self.head = nn.Sequential(
            nn.Dropout(config.dropout), nn.Linear(8 * c, 32), nn.SiLU(), nn.Linear(32, LEVELS)
        )
        self.beside = FeatureMember(features, config)

    def forward(self, crops: Tensor, features: Tensor) -> Tensor:
        """Return logits, (B, 3), of crops, (B, 2, S, S), and scaled features, (B, F)."""
        maps = self.body(crops)
        pooled = torch.cat([maps.amax((2, 3)), 4 * maps.mean((2, 3))], 1)
        out: Tensor = self.head(pooled) + self.beside(crops, features)
        return out


class MountWilson(nn.Module):
    """The whole classifier.

    Parameters
    ----------
    features : int
        Length of the feature vector.

    Attributes
    ----------
    center, scale : (F,) buffers
        Mean and standard deviation of the features over the training regions.
    fine : nn.Linear
        Logits of the seven classes; only those within one level are compared.
    """

    center: Tensor
    scale: Tensor

    def __init__(self, features: int, config: MountWilsonConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("center", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        plain = [FeatureMember(features, config) for _ in range(config.members)]
        pixel = [PixelMember(features, config) for _ in range(config.pixel_members)]
        self.members = nn.ModuleList([*plain, *pixel])
        self.fine = nn.Linear(features, len(MOUNT_WILSON))
        nn.init.zeros_(self.fine.weight)
        nn.init.zeros_(self.fine.bias)

    def scaled(self, features: Tensor) -> Tensor:
        """Return the features in standard deviations from their means, cut at 4."""
        return ((features - self.center) / self.scale).clamp(-4, 4)

    def forward(self, crops: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the classifier knows of crops, (B, 2, S, S), and features, (B, F).

        Returns
        -------
        levels : (B, 3)
            Logarithms of the members' mean probabilities of alpha, beta and complex.
        fine : (B, 7)
            Logarithm of each class's probability within its level.
        """
        z = self.scaled(features)
        # Keeps the crops an input of the graph where no member looks at them.
        nothing = 0 * crops.mean((1, 2, 3))[:, None]
        means = [member(crops, z).softmax(1) for member in self.members]
        levels = torch.stack(means).mean(0).clamp(min=1e-6).log() + nothing
        return levels, within_levels(self.fine(z))


def within_levels(logits: Tensor) -> Tensor:
    """Return logarithms of probabilities, (B, 7), that add up to 1 within each level."""
    out = torch.zeros_like(logits)
    for level in HIERARCHY:
        own = [i for i, name in enumerate(MOUNT_WILSON) if COARSE[name] == level]
        out[:, own] = logits[:, own].log_softmax(1)
    return out


def _block(inner: int, outer: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU()
    )
