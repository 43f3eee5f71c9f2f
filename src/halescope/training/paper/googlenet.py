"""Train GoogLeNet by DIGITS' recipe on cut-out regions, or on pictures in class folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, WeightedRandomSampler

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON, PAPER_CLASSES, paper_class
from halescope.datasets.labels.label import Sources
from halescope.datasets.treatment import Treatment, channels_of, fit
from halescope.errors import DatasetError
from halescope.noaa.srs import read_srs
from halescope.tensors import ZERO_GREY, cut, flip_rows, picture
from halescope.training.data.crop_split import place_crops
from halescope.training.data.frames import SPLITS, DataConfig, Frame, at_random
from halescope.training.data.patches import label_patch
from halescope.training.paper.schedule import DIGITS_GOOGLENET, Solver
from halescope.training.run import RunConfig
from halescope.types import Array

CLASS_LISTS = (PAPER_CLASSES, HIERARCHY, MOUNT_WILSON)
"""Vocabularies that class folders may be of, in the order in which they are tried."""

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
"""What counts as a picture in a class folder."""


@dataclass(frozen=True)
class CropConfig:
    """How regions become pictures of a class.

    Parameters
    ----------
    folders : Path
        Class folders of pictures instead of a manifest; empty for the manifest.
    classes : {"paper", "hierarchy", "mount_wilson"}
        Vocabulary, for the manifest.
    margin : float
        Pixels added around a box.
    crop : int
        Side of the network's input: random in training, the middle otherwise.
    mirror : bool
        Whether training flips half of the pictures.
    turn : bool
        Whether it also flips them top to bottom and changes polarity: not DIGITS', but neither
        changes a class.
    balance : bool
        Whether training draws every class as often as any other.
    limit : int
        Crops, spread evenly over the manifest; 0 takes all. The paper had 1,548.
    patches : Path
        Folder of HMI SHARP patches (CEA, gauss): further regions, for training only; empty for
        none.
    srs : Path
        Table of Solar Region Summaries, which gives the patches their classes.
    """

    folders: Path = Path()
    classes: Literal["paper", "hierarchy", "mount_wilson"] = "paper"
    margin: float = 0.0
    crop: int = 224
    mirror: bool = True
    turn: bool = False
    balance: bool = False
    limit: int = 0
    patches: Path = Path()
    srs: Path = Path()


@dataclass(frozen=True)
class GoogLeNetTraining:
    """Everything that decides a training run of GoogLeNet; the defaults are DIGITS'.

    Parameters
    ----------
    start_from : str
        What to start from, DetectNet's trunk for one: a snapshot of a run, a state dict, an
        exported network with its card, or the name of one that ships; empty for xavier.
    freeze : tuple of str
        Layers that no longer learn, by how their names begin.
    """

    data: DataConfig = field(default_factory=lambda: DataConfig(objects="firm", min_area=0.0))
    crops: CropConfig = field(default_factory=CropConfig)
    treatment: Treatment = field(default_factory=Treatment)
    solver: Solver = DIGITS_GOOGLENET
    start_from: str = ""
    freeze: tuple[str, ...] = ()
    run: RunConfig = field(default_factory=lambda: RunConfig(folder=Path("runs/googlenet")))


@dataclass(frozen=True)
class Crop:
    """One region as a picture, (h, w) uint8, with its class and the image and region it is of."""

    levels: NDArray[np.uint8]
    label: int
    split: str
    name: str


def vocabulary(config: CropConfig) -> tuple[str, ...]:
    """Return the class names in the order of the network's outputs."""
    if config.folders != Path():
        names = tuple(_class_names(config.folders))
        # A card knows these alone; a class of which there is no folder is never the likeliest.
        return next((known for known in CLASS_LISTS if set(names) <= set(known)), names)
    return {"paper": PAPER_CLASSES, "hierarchy": HIERARCHY, "mount_wilson": MOUNT_WILSON}[
        config.classes
    ]


def class_index(name: str, config: CropConfig) -> int:
    """Return the index of a Mount Wilson class in the vocabulary."""
    if config.classes == "paper":
        return PAPER_CLASSES.index(paper_class(name))
    if config.classes == "hierarchy":
        return HIERARCHY.index(COARSE[name])
    return MOUNT_WILSON.index(name)


def crops_of(
    frames: Sequence[Frame], pictures: NDArray[np.uint8], config: GoogLeNetTraining
) -> list[Crop]:
    """Return the regions of labelled frames as pictures, see `place_crops`.

    `pictures` is (N, H, W) uint8.
    """
    grow = np.array([-1, -1, 1, 1], np.float32) * config.crops.margin
    return [
        Crop(
            cut(pictures[one.frame], frames[one.frame].boxes[one.region] + grow),
            class_index(one.kind, config.crops),
            one.part,
            f"{one.image}:{one.number}",
        )
        for one in place_crops(frames, config.data, config.crops.limit)
    ]


def patch_crops(config: CropConfig) -> list[Crop]:
    """Return the regions of SHARP patches that have a class, as pictures that train.

    Raises `DatasetError` where the folder has no patch with a class.
    """
    sources = Sources(read_srs(config.srs).by_day())
    crops = []
    for path in sorted(config.patches.glob("*.fits")):
        disk, labels = label_patch(path, sources)
        levels = picture(disk.grey)
        for label in labels:
            if not label.mount_wilson or "no_field" in label.flags:
                continue
            box = flip_rows(np.array([label.box], np.float32), levels.shape[0])[0]
            kind = class_index(label.mount_wilson, config)
            crops.append(Crop(cut(levels, box), kind, "train", f"{path.name}:{label.number}"))
    if not crops:
        raise DatasetError(str(config.patches), "has no patch of a region with a class")
    return crops


def folder_crops(folder: Path, config: DataConfig) -> list[Crop]:
    """Return the pictures of class folders: as they are divided, else divided at random.

    `folder`: holds one folder for each class, or ``train``, ``validation`` and ``test`` which do,
    as `halescope dataset crops` writes them. Raises `DatasetError` where there is no class folder,
    or one holds fewer than two pictures.
    """
    parts = [name for name in SPLITS if (folder / name).is_dir()]
    names, places = _class_names(folder), vocabulary(CropConfig(folder))
    crops = []
    for part in parts or [""]:
        for name in names:
            index = places.index(name)
            paths = _pictures(folder / part / name)
            if len(paths) < 2 and part in ("", "train"):
                place = folder / part / name
                found = f"holds {len(paths)} pictures"
                raise DatasetError(str(place), found, "at least 2 of a class")
            crops += [Crop(_levels(path), index, part, f"{name}/{path.name}") for path in paths]
    return crops if parts else _divide(crops, config)


def _class_names(folder: Path) -> list[str]:
    """Return the names of class folders, in all parts where the folder is divided."""
    places = [folder / name for name in SPLITS if (folder / name).is_dir()] or [folder]
    inner = [p for place in places if place.is_dir() for p in place.iterdir()]
    found = sorted({p.name for p in inner if p.is_dir()})
    if len(found) < 2:
        raise DatasetError(str(folder), f"holds {len(found)} class folders", "at least 2")
    return found


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)


def _levels(path: Path) -> NDArray[np.uint8]:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("L"), np.uint8)


def _divide(crops: Sequence[Crop], config: DataConfig) -> list[Crop]:
    parts = at_random(len(crops), config)
    return [replace(crop, split=part) for crop, part in zip(crops, parts, strict=True)]


def prepared(crops: Sequence[Crop], treatment: Treatment) -> NDArray[np.uint8]:
    """Return crops resized as the treatment says, (N, channels, H, W) uint8."""
    shape = (len(crops), treatment.channels, treatment.height, treatment.width)
    out = np.zeros(shape, np.uint8)
    for index, crop in enumerate(crops):
        sized = fit(crop.levels.astype(np.float32), treatment, index)
        out[index] = np.rint(channels_of(sized, treatment.channels))
    return out


class CropSet(Dataset[tuple[Tensor, Tensor]]):
    """Treated crops: random windows and mirroring in training, the middle otherwise.

    Parameters
    ----------
    pictures : (N, C, H, W) uint8
    labels : (N,) int64
    mean : (C, H, W) or (C, 1, 1) float32
    """

    def __init__(
        self,
        pictures: NDArray[np.uint8],
        labels: NDArray[np.int64],
        mean: Array,
        config: GoogLeNetTraining,
        train: bool,
    ) -> None:
        self.pictures, self.labels, self.mean = pictures, labels, mean
        self.crop, self.mirror, self.train = config.crops.crop, config.crops.mirror, train
        self.turn = config.crops.turn
        self.random = np.random.default_rng(config.run.seed)

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        levels = self.pictures[index].astype(np.float32)
        if self.train and self.turn:
            levels = self._turned(levels)
        whole = levels - self.mean
        spare = whole.shape[1] - self.crop, whole.shape[2] - self.crop
        top, left = spare[0] // 2, spare[1] // 2
        if self.train:
            top, left = (int(self.random.integers(s + 1)) for s in spare)
        part = whole[:, top : top + self.crop, left : left + self.crop]
        if self.train and self.mirror and self.random.random() < 0.5:
            part = part[:, :, ::-1]
        image = torch.from_numpy(np.ascontiguousarray(part, np.float32))
        return image, torch.tensor(self.labels[index])

    def _turned(self, levels: Array) -> Array:
        """Return a picture as it is, top to bottom, in the other polarity, or both."""
        if self.random.random() < 0.5:
            levels = levels[:, ::-1]
        if self.random.random() < 0.5:
            levels = np.clip(2 * ZERO_GREY - levels, 0, 255)
        return levels


def make_loaders(
    data: dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]],
    mean: Array,
    config: GoogLeNetTraining,
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Return loaders of the training and the validation part: pictures and labels less the mean."""
    train = CropSet(*data["train"], mean, config, train=True)
    valid = CropSet(*data["validation"], mean, config, train=False)
    size = config.solver.batch_size
    if not config.crops.balance:
        return DataLoader(train, size, shuffle=True), DataLoader(valid, size)
    labels = data["train"][1]
    weight = 1 / np.bincount(labels)[labels]
    drawn = WeightedRandomSampler(weight.tolist(), len(labels))
    return DataLoader(train, size, sampler=drawn), DataLoader(valid, size)
