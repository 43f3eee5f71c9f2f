"""The file of out-of-fold predictions: written, read, refused."""

from pathlib import Path

import numpy as np
import pytest

from halescope.errors import DatasetError
from halescope.evaluation.predictions import ClassPredictions, read_predictions, write_predictions


def drawn(count: int = 4) -> ClassPredictions:
    share = np.tile(np.array([[0.2, 0.5, 0.3]], np.float32), (count, 1))
    return ClassPredictions(
        np.array([f"2026-02-0{i + 1}T12:00:00Z" for i in range(count)], "U20"),
        np.arange(14000, 14000 + count),
        np.arange(count) % 2,
        np.array(["alpha", "beta", "beta-gamma", "beta"][:count], "U16"),
        np.array([True, True, False, True][:count], bool),
        {"network": share, "trees": share[:, ::-1]},
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    before = drawn()
    after = read_predictions(write_predictions(tmp_path / "predictions.csv", before))
    assert after.time.tolist() == before.time.tolist()
    assert after.region.tolist() == before.region.tolist()
    assert after.fold.tolist() == before.fold.tolist()
    assert after.firm.tolist() == before.firm.tolist()
    assert after.truth.tolist() == [0, 1, 2, 1]
    assert list(after.sets) == ["network", "trees"]
    np.testing.assert_allclose(after.sets["trees"], before.sets["trees"], atol=1e-5)


def test_no_predictions_are_predictions(tmp_path: Path) -> None:
    after = read_predictions(write_predictions(tmp_path / "none.csv", drawn(0)))
    assert len(after) == 0
    assert after.sets["network"].shape == (0, 3)
    assert len(after.scored()) == 0


def test_firm_rows_of_some_days_are_scored() -> None:
    found = drawn().scored("2026-02-02", "2026-02-03")
    assert found.region.tolist() == [14001]
    assert found.sets["network"].shape == (1, 3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("network_beta", "other"), "has no column network_beta"),
        (("beta-gamma", "gammaray"), "predictions.csv:4"),
        (("0.20000", "0.90000"), "adds up|add up"),
        (("0.20000", "nan"), "add up"),
        (("14001", "sunspot"), "predictions.csv:3"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = write_predictions(tmp_path / "predictions.csv", drawn())
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(DatasetError, match=says):
        read_predictions(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_predictions(tmp_path / "predictions.csv")


@pytest.mark.parametrize("change", [(",0.30000", ",0.30000,7"), (",0.30000", "")])
def test_rows_longer_or_shorter_than_the_header_are_refused(tmp_path: Path, change) -> None:
    path = write_predictions(tmp_path / "predictions.csv", drawn())
    lines = path.read_text().splitlines()
    lines[2] = change[1].join(lines[2].rsplit(change[0], 1))
    path.write_text("\n".join(lines))
    with pytest.raises(DatasetError, match=r"predictions\.csv:3"):
        read_predictions(path)
