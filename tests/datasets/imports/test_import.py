"""Labelled folders of every kind become data sets: same boxes, parts, treated pictures."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from halescope.cli import run
from halescope.datasets.formats.export import ExportConfig, export_manifest
from halescope.datasets.imports.config import ImportConfig
from halescope.datasets.imports.crops import audit_crops, read_crops
from halescope.datasets.imports.run import import_folder
from halescope.datasets.imports.sources import look
from halescope.datasets.manifest import entries, rows, write_manifest
from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.treatment import Treatment, fit, parse_size
from halescope.errors import ConfigError, DatasetError

TIME = SplitConfig("time", fractions=(0.5, 0.25, 0.25), gap_days=0)


@pytest.fixture
def source(labelled, tmp_path):
    """Two pictures in train, one in test, as their manifest says."""
    folder = tmp_path / "source"
    folder.mkdir()
    wanted = {}
    for row in rows(labelled / "manifest.csv"):
        wanted.setdefault(row["image"], []).append(row)
    table = []
    for image, part in zip(wanted, ("train", "train", "test"), strict=False):
        shutil.copy(labelled / image, folder / image)
        table += [row | {"split": part} for row in wanted[image]]
    write_manifest(folder / "manifest.csv", table)
    return folder


def boxes_of(manifest):
    return {
        image.rpartition("/")[2].rpartition(".")[0]: [(e.mount_wilson, *e.box) for e in found]
        for image, found in entries(manifest)
    }


def assert_alike(one, two, tolerance):
    assert list(one) == list(two)
    for image in one:
        assert [name for name, *_ in one[image]] == [name for name, *_ in two[image]]
        sides = [np.array([box for _, *box in found[image]]) for found in (one, two)]
        assert np.allclose(*sides, atol=tolerance)


def test_pictures_without_labels_are_rows_for_a_person_to_label(source, tmp_path, capsys):
    (source / "manifest.csv").unlink()
    (source / "torn.png").write_bytes(next(source.glob("*.png")).read_bytes()[:3000])
    with pytest.raises(DatasetError, match=r"holds no labels that are known.*--from pictures"):
        import_folder(source, tmp_path / "guessed", ImportConfig(), jobs=1)
    words = [str(source), "-o", str(tmp_path / "bare"), "--from", "pictures"]
    assert run(["dataset", "import", *words]) == 1  # one image is left out
    assert "torn.png" in capsys.readouterr().err
    table = list(rows(tmp_path / "bare" / "manifest.csv"))
    assert [row["image"] for row in table] == sorted(row["image"] for row in table)
    assert all((tmp_path / "bare" / row["image"]).is_file() and row["sha256"] for row in table)
    assert all(row["time"].endswith("Z") and not row["status"] for row in table)
    assert [found for _, found in entries(tmp_path / "bare" / "manifest.csv")] == [[], [], []]
    record = json.loads((tmp_path / "bare" / "dataset.json").read_text())
    assert (record["from"], record["parts"], record["left_out"]) == ("pictures", {"": 3}, 1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="holds no pictures"):
        import_folder(tmp_path / "empty", tmp_path / "other", ImportConfig("pictures"), jobs=1)


@pytest.mark.parametrize("form", ["kitti", "yolo", "coco", "voc", "cvat"])
def test_every_format_comes_back_with_its_parts(source, tmp_path, form):
    config = ExportConfig(form, pictures="png")
    export_manifest(source / "manifest.csv", tmp_path / "there", config, source, jobs=1)
    found = look(tmp_path / "there")
    assert [(each.form, each.part) for each in found] == [(form, "train"), (form, "test")]
    report = import_folder(tmp_path / "there", tmp_path / "set", ImportConfig(), jobs=1)
    assert report.parts == {"train": 2, "test": 1}
    assert not report.failures
    firm = [row for row in rows(source / "manifest.csv") if row["status"] == "firm"]
    write_manifest(tmp_path / "firm.csv", firm)
    assert_alike(boxes_of(tmp_path / "set/manifest.csv"), boxes_of(tmp_path / "firm.csv"), 0.6)
    parts = [row["split"] for row in rows(tmp_path / "set/manifest.csv")]
    assert parts == [row["split"] for row in firm]


def test_manifest_is_divided_by_time_and_may_be_moved(labelled, tmp_path):
    config = ImportConfig(split=TIME, pictures="copy")
    report = import_folder(labelled / "manifest.csv", tmp_path / "set", config, jobs=1)
    assert report.parts == {"train": 4, "validation": 2, "test": 2}
    images = [image for image, _ in entries(tmp_path / "set/manifest.csv")]
    assert all(image.startswith("images/") for image in images)
    (tmp_path / "set").rename(tmp_path / "moved")
    assert all((tmp_path / "moved" / image).is_file() for image in images)
    record = json.loads((tmp_path / "moved/dataset.json").read_text())
    assert (record["kind"], record["from"], record["parts"]) == ("disks", "manifest", report.parts)
    assert {path.name for path in (tmp_path / "moved").glob(".*")} <= {".halescope"}


def test_pictures_are_linked(labelled, tmp_path):
    import_folder(labelled / "manifest.csv", tmp_path / "set", ImportConfig(), jobs=1)
    images = [image for image, _ in entries(tmp_path / "set/manifest.csv")]
    for image in images:
        assert (tmp_path / "set" / image).is_symlink()
        assert (tmp_path / "set" / image).resolve() == (
            labelled / image.rpartition("/")[2]
        ).resolve()


def test_a_manifest_cannot_name_what_lies_elsewhere(source, tmp_path):
    (tmp_path / "secret.png").write_bytes(next(source.glob("*.png")).read_bytes())
    table = list(rows(source / "manifest.csv"))
    names = [str(tmp_path / "secret.png"), "../secret.png"]
    table = [row | {"image": name} for row, name in zip(table, names, strict=False)]
    write_manifest(source / "manifest.csv", table)
    config = ImportConfig(images=source)
    with pytest.raises(DatasetError, match="is not there"):
        import_folder(source, tmp_path / "set", config, 1)
    assert not list((tmp_path / "set").rglob("*.png"))


def test_summaries_label_a_folder(labelled, tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for path in sorted(labelled.glob("*.png"))[:2]:
        shutil.copy(path, folder)
    words = ["dataset", "import", str(folder), "--srs", str(labelled / "srs.csv")]
    assert run([*words, "-o", str(tmp_path / "set"), "-j", "1"]) == 0
    assert "disks from srs: undivided 2" in capsys.readouterr().out
    found = boxes_of(tmp_path / "set/manifest.csv")
    assert {name for name, *_ in next(iter(found.values()))} >= {"alpha", "beta"}


@pytest.mark.parametrize(
    ("mode", "size"), [("squash", (256, 256)), ("fill", (300, 200)), ("half_crop", (260, 240))]
)
def test_boxes_follow_a_treatment(source, tmp_path, mode, size):
    config = ImportConfig(treatment=Treatment(*size, mode, 1))
    report = import_folder(source, tmp_path / "set", config, jobs=1)
    assert not report.failures
    for image, _ in entries(tmp_path / "set/manifest.csv"):
        with Image.open(tmp_path / "set" / image) as picture:
            assert (picture.size, picture.mode) == (size, "L")
    assert_alike(boxes_of(tmp_path / "set/manifest.csv"), boxes_of(source / "manifest.csv"), 2.5)


def test_a_treatment_places_pictures_as_it_fits_them():
    marks = np.zeros((60, 100), np.float32)
    marks[20:40, 30:70] = 200
    for mode in ("squash", "crop", "fill", "half_crop"):
        how = Treatment(64, 48, mode, 1, padding=0)
        left, top, width, height = how.placed(100, 60)
        y, x = np.nonzero(fit(marks, how) > 100)
        wanted = (left + 0.3 * width, left + 0.7 * width, top + height / 3, top + height * 2 / 3)
        assert np.allclose((x.min(), x.max() + 1, y.min(), y.max() + 1), wanted, atol=1), mode


def test_faults_of_label_files_are_told_and_cost_no_image(source, tmp_path, capsys):
    export_manifest(source / "manifest.csv", tmp_path / "k", ExportConfig(), source, jobs=1)
    labels = tmp_path / "k/train/labels"
    first = sorted(labels.glob("*.txt"))[0]
    tail = "0 0 0 {} 0 0 0 0 0 0 0\n"
    kept = "beta " + tail.format("200 210 240 250")
    first.write_text(
        "\n" + kept + "betta " + tail.format("240 100 200 140")
        + "filament " + tail.format("300 300 330 330") + "beta 1 2\n"
    )  # fmt: skip
    words = ["dataset", "import", str(tmp_path / "k"), "-o", str(tmp_path / "set"), "--from"]
    assert run([*words, "kitti", "--images", str(source), "-j", "1"]) == 0
    told = capsys.readouterr().err
    for text in (":3:1: class: 'betta' is probably beta", ":3:5: inverted", ":5: format"):
        assert f"{first.name}{text}" in told
    (found, *_) = (found for _, found in entries(tmp_path / "set/manifest.csv"))
    assert [(e.mount_wilson, e.status) for e in found] == [
        ("beta", "firm"), ("beta", "firm"), ("", "doubtful"),
    ]  # fmt: skip
    assert "filament" in found[2].note
    assert found[1].box[0] < found[1].box[2]
    assert (tmp_path / "set/labels" / first.name).read_text() == first.read_text()
    record = json.loads((tmp_path / "set/dataset.json").read_text())
    assert record["faults_of_source"] >= 4


def class_folders(folder, numbers=()):
    generator = np.random.default_rng(0)
    table = ["crop,image,split,noaa_number,class,folder,status"]
    for name in ("A", "B"):
        (folder / name).mkdir(parents=True)
        for index in range(8):
            file = f"2026020{1 + index}_000000_{index:02d}_{name}.png"
            grey = generator.integers(0, 255, (20 + index, 30), np.uint8)
            Image.fromarray(grey).save(folder / name / file)
            if numbers:
                table.append(f"{name}/{file},x.png,,{numbers[index]},beta,{name},firm")
    if numbers:
        (folder / "crops.csv").write_text("\n".join(table) + "\n")
    return folder


def test_class_folders_are_divided_and_treated(tmp_path):
    folder = class_folders(tmp_path / "classes")
    how = Treatment(32, 24, "fill", 3)
    split = SplitConfig("random", fractions=(0.5, 0.25, 0.25))
    report = import_folder(folder, tmp_path / "set", ImportConfig(split=split, treatment=how), 1)
    assert report.parts == {"train": 8, "validation": 4, "test": 4}
    for row in read_crops(tmp_path / "set/crops.csv"):
        assert row["crop"].startswith(f"{row['split']}/{row['folder']}/")
        with Image.open(tmp_path / "set" / row["crop"]) as picture:
            assert (picture.size, picture.mode) == ((32, 24), "RGB")
    assert not audit_crops(tmp_path / "set/crops.csv").parts["train"]["classes"].keys() - {"A", "B"}


def test_crops_of_one_region_stay_together(tmp_path, capsys):
    folder = class_folders(tmp_path / "classes", [1, 1, 1, 1, 2, 2, 3, 3])
    split = SplitConfig("region", fractions=(0.5, 0.25, 0.25))
    import_folder(folder, tmp_path / "set", ImportConfig(split=split), 1)
    held = {}
    for row in read_crops(tmp_path / "set/crops.csv"):
        held.setdefault(row["noaa_number"], set()).add(row["split"])
    assert [len(parts) for parts in held.values()] == [1, 1, 1]
    assert audit_crops(tmp_path / "set/crops.csv").is_clean
    assert run(["dataset", "audit", str(tmp_path / "set/crops.csv")]) == 0
    bare = class_folders(tmp_path / "bare")
    with pytest.raises(ConfigError, match="NOAA number of each crop"):
        import_folder(bare, tmp_path / "other", ImportConfig(split=split), 1)
    words = ["dataset", "import", str(bare), "-o", str(tmp_path / "third"), "--method", "random"]
    assert run([*words, "--resize", "squash", "--size", "16"]) == 0
    assert "crops from folders: test 2, train 12, validation 2" in capsys.readouterr().out


def test_what_cannot_be_made_is_said(source, tmp_path, capsys):
    with pytest.raises(DatasetError, match="does not exist"):
        import_folder(tmp_path / "nowhere", tmp_path / "set", ImportConfig(), 1)
    (tmp_path / "bare").mkdir()
    with pytest.raises(DatasetError, match="holds no labels"):
        import_folder(tmp_path / "bare", tmp_path / "set", ImportConfig(), 1)
    import_folder(source, tmp_path / "set", ImportConfig(), 1)
    assert run(["dataset", "import", str(source), "-o", str(tmp_path / "set")]) == 2
    assert "holds a data set already" in capsys.readouterr().err
    for option in (["--resize", "stretch"], ["--resize", "fill", "--colour", "red"]):
        assert run(["dataset", "import", str(source), "-o", str(tmp_path / "x"), *option]) == 2
    for size in ("0", "5000x9", "a", "64x64x64"):
        with pytest.raises(ConfigError, match="width and height"):
            parse_size(size)
    (next(source.glob("*.png"))).unlink()
    assert run(["dataset", "import", str(source), "-o", str(tmp_path / "less")]) == 1
    assert "1 images are left out" in capsys.readouterr().err
