"""The paper's two networks under training: losses, solver, validation."""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from torch import Tensor

from halescope.evaluation.metrics.digits import Report, Scored, report
from halescope.models.detectnet import DetectNet
from halescope.models.googlenet import GoogLeNet, googlenet_loss
from halescope.training.paper.detectnet import DetectNetTraining, score_picture
from halescope.training.paper.detectnet_loss import detectnet_loss
from halescope.training.paper.googlenet import GoogLeNetTraining
from halescope.training.paper.schedule import learning_rate
from halescope.training.paper.shares import in_shares
from halescope.training.paper.solver import check_loss, make_optimizer, set_learning_rate


class DetectNetModule(L.LightningModule):
    """DetectNet with its losses, solver and DIGITS' validation, over a run of `steps`."""

    net: DetectNet

    def __init__(self, config: DetectNetTraining, steps: int) -> None:
        super().__init__()
        self.config, self.steps = config, steps
        self.net = DetectNet(config.model)
        self.net.freeze(config.freeze)
        self.scored: list[Scored] = []
        self.last_report: Report | None = None

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """Return the weighted loss of a batch of pictures and grids."""
        workers = self.config.run.workers
        parts = in_shares(self.losses, batch, self.net.parameters(), workers)
        check_loss(parts["loss"], self.global_step)
        self.log_dict(parts, prog_bar=True, on_step=False, on_epoch=True, batch_size=len(batch[0]))
        return parts["loss"]

    def losses(self, image: Tensor, grid: Tensor) -> dict[str, Tensor]:
        """Return both losses and their weighted sum."""
        logits, boxes = (out.float() for out in self.net.logits(image))
        return detectnet_loss(logits, boxes, grid, self.config.loss, self.config.coverage_loss)

    def on_train_batch_start(self, batch: Any, index: int) -> None:
        """Set the policy's learning rate."""
        rate = learning_rate(self.config.solver, self.global_step, self.steps)
        set_learning_rate(self.trainer.optimizers[0], rate)

    def on_validation_epoch_start(self) -> None:
        """Forget the previous epoch's detections."""
        self.scored = []

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Take losses and detections of one batch."""
        image, grid = batch
        logits, boxes = (out.float() for out in self.net.logits(image))
        coverage = torch.sigmoid(logits)
        forms = (self.config.loss, self.config.coverage_loss)
        parts = detectnet_loss(logits, boxes, grid, *forms)
        named = {f"val_{name}": value for name, value in parts.items()}
        self.log_dict(named, on_epoch=True, batch_size=len(image))
        for one in zip(
            coverage.cpu().numpy(), boxes.cpu().numpy(), grid.cpu().numpy(), strict=True
        ):
            self.scored.append(score_picture(*one, self.config))

    def on_validation_epoch_end(self) -> None:
        """Log precision, recall and simplified mAP, in percent as DIGITS shows them."""
        found = report(self.scored)
        self.last_report = found
        percent = {
            "precision": found.digits.precision,
            "recall": found.digits.recall,
            "mAP": found.digits.simplified_map,
            "f1": found.digits.f1,
        }
        self.log_dict({k: 100 * v for k, v in percent.items()}, prog_bar=True)

    def configure_optimizers(self) -> Any:
        """Return the solver over Caffe's parameter groups."""
        solver = self.config.solver
        return make_optimizer(
            solver, self.net.parameter_groups(solver.base_lr, solver.weight_decay)
        )


class GoogLeNetModule(L.LightningModule):
    """GoogLeNet with its weighted losses, solver and accuracy, over a run of `steps`."""

    def __init__(self, config: GoogLeNetTraining, classes: int, steps: int) -> None:
        super().__init__()
        self.config, self.steps = config, steps
        self.net = GoogLeNet(classes, config.treatment.channels)
        self.net.freeze(config.freeze)

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """Return the sum of the three heads' losses."""
        workers = self.config.run.workers
        loss = in_shares(self.losses, batch, self.net.parameters(), workers)["loss"]
        check_loss(loss, self.global_step)
        count = len(batch[0])
        self.log("loss", loss, prog_bar=True, on_step=False, on_epoch=True, batch_size=count)
        return loss

    def losses(self, image: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the loss."""
        return {"loss": googlenet_loss(self.net.heads(image), label)}

    def on_train_batch_start(self, batch: Any, index: int) -> None:
        """Set the policy's learning rate."""
        rate = learning_rate(self.config.solver, self.global_step, self.steps)
        set_learning_rate(self.trainer.optimizers[0], rate)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Log loss, top-1 and top-5 accuracy (0..1) of one batch."""
        image, label = batch
        logits = self.net(image).float()
        ranked = logits.argsort(1, descending=True)[:, :5]
        right = ranked == label[:, None]
        values = {
            "val_loss": torch.nn.functional.cross_entropy(logits, label),
            "accuracy": right[:, 0].float().mean(),
            "accuracy_top5": right.any(1).float().mean(),
        }
        self.log_dict(values, prog_bar=True, on_epoch=True, batch_size=len(image))

    def configure_optimizers(self) -> Any:
        """Return the solver over Caffe's parameter groups."""
        solver = self.config.solver
        return make_optimizer(
            solver, self.net.parameter_groups(solver.base_lr, solver.weight_decay)
        )
