"""`halescope dataset import`: a data set from a labelled folder of any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.dataset.check import shares
from halescope.commands.options import Jobs
from halescope.commands.progress import bar
from halescope.commands.say import say

if TYPE_CHECKING:
    from halescope.datasets.imports.config import ImportReport
    from halescope.datasets.splits.config import SplitConfig
    from halescope.datasets.treatment import Treatment

KEEP = "keep"
"""Method that keeps the parts of the source."""

Source = Annotated[
    Path, typer.Argument(help="Folder with labels, class folders, or pictures with --srs.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="New folder of the data set.")]


def import_(
    source: Source,
    output: Output,
    origin: Annotated[
        str,
        typer.Option(
            "--from", help="auto, manifest, srs, kitti, yolo, coco, voc, cvat, folders, pictures."
        ),
    ] = "auto",
    images: Annotated[
        Path | None, typer.Option(help="Folder of the pictures, if not beside the labels.")
    ] = None,
    srs: Annotated[
        Path | None, typer.Option(help="SRS that labels the pictures: table, files or archive.")
    ] = None,
    method: Annotated[
        str, typer.Option(help="keep the parts that there are, or time, region, random, shared.")
    ] = KEEP,
    fractions: Annotated[str, typer.Option(help="Train, validation, test.")] = "0.7,0.2,0.1",
    gap: Annotated[
        float | None, typer.Option(help="Days left out between parts; default a disk passage.")
    ] = None,
    boundaries: Annotated[
        str, typer.Option(help="First day of validation and of test, instead of --fractions.")
    ] = "",
    stratify: Annotated[bool, typer.Option(help="Keep the shares of classes alike.")] = True,
    seed: Annotated[int, typer.Option(help="Same seed, same split.")] = 0,
    resize: Annotated[
        str, typer.Option(help="Write pictures anew: squash, crop, fill, half_crop; none: as is.")
    ] = "none",
    size: Annotated[str, typer.Option(help="Of resized pictures: width x height.")] = "256x256",
    colour: Annotated[str, typer.Option(help="Of resized pictures: grey or colour.")] = "grey",
    padding: Annotated[
        float, typer.Option(help="Grey value of what fill adds; below 0: noise.")
    ] = 127,
    pictures: Annotated[str, typer.Option(help="In the data set: link to them, or copy.")] = "link",
    notes: Annotated[str, typer.Option(help="Kept in dataset.json.")] = "",
    jobs: Jobs = 2,
) -> None:
    """Make a data set from a folder that somebody labelled, of any format, or from class folders.

    The folder gets manifest.csv (or crops.csv and class folders), dataset.json, and the lists of
    its parts. With --from pictures there are no labels yet: they are drawn in the studio. Faults of
    label files are named; what is safe is corrected on reading. Exit code 0: all of it; 1: made,
    but some images are left out; 2: nothing to make it from.

    For example:

    halescope dataset import labelled/ -o datasets/mine --method time

    halescope dataset import hmi/ --srs srs_1996_2026.csv -o datasets/hmi --method time --gap 5

    halescope dataset import hmi/ --from pictures -o datasets/unlabelled

    halescope dataset import classes/ -o datasets/crops --method random --resize squash --size
    256x256
    """
    from halescope.datasets.imports.config import ImportConfig
    from halescope.datasets.imports.run import import_folder

    config = ImportConfig(
        "" if origin == "auto" else origin,
        images,
        srs,
        _split_of(method, fractions, gap, boundaries, stratify, seed),
        _treatment_of(resize, size, colour, padding),
        pictures,  # type: ignore[arg-type]
        notes,
    )
    _tell(import_folder(source, output, config, jobs, bar), output)


def _split_of(
    method: str, fractions: str, gap: float | None, boundaries: str, stratify: bool, seed: int
) -> SplitConfig | None:
    from halescope.datasets.splits.config import SplitConfig
    from halescope.tracks.mean_rotation import PASSAGE_DAYS

    if method == KEEP:
        return None
    return SplitConfig(
        method,  # type: ignore[arg-type]
        "image",
        shares(fractions),  # type: ignore[arg-type]
        PASSAGE_DAYS if gap is None else gap,
        tuple(filter(None, boundaries.split(","))),
        stratify,
        seed,
    )


def _treatment_of(resize: str, size: str, colour: str, padding: float) -> Treatment | None:
    from halescope.datasets.treatment import Treatment, parse_size
    from halescope.errors import ConfigError

    if resize == "none":
        return None
    if resize not in ("squash", "crop", "fill", "half_crop"):
        expected = "none, squash, crop, fill or half_crop"
        raise ConfigError("--resize", f"is {resize!r}", expected)
    if colour not in ("grey", "colour"):
        raise ConfigError("--colour", f"is {colour!r}", "grey or colour")
    channels = 3 if colour == "colour" else 1
    return Treatment(*parse_size(size), resize, channels, padding=padding)  # type: ignore[arg-type]


def _tell(report: ImportReport, output: Path, most: int = 20) -> None:
    """Say what was made and what was not; leave with 1 if some images are left out."""
    lines = [str(fault) for fault in report.faults]
    lines += [failure.reason for failure in report.failures]
    for line in lines[:most]:
        say(line, err=True)
    if len(lines) > most:
        say(f"... and {len(lines) - most} more, in {output / 'dataset.json'}", err=True)
    if report.unlabelled:
        say(f"{len(report.unlabelled)} images on days without SRS", err=True)
    things = "disks" if report.kind == "disks" else "crops"
    parts = ", ".join(f"{name or 'undivided'} {n}" for name, n in sorted(report.parts.items()))
    say(f"{output}: {things} from {report.form}: {parts}")
    classes = ", ".join(f"{name or 'none'} {n}" for name, n in sorted(report.classes.items()))
    say(f"labels: {classes or 'none'}")
    if report.failures:
        say(f"{len(report.failures)} images are left out", err=True)
        raise typer.Exit(1)
