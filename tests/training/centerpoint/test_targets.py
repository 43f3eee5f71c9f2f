"""Target maps and losses of the centre-point network."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from halescope.detection.centerpoint import find_peaks
from halescope.training.centerpoint.targets import Targets, focal_loss, make_targets, shape_loss
from halescope.training.data.augment import Objects


def objects(*rows: tuple[tuple[float, float, float, float], tuple[float, float], int]) -> Objects:
    return Objects(
        np.array([r[0] for r in rows], np.float32).reshape(-1, 4),
        np.array([r[1] for r in rows], np.float32).reshape(-1, 2),
        np.array([r[2] for r in rows], np.int8),
        np.ones(len(rows), np.float32),
    )


def perfect_maps(target: Targets) -> np.ndarray:
    heat = np.clip(target.heat, 1e-4, 1 - 1e-4)
    return np.concatenate([np.log(heat / (1 - heat)), target.shape])


def test_decoding_a_perfect_answer_gives_the_labels_back() -> None:
    boxes = [(100, 120, 141, 150), (200, 220, 222, 236), (300, 60, 380, 100)]
    points = [(118, 136), (212, 226), (338, 82)]
    target = make_targets(objects(*[(b, p, 1) for b, p in zip(boxes, points, strict=True)]), 416)
    peaks = find_peaks(perfect_maps(target), 0.5)
    order = np.argsort(peaks.boxes[:, 0])
    np.testing.assert_allclose(peaks.boxes[order], boxes, atol=1e-3)
    np.testing.assert_allclose(peaks.points[order], points, atol=1e-3)


def test_plage_has_its_own_map_and_no_box() -> None:
    target = make_targets(objects(((100, 100, 140, 140), (120, 120), 0)), 416)
    assert target.heat[0].max() == 0
    assert target.heat[1].max() == 1
    assert target.inside.max() == 0


def test_doubtful_box_is_not_counted_but_a_sure_one_inside_is() -> None:
    doubtful = ((80, 80, 200, 200), (140, 140), -1)
    sure = ((120, 120, 160, 150), (140, 135), 1)
    for order in ((doubtful, sure), (sure, doubtful)):
        target = make_targets(objects(*order), 416)
        assert target.counted[0, 22, 22] < 1e-2  # corner of the doubtful box
        assert target.counted[0, 33, 35] == 1  # centre of the sure one
        assert target.counted[0, 60, 60] == 1


def test_losses_are_least_for_the_truth() -> None:
    target = make_targets(objects(((100, 120, 141, 150), (118, 136), 1)), 416)
    maps = torch.from_numpy(perfect_maps(target))[None].float()
    heat, counted = torch.from_numpy(target.heat)[None], torch.from_numpy(target.counted)[None]
    shape, inside = torch.from_numpy(target.shape)[None], torch.from_numpy(target.inside)[None]
    good = focal_loss(maps[:, :2], heat, counted)
    worse = focal_loss(torch.roll(maps[:, :2], 5, 2), heat, counted)
    assert good < 0.1 * worse
    boxes, offsets = shape_loss(maps[:, 2:], shape, inside)
    assert boxes == pytest.approx(0, abs=1e-5)
    assert offsets == pytest.approx(0, abs=1e-5)
    wider = maps[:, 2:].clone()
    wider[:, :4] *= 2
    assert shape_loss(wider, shape, inside)[0] == pytest.approx(0.75, abs=0.02)


def test_doubtful_cells_do_not_enter_the_loss() -> None:
    target = make_targets(objects(((100, 100, 140, 140), (120, 120), -1)), 416)
    logits = torch.full((1, 2, 104, 104), -9.0)
    logits[:, :, 26:34, 26:34] = 5.0  # alarm inside the doubtful box
    heat, counted = torch.from_numpy(target.heat)[None], torch.from_numpy(target.counted)[None]
    assert focal_loss(logits, heat, counted) < 1e-2
