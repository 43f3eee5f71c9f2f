"""The command line: light, clear about mistakes, exit codes as promised."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import halescope
from halescope.cli import COMMANDS, run
from halescope.io.catalog import COLUMNS, read_catalog
from halescope.synthetic import Drawing
from halescope.synthetic.files import picture_bytes

TOOLS = ["--detector", "threshold", "--classifier", "climatology"]
TIME = ["--time", "2026-02-04T12:00:00Z"]


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_import_and_version_stay_light() -> None:
    heavy = "{'numpy','torch','sunpy','matplotlib','astropy','scipy','PIL','typer','onnxruntime'}"
    code = f"import sys,halescope,halescope.__main__;print(sorted({heavy} & set(sys.modules)))"
    assert python(code) == "[]"
    code = f"import sys,halescope.cli;print(sorted(({heavy} - {{'typer'}}) & set(sys.modules)))"
    assert python(code) == "[]"


def test_analysis_of_a_picture_needs_no_astropy_or_torch(
    small_drawing: Drawing, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    code = (
        "import sys\nfrom halescope.cli import run\n"
        f"run(['analyze', {str(path)!r}, '-q', '-o', {str(tmp_path / 'out')!r}])\n"
        "print(sorted({'torch','sunpy','matplotlib','astropy','pandas'} & set(sys.modules)))"
    )
    assert python(code) == "[]"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"halescope {halescope.__version__}\n"


def test_help_lists_commands_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert "analyze" in text
    assert COMMANDS["info"] in text
    assert run(["analyze", "--help"]) == 0
    assert "--jobs 2" in capsys.readouterr().out


@pytest.mark.parametrize("command", [[], ["analyze"], ["dataset"], ["dataset", "split"]])
def test_h_is_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    long = capsys.readouterr().out
    assert run([*command, "-h"]) == 0
    assert capsys.readouterr().out == long
    assert "Usage: halescope" in long


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyse"], "No such command 'analyse'. Did you mean 'analyze'?"),
        (["dataset", "spilt"], "No such command 'spilt'. Did you mean 'split'?"),
        (["analyze", "a.jpg", "--ouput", "x"], "No such option: --ouput. Did you mean --output?"),
        (["analyze"], "Missing argument"),
        (["analyze", "a.jpg", "--jobs", "0"], "'--jobs'"),
        (["analyze", "a.jpg", "--ou\n\x1b[31m"], "No such option: --ou"),
        (["\n\x1b[31m"], "No such command"),
    ],
)
def test_misuse_is_one_line_that_helps(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    text = capsys.readouterr()
    assert text.out == ""
    assert text.err.count("\n") == 1
    assert text.err.startswith("halescope")
    assert words in text.err
    assert "--help')" in text.err
    assert "\x1b" not in text.err


def test_shell_completion_knows_all_commands_and_loads_none() -> None:
    import os

    def completed(words: str, count: int) -> tuple[list[str], str]:
        environment = {"_HALESCOPE_COMPLETE": "complete_bash", "COMP_WORDS": words}
        code = (
            "import sys\nfrom halescope.cli import run\nrun([])\n"
            "print(*[m for m in sys.modules if m.startswith('halescope.commands.')],"
            " file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **environment, "COMP_CWORD": str(count)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split(), done.stderr.strip()

    assert completed("halescope ", 1) == (list(COMMANDS), "")
    assert completed("halescope an", 1)[0] == ["analyze"]
    assert completed("halescope dataset s", 2)[0] == ["show", "split"]
    assert "--overwrite" in completed("halescope analyze --over", 2)[0]


def test_completion_can_be_installed(tmp_path: Path) -> None:
    import os
    import shutil

    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash: completion is installed for the shell that asks")
    asked = f"{shlex.quote(sys.executable)} -m halescope --install-completion; exit $?"
    done = subprocess.run(
        [bash, "-c", asked],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "installed" in done.stdout
    (script,) = (tmp_path / ".bash_completions").iterdir()
    assert "_HALESCOPE_COMPLETE" in script.read_text()


def test_wild_file_names_do_not_break_log_or_table(
    small_drawing: Drawing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wild = "a\nhalescope: all is well\x1b[31m"
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / f"{wild}.png").write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    (folder / f"{wild}bad.png").write_bytes(b"")
    assert run(["analyze", str(folder), "-o", str(out), *TOOLS, *TIME]) == 2
    text = capsys.readouterr()
    assert text.err.count("\n") == 1
    assert "\\n" in text.err
    assert "\x1b" not in text.err + text.out
    assert not any(line.startswith("halescope: all is well") for line in text.out.splitlines())
    rows = (out / "catalog.csv").read_text().splitlines()
    assert len(rows) == 1 + len(read_catalog(out / "catalog.csv"))
    assert all(path.name.isprintable() for path in out.rglob("*"))


def test_unknown_command_and_missing_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyse"]) == 2
    assert run(["analyze"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.fixture
def picture(small_drawing: Drawing, tmp_path: Path) -> Path:
    path = tmp_path / "disk.png"
    path.write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    return path


def test_analyze_writes_what_is_promised(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["analyze", str(picture), "-o", str(out), "--format", "json", *TOOLS, *TIME]) == 0
    assert (out / "catalog.csv").read_text().splitlines()[0].split(",")[: len(COLUMNS)] == list(
        COLUMNS
    )
    written = {p.name for p in out.iterdir() if not p.name.startswith(".")}
    assert written == {"catalog.csv", "catalog.json", "run.json", "disk"}
    catalog = read_catalog(out / "catalog.csv")
    assert len(catalog) > 2
    assert None not in catalog.columns["hgs_lon"]
    assert "disk.png" in capsys.readouterr().out


def test_the_last_three_lines_are_what_a_person_wants_to_know(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, bad = tmp_path / "out", tmp_path / "bad.png"
    bad.write_bytes(b"")
    assert run(["analyze", str(picture), str(bad), "-o", str(out), *TOOLS, *TIME]) == 2
    images, regions, look = capsys.readouterr().out.splitlines()[-3:]
    catalog = read_catalog(out / "catalog.csv")
    assert images.startswith("2 images: 1 done, 1 failed (")
    assert regions.startswith(f"{len(catalog)} regions: {len(catalog)} beta")
    assert look.startswith(f"table: {out / 'catalog.csv'}; look first at region ")
    assert str(out / "disk" / "overlay.png") in look


def test_table_only_and_min_score(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    common = ["analyze", str(picture), "-o", str(out), *TOOLS, *TIME, "--table-only"]
    assert run(common) == 0
    assert {path.name for path in (out / "disk").iterdir()} == {".halescope", "regions.json"}
    assert "overlay.png" not in capsys.readouterr().out
    scores = read_catalog(out / "catalog.csv").columns["score"]
    middle = sorted(scores)[len(scores) // 2] - 1e-4  # they are rounded
    assert run([*common, "--min-score", str(middle)]) == 0  # other options: done anew
    kept = read_catalog(out / "catalog.csv").columns["score"]
    assert sorted(kept) == sorted(score for score in scores if score >= middle)
    assert 0 < len(kept) < len(scores)
    assert run([*common, "--min-score", "1"]) == 0
    assert "no regions" in capsys.readouterr().out.splitlines()
    assert run([*common, "--min-score", "2"]) == 2


def test_quiet_prints_nothing(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", str(picture), "-q", "-o", str(tmp_path / "out"), *TOOLS]) == 0
    assert capsys.readouterr() == ("", "")


def test_bad_file_exits_2_and_the_others_are_done(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.fits"
    bad.write_bytes(b"")
    out = tmp_path / "out"
    assert run(["analyze", str(bad), str(picture), "-o", str(out), *TOOLS]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "bad.fits" in captured.err
    assert len(read_catalog(out / "catalog.csv")) > 2


@pytest.mark.parametrize(
    "options",
    [["--time", "yesterday"], ["--format", "xls"], ["--detector", "oracle"], ["--jobs", "0"]],
)
def test_wrong_options_exit_2_on_one_line(
    picture: Path, tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", str(picture), "-o", str(tmp_path / "out"), *options]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "out" / "catalog.csv").exists()


def test_a_plain_date_is_taken_and_told(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["analyze", str(picture), "-o", str(out), *TOOLS, "--time", "2026-02-04"]) == 0
    assert "--time 2026-02-04 is taken as 00:00 UTC" in capsys.readouterr().err
    assert set(read_catalog(out / "catalog.csv").columns["time"]) == {"2026-02-04T00:00:00Z"}


def test_unwritable_output(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run(["analyze", str(picture), "-o", str(tmp_path / "file"), *TOOLS]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_standard_input(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "halescope", "analyze", "-", "-o", str(out), *TOOLS, *TIME]
    with picture.open("rb") as handle:
        done = subprocess.run(command, stdin=handle, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(read_catalog(out / "catalog.csv").columns["image"]) == {"stdin"}
    assert (out / "stdin" / "overlay.png").is_file()


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    assert run(["info"]) == 0
    assert f"halescope {halescope.__version__}" in capsys.readouterr().out
    assert run(["info", "--json"]) == 0
    assert "models" in json.loads(capsys.readouterr().out)


def test_public_names_are_there() -> None:
    for name in halescope.__all__:
        assert getattr(halescope, name) is not None
    assert "analyze" in dir(halescope)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = halescope.nothing


def test_standard_input_goes_by_its_name(
    small_drawing: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    import io
    from types import SimpleNamespace

    def feed(data: bytes) -> int:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        return run(["analyze", "-", *TOOLS, *TIME, "-o", str(tmp_path)])

    assert feed(b"") == 2
    assert capsys.readouterr().err.startswith("stdin: is empty")
    assert feed(picture_bytes(small_drawing.magnetogram, "png")) == 0
    assert set(read_catalog(tmp_path / "catalog.csv").columns["image"]) == {"stdin"}


def test_useless_output_folder_is_one_line_before_any_work(
    small_drawing: Drawing, tmp_path: Path, capsys
) -> None:
    image, out = tmp_path / "a.png", tmp_path / "file"
    image.write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    out.write_text("in the way")
    for folder in (out, out / "deeper"):
        assert run(["analyze", str(image), *TOOLS, "-o", str(folder)]) == 2
        text = capsys.readouterr()
        assert text.out == ""
        assert text.err.count("\n") == 1
        assert "cannot be written" in text.err


def test_file_in_the_way_of_an_images_folder_is_that_images_line(
    small_drawing: Drawing, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a").write_text("in the way")
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    images = [str(tmp_path / name) for name in ("a.png", "b.png")]
    assert run(["analyze", *images, *TOOLS, *TIME, "-o", str(out)]) == 2
    text = capsys.readouterr()
    assert "is a file; expected a folder" in text.err
    assert "1 done, 1 failed" in text.out
    assert (out / "a").read_text() == "in the way"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups to interrupt")
def test_interrupted_processes_leave_whole_files(small_drawing: Drawing, tmp_path: Path) -> None:
    import json
    import os
    import signal
    import time

    from PIL import Image

    images, out = tmp_path / "in", tmp_path / "out"
    images.mkdir()
    for index in range(60):
        path = images / f"{index:02d}.png"
        path.write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    command = [sys.executable, "-m", "halescope", "analyze", str(images), "-o", str(out)]
    command += ["--jobs", "2", *TOOLS, *TIME]
    running = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    patience = time.monotonic() + 120
    while not list(out.glob("*/regions.json")) and time.monotonic() < patience:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # all of them at once, as a terminal does
    _, text = running.communicate(timeout=60)
    assert (running.returncode, "run it again" in text) == (130, True)
    assert not list(out.rglob(".part-*"))
    for path in out.rglob("*.png"):
        Image.open(path).load()
    finished = [json.loads(path.read_text()) for path in out.glob("*/regions.json")]
    assert 0 < len(finished) < 60
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{60 - len(finished)} done, {len(finished)} skipped" in done.stdout
