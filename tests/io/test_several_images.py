"""FITS files with several images: each magnetogram is a row of its own, named by its unit."""

import io
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from halescope.batch.outputs import Options
from halescope.batch.plan import plan, stem_of
from halescope.batch.run import analyze_files
from halescope.errors import NotAMagnetogramError, ReadError
from halescope.io import expand, read
from halescope.io.fits import magnetograms_in
from halescope.synthetic import Drawing
from halescope.synthetic.files import header_of


def hdu(drawing: Drawing, factor: float = 1.0, **keys: object) -> fits.ImageHDU:
    found = drawing.magnetogram
    header = fits.Header({k: v for k, v in header_of(found).items() if v is not None})
    header.update(keys)
    return fits.ImageHDU((factor * found.field).astype(np.float32), header)


@pytest.fixture
def several(tmp_path: Path, small_drawing: Drawing) -> Path:
    """Return a file with a magnetogram, a mask, a continuum image and a magnetogram again."""
    mask = fits.ImageHDU(np.ones((64, 64), np.int16))
    later = hdu(small_drawing, 0.5, **{"DATE-OBS": "2014-02-05T13:00:00"})
    path = tmp_path / "disks.fits"
    fits.HDUList(
        [fits.PrimaryHDU(), hdu(small_drawing), mask,
         hdu(small_drawing, CONTENT="CONTINUUM INTENSITY"), later]
    ).writeto(path)  # fmt: skip
    return path


def test_a_unit_is_read_by_its_number(several: Path) -> None:
    assert magnetograms_in(several) == [1, 4]
    first, last = read(f"{several}[1]"), read(Path(f"{several}[4]"))
    assert (first.name, last.name) == ("disks.fits[1]", "disks.fits[4]")
    assert np.array_equal(read(several).field, first.field, equal_nan=True)
    assert np.nanmax(np.abs(last.field * 2 - first.field)) < 1e-3
    assert last.time_string.startswith("2014-02-05T13:00")


@pytest.mark.parametrize("unit", [0, 7])
def test_a_unit_without_an_image_is_told(several: Path, unit: int) -> None:
    with pytest.raises(NotAMagnetogramError, match=rf"disks.fits\[{unit}\].*unit {unit}"):
        read(f"{several}[{unit}]")


def test_a_name_with_brackets_is_a_name_first(several: Path, tmp_path: Path) -> None:
    odd = tmp_path / "disks.fits[4]"
    odd.write_bytes(several.read_bytes())
    assert np.array_equal(read(odd).field, read(several).field, equal_nan=True)
    picture = tmp_path / "a.png"
    out = io.BytesIO()
    from PIL import Image

    Image.fromarray(np.zeros((90, 90), np.uint8)).save(out, "PNG")
    picture.write_bytes(out.getvalue())
    with pytest.raises(ReadError, match="no units"):
        read(f"{picture}[1]")


def test_each_magnetogram_is_a_job(several: Path, tmp_path: Path) -> None:
    jobs = plan([str(several)], tmp_path / "out")
    assert [job.image for job in jobs] == ["disks.fits[1]", "disks.fits[4]"]
    assert [job.folder.name for job in jobs] == ["disks_1", "disks_4"]
    assert stem_of(Path("a[1].jpg")) == "a[1]"
    assert expand([f"{several}[4]"]) == [Path(f"{several}[4]")]
    done = analyze_files(jobs, Options(crops="none", overlay=False), apart=False)
    assert [outcome.status for outcome in done] == ["done", "done"]
    assert done[1].time.startswith("2014-02-05T13:00")
    again = analyze_files(
        plan([f"{several}[4]"], tmp_path / "out"), Options(crops="none", overlay=False), apart=False
    )
    assert [outcome.status for outcome in again] == ["skipped"]
    several.touch()
    changed = analyze_files(
        plan([f"{several}[4]"], tmp_path / "out"), Options(crops="none", overlay=False), apart=False
    )
    assert [outcome.status for outcome in changed] == ["done"]


def test_masks_and_damage_make_no_rows(several: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.fits"
    with fits.open(several) as hdus:
        fits.HDUList([fits.PrimaryHDU(), hdus[1].copy(), hdus[2].copy()]).writeto(one)
    broken = tmp_path / "broken.fits"
    broken.write_bytes(several.read_bytes()[:3000])
    jobs = plan([str(one), str(broken), str(tmp_path / "none.fits")], tmp_path / "out")
    assert [job.image for job in jobs] == ["one.fits", "broken.fits", "none.fits"]
