"""The centre-point network on the canonical disk.

After Zhou, Wang & Krähenbühl (2019), "Objects as Points" (arXiv 1904.07850): a heat map of
region centres, the distances to the four box edges, and here also the offset to the position
that NOAA would give, from which the box rule of `halescope.box_rule.extent` starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

STRIDE = 4
"""Input pixels per output cell."""

CHANNELS = 8
"""Output channels: spotted heat, plage heat (logits), left, bottom, right, top (pixels / 16),
and the offset to NOAA's position in x and y (pixels / 16)."""

SIZE_UNIT = 16.0
"""Pixels of one unit of the distance channels."""


@dataclass(frozen=True)
class CenterPointConfig:
    """Widths of the network.

    Parameters
    ----------
    widths : tuple of int
        Channels at strides 2, 4, 8, 16 and 32.
    neck : int
        Channels of the merged map at stride 4.
    dropout : float
        Chance that a channel of the merged map is dropped in training.
    """

    widths: tuple[int, ...] = (16, 24, 48, 96, 128)
    neck: int = 32
    dropout: float = 0.2


def convolve(inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    """Return convolution, batch norm and ReLU; (B, inputs, H, W) to (B, outputs, H/s, W/s)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            convolve(width, width),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum, (B, C, H, W) as it came in."""
        return torch.relu(x + self.body(x))


class CenterPoint(nn.Module):
    """Disk tensor (B, 1, N, N) to (B, 8, N/4, N/4), raw; see `CHANNELS`.

    Inside, the network adds two channels that need no data: the strength of the field and the
    distance from disk centre, so that foreshortening is known to it.
    """

    def __init__(self, config: CenterPointConfig = CenterPointConfig()) -> None:
        super().__init__()
        w2, w4, w8, w16, w32 = config.widths
        self.stem = convolve(3, w2, stride=2)
        self.down4 = nn.Sequential(convolve(w2, w4, stride=2), Residual(w4))
        self.down8 = nn.Sequential(convolve(w4, w8, stride=2), Residual(w8))
        self.down16 = nn.Sequential(convolve(w8, w16, stride=2), Residual(w16), Residual(w16))
        self.down32 = nn.Sequential(convolve(w16, w32, stride=2), Residual(w32))
        self.lateral = nn.ModuleList(nn.Conv2d(w, config.neck, 1) for w in (w4, w8, w16, w32))
        self.merge = nn.Sequential(
            convolve(config.neck, config.neck),
            nn.Dropout2d(config.dropout),
            convolve(config.neck, config.neck),
        )
        self.heat = nn.Conv2d(config.neck, 2, 1)
        self.shape = nn.Conv2d(config.neck, CHANNELS - 2, 1)
        nn.init.constant_(self.heat.bias, -4.0)  # type: ignore[arg-type]
        nn.init.constant_(self.shape.bias, 1.0)  # type: ignore[arg-type]

    def forward(self, disk: Tensor) -> Tensor:
        """Return the raw maps of disks of -1..1; N is a multiple of 32."""
        x4 = self.down4(self.stem(self._inputs(disk)))
        x8 = self.down8(x4)
        x16 = self.down16(x8)
        x32 = self.down32(x16)
        y = self.lateral[3](x32)
        for lateral, x in zip(reversed(self.lateral[:3]), (x16, x8, x4), strict=True):
            y = nn.functional.interpolate(y, scale_factor=2.0, mode="nearest") + lateral(x)
        y = self.merge(y)
        return torch.cat([self.heat(y), self.shape(y)], 1)

    @staticmethod
    def _inputs(disk: Tensor) -> Tensor:
        axis = torch.linspace(-1.04, 1.04, disk.shape[-1], device=disk.device, dtype=disk.dtype)
        rho = (axis[None, :] ** 2 + axis[:, None] ** 2).expand_as(disk)
        return torch.cat([disk, disk.abs(), rho], 1)


class MirroredMean(nn.Module):
    """The mean of a network's maps for the disk and for its east-west mirror.

    The mirror's polarity is reversed, so that it obeys Hale's law as the disk does.
    """

    def __init__(self, network: CenterPoint) -> None:
        super().__init__()
        self.network = network
        # Left and right change places, and the offset in x its sign.
        self.register_buffer("order", torch.tensor([0, 1, 4, 3, 2, 5, 6, 7]))
        sign = torch.ones(CHANNELS)
        sign[6] = -1
        self.register_buffer("sign", sign.view(1, CHANNELS, 1, 1))

    def forward(self, disk: Tensor) -> Tensor:
        """Return the raw maps, as `CenterPoint.forward` does."""
        mirrored = self.network(-disk.flip(-1)).flip(-1)
        mirrored = mirrored.index_select(1, self.order) * self.sign
        out: Tensor = (self.network(disk) + mirrored) / 2
        return out
