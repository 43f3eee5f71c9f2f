"""Configuration: defaults, file, overrides; unknown keys fail."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from halescope.errors import ConfigError
from halescope.training.config import from_mapping, load_config, to_mapping


@dataclass(frozen=True)
class Inner:
    rate: float = 0.1
    kind: Literal["a", "b"] = "a"
    steps: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Outer:
    epochs: int = 3
    folder: Path = Path("runs")
    name: str | None = None
    fast: bool = False
    inner: Inner = field(default_factory=Inner)

    def __post_init__(self):
        if self.epochs < 1:
            raise ValueError("epochs is below 1")


def test_file_over_defaults_and_overrides_over_file(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('epochs = 5\nfolder = "x"\n[inner]\nrate = 1\nsteps = [4]\n')
    config = load_config(Outer, path, ["inner.rate=0.5", "name=abc", "fast=true", "inner.kind=b"])
    assert config == Outer(5, Path("x"), "abc", True, Inner(0.5, "b", (4,)))
    assert to_mapping(config)["inner"] == {"rate": 0.5, "kind": "b", "steps": [4]}
    assert from_mapping(Outer, to_mapping(config)) == config


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"epoch": 5}, ["unknown key epoch", "did you mean epochs?"]),
        ({"inner": {"rat": 1}}, ["unknown key inner.rat", "inner.rate"]),
        ({"epochs": "five"}, ["epochs is 'five'", "int"]),
        ({"epochs": True}, ["epochs is True"]),
        ({"epochs": 0}, ["epochs is below 1"]),
        ({"fast": 1}, ["fast is 1", "bool"]),
        ({"inner": {"kind": "c"}}, ["inner.kind is 'c'", "one of a, b"]),
        ({"inner": 3}, ["inner is 3", "a table"]),
        ({"inner": {"steps": 3}}, ["inner.steps is 3", "a list"]),
    ],
)
def test_faults_are_named(values, words):
    with pytest.raises(ConfigError) as caught:
        from_mapping(Outer, values, "c.toml")
    assert str(caught.value).startswith("c.toml: ")
    for word in words:
        assert word in str(caught.value)


def test_missing_and_malformed_files_are_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(Outer, tmp_path / "none.toml")
    bad = tmp_path / "bad.toml"
    bad.write_text("epochs = ")
    with pytest.raises(ConfigError, match="no valid TOML"):
        load_config(Outer, bad)
    with pytest.raises(ConfigError, match="no override"):
        load_config(Outer, None, ["epochs"])
