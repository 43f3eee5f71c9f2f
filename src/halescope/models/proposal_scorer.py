"""The network of the default detector: ensembles that score proposed boxes and their links."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

CLIP = 4.0
"""Standardised features are cut here: what lies further out was never seen in training."""


@dataclass(frozen=True)
class ScorerConfig:
    """Widths of the scorer.

    Parameters
    ----------
    members : int
        Networks whose logits are averaged.
    hidden : int
        Units of the hidden layer of each.
    dropout : float
        Chance that a hidden unit is dropped in training.
    """

    members: int = 16
    hidden: int = 48
    dropout: float = 0.5


class Member(nn.Module):
    """A linear score plus one hidden layer, which only corrects it."""

    def __init__(self, inputs: int, config: ScorerConfig) -> None:
        super().__init__()
        self.line = nn.Linear(inputs, 1)
        self.bend = nn.Sequential(
            nn.Linear(inputs, config.hidden),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return logits, (N,) float32, of standardised features, (N, F) float32."""
        out: Tensor = (self.line(features) + self.bend(features))[:, 0]
        return out


class ProposalScorer(nn.Module):
    """Features of proposals or links (N, F) to logits (N,): mean of the members.

    Parameters
    ----------
    mean, spread : (F,) float32 Tensor
        Mean and standard deviation of the training features.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor, spread: Tensor, config: ScorerConfig = ScorerConfig()) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.members = nn.ModuleList(Member(len(mean), config) for _ in range(config.members))

    def standardise(self, features: Tensor) -> Tensor:
        """Return features, (N, F) float32, in standard deviations from their means, cut at 4."""
        return ((features - self.mean) / self.spread).clamp(-CLIP, CLIP)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits, (N,) float32, of features, (N, F) float32, as the detector has them."""
        standard = self.standardise(features)
        return torch.stack([member(standard) for member in self.members]).mean(0)


class ProposalNetwork(nn.Module):
    """Both scorers as one graph: of proposals, and of the links between basins."""

    def __init__(self, proposals: ProposalScorer, links: ProposalScorer) -> None:
        super().__init__()
        self.proposals, self.links = proposals, links

    def forward(self, features: Tensor, links: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of proposals, (N,), and of links, (T,).

        `features`, (N, F) float32 Tensor: see `halescope.detection.proposals.features`. `links`,
        (T, G) float32 Tensor: see `halescope.detection.proposals.links`.
        """
        return self.proposals(features), self.links(links)
