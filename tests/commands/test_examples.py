"""The examples of every command's help run as they stand, on drawn files."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from PIL import Image

from halescope.cli import app, run
from halescope.synthetic import Drawing
from halescope.synthetic.files import fits_bytes, picture_bytes

_EXAMPLE = re.compile(r"(?:Example: |For example: )?((?:cat \S+ \| )?halescope .+)")

ELSEWHERE = ("fetch", "train", "reproduce", "dataset build", "studio", "watch")
"""Commands that need a service, train for long or serve until Ctrl-C: parsed, not run."""

SKIPPED = {
    "halescope archive build '/data/hmi/20??/**/*.jpg' -o sun --every 1h --dry-run": "/data",
    "halescope archive build /mnt/hmi -o /mnt/sun --scheduler tcp://head:8786 --map /mnt=/data":
        "a cluster",
    "halescope archive region sun 13664 --srs srs.csv -o 13664.png": "that region",
    "halescope match out/catalog.csv --hek -o out/noaa --images images/": "HEK",
    "halescope day out/catalog.csv --srs srs/ -o today": "summaries as text",
    "halescope track 2026-0?/catalog.csv --srs srs.csv --mode smooth -o tracks --format parquet":
        "catalogues of months",
    "halescope dataset label hmi/ --hek hek/regions.csv --harps sharp/ -o labels": "SHARPs",
    "halescope dataset split labels/manifest.csv -o split": "labels of many weeks",
    "halescope dataset convert cvat_export/ --from cvat --to coco -o coco": "an export of CVAT",
    "halescope dataset lint kitti/train/labels --from kitti --fix": "converted labels",
    "halescope doctor manifest.csv --root data --detector detectnet": "labels of many days",
    "halescope compare labels labels/ out/catalog.csv": "labels of these images in KITTI's form",
}  # fmt: skip
"""Examples that are only parsed, and what they need that is not drawn here."""

BEFORE = {
    "halescope dataset audit split/manifest.csv && echo clean": ("random", "split"),
    "halescope dataset convert split/manifest.csv -o kitti --to kitti --scheme detector "
    "--doubtful dontcare --pictures png --size 512": ("random", "split"),
}
"""What a user of an example has made under another name: copied from the first to the second."""

CODES = {"halescope dataset audit split/manifest.csv && echo clean": (0, 1)}
"""Exit codes of an example where 0 is not the only good one: days that follow each other leak."""


def commands() -> Iterator[tuple[str, Any]]:
    """Yield the words and the click command of everything that can be called."""

    def walk(command: Any, words: list[str]) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "list_commands"):
            yield " ".join(words), command
            return
        for name in command.list_commands(None):
            yield from walk(command.get_command(None, name), [*words, name])

    yield from walk(typer.main.get_command(app), [])


def examples_of(command: Any) -> list[str]:
    paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
    return [found[1] for part in paragraphs if (found := _EXAMPLE.fullmatch(part))]


ALL = [(words, text) for words, command in commands() for text in examples_of(command)]


def is_run(words: str, text: str) -> bool:
    return text not in SKIPPED and not words.startswith(ELSEWHERE)


def arguments_of(text: str) -> tuple[list[str], str | None]:
    """Return an example's arguments, and the file that it is fed with."""
    before, _, after = text.rpartition(" | ") if text.startswith("cat ") else ("", "", text)
    words = shlex.split(after.split(" && ")[0])
    fed = before.split()[1] if before else None
    return words[1:], fed


def test_every_command_has_an_example() -> None:
    assert [words for words, command in commands() if not examples_of(command)] == []


@pytest.mark.parametrize(
    ("words", "text"), [pair for pair in ALL if not is_run(*pair)], ids=lambda value: value
)
def test_the_others_are_parsed(words: str, text: str) -> None:
    command = dict(commands())[words]
    arguments = arguments_of(text)[0][len(words.split()) :]
    with command.make_context(words, arguments, resilient_parsing=False) as context:
        assert context.params


def test_what_is_only_parsed_is_there() -> None:
    assert set(SKIPPED) <= {text for _, text in ALL}


@pytest.fixture(scope="module")
def folder(
    small_drawing: Drawing, labelled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a folder with the files that the examples name, drawn."""
    place = tmp_path_factory.mktemp("examples")
    magnetogram = small_drawing.magnetogram
    (place / "disk.fits").write_bytes(fits_bytes(magnetogram))
    (place / "disk.jpg").write_bytes(picture_bytes(magnetogram, "jpg"))
    (place / "more" / "deep").mkdir(parents=True)
    jp2 = place / "more" / "deep" / "20260204_170000_HMIB.jp2"
    Image.open(place / "disk.jpg").save(jp2)
    for name in ("hmi/2026/02", "images"):
        shutil.copytree(labelled, place / name)
    shutil.copy(labelled / "srs.csv", place / "srs.csv")
    shutil.copy(labelled / "srs.csv", place / "srs_1996_2026.csv")
    shutil.copytree(labelled, place / "labels")
    for path in labelled.iterdir():
        shutil.copy(path, place / path.name)
    return place


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of Apprise
def test_examples_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order of the command list, each in the folder that those before it wrote to.

    What other commands find in out/ is what `analyze` makes of images/ alone.
    """
    import io
    from types import SimpleNamespace

    monkeypatch.chdir(folder)
    wrong, before = [], ""
    for words, text in ALL:
        if not is_run(words, text):
            continue
        if before == "analyze" != words:
            shutil.rmtree("out")
            assert run(["analyze", "images/", "-o", "out"]) == 0
        before = words
        arguments, fed = arguments_of(text)
        if fed is not None:
            stdin = SimpleNamespace(buffer=io.BytesIO(Path(fed).read_bytes()))
            monkeypatch.setattr("sys.stdin", stdin)
        if text in BEFORE:
            made, called = BEFORE[text]
            shutil.copytree(made, called, dirs_exist_ok=True)
        code = run(arguments)
        said = capsys.readouterr().err
        if code not in CODES.get(text, (0,)):
            wrong.append(f"{text}\n    exit code {code}: {said.strip()[-300:]}")
    assert not wrong, "\n".join(wrong)
