"""The disk in motion: boxes with their tracks, as APNG, or as MP4 where ffmpeg is there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from halescope.classes import COARSE
from halescope.errors import ConfigError, HalescopeError, OutputError
from halescope.io import read
from halescope.io.atomic import atomic_path
from halescope.normalize import from_origin_boxes, normalize
from halescope.render.letters import font
from halescope.render.overlay import BAND, COLORS, overlay, view_of
from halescope.tracks.pictures.canvas import SHORT
from halescope.tracks.sightings import BOX, numbers, take
from halescope.tracks.track import Tracks
from halescope.types import Catalog

SIDE = 480
MOST = 240
"""Frames: more are thinned out evenly."""

SECONDS = 0.1
"""Of a frame."""


def animate(
    result: Tracks,
    images: Mapping[str, Path],
    path: Path,
    advance: Callable[[], None] | None = None,
) -> Path:
    """Write an animation of the disk with its boxes, whole or not at all.

    Parameters
    ----------
    images : mapping of str to Path
        Name to file of images; those that are not there or unreadable are left out.
    path : Path
        Ending in ``.png`` (APNG, which every browser shows) or ``.mp4``.
    advance : callable, optional
        Called after each frame.

    Raises
    ------
    ConfigError
        No image is there, or MP4 is asked for without ffmpeg.
    OutputError
        ffmpeg fails, or the file cannot be written.
    """
    names = chosen(result, images)
    if not names:
        raise ConfigError("--images", "holds none of the catalogue's images", "their folder")
    frames = _frames(result, images, names, advance)
    if path.suffix == ".mp4":
        return _mp4(frames, path)
    first, *rest = frames
    with atomic_path(path) as fresh:
        first.save(
            fresh, "PNG", save_all=True, append_images=rest, duration=round(1000 * SECONDS), loop=0
        )
    return path


def chosen(result: Tracks, images: Mapping[str, Path]) -> list[tuple[str, str]]:
    """Return name and time of the images of an animation, at most `MOST`."""
    pairs = zip(result.catalog.columns["image"], result.catalog.columns["time"], strict=True)
    every = [pair for pair in dict.fromkeys(pairs) if pair[0] in images]
    step = -(-len(every) // MOST) or 1
    return every[::step]


def _frames(
    result: Tracks, images: Mapping[str, Path], names: list[tuple[str, str]],
    advance: Callable[[], None] | None,
) -> Iterator[Image.Image]:  # fmt: skip
    index: dict[str, list[int]] = {}
    for i, name in enumerate(result.catalog.columns["image"]):
        index.setdefault(name, []).append(i)
    for name, time in names:
        try:
            yield frame(take(result.catalog, index[name]), images[name], time)
        except HalescopeError:
            continue
        finally:
            if advance is not None:
                advance()


def frame(rows: Catalog, path: Path, time: str) -> Image.Image:
    """Return one picture: the disk, boxes in the colour of their class, track and NOAA's number."""
    disk = normalize(read(path, time=time))
    view = view_of(disk.origin)
    picture = overlay(disk, take(rows, [])).convert("RGB")
    pen = ImageDraw.Draw(picture)
    boxes = from_origin_boxes(disk, np.stack([numbers(rows, n) for n in BOX], 1))
    for i, box in enumerate(boxes):
        name = rows.columns["class_track"][i] or ""
        color = COLORS.get(COARSE.get(name, ""), (170, 170, 170))
        at = view.rectangle(disk, box)
        corners = (at.left, at.top + BAND, at.right, at.bottom + BAND)
        width = 1 if "bridged" in str(rows.columns["track_flags"][i]) else 2
        pen.rectangle(corners, outline=color, width=width)
        noaa = rows.columns["noaa"][i] or f"t{rows.columns['track'][i]}"
        pen.text((at.left, at.top + BAND - 2), f"{noaa} {SHORT.get(name, '')}", fill=color,
                 font=font(20), anchor="lb", stroke_width=2, stroke_fill=(0, 0, 0))  # fmt: skip
    pen.rectangle((0, 0, picture.width, BAND - 1), fill=(0, 0, 0))
    pen.text((12, 6), f"{time[:16].replace('T', ' ')} UTC", fill=(230, 230, 230), font=font(24))
    small = picture.resize((SIDE, round(picture.height * SIDE / picture.width) // 2 * 2))
    return small.quantize(palette=_palette(), dither=Image.Dither.NONE)


@cache
def _palette() -> Image.Image:
    """Return a picture with the colours of all frames: greys, and each class down to black."""
    colors = [(round(v), round(v), round(v)) for v in np.linspace(0, 255, 48)]
    for full in COLORS.values():
        colors += [tuple(round(c * share) for c in full) for share in np.linspace(0.2, 1, 12)]
    out = Image.new("P", (1, 1))
    out.putpalette([channel for color in colors for channel in color])
    return out


def _mp4(frames: Iterator[Image.Image], path: Path) -> Path:
    program = shutil.which("ffmpeg")
    if program is None:
        raise ConfigError(
            str(path), "needs ffmpeg, which is not there", "", "write .png in its place"
        )
    first = next(frames)
    with atomic_path(path) as fresh:
        command = [
            program, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24",
            "-s", f"{first.width}x{first.height}", "-r", str(round(1 / SECONDS)), "-i", "-",
            "-pix_fmt", "yuv420p", "-y", str(fresh),
        ]  # fmt: skip
        data = b"".join(f.convert("RGB").tobytes() for f in chain([first], frames))
        done = subprocess.run(command, input=data, capture_output=True, check=False)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise OutputError(str(path), f"ffmpeg failed ({said[-1] if said else 'no word'})")
    return path
