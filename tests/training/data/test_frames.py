"""Manifests of labelled pictures: coordinates, splits, and every fault counted."""

from pathlib import Path

import numpy as np
import pytest

from halescope.errors import DatasetError
from halescope.training.data.frames import DataConfig, Frame, divide, evenly, part_of, read_frames

HEADER = "image,sha256,time,split,noaa_number,class,status,x_min,y_min,x_max,y_max,note"


SHARED = ("time", "random", "shared")


def write(folder, *rows):
    path = folder / "manifest.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    return path


def row(image="a.png", number=4001, status="firm", box=(100, 200, 140, 230), note=""):
    time = "2026-02-01T00:00:00Z"
    return f"{image},0,{time},train,{number},beta,{status},{','.join(map(str, box))},{note}"


def read(path, **options):
    return read_frames(DataConfig(path, path.parent, **options))


@pytest.fixture
def images(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    return tmp_path


def test_canonical_rows_up_become_picture_rows_down(images):
    frames, _ = read(write(images, row()))
    # 416 -> 512 adds 48 on each side; row 200..230 from below is 512 - 278 .. 512 - 248 from above.
    assert frames[0].boxes.tolist() == [[148, 234, 188, 264]]
    assert frames[0].classes == ("beta",)
    assert frames[0].numbers == (4001,)


def test_which_labels_count(images):
    path = write(
        images,
        row(),
        row(number=4002, status="doubtful"),
        row(number=4003, status="doubtful", note="no strong field at the position"),
        row(number="", status="plage"),
        row(number=4004, box=(10, 10, 20, 24)),
    )
    frames, problems = read(path)
    assert frames[0].numbers == (4001, 4002)
    assert problems.small == 1  # 10 x 14 = 140 px2 at 512 is below 36 at 256
    assert read(path, objects="firm", min_area=0)[0][0].numbers == (4001, 4004)


def test_faults_are_counted_and_named(images):
    path = write(
        images,
        row(),
        row(box=("x", 0, 1, 1)),
        row(box=(5, 5, 1, 1)),
        row(status="sure"),
        "a.png,too,few",
        row(image="gone.png"),
        "b.png,0,2026-02-01T01:00:00Z,train,,,,,,,,",
        row(box=(-90, 0, 0, 40)),
    )
    frames, problems = read(path)
    assert [len(frame.boxes) for frame in frames] == [2, 0]
    lines = [text.split(": ", 1) for text in problems.malformed]
    assert [int(place.rsplit(":", 1)[1]) for place, _ in lines] == [3, 4, 5, 6]
    assert lines[0][1] == "a corner is no number"
    assert lines[3][1] == "has the wrong number of fields"
    assert problems.missing == ["gone.png"]
    assert problems.unlabelled == ["b.png"]
    assert problems.clipped == 1


def test_no_usable_frame_is_an_error(images):
    with pytest.raises(DatasetError, match="no frame can be used"):
        read(write(images, row(image="gone.png")))
    with pytest.raises(DatasetError, match="cannot be read"):
        read(images / "none.csv")
    (images / "manifest.csv").write_text("image,time\n")
    with pytest.raises(DatasetError, match="has no column noaa_number, class"):
        read(images / "manifest.csv")
    (images / "manifest.csv").write_text(HEADER.replace(",split", "") + "\n")
    with pytest.raises(DatasetError, match=r"lacks the columns \['split'\]"):
        read(images / "manifest.csv")


def frames_of(count):
    empty = np.zeros((0, 4), np.float32)
    return [
        Frame(Path(f"{i}.png"), f"2026-{2 + i // 28:02d}-{1 + i % 28:02d}T00:00:00Z", "x", empty)
        for i in range(count)
    ]


def test_random_split_is_seventy_twenty_ten():
    frames = divide(frames_of(50), DataConfig(split="random"))
    assert [len(part_of(frames, s)) for s in ("train", "validation", "test")] == [35, 10, 5]
    again = divide(frames_of(50), DataConfig(split="random"))
    assert [f.split for f in frames] == [f.split for f in again]


def test_time_split_holds_whole_days_out():
    frames = divide(frames_of(60), DataConfig(split="time"))
    assert max(f.time for f in part_of(frames, "train")) < "2026-03-08"
    assert min(f.time for f in part_of(frames, "validation")) > "2026-03-08"
    with pytest.raises(DatasetError, match=r"split 'test': is empty"):
        part_of(frames[:30], "test")


def test_shared_split_is_what_time_and_random_agree_on():
    rule = {split: divide(frames_of(60), DataConfig(split=split)) for split in SHARED}
    for day, chance, both in zip(*(rule[split] for split in SHARED), strict=True):
        assert both.split == (day.split if day.split == chance.split else "")
    assert {f.split for f in rule["shared"]} == {"train", "validation", "test", ""}


def test_evenly_takes_both_ends():
    assert evenly(10, 3).tolist() == [0, 4, 9]
    assert evenly(3, 0).tolist() == evenly(3, 7).tolist() == [0, 1, 2]
