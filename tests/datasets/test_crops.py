import csv

import numpy as np
import pytest
from PIL import Image

from halescope.datasets.crops import CropConfig, cut_manifest
from halescope.datasets.disks import canonical_boxes, file_boxes, read_at
from halescope.datasets.formats.export import ExportConfig, export_manifest
from halescope.datasets.formats.table import read_labels
from halescope.datasets.imports.labels import import_labels
from halescope.datasets.manifest import entries, write_manifest
from halescope.datasets.remap import cea_patch, local_to_stonyhurst, stonyhurst_to_local
from halescope.datasets.show import show_manifest
from halescope.errors import ConfigError, DatasetError
from halescope.geometry import stonyhurst_to_pixel
from halescope.synthetic.files import picture_bytes
from halescope.types import DiskGeometry

NAMES = ("20260204_120000_512_HMIB.png", "20260204_130000_512_HMIB.png")


def picture(path):
    with Image.open(path) as opened:
        return np.asarray(opened.convert("L"), int)


@pytest.fixture(scope="module")
def images(tmp_path_factory, small_drawing):
    folder = tmp_path_factory.mktemp("images")
    for name in NAMES:
        (folder / name).write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    return folder


@pytest.fixture
def manifest(tmp_path, images):
    rows = [
        ("beta-gamma-delta", "firm", 14001, (100, 120, 140, 150), "train"),
        ("beta-delta", "firm", 14002, (220.25, 200, 260.5, 230), "train"),
        ("alpha", "doubtful", 14003, (300, 200, 330, 230), "train"),
        ("", "plage", "", (200, 100, 230, 140), "train"),
        ("alpha", "firm", 14004, (250, 250, 252, 252), "train"),
    ]
    corners = ("x_min", "y_min", "x_max", "y_max")
    path = tmp_path / "manifest.csv"
    write_manifest(
        path,
        [
            {"image": NAMES[0], "class": name, "status": status, "noaa_number": number,
             "split": part, "time": "2026-02-04T12:00:00Z"} | dict(zip(corners, box, strict=True))
            for name, status, number, box, part in rows
        ] + [{"image": NAMES[1], "split": "test"}],
    )  # fmt: skip
    return path


def test_crops_go_to_the_papers_folders(manifest, images, tmp_path):
    report = cut_manifest(manifest, tmp_path / "c", root=images, jobs=1)
    assert dict(report.counts) == {"BG": 1, "B": 1}  # beta-delta is B: delta is dropped
    assert report.small == 1
    files = sorted(p.relative_to(tmp_path / "c").as_posix() for p in tmp_path.glob("c/*/*/*.png"))
    stem = NAMES[0].removesuffix(".png")
    assert files == [f"train/B/{stem}_02_B.png", f"train/BG/{stem}_01_BG.png"]
    with (tmp_path / "c" / "crops.csv").open() as stream:
        assert {row["noaa_number"] for row in csv.DictReader(stream)} == {"14001", "14002"}


def test_crop_holds_the_files_own_pixels(manifest, images, tmp_path):
    cut_manifest(manifest, tmp_path / "c", root=images, jobs=1)
    whole = picture(images / NAMES[0])
    box = next(found[0].box for _, found in entries(manifest))
    x0, y0, x1, y1 = file_boxes(read_at(images, NAMES[0]), [box])[0]
    part = whole[int(np.floor(y0)) : int(np.ceil(y1)), int(np.floor(x0)) : int(np.ceil(x1))]
    crop = picture(next((tmp_path / "c").glob("train/BG/*.png")))
    assert crop.shape == part.shape
    assert np.abs(crop - part).max() <= 1


def test_margin_size_plage_and_doubtful(manifest, images, tmp_path):
    config = CropConfig("coarse", margin=0.25, size=64, doubtful=True, plage=True, least=1)
    report = cut_manifest(manifest, tmp_path / "c", config, images, jobs=1)
    assert dict(report.counts) == {"complex": 2, "alpha": 2, "plage": 1}
    assert {picture(p).shape for p in (tmp_path / "c").glob("*/*/*.png")} == {(64, 64)}


def test_a_missing_image_does_not_stop_the_others(manifest, images, tmp_path):
    with manifest.open("a") as stream:
        stream.write("none.png,,,train,1,beta,firm,9,9,40,40,,,,,,,,,,,,\n")
    report = cut_manifest(manifest, tmp_path / "c", root=images, jobs=1)
    assert report.counts.total() == 2
    assert [failure.image for failure in report.failures] == ["none.png"]


def test_bad_crop_options():
    with pytest.raises(ConfigError, match="paper, coarse"):
        CropConfig("zurich")
    with pytest.raises(ConfigError):
        CropConfig(scale=0)


def test_cea_coordinates_come_back_and_keep_areas():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-20, 20, (2, 100))
    center = (-35.0, 20.0)
    lon, lat = local_to_stonyhurst(center, x, y)
    back = stonyhurst_to_local(center, lon, lat)
    assert np.allclose(back, (x, y), atol=1e-9)
    assert np.allclose(local_to_stonyhurst(center, np.zeros(1), np.zeros(1)), [[-35], [20]])
    # A cell of the grid covers the same solid angle everywhere: d(lon) d(sin lat).
    step = 1e-4
    cells = []
    for px, py in ((0, 0), (18, 15), (-20, -12)):
        lon, lat = local_to_stonyhurst(
            center, np.array([px, px + step, px]), np.array([py, py, py + step])
        )
        sine = np.sin(np.radians(lat))
        cells.append(
            abs((lon[1] - lon[0]) * (sine[2] - sine[0]) - (lon[2] - lon[0]) * (sine[1] - sine[0]))
        )
    assert np.allclose(cells, cells[0], rtol=1e-3)


def test_cea_patch_makes_a_round_spot_round_near_the_limb():
    geometry = DiskGeometry(255.5, 255.5, 200.0, 0.0, 5.0, 0.0)
    cy, cx = stonyhurst_to_pixel(geometry, np.array([55.0]), np.array([10.0]))[::-1]
    lon, lat = np.meshgrid(np.linspace(40, 70, 601), np.linspace(-5, 25, 601))
    x, y = stonyhurst_to_local((55.0, 10.0), lon, lat)
    spot = np.hypot(x, y) < 4
    columns, rows = stonyhurst_to_pixel(geometry, lon[spot], lat[spot])
    field = np.zeros((512, 512), np.float32)
    field[np.rint(rows).astype(int), np.rint(columns).astype(int)] = 100
    seen = np.argwhere(field > 50)
    assert np.ptp(seen[:, 1]) < 0.75 * np.ptp(seen[:, 0])  # foreshortened on the disk
    box = (float(cx[0]) - 20, float(cy[0]) - 20, float(cx[0]) + 20, float(cy[0]) + 20)
    patch = np.argwhere(np.nan_to_num(cea_patch(field, geometry, box)) > 50)
    assert np.ptp(patch[:, 1]) == pytest.approx(np.ptp(patch[:, 0]), abs=3)


def test_cea_needs_a_time():
    with pytest.raises(DatasetError, match="B0"):
        cea_patch(np.zeros((9, 9), np.float32), DiskGeometry(4, 4, 4), (0, 0, 5, 5))


def test_export_and_import_keep_boxes(manifest, images, tmp_path):
    config = ExportConfig("cvat", doubtful="keep", plage=True, pictures="copy")
    report = export_manifest(manifest, tmp_path / "x", config, images, jobs=1)
    assert dict(report.images) == {"train": 1, "test": 1}
    found, problems = read_labels(tmp_path / "x" / "train" / "labels", "cvat")
    assert not problems
    assert (tmp_path / "x" / "train" / "images" / NAMES[0]).is_file()
    assert not import_labels(found, tmp_path / "back.csv", tmp_path / "x")
    before = next(e for _, e in entries(manifest))
    after = next(e for _, e in entries(tmp_path / "back.csv"))
    assert [e.mount_wilson for e in after] == [e.mount_wilson for e in before]
    assert [e.status for e in after] == [e.status for e in before]
    assert [e.noaa_number for e in after] == [e.noaa_number for e in before]
    assert np.allclose([e.box for e in after], [e.box for e in before], atol=0.02)


def test_resized_pictures_have_resized_labels(manifest, images, tmp_path):
    for size, name in ((0, "a"), (256, "b")):
        config = ExportConfig("kitti", "detector", pictures="png", size=size)
        export_manifest(manifest, tmp_path / name, config, images, jobs=1)
    a, b = (read_labels(tmp_path / n / "train" / "labels", "kitti")[0][0] for n in "ab")
    assert (b.width, b.height) == (256, 256)
    assert np.allclose(
        [x.edges for x in b.boxes], [np.array(x.edges) * 256 / a.width for x in a.boxes], atol=0.011
    )


def test_boxes_come_back_from_file_pixels(images):
    magnetogram = read_at(images, NAMES[0])
    boxes = [(100.5, 120, 140, 150.25)]
    assert np.allclose(canonical_boxes(magnetogram, file_boxes(magnetogram, boxes)), boxes)


def test_page_needs_no_network_and_names_every_region(manifest, images, tmp_path):
    report = show_manifest(manifest, tmp_path / "page", root=images, jobs=1)
    text = report.page.read_text()
    assert report.images == 2
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text
    assert all(str(number) in text for number in (14001, 14002, 14003))
    assert text.count("<svg") == 6
    assert len(list((tmp_path / "page" / "pictures").glob("*.jpg"))) == 2


def test_names_of_doubtful_labels():
    from halescope.datasets.formats.naming import name_of
    from halescope.datasets.manifest import Entry

    def entry(number=14001, kind="beta", status="doubtful", flags=""):
        return Entry("a.png", "", "", number, kind, status, (0, 0, 9, 9), flags=flags)

    assert name_of(entry(), "detector", "keep") == "ar"
    assert name_of(entry(), "detector", "dontcare") == "DontCare"
    assert name_of(entry(), "detector", "drop") is None
    fringe = entry(0, "", flags="beside")
    assert name_of(fringe, "detector", "keep") == "DontCare"
    bare = entry(flags="no_field")
    assert name_of(bare, "paper", "keep") == "DontCare"
    assert name_of(bare, "paper", "drop") is None


def test_the_papers_own_label_files_are_read(images, tmp_path):
    """Fig. 7: sixteen columns, whole pixels, one class for all."""
    from halescope.datasets.lint import lint_labels

    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / NAMES[0].replace(".png", ".txt")).write_text(
        "sunspot 0.0 0.0 0.0 56 143 82 163 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0\n"
        "sunspot 0.0 0.0 0.0 226 171 234 181 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0\n"
    )
    found, problems = read_labels(folder, "kitti")
    assert problems == []
    assert [box.edges for box in found[0].boxes] == [(56, 143, 82, 163), (226, 171, 234, 181)]
    assert {fault.kind for fault in lint_labels(folder, "kitti", disks=False)} == {"no-image"}
    assert import_labels(found, tmp_path / "m.csv", images) == []
    ((_, listed),) = entries(tmp_path / "m.csv")
    assert [(e.status, e.mount_wilson) for e in listed] == [("firm", "")] * 2


def test_large_pictures_are_shrunk_and_small_ones_left(manifest, images, tmp_path):
    for side, expected in ((200, 200), (4096, 512)):
        config = ExportConfig("kitti", pictures="png", shrink_to=side)
        export_manifest(manifest, tmp_path / str(side), config, root=images, jobs=1)
        pictures = list((tmp_path / str(side)).rglob("*.png"))
        assert {picture(path).shape for path in pictures} == {(expected, expected)}
    one, two = (
        {box.edges for image in read_labels(tmp_path / side / "train" / "labels", "kitti")[0]
         for box in image.boxes} for side in ("200", "4096")
    )  # fmt: skip
    scaled = {tuple(round(value * 200 / 512, 1) for value in edges) for edges in two}
    assert {tuple(round(value, 1) for value in edges) for edges in one} == scaled
    with pytest.raises(ConfigError, match="--shrink-to"):
        ExportConfig("kitti", shrink_to=100)
