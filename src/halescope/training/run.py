"""One training run in one folder: snapshots, best, curve, logs, resume, run card."""

from __future__ import annotations

import hashlib
import json
import logging
import pickle
import platform
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from halescope.errors import ConfigError
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_text
from halescope.training.telling import Telling

if TYPE_CHECKING:
    import lightning as L

QUIET = Telling(lambda _line: None)
"""Tells nobody."""


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
    patience : int
        Validations without a better snapshot after which the run ends; 0 never ends it early.
    keep : int
        Snapshots of epochs that are kept, the last ones; 0 keeps all. The best is kept apart.
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
    patience: int = 0
    keep: int = 0
    precision: Literal["auto", "bf16", "full"] = "auto"
    channels_last: bool = True

    def __post_init__(self) -> None:
        if min(self.epochs, self.threads, self.workers, self.validate_every) < 1:
            names = "run.epochs, run.threads, run.workers and run.validate_every"
            raise ValueError(f"{names} must be positive")
        if min(self.patience, self.keep) < 0:
            raise ValueError("run.patience and run.keep must not be negative")


def fit(
    module: L.LightningModule,
    loaders: tuple[Iterable[Any], Iterable[Any]],
    config: RunConfig,
    monitor: tuple[str, str],
    accumulation: int = 1,
    resume: bool = False,
    telling: Telling = QUIET,
) -> L.Trainer:
    """Train a module in its folder on (training, validation) and return the trainer.

    Ctrl-C ends the run after the batch at hand, with a snapshot to resume from; the trainer's
    ``interrupted`` says so. Raises `ConfigError` where there is nothing to resume, or the folder
    holds a run and `resume` is off.

    Parameters
    ----------
    monitor : (name, "max" or "min")
        What decides which snapshot is best.
    accumulation : int
        Batches per step.
    resume : bool
        Go on from ``last.ckpt``.
    telling : Telling
        Who is told of epochs and steps.
    """
    import lightning as L  # seconds: only what trains needs it
    from lightning.pytorch.loggers import TensorBoardLogger

    from halescope.training.callbacks import Interruptible, RunStoppedError, callbacks_of

    snapshots = config.folder / "snapshots"
    last = snapshots / "last.ckpt"
    check_folder(last, resume)
    torch.set_num_threads(config.threads)
    if config.channels_last:
        module.to(memory_format=torch.channels_last)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # no word of TPUs
    guard = Interruptible(last)
    ends = (config.validate_every, config.patience, config.keep)
    trainer = L.Trainer(
        max_epochs=config.epochs,
        default_root_dir=config.folder,
        accumulate_grad_batches=accumulation,
        check_val_every_n_epoch=config.validate_every,
        precision=choose_precision(config.precision),
        logger=TensorBoardLogger(config.folder, name="tensorboard", version=""),
        callbacks=[*callbacks_of(snapshots, monitor, ends, telling), guard],  # last: it saves all
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        enable_model_summary=False,
        enable_progress_bar=False,
    )
    with warnings.catch_warnings():
        # Of Lightning's own use of torch, and of its advice on loaders.
        warnings.filterwarnings("ignore", module="lightning")
        try:
            trainer.fit(module, *loaders, ckpt_path=last if resume else None, weights_only=True)
        except RunStoppedError:
            pass  # all that is needed has been kept
        finally:
            guard.give_back()
    return trainer


def ending(trainer: L.Trainer) -> str:
    """Return how a run ended: ``whole``, ``early`` by its patience, or ``stopped`` when asked."""
    if trainer.interrupted:
        return "stopped"
    return "whole" if trainer.current_epoch >= (trainer.max_epochs or 0) else "early"


def was_stopped(folder: Path) -> bool:
    """Say whether the run in a folder ended because it was asked to."""
    record = from_json((folder / "run.json").read_text("utf-8"))
    return bool(record.get("ended") == "stopped")


def check_folder(last: Path, resume: bool) -> None:
    """Refuse to overwrite a run unasked, or to resume what is not there: its ``last.ckpt``."""
    if resume and not last.is_file():
        raise ConfigError(str(last), "is not there", "the last snapshot", "leave --resume out")
    if resume:
        try:
            torch.load(last, map_location="cpu", weights_only=True)
        except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
            found = "is no snapshot that can be gone on with"
            raise ConfigError(str(last), found, "one that this program wrote") from error
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
            "lightning": version("lightning"),
        },
        "config": config,
        **extra,
    }
    return atomic_text(folder / "run.json", json.dumps(card, indent=2, default=str) + "\n")


def digest(lines: Iterable[str]) -> str:
    """Return a SHA-256 over lines of text: of a split, or of a set of files."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def now() -> float:
    """Return a monotonic time, seconds."""
    return time.monotonic()
