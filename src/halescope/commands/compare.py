"""`halescope compare`: the manual analysis of the paper, labels and folders against output."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halescope.commands.say import say

app = typer.Typer(
    no_args_is_help=True,
    help="Compare label files or class folders with the system's output.",
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
def labels(
    folder: Annotated[Path, typer.Argument(help="KITTI text files, named like the images.")],
    catalog: Annotated[Path, typer.Argument(help="catalog.csv of halescope analyze.")],
) -> None:
    """Compare label files with a catalogue of the same images, in all three metric modes.

    Example: halescope compare labels labels/ out/catalog.csv
    """
    from halescope.evaluation.manual import compare_labels

    found = compare_labels(folder, catalog)
    report = found.report
    say(f"{report.images} label files, {report.truths} regions; {report.found} found")
    for mode in ("digits", "pooled"):
        rates = getattr(report, mode)
        say(
            f"{mode}: precision {rates.precision:.4f}, recall {rates.recall:.4f}, "
            f"F1 {rates.f1:.4f}, simplified mAP {rates.simplified_map:.4f}"
        )
    coco = report.coco
    say(f"coco: AP50 {coco.ap50:.4f}, AP75 {coco.ap75:.4f}, AP {coco.ap:.4f}")
    for lines, text in (
        (found.malformed, "malformed label lines, left out"),
        (found.unlabelled, "images of the catalogue have no label file and do not count"),
        (found.unseen, "label files have no image in the catalogue; their regions are missed"),
    ):
        _list(text, lines)


@app.command()
def classes(
    folder: Annotated[Path, typer.Argument(help="One folder of pictures for each class.")],
    classifier: Annotated[
        str, typer.Option("--classifier", help="A network that takes pictures: GoogLeNet.")
    ] = "googlenet",
) -> None:
    """Compare pictures in class folders with what a classifier says of them.

    Example: halescope compare classes crops/test --classifier googlenet
    """
    from halescope.evaluation.manual import compare_folders, folder_classes, picture_classifier

    names = folder_classes(folder)
    found = compare_folders(folder, picture_classifier(classifier, names), names)
    total = int(found.confusion.sum())
    say(f"accuracy {found.accuracy:.4f} of {total} pictures")
    width = max(map(len, (*names, "is \\ said"))) + 2
    say("".join(f"{word:>{width}}" for word in ("is \\ said", *names)))
    for name, row in zip(names, found.confusion, strict=True):
        say("".join(f"{word:>{width}}" for word in (name, *row)))
    _list("pictures were taken for another class", found.wrong)


@app.command()
def labellers(
    first: Annotated[Path, typer.Argument(help="Folder of KITTI text files, or a manifest.")],
    second: Annotated[Path, typer.Argument(help="The other labeller's, of the same pictures.")],
    iou: Annotated[
        float, typer.Option("--iou", help="Least overlap of two boxes of one region.", min=0, max=1)
    ] = 0.5,
) -> None:
    """Compare two labellers of the same pictures: boxes, overlap, classes, Cohen's kappa.

    Example: halescope compare labellers mine/labels yours/labels
    """
    from halescope.evaluation.agreement import compare_labellers

    found = compare_labellers(first, second, iou)
    say(
        f"{len(found.images)} pictures, {found.first} and {found.second} boxes, "
        f"{found.matched} matched: F1 {found.f1:.4f}, mean IoU {found.mean_iou:.4f}"
    )
    say(f"class: same name {found.agreement:.4f}, Cohen's kappa {found.kappa:.4f}")
    width = max(map(len, (*found.names, "first \\ second"))) + 2
    say("".join(f"{word:>{width}}" for word in ("first \\ second", *found.names)))
    for name, row in zip(found.names, found.confusion, strict=True):
        say("".join(f"{word:>{width}}" for word in (name, *row)))
    unlike = sorted((i for i in found.images if i.unlike), key=lambda i: -i.unlike)
    _list("pictures differ", tuple(f"{i.image} ({i.unlike})" for i in unlike))
    _list("pictures have labels of one of them only", found.missing)


def _list(text: str, lines: tuple[str, ...], most: int = 10) -> None:
    if lines:
        more = f" and {len(lines) - most} more" if len(lines) > most else ""
        say(f"{len(lines)} {text}: {', '.join(lines[:most])}{more}")
