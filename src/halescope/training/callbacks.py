"""What happens during a training run: curves are written, Ctrl-C and early ends are met."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint

from halescope.io.atomic import atomic_text
from halescope.training.curves import (
    METRICS,
    STEP_COLUMNS,
    STEPS,
    Metrics,
    draw_curve,
    read_metrics,
    read_steps,
    step_line,
    write_metrics,
)
from halescope.training.telling import Telling, nothing

PAUSE = 5.0
"""Seconds between two drawings of the curve: a small network has many epochs a second."""


class CurveWriter(Callback):
    """Keep ``metrics.csv`` and the learning curve up to date, and say each epoch's metrics.

    The curve is drawn at most every `PAUSE` seconds, and at the end.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder, self.say = folder, say
        self.drawn = float("-inf")
        self.rows: list[Metrics] = read_metrics(folder / METRICS)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Add a row of every logged metric and draw the curve again."""
        values = {k: float(v) for k, v in trainer.callback_metrics.items()}
        epoch = float(trainer.current_epoch + 1)
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        self.rows = [row for row in self.rows if row["epoch"] < epoch]
        self.rows.append({"epoch": epoch, "learning_rate": rate, **values})
        write_metrics(self.folder / METRICS, self.rows)
        if time.monotonic() - self.drawn > PAUSE:
            self._draw()
        told = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        self.say(f"epoch {epoch:.0f} of {trainer.max_epochs}: {told}")

    def on_fit_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Draw the curve with all epochs."""
        self._draw()

    def on_exception(self, trainer: L.Trainer, module: L.LightningModule, _: BaseException) -> None:
        """Draw the curve of a run that is asked to stop."""
        self._draw()

    def _draw(self) -> None:
        if self.rows:
            draw_curve(self.rows, self.folder / "curve.png")
        self.drawn = time.monotonic()


class StepWriter(Callback):
    """Add a row to ``steps.csv`` for each step: its loss is the mean over its batches.

    A resumed run goes on after the step of its snapshot; what was written beyond is forgotten.
    """

    def __init__(self, folder: Path, telling: Telling) -> None:
        self.path, self.telling = folder / STEPS, telling
        self.advance: Callable[[], None] = nothing
        self.start = time.monotonic()
        self.losses: list[float] = []
        self.done = 0

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Keep what is before this run's first step."""
        self.done = trainer.global_step
        kept = [row for row in read_steps(self.path) if row["step"] <= self.done]
        if kept:  # the clock goes on where it stopped
            self.start = time.monotonic() - kept[-1]["seconds"]
        lines = [",".join(STEP_COLUMNS) + "\n", *(step_line(row.values()) for row in kept)]
        atomic_text(self.path, "".join(lines))
        total = int(trainer.estimated_stepping_batches)
        self.advance = self.telling.track("steps", max(0, total - self.done))

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """Write a row once the optimizer has stepped."""
        # Lightning has divided the loss by the number of batches of a full step.
        self.losses.append(float(outputs["loss"]) * trainer.accumulate_grad_batches)
        if trainer.global_step == self.done:
            return
        self.done = trainer.global_step
        epoch = trainer.current_epoch + (index + 1) / int(trainer.num_training_batches)
        loss = sum(self.losses) / len(self.losses)
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        self.losses.clear()
        row = (self.done, epoch, loss, rate, time.monotonic() - self.start)
        with self.path.open("a", encoding="utf-8") as out:
            out.write(step_line(row))
        self.advance()


class RunStoppedError(Exception):
    """A run was asked to stop, and has kept what it goes on from."""


class Interruptible(Callback):
    """Keep `last`, for ``--resume``; Ctrl-C ends the run after the batch at hand, twice at once.

    The end is a `RunStoppedError`, so that no part of an epoch counts as one.
    """

    def __init__(self, last: Path) -> None:
        self.last = last
        self.asked = False
        self._before: Any = None

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Take over the signal."""
        try:
            self._before = signal.signal(signal.SIGINT, self._note)
        except ValueError:  # not in the main thread: the caller keeps its own handling
            self._before = None

    def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:
        """Save and stop if asked."""
        if self.asked:
            trainer.save_checkpoint(self.last)
            raise RunStoppedError

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Save what `--resume` goes on from."""
        trainer.save_checkpoint(self.last)

    def give_back(self) -> None:
        """Give the signal back: after the fit, since Lightning sets signals again at its end."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def callbacks_of(
    snapshots: Path, monitor: tuple[str, str], ends: tuple[int, int, int], telling: Telling
) -> list[Callback]:
    """Return the callbacks, but for `Interruptible`, of a run whose folder of snapshots this is.

    `monitor`: name and ``max`` or ``min``, by which a snapshot is best; it is kept apart. `ends`:
    `validate_every`, `patience` and `keep` of `RunConfig`.
    """
    (name, mode), (every, patience, keep) = monitor, ends
    newest: dict[str, Any] = {"monitor": "step", "mode": "max"} if keep else {}
    found: list[Callback] = [
        ModelCheckpoint(
            snapshots, "epoch_{epoch:03d}", save_top_k=keep or -1, auto_insert_metric_name=False,
            save_weights_only=True, every_n_epochs=every, save_on_train_epoch_end=True,
            enable_version_counter=False, **newest,
        ),
        ModelCheckpoint(
            snapshots, "best", monitor=name, mode=mode, save_weights_only=True,
            enable_version_counter=False,
        ),
        CurveWriter(snapshots.parent, telling.say),
        StepWriter(snapshots.parent, telling),
    ]  # fmt: skip
    if patience:
        found.append(EarlyStopping(name, mode=mode, patience=patience))
    return found
