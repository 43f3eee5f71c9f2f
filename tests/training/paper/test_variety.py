"""Windows and crops of other forms, layers that rest, and classes drawn alike."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("lightning", reason="the train extra is not installed")

from halescope.models.detectnet import DetectNetConfig
from halescope.training.data.frames import Frame
from halescope.training.paper import detectnet, googlenet
from halescope.training.paper.detectnet_augment import Augmentation
from halescope.training.paper.modules import DetectNetModule
from halescope.training.paper.shares import in_shares
from halescope.training.paper.solver import make_optimizer


def test_a_window_in_any_form_and_scale_still_holds_its_box():
    config = detectnet.DetectNetTraining(
        model=DetectNetConfig(64, 64),
        window=detectnet.WindowConfig(96, 60, 1.0, mirrors=True),
        augment=Augmentation(scale_prob=0.5),
    )
    frame = Frame(Path("a"), "", "", np.array([[300, 200, 340, 224]], np.float32))
    levels = np.full((1, 512, 512), 127, np.uint8)
    levels[0, 200:224, 300:340] = 200
    data = detectnet.PictureSet(levels, [frame], config, train=True)
    widths, signs = set(), set()
    for index in range(40):
        image, grid = (part.numpy() for part in data[index])
        assert image.shape == (3, 96, 96)
        y, x = np.nonzero(grid[0])
        row, column = y[0], x[0]
        corners = grid[1:5, row, column] + np.array([column, row, column, row]) * 8
        place = np.argwhere(np.abs(image[0]) > 40)
        found = np.array([*place.min(0)[::-1], *place.max(0)[::-1] + 1])
        assert np.abs(found - corners).max() <= 1.5
        widths.add(round(float(corners[2] - corners[0])))
        signs.add(float(np.sign(image[0][tuple(place[len(place) // 2])])))
    assert len(widths) > 5
    assert signs == {-1.0, 1.0}


def test_the_eight_forms_differ_and_keep_the_boxes_on_their_pixels():
    image = np.arange(36, dtype=np.float32).reshape(1, 6, 6) + 1
    boxes = np.array([[1, 0, 3, 2]], np.float32)
    inside = image[0, 0:2, 1:3].sum()
    forms, rng = set(), np.random.default_rng(0)
    for _ in range(60):
        turned, (box,) = detectnet.mirrored(image, boxes, rng)
        x1, y1, x2, y2 = box.astype(int)
        assert abs(turned[0, y1:y2, x1:x2].sum()) == inside
        forms.add(turned.tobytes())
    assert len(forms) == 8


def test_frozen_layers_do_not_learn():
    config = detectnet.DetectNetTraining(
        model=DetectNetConfig(64, 64), freeze=("conv", "inception_3")
    )
    module = DetectNetModule(config, 1)
    before = {name: p.detach().clone() for name, p in module.net.named_parameters()}
    groups = module.net.parameter_groups(1e-2, 0.0)
    optimizer = make_optimizer(config.solver, groups)
    grid = torch.zeros(1, 9, 8, 8)
    module.losses(torch.randn(1, 3, 64, 64), grid)["loss"].backward()
    optimizer.step()
    for name, parameter in module.net.named_parameters():
        rests = name.startswith(("conv", "inception_3"))
        assert torch.equal(parameter, before[name]) == rests or name.startswith("bbox"), name


def test_shares_train_as_a_whole_batch_does():
    config = detectnet.DetectNetTraining(model=DetectNetConfig(64, 64))
    module = DetectNetModule(config, 1).eval()
    image = torch.randn(3, 3, 64, 64, generator=torch.manual_seed(0)) * 40
    batch = image, torch.zeros(3, 9, 8, 8)
    whole = module.losses(*batch)["loss"]
    shared = in_shares(module.losses, batch, module.net.parameters(), 2)["loss"]
    assert shared.item() == pytest.approx(whole.item(), rel=1e-4)


def test_crops_are_turned_and_classes_drawn_alike():
    config = googlenet.GoogLeNetTraining(
        crops=googlenet.CropConfig(crop=4, mirror=False, turn=True, balance=True)
    )
    picture = np.full((1, 4, 4), 127, np.uint8)
    picture[0, 0] = 227
    pictures = np.repeat(picture[None], 100, 0)
    labels = np.array([0] * 90 + [1] * 10)
    data = {"train": (pictures, labels), "validation": (pictures, labels)}
    train, valid = googlenet.make_loaders(data, np.zeros((1, 1, 1), np.float32), config)
    torch.manual_seed(0)
    shown = list(train)
    assert len({image.numpy().tobytes() for images, _ in shown for image in images}) == 4
    assert 30 < sum(int(kinds.sum()) for _, kinds in shown) < 70
    assert {image.numpy().tobytes() for images, _ in valid for image in images} == {
        picture.astype(np.float32).tobytes()
    }
    plain = replace(config, crops=replace(config.crops, turn=False, balance=False))
    train, _ = googlenet.make_loaders(data, np.zeros((1, 1, 1), np.float32), plain)
    assert sum(int(kinds.sum()) for _, kinds in train) == 10
