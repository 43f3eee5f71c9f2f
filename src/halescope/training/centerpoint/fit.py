"""Fit the centre-point network to labelled disks."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from halescope.models.centerpoint import CenterPoint, CenterPointConfig
from halescope.tensors import disk_tensor
from halescope.training.centerpoint.targets import focal_loss, make_targets, shape_loss
from halescope.training.data.augment import AugmentConfig, Objects, augment, join_halves
from halescope.types import Array


@dataclass(frozen=True)
class CenterPointFit:
    """How the centre-point network is fitted.

    Parameters
    ----------
    batch : int
        Disks a step.
    rate : float
        Highest learning rate of the one-cycle schedule (AdamW).
    average : float
        Decay of the running average of the weights, which is what is kept.
    plage_weight : float
        Weight of the plage heat map's loss.
    changed_weight : float
        Weight of regions whose class changed between the midnights: present for certain.
    """

    batch: int = 8
    rate: float = 2e-3
    decay: float = 0.05
    average: float = 0.99
    plage_weight: float = 0.5
    changed_weight: float = 1.0
    model: CenterPointConfig = field(default_factory=CenterPointConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)


class DiskSet(torch.utils.data.Dataset[tuple[Tensor, ...]]):
    """Disks with labels; each item is a fresh augmentation.

    Parameters
    ----------
    fields : (N, S, S) int8, grey levels
    """

    def __init__(
        self,
        fields: NDArray[np.int8],
        objects: Sequence[Objects],
        config: AugmentConfig,
        seed: int = 0,
    ) -> None:
        self.fields, self.objects, self.config = fields, objects, config
        self.random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self.fields)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        disk = self._disk(index)
        if self.random.random() < self.config.halves:
            disk = join_halves(disk, self._disk(int(self.random.integers(len(self)))))
        grey, objects = augment(*disk, self.config, self.random)
        target = make_targets(objects, grey.shape[0])
        arrays = (disk_tensor(grey), target.heat, target.counted, target.shape, target.inside)
        return tuple(torch.from_numpy(np.ascontiguousarray(a)) for a in arrays)

    def _disk(self, index: int) -> tuple[Array, Objects]:
        return np.asarray(self.fields[index], np.float32), self.objects[index]


class CenterPointModule(L.LightningModule):
    """Loss, optimiser and running average of the network, over a run of `steps`."""

    def __init__(self, config: CenterPointFit, steps: int) -> None:
        super().__init__()
        self.config, self.steps = config, steps
        self.net = CenterPoint(config.model)
        self.averaged = copy.deepcopy(self.net).requires_grad_(requires_grad=False)

    def training_step(self, batch: Sequence[Tensor], index: int) -> Tensor:
        """Return the loss of one batch: disk, heat, counted, shape, inside."""
        disk, heat, counted, shape, inside = batch
        maps = self.net(disk.to(memory_format=torch.channels_last))
        spotted = focal_loss(maps[:, :1], heat[:, :1], counted[:, :1])
        plage = focal_loss(maps[:, 1:2], heat[:, 1:], counted[:, 1:])
        boxes, offsets = shape_loss(maps[:, 2:], shape, inside)
        loss = spotted + self.config.plage_weight * plage + 2 * boxes + 0.3 * offsets
        self.log_dict(
            {"loss": loss, "heat": spotted, "plage": plage, "boxes": boxes, "offsets": offsets},
            on_epoch=True,
            on_step=False,
        )
        return loss

    def on_train_batch_end(self, *_: Any) -> None:
        """Move the running average, faster in the beginning."""
        keep = min(self.config.average, (1 + self.global_step) / (10 + self.global_step))
        with torch.no_grad():
            for mean, now in zip(
                self.averaged.state_dict().values(), self.net.state_dict().values(), strict=True
            ):
                if mean.dtype.is_floating_point:
                    mean.lerp_(now, 1 - keep)
                else:
                    mean.copy_(now)

    def configure_optimizers(self) -> Any:
        """Return AdamW under a one-cycle schedule."""
        optimizer = torch.optim.AdamW(
            self.net.parameters(), self.config.rate, weight_decay=self.config.decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.config.rate, total_steps=self.steps, pct_start=0.15
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]
