"""What a run leaves as it goes: steps, snapshots kept, early end, stop and resume."""

import os
import pickle
import signal

import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")
L = pytest.importorskip("lightning", reason="the train extra is not installed")

from torch.utils.data import DataLoader, TensorDataset

from halescope.errors import HalescopeError
from halescope.training.curves import read_metrics, read_steps
from halescope.training.run import QUIET, RunConfig, ending, fit
from halescope.training.snapshots import read_state
from halescope.training.telling import Telling

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning advises on loaders and loggers


class Line(L.LightningModule):
    """Fits y = 2x; its validation loss stays what `stuck` says, where that is given."""

    def __init__(self, stuck=None, stop_at=None):
        super().__init__()
        self.net = torch.nn.Linear(1, 1)
        self.stuck, self.stop_at, self.seen = stuck, stop_at, []

    def training_step(self, batch, index):
        x, y = batch
        loss = ((self.net(x) - y) ** 2).mean()
        self.seen.append(float(loss.detach()))
        self.log("loss", loss, on_step=False, on_epoch=True)
        if len(self.seen) == self.stop_at:
            os.kill(os.getpid(), signal.SIGINT)
        return loss

    def validation_step(self, batch, index):
        x, y = batch
        loss = ((self.net(x) - y) ** 2).mean()
        self.log("val_loss", loss if self.stuck is None else torch.tensor(self.stuck))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.05)


def train(folder, module, resume=False, accumulation=1, telling=QUIET, **run):
    x = torch.linspace(-1, 1, 8)[:, None]
    data = DataLoader(TensorDataset(x, 2 * x), 2)
    config = RunConfig(folder=folder, **run)
    return fit(module, (data, data), config, ("val_loss", "min"), accumulation, resume, telling)


def test_every_step_is_a_row_with_the_mean_loss_of_its_batches(tmp_path):
    module = Line()
    trainer = train(tmp_path, module, accumulation=2, epochs=3)
    rows = read_steps(tmp_path / "steps.csv")
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["epoch"] for row in rows] == [0.5, 1, 1.5, 2, 2.5, 3]
    assert {row["learning_rate"] for row in rows} == {0.05}
    pairs = zip(module.seen[::2], module.seen[1::2], strict=True)
    assert [row["loss"] for row in rows] == pytest.approx([sum(p) / 2 for p in pairs], rel=1e-5)
    assert [row["step"] for row in read_steps(tmp_path / "steps.csv", after=4)] == [5, 6]
    assert ending(trainer) == "whole"


def test_a_row_that_was_being_written_is_left_out(tmp_path):
    path = tmp_path / "steps.csv"
    path.write_text("step,epoch,loss,learning_rate,seconds\n1,0.5,3,0.1,2\n2,1,2.5,0.")
    assert [row["step"] for row in read_steps(path)] == [1]


def test_the_last_snapshots_are_kept_and_the_best_apart(tmp_path):
    train(tmp_path, Line(), epochs=5, keep=2)
    names = sorted(path.name for path in (tmp_path / "snapshots").iterdir())
    assert names == ["best.ckpt", "epoch_003.ckpt", "epoch_004.ckpt", "last.ckpt"]


def test_a_run_that_gets_no_better_ends_early(tmp_path):
    trainer = train(tmp_path, Line(stuck=1.0), epochs=9, patience=2)
    assert len(read_metrics(tmp_path / "metrics.csv")) == 3
    assert ending(trainer) == "early"


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    module = Line(stop_at=6)
    trainer = train(tmp_path, module, epochs=3)
    assert ending(trainer) == "stopped"
    assert signal.getsignal(signal.SIGINT) is before
    assert len(module.seen) == 6  # the step at hand was the last one
    assert len(read_metrics(tmp_path / "metrics.csv")) == 1  # no epoch of half its batches
    again = Line()
    trainer = train(tmp_path, again, resume=True, epochs=3)
    assert ending(trainer) == "whole"
    rows = read_steps(tmp_path / "steps.csv")
    assert [row["step"] for row in rows] == list(range(1, 13))
    assert len(again.seen) == 6
    assert [row["epoch"] for row in read_metrics(tmp_path / "metrics.csv")] == [1, 2, 3]
    seconds = [row["seconds"] for row in rows]
    assert seconds == sorted(seconds)


def test_epochs_are_told_and_steps_are_tracked(tmp_path):
    said, tracked = [], []

    def track(title, total):
        tracked.append((title, total))
        return lambda: tracked.append("step")

    train(tmp_path, Line(stuck=1.0), epochs=2, telling=Telling(said.append, track))
    assert tracked == [("steps", 8), *["step"] * 8]
    assert [line.split(":")[0] for line in said] == ["epoch 1 of 2", "epoch 2 of 2"]
    assert "val_loss 1" in said[0]


def test_impossible_ends_are_refused():
    with pytest.raises(ValueError, match="must not be negative"):
        RunConfig(patience=-1)


class Hostile:
    """What runs a command where it is unpickled."""

    def __init__(self, place):
        self.place = str(place)

    def __reduce__(self):
        return os.mkdir, (self.place,)


@pytest.mark.parametrize("content", ["pickle", "state", "garbage"])
def test_a_snapshot_runs_nothing(tmp_path, content):
    mark, last = tmp_path / "ran", tmp_path / "snapshots" / "last.ckpt"
    last.parent.mkdir()
    if content == "pickle":
        last.write_bytes(pickle.dumps(Hostile(mark)))
    elif content == "state":
        torch.save({"state_dict": {"net.weight": Hostile(mark)}, "epoch": 1}, last)
    else:
        last.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(HalescopeError, match="no snapshot that can be gone on with"):
        train(tmp_path, Line(), resume=True, epochs=3)
    with pytest.raises(HalescopeError, match="is no file of weights"):
        read_state(last)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Hostile(mark)))  # it would have
    assert mark.exists()
