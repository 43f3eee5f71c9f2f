"""What tells a file from one that was damaged or exchanged."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def checksum(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's content, 64 hexadecimal digits; it is not read whole."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
