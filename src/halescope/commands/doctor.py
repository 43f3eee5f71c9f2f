"""`halescope doctor`: why does DetectNet find nothing in this data set, and what would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from halescope.commands.options import Root
from halescope.commands.say import say
from halescope.detection.detectnet import clustering
from halescope.detection.grouping import Clustering
from halescope.io.atomic import atomic_path
from halescope.training.data.frames import DataConfig, evenly, load_picture, part_of, read_frames
from halescope.training.paper.detectnet_targets import GroundTruth
from halescope.training.paper.doctor import (
    LabelCounts,
    Maps,
    count_labels,
    draw,
    load_detectnet,
    maps_of,
    proposals_per_label,
    sweep,
)


def doctor(
    dataset: Annotated[Path, typer.Argument(help="Manifest of labelled images.")],
    root: Root = Path(),
    detector: Annotated[
        str | None, typer.Option(help="A DetectNet's name or card; without it labels only.")
    ] = None,
    images: Annotated[int, typer.Option(min=1, help="Validation images to look at.")] = 24,
    split: Annotated[
        Literal["time", "random"], typer.Option(help="Which division's validation part.")
    ] = "time",
    limit: Annotated[int, typer.Option(min=0, help="Frames before the division; 0: all.")] = 1000,
    resolution: Annotated[
        int, typer.Option(min=32, max=512, help="256: shrunk and enlarged, as the authors did.")
    ] = 512,
    legacy: Annotated[
        bool, typer.Option("--legacy", help="Sweep NVCaffe's clustering up to 0.17.2, faulty.")
    ] = False,
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to draw.")] = Path(
        "doctor.png"
    ),
) -> None:
    """Count labels that cannot be learned or found, and sweep the clustering.

    Example: halescope doctor manifest.csv --root data --detector detectnet
    """
    frames, problems = read_frames(DataConfig(dataset, root, split, limit=limit))
    part = part_of(frames, "validation")
    part = [part[index] for index in evenly(len(part), images)]
    pictures = [load_picture(frame.image, resolution) for frame in part]
    model = load_detectnet(detector) if detector else None
    target = GroundTruth(stride=int(model.card.options.get("stride", 8)) if model else 8)
    chosen = clustering(model.card) if model else Clustering()
    chosen = replace(chosen, legacy_clustering=legacy or chosen.legacy_clustering)
    problems.tell(say)
    _say_counts(count_labels(frames, target, chosen))
    maps = maps_of(model, part, pictures, target)
    if model:
        chosen = _say_sweep(maps, target.stride, chosen)
    with atomic_path(output) as path:
        draw(pictures[0], maps[0], target.stride, chosen).save(path)
    say(f"targets and proposals of {part[0].image.name}: {output}")


def _say_counts(counts: LabelCounts) -> None:
    say(
        f"{counts.labels} labels in {counts.images} images; a label covers {counts.cells:.0f} cells"
    )
    for number, text in (
        (counts.small, "are shorter than 50 px on a side, where DetectNet is weak"),
        (counts.low, "are lower than min_height: found or not, they count as missed"),
        (counts.vanished, "are overwritten on the grid by others: they neither train nor count"),
        (counts.few_cells, "cover too few cells to outvote rect_threshold"),
    ):
        if number:
            say(f"  {number} {text}")


def _say_sweep(maps: Sequence[Maps], stride: int, current: Clustering) -> Clustering:
    mean = proposals_per_label(maps, stride, current.coverage_threshold)
    say(f"{mean:.1f} proposals a label at coverage {current.coverage_threshold}")
    found = sweep(maps, stride, current)
    say("coverage  rect  eps   precision recall  mAP")
    for setting in found[:5]:
        rule, rates = setting.clustering, setting.rates
        say(
            f"{rule.coverage_threshold:8.2f} {rule.rect_threshold:5d} {rule.rect_eps:5.2f}"
            f" {rates.precision:9.3f} {rates.recall:7.3f} {rates.simplified_map:6.3f}"
        )
    best = found[0].clustering
    say(
        f"choose coverage_threshold {best.coverage_threshold}, rect_threshold "
        f"{best.rect_threshold}, rect_eps {best.rect_eps}"
    )
    return best
