"""The run folder: interrupting, precision, metrics, curve."""

import signal
from types import SimpleNamespace

import pytest

pytest.importorskip("lightning", reason="the train extra is not installed")

from PIL import Image

from halescope.training.callbacks import Interruptible, RunStoppedError
from halescope.training.curves import draw_curve
from halescope.training.run import RunConfig, choose_precision, digest


def test_ctrl_c_saves_and_stops_after_the_batch_and_twice_at_once(tmp_path):
    saved = []
    trainer = SimpleNamespace(save_checkpoint=saved.append)
    guard = Interruptible(tmp_path / "last.ckpt")
    before = signal.getsignal(signal.SIGINT)
    guard.on_fit_start(trainer, None)
    guard.on_train_batch_end(trainer)
    assert not saved
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(RunStoppedError):
        guard.on_train_batch_end(trainer)
    assert saved == [tmp_path / "last.ckpt"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    guard.give_back()
    assert signal.getsignal(signal.SIGINT) is before


def test_half_precision_only_where_asked_or_able():
    import torch

    if not torch.cuda.is_available():
        assert choose_precision("auto") == "32-true"
    assert choose_precision("bf16") == "bf16-mixed"
    assert choose_precision("full") == "32-true"


def test_curve_is_a_picture_even_with_gaps(tmp_path):
    rows = [{"epoch": 1.0, "loss": 5.0}, {"epoch": 2.0, "loss": 3.0, "mAP": 40.0, "val_loss": 4.0}]
    with Image.open(draw_curve(rows, tmp_path / "curve.png")) as image:
        assert image.size == (990, 550)


def test_digest_depends_on_every_line():
    assert digest(["a", "b"]) != digest(["a", "c"])
    assert len(digest([])) == 64


def test_impossible_runs_are_refused():
    with pytest.raises(ValueError, match="must be positive"):
        RunConfig(epochs=0)
