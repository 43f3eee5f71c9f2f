"""What strangers call their parts, classes and files never reaches a terminal as it is."""

import ast

import pytest

from halescope.cli import run
from halescope.datasets.manifest import write_manifest
from halescope.synthetic import draw
from halescope.synthetic.files import picture_bytes

RAW = "\x1b[31mred\x07\n\u202e"
COMMANDS = (
    "dataset list {0}", "dataset lint {0}", "dataset audit {0}",
    "dataset split {0} -o {1}/split --method random --fractions 1,0,0",
    "dataset show {0} -o {1}/show", "dataset crops {0} -o {1}/crops",
    "dataset convert {0} -o {1}/kitti --to kitti", "dataset convert {0} -o {1}/coco --to coco",
    "predict mount_wilson {0} -o {1}/said",
)  # fmt: skip


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("disk") / "a.png"
    path.write_bytes(picture_bytes(draw(5, size=128, regions=["beta"]).magnetogram))
    return path


@pytest.mark.parametrize("field", ["split", "status", "class", "image", "time"])
def test_words_of_a_manifest_are_escaped(tmp_path, capsys, image, field):
    row = {"image": str(image), "time": "2026-02-01T00:00:00Z", "noaa_number": 14000,
           "class": "beta", "status": "firm", "x_min": 180, "y_min": 180, "x_max": 230,
           "y_max": 230, "hgs_lon": 3, "hgs_lat": 5, "split": "train"}  # fmt: skip
    path = tmp_path / "m.csv"
    write_manifest(path, [row, row | {field: RAW + str(row[field])}])
    shown = 0
    for command in COMMANDS:
        run(command.format(path, tmp_path).split())
        said = capsys.readouterr()
        text = said.out + said.err
        assert "Traceback" not in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text), command
        assert not any(line.startswith("\\u202e") for line in text.splitlines()), command
        shown += "red\\x07" in text
    assert shown


def test_commands_speak_through_one_function(root):
    for path in sorted((root / "src" / "halescope" / "commands").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            spoken = isinstance(node, ast.Attribute) and node.attr in ("echo", "secho")
            printed = isinstance(node, ast.Name) and node.id == "print"
            assert path.name == "say.py" or not (spoken or printed), path
