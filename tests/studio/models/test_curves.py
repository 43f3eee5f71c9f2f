"""Curves: each line read once, resumed runs, old runs in percent, the best epoch."""

import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")

from halescope.studio.models.curves import PIECE, Curves, best_of, epochs_of

HEAD = "step,epoch,loss,learning_rate,seconds\n"


def lines(first, last, loss=1.0):
    return "".join(f"{n},{n / 4},{loss / n:.6g},0.1,{n * 2}\n" for n in range(first, last + 1))


def test_steps_come_once_each_and_half_a_line_waits(tmp_path):
    curves, path = Curves(), tmp_path / "steps.csv"
    assert curves.steps(tmp_path)["steps"]["step"] == []
    path.write_text(HEAD + lines(1, 4) + "5,1.2")
    found = curves.steps(tmp_path)
    assert found["steps"]["step"] == [1, 2, 3, 4]
    assert found["next"] == 4
    with path.open("a") as out:
        out.write("5,0.2,0.1,10\n" + lines(6, 7))
    found = curves.steps(tmp_path, found["next"])
    assert found["steps"]["step"] == [5, 6, 7]
    assert found["steps"]["seconds"] == [10, 12, 14]
    assert curves.done(tmp_path) == (7, 2.0)


def test_a_resumed_run_forgets_what_lay_beyond_its_snapshot(tmp_path):
    curves, path = Curves(), tmp_path / "steps.csv"
    path.write_text(HEAD + lines(1, 9))
    curves.steps(tmp_path)
    path.write_text(HEAD + lines(1, 4) + lines(5, 5, loss=10))
    found = curves.steps(tmp_path)
    assert found["steps"]["step"] == [1, 2, 3, 4, 5]
    assert found["steps"]["loss"][-1] == 2.0


def test_many_steps_come_in_pieces(tmp_path):
    (tmp_path / "steps.csv").write_text(HEAD + lines(1, PIECE + 10))
    curves = Curves()
    first = curves.steps(tmp_path)
    assert (len(first["steps"]["step"]), first["more"]) == (PIECE, True)
    second = curves.steps(tmp_path, first["next"])
    assert (second["steps"]["step"][0], second["next"]) == (PIECE + 1, PIECE + 10)
    assert not second["more"]


def test_shares_and_percents_of_accuracy_are_both_percent(tmp_path):
    (tmp_path / "metrics.csv").write_text("epoch,loss,accuracy\n1,2,0.5\n2,1,0.75\n3,1.5,\n")
    rows = epochs_of(tmp_path)
    assert [row.get("accuracy") for row in rows] == [50, 75, None]
    assert best_of(rows, ("accuracy", "max")) == {"epoch": 2, "metric": "accuracy", "value": 75}
    assert best_of(rows, ("loss", "min"))["epoch"] == 2
    assert best_of(rows, ("mAP", "max")) is None
    (tmp_path / "metrics.csv").write_text("epoch,accuracy\n1,73.5\n")
    assert epochs_of(tmp_path) == [{"epoch": 1, "accuracy": 73.5}]
