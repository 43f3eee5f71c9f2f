"""One training run in one folder: snapshots, best, curve, logs, resume, run card."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import platform
import signal
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import TensorBoardLogger

from halescope.errors import ConfigError
from halescope.io.atomic import atomic_path, atomic_text


@dataclass(frozen=True)
class RunConfig:
    """How long, where and on what a training runs.

    Parameters
    ----------
    folder : Path
        Everything of the run lies in it.
    threads : int
        CPU threads within an operator.
    workers : int
        CPU threads that take a share of each batch; `threads` is 1 with them.
    validate_every : int
        Epochs between validations and snapshots.
    precision : {"auto", "bf16", "full"}
        bf16: matrix products in bfloat16, weights and losses in float32, on CUDA and on a CPU
        that has the instructions (twice as fast there). auto: bf16 on CUDA devices that have it,
        else full.
    channels_last : bool
        Keep maps with their channels together in memory: faster on a CPU, the same numbers.
    """

    folder: Path = Path("runs/detectnet")
    epochs: int = 30
    seed: int = 1
    threads: int = 1
    workers: int = 1
    validate_every: int = 1
    precision: Literal["auto", "bf16", "full"] = "auto"
    channels_last: bool = True

    def __post_init__(self) -> None:
        if min(self.epochs, self.threads, self.workers, self.validate_every) < 1:
            names = "run.epochs, run.threads, run.workers and run.validate_every"
            raise ValueError(f"{names} must be positive")


class CurveWriter(Callback):
    """Keep ``metrics.csv`` and the learning curve up to date."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict[str, float]] = read_metrics(folder / "metrics.csv")

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Add a row of every logged metric and draw the curve again."""
        values = {k: float(v) for k, v in trainer.callback_metrics.items()}
        epoch = float(trainer.current_epoch + 1)
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        self.rows = [row for row in self.rows if row["epoch"] < epoch]
        self.rows.append({"epoch": epoch, "learning_rate": rate, **values})
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        with atomic_path(self.folder / "metrics.csv") as path, path.open("w", newline="") as out:
            writer = csv.DictWriter(out, names)
            writer.writeheader()
            writer.writerows(self.rows)
        draw_curve(self.rows, self.folder / "curve.png")


class Interruptible(Callback):
    """Keep `last`, for ``--resume``; Ctrl-C ends the run after the batch at hand, twice at once."""

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
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Save what `--resume` goes on from."""
        trainer.save_checkpoint(self.last)

    def on_fit_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Give the signal back."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def fit(
    module: L.LightningModule,
    loaders: tuple[Iterable[Any], Iterable[Any]],
    config: RunConfig,
    monitor: tuple[str, str],
    accumulation: int = 1,
    resume: bool = False,
) -> L.Trainer:
    """Train a module in its folder on (training, validation) and return the trainer.

    Raises `ConfigError` where there is nothing to resume, or the folder holds a run and `resume` is
    off.

    Parameters
    ----------
    monitor : (name, "max" or "min")
        What decides which snapshot is best.
    accumulation : int
        Batches per step.
    resume : bool
        Go on from ``last.ckpt``.
    """
    last = config.folder / "snapshots" / "last.ckpt"
    check_folder(last, resume)
    torch.set_num_threads(config.threads)
    if config.channels_last:
        module.to(memory_format=torch.channels_last)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # no word of TPUs
    trainer = L.Trainer(
        max_epochs=config.epochs,
        default_root_dir=config.folder,
        accumulate_grad_batches=accumulation,
        check_val_every_n_epoch=config.validate_every,
        precision=choose_precision(config.precision),
        logger=TensorBoardLogger(config.folder, name="tensorboard", version=""),
        callbacks=_callbacks(config, monitor, last),
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        enable_model_summary=False,
    )
    with warnings.catch_warnings():
        # Of Lightning's own use of torch, and of its advice on loaders.
        warnings.filterwarnings("ignore", module="lightning")
        trainer.fit(module, *loaders, ckpt_path=last if resume else None)
    return trainer


def _callbacks(config: RunConfig, monitor: tuple[str, str], last: Path) -> list[Callback]:
    name, mode = monitor
    snapshots = config.folder / "snapshots"
    return [
        ModelCheckpoint(
            snapshots, "epoch_{epoch:03d}", save_top_k=-1, auto_insert_metric_name=False,
            save_weights_only=True, every_n_epochs=config.validate_every,
            save_on_train_epoch_end=True,
        ),
        ModelCheckpoint(
            snapshots, "best", monitor=name, mode=mode, save_weights_only=True,
            enable_version_counter=False,
        ),
        CurveWriter(config.folder),
        Interruptible(last),
        TQDMProgressBar(),
    ]  # fmt: skip


def check_folder(last: Path, resume: bool) -> None:
    """Refuse to overwrite a run unasked, or to resume what is not there: its ``last.ckpt``."""
    if resume and not last.is_file():
        raise ConfigError(str(last), "is not there", "the last snapshot", "leave --resume out")
    if not resume and last.exists():
        raise ConfigError(
            str(last.parent.parent), "holds a run", "an empty folder", "go on with --resume"
        )


def choose_precision(wish: str) -> Literal["bf16-mixed", "32-true"]:
    """Return Lightning's name of the precision: unasked, bf16 only where a CUDA device has it."""
    if wish == "auto":
        able = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
        return "bf16-mixed" if able else "32-true"
    return "bf16-mixed" if wish == "bf16" else "32-true"


def write_run_card(folder: Path, kind: str, config: Any, extra: dict[str, Any]) -> Path:
    """Write ``run.json``: what was trained, on what, with what, when.

    Beside the configuration as plain values: hashes of data and split, metrics, seconds.
    """
    cuda = torch.cuda.is_available()
    card = {
        "kind": kind,
        "written": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "device": torch.cuda.get_device_name() if cuda else platform.processor() or "cpu",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "lightning": L.__version__,
        },
        "config": config,
        **extra,
    }
    return atomic_text(folder / "run.json", json.dumps(card, indent=2, default=str) + "\n")


def digest(lines: Iterable[str]) -> str:
    """Return a SHA-256 over lines of text: of a split, or of a set of files."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_metrics(path: Path) -> list[dict[str, float]]:
    """Return the rows of a run's ``metrics.csv``, none if there is no such file yet."""
    if not path.is_file():
        return []
    with path.open(newline="") as handle:
        return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(handle)]


def now() -> float:
    """Return a monotonic time, seconds."""
    return time.monotonic()


COLOURS = {
    "precision": "#7a4a1e",
    "mAP": "#6a3d9a",
    "recall": "#e377c2",
    "f1": "#2ca02c",
    "accuracy": "#d62728",
}
"""Percentages: brown, purple and pink as in Fig. 8, red as in Fig. 9 of the paper."""


def draw_curve(rows: Sequence[dict[str, float]], path: Path) -> Path:
    """Draw losses and percentages over epochs as PNG, as in the paper's Figs. 8 and 9."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    losses = figure.add_subplot(xlabel="epoch", ylabel="loss")
    shares = losses.twinx()
    shares.set_ylabel("percent")
    shares.set_ylim(0, 100)
    names = dict.fromkeys(name for row in rows for name in row)
    for name in names:
        points = [(row["epoch"], row[name]) for row in rows if name in row]
        x, y = zip(*points, strict=True)
        if name in COLOURS:
            percent = [100 * value for value in y] if name == "accuracy" else y
            shares.plot(x, percent, color=COLOURS[name], label=name, marker=".")
        elif "loss" in name:
            style = "--" if name.startswith("val") else "-"
            losses.plot(x, y, style, label=name, linewidth=1)
    losses.set_yscale("log")
    handles = [*losses.get_lines(), *shares.get_lines()]
    if handles:
        losses.legend(handles=handles, loc="center right", fontsize="small")
    with atomic_path(path) as fresh:
        figure.savefig(fresh, dpi=110)
    return path
