"""The whole explanation of one disk as a picture: the detector's map, then a panel a region."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from halescope.detection.coverage import Coverage
from halescope.explain.paint import FAINT, PAGE, TEXT, blend, heat, image_of, wrap, write_lines
from halescope.explain.panel import CORE_COLORS, LINE_COLOR, WIDTH
from halescope.render.letters import GREYS, font
from halescope.render.overlay import COLORS, View, background, view_of
from halescope.types import Array, Disk, Regions

GAP, HEAD, DISK = 12, 46, 800
LEGEND = 146

HOW_TO_READ = (
    "Outlines: positive and negative cores (in clipped pictures: saturated patches) and strong "
    "inversion lines. Orange: hiding this field lowers the log-odds of the class; blue: it raises "
    "them. Words: first what was measured, then what the classifier does without a part."
)


def draw_page(
    title: str, disk: Disk, regions: Regions, coverage: Coverage | None, panels: list[Image.Image]
) -> Image.Image:
    """Return the page of one disk.

    `regions`: boxes on `disk`. `panels`: one for each region, of
    `halescope.explain.panel.draw_panel`.
    """
    seen = disk_picture(disk, regions, coverage)
    columns = [HEAD + seen.height + GAP + LEGEND, HEAD]  # where the next panel would begin
    places = []
    for panel in panels:  # each goes where there is room higher up
        column = int(columns[1] <= columns[0])
        places.append((GAP + column * (GAP + DISK), columns[column]))
        columns[column] += panel.height + GAP
    width = GAP * 3 + DISK + WIDTH if panels else GAP * 2 + DISK
    page = Image.new("RGB", (width, max(columns)), PAGE)
    pen = ImageDraw.Draw(page)
    pen.text((GAP, 10), title, fill=TEXT, font=font(22))
    page.paste(seen, (GAP + (DISK - seen.width) // 2, HEAD))
    _draw_legend(page, (GAP, HEAD + seen.height + GAP), coverage)
    for panel, place in zip(panels, places, strict=True):
        page.paste(panel, place)
    return page


def disk_picture(disk: Disk, regions: Regions, coverage: Coverage | None) -> Image.Image:
    """Return the disk with the detector's map in colour over it, and numbered boxes."""
    view = view_of(disk.origin)
    plain = np.asarray(background(disk.origin, view), np.float32)
    picture = np.repeat((plain * np.float32(200 / (GREYS - 1)))[..., None], 3, -1)
    if coverage is not None:
        values = _on_view(coverage, view)
        picture = blend(picture, heat(values), np.minimum(values * 2.5, 0.8))
    image = image_of(picture)
    pen = ImageDraw.Draw(image)
    for number, (box, name) in enumerate(
        zip(regions.boxes, regions.coarse.argmax(1), strict=True), 1
    ):
        place = view.rectangle(disk, box)
        color = list(COLORS.values())[int(name)]
        pen.rectangle((place.left, place.top, place.right, place.bottom), outline=color)
        text = f"{number:02d}"
        spot = place.left + 3, max(place.top - 19, 0)
        pen.text(spot, text, fill=color, font=font(16), stroke_width=2, stroke_fill=(0, 0, 0))
    scale = DISK / max(image.size)
    return image.resize(
        (round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS
    )


def _on_view(coverage: Coverage, view: View) -> Array:
    """Return the map on the view's pixels, (H, W), the top row first."""
    cells, seen = coverage.geometry, view.geometry
    ratio = cells.radius / seen.radius
    left = cells.x_center + 0.5 - (seen.x_center + 0.5) * ratio
    top = cells.y_center + 0.5 + (view.height - seen.y_center - 0.5) * ratio
    source = Image.fromarray(np.ascontiguousarray(coverage.values))
    affine = (ratio, 0.0, left, 0.0, -ratio, top)
    how = Image.Transform.AFFINE
    out = source.transform((view.width, view.height), how, affine, Image.Resampling.BILINEAR)
    return np.asarray(out, np.float32)


def _draw_legend(page: Image.Image, spot: tuple[int, int], coverage: Coverage | None) -> None:
    """Draw the colour bar of the map and how the panels are read."""
    x, y = spot
    pen = ImageDraw.Draw(page)
    if coverage is not None:
        bar = image_of(heat(np.tile(np.linspace(0, 1, 220, dtype=np.float32), (12, 1))))
        pen.text((x, y), "detector's map", fill=TEXT, font=font(15))
        page.paste(bar, (x + 132, y + 2))
        pen.text((x + 118, y), "0", fill=FAINT, font=font(15))
        pen.text((x + 358, y), "1", fill=FAINT, font=font(15))
        if coverage.threshold is not None:
            at = x + 132 + 220 * coverage.threshold
            pen.line((at, y - 1, at, y + 17), fill=(255, 255, 255), width=2)
            text = f"boxed from {coverage.threshold:.2f} on (mark), unless a better box overlaps"
            pen.text((x + 386, y), text, fill=FAINT, font=font(15))
    at = float(x)
    for text, color in (
        ("positive cores", CORE_COLORS[0]),
        ("negative cores", CORE_COLORS[1]),
        ("inversion lines", LINE_COLOR),
        *((name, COLORS[name]) for name in COLORS),
    ):
        pen.rectangle((at, y + 28, at + 12, y + 40), fill=color)
        pen.text((at + 18, y + 26), text, fill=TEXT, font=font(15))
        at += 18 + font(15).getlength(text) + 14
    write_lines(pen, (x, y + 50), wrap(HOW_TO_READ, 15, DISK), 15)
