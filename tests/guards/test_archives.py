"""Archives that unpack to too much, or lead elsewhere, are refused or read without harm."""

import gzip
import io
import lzma
import random
import tarfile

import pytest

from halescope.errors import ReadError
from halescope.guards.archives import MEMBER_BYTES, RATIO, is_archive, texts_in


def packed(path, *members, mode="w"):
    """Write an archive of (name or TarInfo, content)."""
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(content))
    return path


def link(name, to, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info, b""


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_texts_are_read_and_nothing_is_written(tmp_path, mode):
    path = packed(
        tmp_path / "a.tar", ("../../x.txt", b"one"), ("/abs.txt", b"two"), ("b.png", b"no"),
        mode=mode,
    )  # fmt: skip
    assert is_archive(path)
    assert dict(texts_in(path, ".txt")) == {"../../x.txt": b"one", "/abs.txt": b"two"}
    assert [p.name for p in tmp_path.iterdir()] == ["a.tar"]


def test_links_and_devices_are_not_followed(tmp_path):
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)
    members = [link(f"{n}.txt", "/etc/passwd", kind) for n, kind in enumerate(kinds)]
    path = packed(tmp_path / "a.tar", *members, ("real.txt", b"x"))
    found = dict(texts_in(path, ".txt"))
    assert found == {"0.txt": None, "1.txt": None, "2.txt": None, "3.txt": None, "real.txt": b"x"}


def test_what_unpacks_to_too_much_is_refused(tmp_path):
    path = packed(tmp_path / "a.tgz", ("a.bin", b"\0" * 2**26), mode="w:gz")
    assert path.stat().st_size * RATIO < 2**26
    with pytest.raises(ReadError, match="unpacks to too much"):
        list(texts_in(path, ".txt"))
    large = packed(tmp_path / "b.tar", ("b.txt", b"\0" * (MEMBER_BYTES + 1)))
    with pytest.raises(ReadError, match=r"holds 'b\.txt' of"):
        list(texts_in(large, ".txt"))


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("halescope.guards.archives.MEMBERS", 5)
    path = packed(tmp_path / "a.tar", *((f"{n}.txt", b"x") for n in range(6)))
    with pytest.raises(ReadError, match="more than 5 members"):
        list(texts_in(path, ".txt"))


def test_damaged_archives_end_in_one_error(tmp_path):
    whole = packed(tmp_path / "a.tar", ("a.txt", b"x" * 3000), link("b.txt", "a.txt")).read_bytes()
    draw, path = random.Random(5), tmp_path / "b.tar"
    for number in range(150):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 3, 20))):
            data[draw.randrange(1500)] = draw.randrange(256)
        data = data[: draw.randrange(600, len(data))] if number % 3 else data
        pack = (bytes, gzip.compress, lzma.compress)[number % 3]
        path.write_bytes(pack(bytes(data))[: draw.choice((10**6, 400))])
        is_archive(path)
        try:
            list(texts_in(path, ".txt"))
        except ReadError:
            continue
