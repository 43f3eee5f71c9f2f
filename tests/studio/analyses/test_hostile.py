"""Uploads that mean harm: each is answered by one clear problem, and nothing of it stays."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

CARDS = ("SIMPLE  =                    T", "BITPIX  =                  -32",
         "NAXIS   =                    2")  # fmt: skip


def fits(width: int, height: int, data: bytes) -> bytes:
    sides = (f"NAXIS1  = {width:>20}", f"NAXIS2  = {height:>20}", "END")
    return "".join(f"{card:<80}" for card in (*CARDS, *sides)).encode().ljust(2880) + data


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.fits", bytes(50_000_000))
    return packed.getvalue()


def gif_bomb() -> bytes:
    screen = struct.pack("<HH", 65535, 65535)
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 65535, 65535)
    return b"GIF89a" + screen + b"\x80\0\0" + b"\0\0\0\xff\xff\xff" + frame + b"\0\x02\x02D\x01\0;"


def png_bomb() -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + check + bytes(100)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("torn.fits", fits(2048, 2048, bytes(999)), "torn.fits: is a truncated or damaged FITS"),
        ("lie.fits", fits(400_000_000, 400_000_000, bytes(2880)), "lie.fits: claims 400000000 x"),
        ("bomb.zip", zip_bomb(), "bomb.zip: is a ZIP archive without arrays"),
        ("bomb.fits", zip_bomb(), "bomb.fits: is a ZIP archive without arrays"),
        ("bomb.gif", gif_bomb(), "bomb.gif: claims a monstrous size"),
        ("bomb.png", png_bomb(), "bomb.png: "),
        ("page.png", b"<html><script>alert(1)</script>", "page.png: is a web page or XML text"),
        ("drawing.svg", b"<svg onload='alert(1)'/>", "drawing.svg: is a web page or XML text"),
        ("nothing.fits", b"", "nothing.fits: is empty"),
    ],
)
def test_a_hostile_upload_is_one_clear_problem(
    asking: TestClient, place: Path, name: str, data: bytes, words: str
) -> None:
    before = sorted(place.rglob("*"))
    answer = asking.post("/api/analyses", files={"file": (name, data)})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(words)
    assert "\n" not in answer.json()["detail"]
    assert sorted(place.rglob("*")) == before
    assert asking.get("/api/health").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../evil.png", "evil.png"), ("/etc/passwd.png", "passwd.png"),
        ("..\\\\..\\\\evil.png", "evil.png"), ("a\r\nX-Evil: 1.png", None),
        ("<img src=x onerror=alert(1)>.png", "img_src_x_onerror_alert(1)_.png"),
        (".htaccess", "htaccess"), ("catalog.csv", "catalog.csv"), ("x" * 300 + ".png", None),
    ],
)  # fmt: skip
def test_a_hostile_name_becomes_a_plain_one_inside(
    asking: TestClient, place: Path, disk: tuple[bytes, bytes], name: str, kept: str | None
) -> None:
    outside = sorted(place.parent.iterdir())
    answer = asking.post(
        "/api/analyses", files={"file": (name, disk[1])}, params={"time": "2014-02-03T00:00:00Z"}
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()
    folder = place / "analyses" / told["id"]
    (written,) = (folder / "input").iterdir()
    assert written.name.isprintable()
    assert len(written.name) <= 120
    assert kept in (None, written.name)
    assert told["picture"] == f"analyses/{told['id']}/input/{written.name}"
    assert sorted(place.parent.iterdir()) == outside
    page = asking.get(f"/analyses/{told['id']}", headers={"accept": "text/html"}).text
    assert "<img src=x" not in page
    assert asking.delete(f"/api/analyses/{told['id']}").status_code == 204


def test_a_gif_of_many_frames_is_read_by_its_first(asking: TestClient) -> None:
    frames = [Image.new("P", (800, 800), shade) for shade in range(2)] * 60
    packed = io.BytesIO()
    frames[0].save(packed, "GIF", save_all=True, append_images=frames[1:])
    answer = asking.post("/api/analyses", files={"file": ("many.gif", packed.getvalue())})
    assert answer.status_code == 422
    assert "shows no solar disk" in answer.json()["detail"]
