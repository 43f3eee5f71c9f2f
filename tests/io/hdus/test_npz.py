"""NumPy files: SDOML's, and what is no field."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.io import read
from halescope.io.hdus.npz import load_numpy
from halescope.synthetic import Drawing


def saved(packed: bool = False, **arrays: Any) -> bytes:
    out = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(out, **arrays)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["f4", ">f8", "i2", "f2"])
@pytest.mark.parametrize("packed", [True, False])
def test_numbers_are_numpys(kind: str, packed: bool) -> None:
    field = np.random.default_rng(0).normal(0, 50, (300, 40)).astype(kind)
    expected = field.astype(np.float32)
    assert np.array_equal(load_numpy(saved(packed, x=field, t=np.zeros(3)), "a"), expected)
    out = io.BytesIO()
    np.save(out, field)
    assert np.array_equal(load_numpy(out.getvalue(), "a"), expected)


def test_name_tells_time_and_instrument(small_drawing: Drawing, tmp_path: Path) -> None:
    seen = small_drawing.magnetogram
    path = tmp_path / "HMI20130131_0012_bz.npz"
    path.write_bytes(saved(x=np.nan_to_num(seen.field)))
    found = read(path)
    assert (found.time_string, found.instrument) == ("2013-01-31T00:12:00Z", "HMI")
    assert found.geometry.radius == pytest.approx(seen.geometry.radius, rel=0.01)
    assert found.geometry.b0 == pytest.approx(-5.96, abs=0.02)  # JPL Horizons, that day


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": np.zeros((64, 64)), "b": np.zeros((64, 64))}, "holds 2 images"),
        ({"a": np.zeros(5)}, "holds 0 images"),
        ({"a": np.array([["a"] * 64] * 64)}, "holds <U1"),
        ({"a": np.asfortranarray(np.ones((64, 65)))}, "in columns"),
        ({"a": np.zeros((4, 64))}, "only 64 x 4"),
    ],
)
def test_what_is_no_image_is_refused(arrays: dict, words: str) -> None:
    with pytest.raises(NotAMagnetogramError, match=words):
        read(saved(**arrays), name="a.npz")


def test_objects_are_never_loaded() -> None:
    out = io.BytesIO()
    np.savez(out, x=np.array([[print]], dtype=object))
    with pytest.raises(ReadError, match="holds"):
        read(out.getvalue())


def test_claims_of_size_and_damage_are_refused() -> None:
    with zipfile.ZipFile(made := io.BytesIO(), "w") as archive:
        said = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9000000, 9000000)}"
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + bytes([len(said), 0]) + said)
    with pytest.raises(ReadError, match="claims 9000000"):
        read(made.getvalue())
    data = saved(x=np.zeros((64, 64)))
    with pytest.raises(ReadError, match="damaged"):
        read(data[: len(data) // 2])


@pytest.mark.data
def test_real_sdoml_lies_where_noaa_saw_its_regions(shared_data: Path) -> None:
    from halescope.pipeline import analyze

    path = shared_data / "more" / "HMI20130131_0000_bz.npz"
    catalog = analyze(path, detector="threshold", classifier="climatology").catalog
    rows = catalog.rows()
    assert rows[0]["time"] == "2013-01-31T00:00:00Z"
    for longitude, latitude in ((25, 27), (11, -9), (-49, 11)):  # NOAA 11662, 11663, 11665
        away = [np.hypot(r["hgs_lon"] - longitude, r["hgs_lat"] - latitude) for r in rows]
        assert min(away) < 7


@pytest.mark.parametrize(("count", "fine"), [(99, True), (100, False)])
def test_archives_of_a_hundred_arrays_are_looked_at(count: int, fine: bool) -> None:
    arrays = {f"a{number}": np.zeros(3) for number in range(count)} | {"x": np.ones((8, 8))}
    if fine:
        assert load_numpy(saved(**arrays), "a").shape == (8, 8)
    else:
        with pytest.raises(ReadError, match="archive of 101 arrays"):
            load_numpy(saved(**arrays), "a")
