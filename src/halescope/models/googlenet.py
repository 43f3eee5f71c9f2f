"""GoogLeNet: inception v1 with its two auxiliary heads, as DIGITS trained it.

Szegedy et al. (2015); NVIDIA/DIGITS ``digits/standard-networks/caffe/googlenet.prototxt``. It is
not torchvision's network of the same name, which has batch norm and 3x3 in place of 5x5.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from halescope.models.inception import TRUNK_BIAS, Trunk

AUXILIARY_WEIGHT = 0.3
"""Weight of each auxiliary head's loss; the main one has 1."""


class GoogLeNet(Trunk):
    """A classifier of 224 x 224 pictures.

    Parameters
    ----------
    in_channels : int
        3 as published, or 1.
    auxiliary : bool
        Whether the two heads of training are there.
    """

    def __init__(self, classes: int = 4, in_channels: int = 3, auxiliary: bool = True) -> None:
        super().__init__(in_channels, (3, 2), pool4=True)
        self.auxiliary = auxiliary
        for index, channels in ((1, 512), (2, 528)) if auxiliary else ():
            self.add_layer(f"loss{index}/conv", nn.Conv2d(channels, 128, 1), TRUNK_BIAS)
            self.add_layer(f"loss{index}/fc", nn.Linear(2048, 1024), TRUNK_BIAS)
            self.add_layer(f"loss{index}/classifier", nn.Linear(1024, classes), 0.0)
        self.add_layer("loss3/classifier", nn.Linear(1024, classes), 0.0)

    def forward(self, image: Tensor) -> Tensor:
        """Return the main logits, (B, classes), of (B, C, 224, 224) grey levels less the mean."""
        return self.heads(image)[-1]

    def heads(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the logits of every head, (B, classes) each: loss1, loss2, then the main one."""
        low = self.stem(image)
        high = self.inception("4d", self.inception("4c", self.inception("4b", low)))
        x = self.tail(high).mean((2, 3))  # pool5/7x7_s1 over the 7 x 7 maps of a 224 x 224 input
        main = self.layer("loss3/classifier", F.dropout(x, 0.4, self.training))
        if not (self.auxiliary and self.training):
            return (main,)
        return self._side(1, low), self._side(2, high), main

    def _side(self, index: int, x: Tensor) -> Tensor:
        x = F.avg_pool2d(x, 5, 3, ceil_mode=True)
        x = torch.flatten(F.relu(self.layer(f"loss{index}/conv", x)), 1)
        x = F.dropout(F.relu(self.layer(f"loss{index}/fc", x)), 0.7, self.training)
        return self.layer(f"loss{index}/classifier", x)


def googlenet_loss(heads: tuple[Tensor, ...], label: Tensor) -> Tensor:
    """Return the weighted cross entropy of heads, (B, classes) each, the main one last."""
    loss = F.cross_entropy(heads[-1], label)
    for side in heads[:-1]:
        loss = loss + AUXILIARY_WEIGHT * F.cross_entropy(side, label)
    return loss
