"""Commands of `halescope dataset` that make something: label, crops, convert, show."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from halescope.commands.options import Jobs, Root
from halescope.commands.progress import bar
from halescope.commands.say import say

Manifest = Annotated[Path, typer.Argument(help="From halescope dataset label; CSV or Parquet.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")]


def crops(
    manifest: Manifest,
    output: Output,
    scheme: Annotated[
        str, typer.Option(help="Folders: paper (A AG B BG), mount-wilson, coarse, detector.")
    ] = "paper",
    margin: Annotated[float, typer.Option(help="On each side, share of the longer side.")] = 0.0,
    size: Annotated[int, typer.Option(help="Side of every crop, pixels; 0: as cut.")] = 0,
    scale: Annotated[float, typer.Option(help="Enlarge by this before --size.")] = 1.0,
    least: Annotated[float, typer.Option(help="Shortest side to cut, pixels.")] = 4.0,
    doubtful: Annotated[bool, typer.Option(help="Cut doubtful labels too.")] = False,
    plage: Annotated[bool, typer.Option(help="Cut plage into a folder of its own.")] = False,
    cea: Annotated[bool, typer.Option(help="Remap to an equal-area grid first.")] = False,
    root: Root = Path(),
    jobs: Jobs = 2,
) -> None:
    """Cut regions out into class folders, one tree for each part of the split.

    Example: halescope dataset crops split/manifest.csv -o crops --size 256
    """
    from halescope.datasets.crops import CropConfig, cut_manifest

    config = CropConfig(scheme, margin, size, scale, doubtful, plage, cea, least)
    with bar("cutting", 0) as advance:
        report = cut_manifest(manifest, output, config, root, jobs, advance)
    counts = ", ".join(f"{name} {n}" for name, n in sorted(report.counts.items()))
    say(f"{output}: {report.counts.total()} crops ({counts or 'none'})")
    if report.small:
        say(f"{report.small} boxes are under {least:g} px and were left out")
    _fail_if(report.failures)


def convert(
    source: Annotated[Path, typer.Argument(help="Manifest, or labels with --from.")],
    output: Output,
    to: Annotated[str, typer.Option(help="kitti, yolo, coco, voc, cvat or manifest.")] = "kitti",
    origin: Annotated[
        str, typer.Option("--from", help="manifest, kitti, yolo, coco, voc, cvat.")
    ] = "manifest",
    scheme: Annotated[
        str, typer.Option(help="Names: mount-wilson, paper, coarse, detector (one class).")
    ] = "mount-wilson",
    doubtful: Annotated[str, typer.Option(help="dontcare, keep or drop.")] = "drop",
    plage: Annotated[bool, typer.Option(help="Keep plage, under this name.")] = False,
    pictures: Annotated[
        str, typer.Option(help="Images beside the labels: none, copy, link or png.")
    ] = "none",
    size: Annotated[int, typer.Option(help="Side of the png pictures; 0: as they are.")] = 0,
    shrink_to: Annotated[
        int, typer.Option(min=0, help="Shrink larger png pictures to this side; 0: none.")
    ] = 0,
    columns: Annotated[
        int, typer.Option(help="Of KITTI's lines: 15, or 16 with a score of 0 as in the paper.")
    ] = 15,
    root: Root = Path(),
    jobs: Jobs = 2,
) -> None:
    """Write labels in another format, from a manifest or from any other format.

    For example:

    halescope dataset convert split/manifest.csv -o kitti --to kitti --scheme detector
    --doubtful dontcare --pictures png --size 512

    halescope dataset convert cvat_export/ --from cvat --to coco -o coco
    """
    from halescope.errors import ConfigError

    if doubtful not in ("dontcare", "keep", "drop"):
        raise ConfigError("--doubtful", f"is {doubtful!r}", "dontcare, keep or drop")
    if origin != "manifest":
        _from_labels(source, output, origin, to, root)
        return
    from halescope.datasets.formats.export import ExportConfig, export_manifest

    config = ExportConfig(
        to, scheme, doubtful, plage, pictures, size, columns, shrink_to,  # type: ignore[arg-type]
    )  # fmt: skip
    with bar("converting", 0) as advance:
        report = export_manifest(source, output, config, root, jobs, advance)
    for part, count in report.images.items():
        say(f"{output / part}: {report.boxes[part]} boxes on {count} images, {to}")
    if pictures == "none" and report.images:
        say("labels alone; --pictures copy, link or png puts their images beside them")
    _fail_if(report.failures)


def _from_labels(source: Path, output: Path, origin: str, to: str, root: Path) -> None:
    from halescope.datasets.formats.export import refuse_twins
    from halescope.datasets.formats.table import format_of, read_labels
    from halescope.datasets.imports.labels import import_labels

    images, problems = read_labels(source, origin)
    for problem in problems:
        say(str(problem), err=True)
    refuse_twins(images)
    if to == "manifest":
        target = output if output.suffix in (".csv", ".parquet") else output / "manifest.csv"
        _fail_if(import_labels(images, target, root))
        say(f"{target}: {len(images)} images")
    else:
        format_of(to).write(images, output)
        count = sum(len(image.boxes) for image in images)
        say(f"{output}: {count} boxes on {len(images)} images; kept: {format_of(to).keeps}")
    if problems:
        raise typer.Exit(2)


def show(
    manifest: Manifest,
    output: Output,
    limit: Annotated[int, typer.Option(min=1, help="Images on the page, spread evenly.")] = 500,
    root: Root = Path(),
    jobs: Jobs = 2,
) -> None:
    """Write an HTML page to leaf through the labels, with statistics; it needs no network.

    Example: halescope dataset show labels/manifest.csv -o page
    """
    from halescope.datasets.show import show_manifest

    with bar("drawing", limit) as advance:
        report = show_manifest(manifest, output, limit, root, jobs, advance)
    more = f", {report.left_off} more left off by --limit" if report.left_off else ""
    say(f"{report.page}: {report.images} images{more}")
    _fail_if(report.failures)


def _fail_if(failures: Iterable[Any]) -> None:
    """Print what failed, one line each, and leave with 2 if anything did."""
    lines = [failure.reason for failure in failures]
    for line in lines[:20]:
        say(line, err=True)
    if len(lines) > 20:
        say(f"... and {len(lines) - 20} more; relative paths start from --root", err=True)
    if lines:
        raise typer.Exit(2)
