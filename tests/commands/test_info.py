"""`halescope info` is for a reader: no Python values are printed."""

import json
import re
from importlib import resources

from halescope.cli import run
from halescope.commands.info import plain_lines


def test_nested_values_become_lines() -> None:
    inner = {"of": "days", "ap50": 0.78123456, "interval": [0.7, 0.8], "none": None}
    assert list(plain_lines({"validation": inner}, "  ")) == [
        "  validation:",
        "    days",
        "    ap50 0.7812, interval 0.7..0.8, none none",
    ]


def test_no_python_dict_is_printed(capsys) -> None:
    assert run(["info"]) == 0
    said = capsys.readouterr().out
    card = json.loads((resources.files("halescope.weights") / "mount_wilson.json").read_text())
    share = card["figures"]["regions_held_out"]["balanced_accuracy"]
    assert f"balanced accuracy {share:.4g}," in said
    assert not re.search(r"[{}\[\]']", said.replace("NOAA's", ""))
