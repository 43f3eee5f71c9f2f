"""DetectNet: GoogLeNet's trunk without pool4, with a coverage head and a box head.

Tao, Barker & Sarathy (2016), as in NVIDIA/caffe ``examples/kitti/detectnet_network.prototxt``,
and as de Oliveira & Gradvohl (2020), Section 5.1, changed it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from halescope.models.inception import Multipliers, Trunk


@dataclass(frozen=True)
class DetectNetConfig:
    """The two shapes that DetectNet has here.

    Parameters
    ----------
    height, width : int
        Input size, pixels.
    pool1_kernel, pool1_stride : int
        Of ``pool1/3x3_s2``.
    classes : int
        Coverage channels; the box head is shared by all classes.
    dropout : float
        Before the heads.
    """

    height: int = 512
    width: int = 512
    pool1_kernel: int = 1
    pool1_stride: int = 1
    in_channels: int = 3
    classes: int = 1
    dropout: float = 0.4

    @property
    def stride(self) -> int:
        """Input pixels per grid cell: 8 in the paper, 16 at NVIDIA."""
        return 8 * self.pool1_stride

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return self.height // self.stride, self.width // self.stride


PAPER = DetectNetConfig()
"""The paper's: 512 x 512 pixels, ``pool1/3x3_s2`` with kernel and stride 1, stride 8."""


class DetectNet(Trunk):
    """Coverage and boxes on a grid."""

    def __init__(self, config: DetectNetConfig = PAPER) -> None:
        super().__init__(
            config.in_channels, (config.pool1_kernel, config.pool1_stride), pool4=False
        )
        self.config = config
        # The published file gives both parameters of this one layer lr_mult 1.
        self.multipliers["inception_5b/3x3_reduce"] = Multipliers(bias_lr=1.0)
        self.add_layer("cvg/classifier", nn.Conv2d(1024, config.classes, 1), 0.0)
        self.add_layer("bbox/regressor", nn.Conv2d(1024, 4, 1), 0.0)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return coverage and boxes of a batch of pictures.

        `image`, (B, C, H, W) float32: grey levels 0..255 less 127 (BGR where there are colours).

        Returns
        -------
        coverage : (B, classes, H / stride, W / stride) float32
            0..1, after the sigmoid.
        boxes : (B, 4, H / stride, W / stride) float32
            x1, y1, x2, y2, pixels, relative to the top left of the cell.
        """
        logits, boxes = self.logits(image)
        return torch.sigmoid(logits), boxes

    def logits(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the same as `forward`, the coverage before its sigmoid."""
        x = self.stem(image)
        for block in ("4b", "4c", "4d"):
            x = self.inception(block, x)
        x = F.dropout(self.tail(x), self.config.dropout, self.training)
        # Corners are pixels: in bfloat16 they would be off by a quarter of one at 32.
        with torch.autocast(x.device.type, enabled=False):
            x = x.float()
            return self.layer("cvg/classifier", x), self.layer("bbox/regressor", x)
