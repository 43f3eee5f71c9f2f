"""Commands of `halescope dataset` that look and divide: list, split, audit, lint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halescope.commands.say import say

Manifest = Annotated[Path, typer.Argument(help="CSV or Parquet.")]


def list_rows(
    manifest: Manifest,
    mount_wilson: Annotated[str | None, typer.Option("--class", help="NOAA class.")] = None,
    status: Annotated[str | None, typer.Option(help="firm, doubtful or plage.")] = None,
    part: Annotated[str | None, typer.Option("--split", help="Part.")] = None,
    region: Annotated[str | None, typer.Option(help="NOAA number, or its last digits.")] = None,
    flag: Annotated[
        str | None, typer.Option(help="Word of the column flags: limb, class_changes, crowded ...")
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows to print; the counts cover all.")] = 20,
) -> None:
    """List rows of a manifest and count them.

    Example: halescope dataset list labels/manifest.csv --class beta-gamma --limit 5
    """
    from halescope.datasets.labels.quality import FLAGS
    from halescope.datasets.listing import list_manifest
    from halescope.errors import ConfigError

    if flag is not None and flag not in FLAGS:
        raise ConfigError("--flag", f"is {flag!r}", ", ".join(FLAGS))
    wanted = {"class": mount_wilson, "status": status, "split": part}
    listing = list_manifest(manifest, {k: v for k, v in wanted.items() if v}, region, flag, limit)
    for line in listing:
        say(line)


def split(
    manifest: Manifest,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the lists.")],
    method: Annotated[str, typer.Option(help="time, region, random or shared.")] = "time",
    unit: Annotated[
        str, typer.Option(help="What goes whole into a part at random: image or region (crop).")
    ] = "image",
    fractions: Annotated[str, typer.Option(help="Train, validation, test.")] = "0.7,0.2,0.1",
    gap: Annotated[
        float | None, typer.Option(help="Days left out between parts; default a disk passage.")
    ] = None,
    boundaries: Annotated[
        str, typer.Option(help="First day of validation and of test, instead of --fractions.")
    ] = "",
    stratify: Annotated[bool, typer.Option(help="Keep the shares of classes alike.")] = True,
    seed: Annotated[int, typer.Option(help="Same seed, same split.")] = 0,
) -> None:
    """Divide a manifest into train, validation and test: text lists with a hash.

    The paper's way is --method random; it leaks, and the warning says what and by how much.

    For example:

    halescope dataset split labels/manifest.csv -o split

    halescope dataset split labels/manifest.csv -o random --method random
    """
    from halescope.datasets.splits.audit import audit as audit_census
    from halescope.datasets.splits.config import SplitConfig
    from halescope.datasets.splits.split import split_manifest
    from halescope.tracks.mean_rotation import PASSAGE_DAYS

    config = SplitConfig(
        method,  # type: ignore[arg-type]
        unit,  # type: ignore[arg-type]
        shares(fractions),  # type: ignore[arg-type]
        PASSAGE_DAYS if gap is None else gap,
        tuple(filter(None, boundaries.split(","))),
        stratify,
        seed,
    )
    report = split_manifest(manifest, config, output)
    counts = ", ".join(f"{name} {n}" for name, n in sorted(report.images.items()))
    say(f"{output}: {counts}; sha256 {report.digest[:16]}")
    by_region = method == "region" or unit == "region"
    if len(report.census.parts) > 1:
        for line in audit_census(report.census, "region" if by_region else "image").leaks:
            say(f"warning: this split leaks: {line}", err=True)


def shares(text: str) -> tuple[float, ...]:
    """Return the numbers of ``--fractions``; raises `ConfigError` where they are none."""
    from halescope.errors import ConfigError

    try:
        return tuple(float(value) for value in text.split(","))
    except ValueError as error:
        raise ConfigError("--fractions", f"is {text!r}", "numbers as 0.7,0.2,0.1") from error


def audit(
    manifest: Annotated[
        Path, typer.Argument(help="Manifest that dataset split wrote, or a crops.csv.")
    ],
    unit: Annotated[
        str, typer.Option(help="image, or region where networks see crops only.")
    ] = "image",
    near: Annotated[float, typer.Option(help="Hours below which frames are duplicates.")] = 24.0,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Say what the parts share; exit code 1 if they leak.

    Example: halescope dataset audit split/manifest.csv && echo clean
    """
    from halescope.datasets.imports.crops import LIST, audit_crops
    from halescope.datasets.splits.audit import audit_manifest, report_lines
    from halescope.errors import ConfigError

    if unit not in ("image", "region"):
        raise ConfigError("--unit", f"is {unit!r}", "image or region")
    if manifest.name == LIST:
        found = audit_crops(manifest)
    else:
        found = audit_manifest(manifest, unit, near)  # type: ignore[arg-type]
    if as_json:
        say(*found.to_json().splitlines())
    else:
        for line in report_lines(found):
            say(line)
    if not found.is_clean:
        raise typer.Exit(1)


def lint(
    source: Annotated[
        Path, typer.Argument(help="Manifest, folder of a data set, or labels with --from.")
    ],
    origin: Annotated[
        str, typer.Option("--from", help="manifest, kitti, yolo, coco, voc, cvat.")
    ] = "manifest",
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe.")] = False,
    tiny: Annotated[float, typer.Option(help="Shortest side, pixels.")] = 4.0,
    disks: Annotated[bool, typer.Option(help="Read the images to find boxes off the disk.")] = True,
    root: Annotated[
        Path | None, typer.Option(help="Folder of a manifest's images, to find missing ones.")
    ] = None,
) -> None:
    """Name faults with file, line and column; exit code 1 if some are left.

    For example:

    halescope dataset lint kitti/train/labels --from kitti --fix

    halescope dataset lint datasets/mine --fix
    """
    if origin == "manifest" and source.is_dir():
        from halescope.datasets.lint_folder import lint_folder

        faults = lint_folder(source, fix, tiny)
    elif origin == "manifest":
        from halescope.datasets.lint_manifest import lint_manifest

        faults = lint_manifest(source, fix, tiny, root)
    else:
        from halescope.datasets.lint import lint_labels

        faults = lint_labels(source, origin, fix, tiny, disks)
    for fault in faults:
        say(str(fault).replace("[safe to fix]", "[mended]") if fix else str(fault))
    left = sum(not (fix and fault.fixable) for fault in faults)
    say(f"{len(faults)} faults, {len(faults) - left} mended" if fix else f"{left} faults")
    if left:
        raise typer.Exit(1)
