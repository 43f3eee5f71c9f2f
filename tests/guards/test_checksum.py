"""The checksum against one worked out by others, and the only one of files there is."""

from pathlib import Path

import halescope
from halescope.guards.checksum import checksum


def test_checksum_is_that_of_the_standard(tmp_path):
    """FIPS 180-2, appendix B.1 and B.3: ``abc``, and a million times ``a``."""
    (tmp_path / "short").write_bytes(b"abc")
    (tmp_path / "long").write_bytes(b"a" * 1_000_000)
    assert checksum(tmp_path / "short") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert checksum(str(tmp_path / "long")) == (
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    )


def test_files_have_one_checksum():
    root = Path(halescope.__file__).parent
    for path in root.rglob("*.py"):
        if path != root / "guards" / "checksum.py":
            text = path.read_text()
            assert "file_digest" not in text, path
            assert "sha256(path.read_bytes" not in text, path
