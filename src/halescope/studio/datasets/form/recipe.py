"""The form of a new data set, and the command that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from halescope.errors import HalescopeError
from halescope.guards.inside import real
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace

if TYPE_CHECKING:
    from halescope.datasets.imports.sources import Source

Share = Annotated[float, Field(ge=0, le=1)]
Format = Literal[
    "auto", "manifest", "srs", "kitti", "yolo", "coco", "voc", "cvat", "folders", "pictures"
]


class Treat(BaseModel):
    """How pictures are written anew, as in DIGITS."""

    resize: Literal["none", "squash", "crop", "fill", "half_crop"] = "none"
    width: int = Field(256, ge=8, le=4096)
    height: int = Field(256, ge=8, le=4096)
    colour: Literal["grey", "colour"] = "grey"
    padding: float = Field(127, ge=-1, le=255)


class NewDataset(Treat):
    """What to make a data set of; options are those of `halescope dataset import`."""

    model_config = ConfigDict(extra="forbid")
    name: str
    source: str = Field(max_length=2000)
    format: Format = "auto"
    images: str | None = Field(None, max_length=2000)
    srs: str | None = Field(None, max_length=2000)
    method: Literal["keep", "time", "region", "random", "shared"] = "keep"
    fractions: tuple[Share, Share, Share] = (0.7, 0.2, 0.1)
    gap: float | None = Field(None, ge=0, le=400)
    boundaries: str = Field("", max_length=80)
    stratify: bool = True
    seed: int = Field(0, ge=0, le=2**31)
    pictures: Literal["link", "copy"] = "link"
    notes: str = Field("", max_length=10_000)

    @model_validator(mode="after")
    def _shares(self) -> NewDataset:
        total = sum(self.fractions)
        if self.method != "keep" and abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of the parts add up to {total:g}, expected 1")
        return self


def command_of(workspace: Workspace, form: NewDataset) -> list[str]:
    """Return the arguments of halescope that make a data set; 404 for a path that is not there."""
    found = workspace.find(form.source)
    words = ["dataset", "import", workspace.relative(found), "-o", f"datasets/{form.name}"]
    if form.format not in ("auto", "srs"):
        words += ["--from", form.format]
    for option, text in (("--images", form.images), ("--srs", form.srs)):
        if text:
            words += [option, workspace.relative(workspace.find(text))]
    words += _split(form) + treat_words(form) + _place(form)
    return [*words, "--notes", form.notes] if form.notes else words


def _split(form: NewDataset) -> list[str]:
    if form.method == "keep":
        return []
    words = ["--method", form.method]
    if form.boundaries and form.method in ("time", "shared"):
        words += ["--boundaries", form.boundaries]
    elif form.fractions != (0.7, 0.2, 0.1):
        words += ["--fractions", ",".join(f"{share:g}" for share in form.fractions)]
    if form.gap is not None and form.method in ("time", "shared"):
        words += ["--gap", f"{form.gap:g}"]
    if form.method != "time":
        words += [] if form.stratify else ["--no-stratify"]
        words += ["--seed", str(form.seed)] if form.seed else []
    return words


def treat_words(form: Treat) -> list[str]:
    """Return the options of a treatment."""
    if form.resize == "none":
        return []
    words = ["--resize", form.resize, "--size", f"{form.width}x{form.height}"]
    words += ["--colour", form.colour] if form.colour != "grey" else []
    pads = form.resize in ("fill", "half_crop") and form.padding != 127
    return words + (["--padding", f"{form.padding:g}"] if pads else [])


def _place(form: NewDataset) -> list[str]:
    return ["--pictures", "copy"] if form.pictures == "copy" and form.resize == "none" else []


def check(workspace: Workspace, form: NewDataset) -> list[Source]:
    """Return what would be read; raise what the command would say, before a job is queued.

    Raises `HalescopeError`, `Problem`: nothing is known there, or a manifest names pictures that
    may not be read.
    """
    from halescope.datasets.imports.config import ImportConfig
    from halescope.datasets.imports.run import find_sources
    from halescope.studio.datasets.store import refuse_links_out

    source = workspace.find(form.source)
    config = ImportConfig(
        "" if form.format == "auto" else form.format,
        workspace.find(form.images) if form.images else None,
        workspace.find(form.srs) if form.srs else None,
    )
    found = find_sources(source, config)
    for each in found:
        for place in {each.labels, each.images} if each.form != "srs" else {each.images}:
            refuse_links_out(workspace, place)
    if found[0].form == "manifest" and config.images is None:
        for each in found:
            _check_names(workspace, each)
    return found


def _check_names(workspace: Workspace, source: Source) -> None:
    """Refuse a manifest whose pictures lie where nobody may read."""
    from halescope.datasets.manifest import blocks

    last = None
    for block in blocks(source.labels, ["image"], lenient=True):
        for name in block["image"]:
            if name and name != last:
                last = name
                _check_name(workspace, source, str(name))


def _check_name(workspace: Workspace, source: Source, name: str) -> None:
    places = [source.labels.parent / name, workspace.root / name]
    try:
        ends = [real(place) for place in places if place.exists()]
    except (OSError, ValueError):
        ends = []
    allowed = (workspace.root, *workspace.roots)
    if any(not any(path.is_relative_to(place) for place in allowed) for path in ends):
        text = (
            f"{source.labels.name} names the picture {name[:200]!r}, which lies outside workspace "
            "and roots; choose the folder that the pictures are in"
        )
        raise Problem(422, "The pictures are elsewhere", text, field="images")


def why_not(workspace: Workspace, form: NewDataset) -> str:
    """Return why a data set cannot be made of a form, empty if it can."""
    from halescope.studio.datasets.form.before import no_room
    from halescope.studio.datasets.store import checked

    try:
        checked(form.name)
        return no_room(form, check(workspace, form))
    except HalescopeError as error:
        return str(error)
    except Problem as problem:
        return problem.detail or problem.title
