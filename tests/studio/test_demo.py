"""The workspace that shows something."""

import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")

from halescope.errors import ConfigError
from halescope.studio import demo


def test_what_is_there_is_left_alone_and_a_failure_is_told(tmp_path):
    told = []
    for result in ("inputs/drawn/labels.csv", "inputs/drawn/a.fits", "runs/first/export"):
        (tmp_path / result).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / result).write_text("")
    (tmp_path / "datasets/drawn").mkdir(parents=True)
    for number in range(6):
        (tmp_path / f"inputs/drawn/{number}.fits").write_text("")
    with pytest.raises(ConfigError, match=r"analyze inputs/drawn/5.fits: failed: .*is empty"):
        demo.fill(tmp_path, told.append)
    assert len(told) == 1
    (tmp_path / "analyses").mkdir(exist_ok=True)
    (tmp_path / demo.ONE).mkdir(exist_ok=True)
    for name in ("run.json", "tracks", "day"):
        (tmp_path / demo.MANY / name).mkdir(parents=True, exist_ok=True)
    demo.fill(tmp_path, told.append)
    assert len(told) == 1


@pytest.mark.parametrize(("kept", "resumes"), [("last.ckpt", True), ("other", False)])
def test_an_interrupted_training_goes_on_or_begins_anew(tmp_path, monkeypatch, kept, resumes):
    (tmp_path / "inputs/drawn").mkdir(parents=True)
    for number in range(6):
        (tmp_path / f"inputs/drawn/{number}.fits").write_text("")
    (tmp_path / "inputs/drawn/labels.csv").write_text("")
    for folder in ("datasets/drawn", "analyses/20260204-120000-0000", "runs/first/snapshots"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "runs/first/snapshots" / kept).write_text("")
    asked = []
    monkeypatch.setattr(demo, "_run", lambda root, words: asked.append(words))
    demo.fill(tmp_path, lambda line: None)
    training = [words for words in asked if words[0] == "train"]
    assert [("--resume" in words) for words in training] == [resumes]
    assert (tmp_path / "runs/first").exists() is resumes


@pytest.mark.slow
def test_every_room_is_filled(tmp_path):
    demo.fill(tmp_path, lambda line: None)
    assert (tmp_path / "datasets/drawn/manifest.csv").exists()
    assert (tmp_path / demo.ONE / "catalog.csv").exists()
    assert (tmp_path / demo.MANY / "day" / "index.html").exists()
    assert (tmp_path / "runs/first/metrics.csv").read_text().count("\n") == 9
    assert list((tmp_path / "runs/first/export").glob("*.onnx"))
