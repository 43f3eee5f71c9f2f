"""What is handed out: the wheel, the container, the conda recipe, the files a forge looks for."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from itertools import chain
from pathlib import Path

import pytest

import halescope

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SOURCE = ROOT / "src"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build a wheel from a copy of the source, without isolation and without a network."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(
        SOURCE, copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder)]
    done = subprocess.run([*command, str(copy)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def test_wheel_holds_every_file_of_the_package(wheel):
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("halescope/")}
    source = {
        str(path.relative_to(SOURCE))
        for path in (SOURCE / "halescope").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == source
    kinds = {Path(name).suffix for name in inside}
    assert {".py", ".onnx", ".json", ".toml", ".html", ".typed"} <= kinds


def test_wheel_says_what_the_project_is(wheel):
    archive = zipfile.ZipFile(wheel)
    text = archive.read(
        next(name for name in archive.namelist() if name.endswith("METADATA"))
    ).decode()
    assert f"Version: {halescope.__version__}\n" in text
    assert "License-Expression: BSD-3-Clause\n" in text
    assert text.count("\nRequires-Dist: ") >= len(PROJECT["dependencies"])


@pytest.mark.slow
def test_wheel_works_in_a_fresh_environment(wheel, tmp_path):
    """Its own files come from the wheel, what it needs from this environment."""
    home = tmp_path / "env"
    venv.create(home, with_pip=True)
    run = {"cwd": tmp_path, "capture_output": True, "text": True, "check": True}
    env = {"PATH": str(home / "bin"), "HOME": str(tmp_path)}
    python = str(home / "bin/python")
    install = [python, "-m", "pip", "install", "--no-index", "--no-deps", "-q", str(wheel)]
    subprocess.run(install, env=env, **run)
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "needs.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = subprocess.run(
        [python, "-c", "import halescope; print(halescope.__file__)"], env=env, **run
    )
    assert Path(where.stdout.strip()).is_relative_to(home)
    command = str(home / "bin/halescope")
    subprocess.run([command, "draw", "-o", "disk.fits", "--seed", "23"], env=env, **run)
    subprocess.run([command, "analyze", "disk.fits", "-o", "out", "--explain"], env=env, **run)
    assert (tmp_path / "out/disk/explain.png").exists()
    assert "beta" in (tmp_path / "out/catalog.csv").read_text()
    shown = subprocess.run([command, "info"], env=env, **run)
    assert "detectnet" in shown.stdout
    listed = subprocess.run([command, "train", "detectnet", "--help"], env=env, **run)
    assert "protocol" in listed.stdout


def test_dockerfile_runs_as_a_user_with_pinned_versions():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    users = re.findall(r"^USER (\S+)", text, re.M)
    assert users
    assert users[-1].split(":")[0] not in ("root", "0")
    assert "-c constraints.txt" in text
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M)
        for name in line.split()
    }
    assert all((ROOT / name).exists() for name in copied)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert not copied & set(ignored)


def test_dockerfile_passes_its_lint():
    lint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if lint is None:
        pytest.skip("hadolint is not installed: pip install 'halescope[test]'")
    done = subprocess.run(
        [lint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert not done.stdout


def test_recipe_needs_what_the_project_needs():
    yaml = pytest.importorskip("yaml")
    recipe = yaml.safe_load((ROOT / "recipe/recipe.yaml").read_text(encoding="utf-8"))
    assert recipe["context"]["version"] == halescope.__version__
    wanted = {re.sub(r"\s", "", name).lower() for name in PROJECT["dependencies"]}
    wanted.add("python" + PROJECT["requires-python"])
    assert {re.sub(r"\s", "", name).lower() for name in recipe["requirements"]["run"]} == wanted
    scripts = {f"{name} = {place}" for name, place in PROJECT["scripts"].items()}
    assert set(recipe["build"]["python"]["entry_points"]) == scripts
    assert recipe["about"]["license"] == PROJECT["license"]
    assert (ROOT / "recipe" / recipe["source"]["path"] / recipe["about"]["license_file"]).exists()


def test_forge_files_can_be_read():
    yaml = pytest.importorskip("yaml")
    forms = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
    assert len(forms) >= 4
    for form in forms:
        found = yaml.safe_load(form.read_text(encoding="utf-8"))
        if form.name != "config.yml":
            assert {"name", "description", "body"} <= set(found), form.name
            ids = [part["id"] for part in found["body"]]
            assert len(ids) == len(set(ids))
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == halescope.__version__
    assert cited["license"] == PROJECT["license"]


def test_every_requirement_is_pinned():
    pins = {
        re.split("==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    asked = [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]
    names = {re.split(r"[\[<>=]", name)[0].lower().replace("_", "-") for name in asked}
    assert names - {"halescope", "setuptools"} <= pins
