"""`halescope draw`: a synthetic disk as a file, with its truth table beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.say import say

if TYPE_CHECKING:
    from datetime import datetime


def draw(
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")],
    seed: Annotated[int, typer.Option(help="Same seed, same disk.")] = 0,
    regions: Annotated[
        str | None,
        typer.Option(help="How many regions, or their classes: 6, or beta,beta-delta,alpha."),
    ] = None,
    size: Annotated[int, typer.Option(help="Side of the image, pixels.")] = 1024,
    kind: Annotated[
        str | None, typer.Option("--format", help="fits, png or jpg; else by the file's name.")
    ] = None,
    time: Annotated[str, typer.Option(help="Time of the image, UTC.")] = "2026-02-04T12:00:00Z",
    roll: Annotated[float, typer.Option(help="CROTA2, degrees; HMI stores its own at 180.")] = 0.0,
    noise: Annotated[float, typer.Option(help="Noise at disk centre, gauss.")] = 4.0,
    compress: Annotated[bool, typer.Option(help="Tile-compressed FITS.")] = False,
    images: Annotated[
        int,
        typer.Option(
            min=1, help="More than one: a sequence, whose regions move, grow, merge, return."
        ),
    ] = 1,
    cadence: Annotated[float, typer.Option(help="Hours between images of a sequence.")] = 6.0,
) -> None:
    """Draw a synthetic magnetogram with regions of known class, and its truth table.

    A sequence goes into the folder of the file, each image under its name with the time.

    For example:

    halescope draw -o disk.fits --regions alpha,beta,beta-delta

    halescope draw -o sequence/sun.fits --images 28 --cadence 24
    """
    from halescope.errors import ConfigError
    from halescope.io.atomic import atomic_bytes, atomic_text
    from halescope.io.filetime import parse_time
    from halescope.synthetic import draw as draw_disk
    from halescope.synthetic.files import fits_bytes, picture_bytes, truth_csv

    form, when = _format(output, kind), parse_time(time, date_only=True)
    if images > 1:
        if regions is not None or roll:
            found = "has regions of its own recipe, and no roll"
            raise ConfigError("--images", found, "", "leave --regions and --roll out")
        _draw_sequence(output, form, (images, cadence, seed, size, when, noise), compress)
        return
    drawing = draw_disk(
        seed, size=size, regions=_regions(regions), time=when, roll=roll, noise=noise
    )
    magnetogram = drawing.magnetogram
    if form == "fits":
        data, height = fits_bytes(magnetogram, compress), None
    else:
        data, height = picture_bytes(magnetogram, form), size
    table = output.with_suffix(".csv")
    atomic_bytes(output, data)
    atomic_text(table, truth_csv(drawing.truth, height))
    hint = "" if form == "fits" else f"; a picture holds no time: analyze it with --time {time}"
    say(f"{output}: {len(drawing.truth)} regions, their truth in {table}{hint}")


def _draw_sequence(
    output: Path, form: str, options: tuple[int, float, int, int, datetime, float], compress: bool
) -> None:
    """Write the images of a sequence, each with its truth."""
    from halescope.commands.progress import bar
    from halescope.errors import ConfigError
    from halescope.io.atomic import atomic_bytes, atomic_text
    from halescope.synthetic import draw_sequence
    from halescope.synthetic.files import fits_bytes, picture_bytes, truth_csv

    count, cadence, seed, size, time, noise = options
    if not 0 < cadence <= 24 * 30:
        raise ConfigError("--cadence", f"is {cadence:g}", "more than 0 and at most 720 hours")
    hours = [cadence * k for k in range(count)]
    with bar("drawing", count) as advance:
        for drawing in draw_sequence(hours=hours, seed=seed, size=size, time=time, noise=noise):
            stamp = f"{drawing.magnetogram.time:%Y%m%d_%H%M%S}"
            path = output.with_name(f"{output.stem}_{stamp}.{form}")
            flat = form != "fits"
            data = (
                picture_bytes(drawing.magnetogram, form)
                if flat
                else fits_bytes(drawing.magnetogram, compress)
            )
            atomic_bytes(path, data)
            atomic_text(path.with_suffix(".csv"), truth_csv(drawing.truth, size if flat else None))
            advance()
    say(f"{output.parent}: {count} images, the truth of each beside it")


def _format(output: Path, kind: str | None) -> str:
    """Return ``fits``, ``png`` or ``jpg``."""
    from halescope.errors import ConfigError

    name = (kind or output.suffix.lstrip(".") or "fits").lower()
    name = {"jpeg": "jpg", "fit": "fits", "fts": "fits"}.get(name, name)
    if name not in ("fits", "png", "jpg"):
        raise ConfigError("--format", f"is {name!r}", "fits, png or jpg", "give --format fits")
    return name


def _regions(text: str | None) -> int | list[str] | None:
    """Return a count or a list of classes."""
    from halescope.classes import parse_class

    if text is None:
        return None
    if text.strip().isdecimal():
        return int(text)
    return [parse_class(word) for word in text.split(",") if word.strip()]
