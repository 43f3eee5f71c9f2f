"""Size of a base install in a new virtual environment (needs the package index)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from _common import line

ROOT = Path(__file__).resolve().parents[1]


def size(folder: Path) -> float:
    """Return the size of a folder's files, MB, as `du` counts them: whole blocks."""
    return sum(p.lstat().st_blocks * 512 for p in folder.rglob("*") if not p.is_dir()) / 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "venv"
        venv.create(folder, with_pip=True)
        bare = size(folder)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-compile"]
        done = subprocess.run([*pip, "-c", str(ROOT / "constraints.txt"), str(ROOT)], check=False)
        if done.returncode:
            sys.exit("pip failed: is the package index at hand?")
        line("base install", size(folder) - bare, "MB", "450")


if __name__ == "__main__":
    main()
