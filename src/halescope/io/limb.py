"""Find the solar disk in a picture by its limb, to a tenth of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]
Reals = NDArray[np.floating]

ANGLES = 180
"""Rays that are cast from disk centre."""

_COSINE = np.cos(np.arange(ANGLES) * (2 * np.pi / ANGLES)).astype(np.float32)
_SINE = np.sin(np.arange(ANGLES) * (2 * np.pi / ANGLES)).astype(np.float32)

_PASSES = ((0.25, 64), (0.06, 48), (0.0, 25), (0.012, 81))
"""Reach of each pass across the limb, radii but four pixels at least, and samples on a ray."""

TONE = 24
"""Grey levels around zero field within which quiet Sun lies."""


@dataclass(frozen=True)
class Limb:
    """A disk found in a picture.

    Parameters
    ----------
    x, y, radius : float
        Pixels, zero-based; y along the picture's rows as stored.
    support : float
        Share of all rays, 0..1, that meet the limb within tolerance.
    visible : float
        Share of the circle, 0..1, that lies inside the picture.
    background : float
        Grey beside the disk.
    tone : float
        Commonest grey on the disk.
    """

    x: float
    y: float
    radius: float
    support: float
    visible: float
    background: float
    tone: float

    @property
    def is_found(self) -> bool:
        """Whether what is visible of the circle is well covered by limb."""
        return self.visible > 0.2 and self.support > 0.6 * self.visible

    @property
    def is_whole(self) -> bool:
        """Whether most of the disk is in the picture."""
        return self.visible > 0.55


def fit_limb(grey: Grey) -> Limb | None:
    """Return the disk of a picture, or None where no disk stands out from a background.

    `grey`, (H, W) uint8: any row order. The background may be black, white or any grey that is not
    the disk's own; captions and logos beside the disk do no harm.
    """
    step = max(1, min(grey.shape) // 128)
    coarse = grey[step // 2 :: step, step // 2 :: step]
    background = corner_grey(grey)
    tone = commonest(coarse, background)
    if tone is None:
        return None
    best: Limb | None = None
    for guess in (_by_area, _by_edges):
        start = guess(coarse, background, tone)
        if start is None:
            continue
        circle = (start + 0.5) * step - 0.5
        circle[2] = start[2] * step
        limb = _refine(grey, circle, background, tone)
        if limb is not None and (best is None or limb.support > best.support):
            best = limb
        if best is not None and best.support > 0.8:
            break
    return best


def corner_grey(grey: Grey) -> float:
    """Return the median grey of the four corners of a picture, (H, W)."""
    n = max(2, min(grey.shape) // 16)
    corners = [grey[:n, :n], grey[:n, -n:], grey[-n:, :n], grey[-n:, -n:]]
    return float(np.median(np.concatenate([c.ravel() for c in corners])))


def commonest(grey: Grey, background: float, gap: int = 12) -> float | None:
    """Return the commonest grey that differs from the background by more than `gap`."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(float)
    counts[np.abs(np.arange(256) - background) <= gap] = 0
    if counts.sum() < 0.01 * grey.size:
        return None
    smooth = np.convolve(counts, np.ones(9), mode="same")
    return float(smooth.argmax())


def _by_area(coarse: Grey, background: float, tone: float) -> Floats | None:
    """Guess x, y, radius from where the disk's own grey lies."""
    reach = min(TONE, 0.5 * abs(tone - background))
    mask = np.abs(coarse.astype(np.float32) - tone) <= reach
    rows, columns = np.nonzero(mask)
    if rows.size < 50:
        return None
    x, y = float(np.median(columns)), float(np.median(rows))
    yy, xx = np.ogrid[: coarse.shape[0], : coarse.shape[1]]
    distance = np.sqrt((xx - x) ** 2 + (yy - y) ** 2).astype(np.intp)  # hypot is slow
    total = np.bincount(distance.ravel())
    filled = np.bincount(distance[mask], minlength=total.size)
    share = filled / np.maximum(total, 1)
    level = 0.5 * float(np.median(share[: max(3, int(np.sqrt(rows.size / np.pi) * 0.8))]))
    above = np.nonzero(share > level)[0]
    outer = above[above < 1.4 * np.sqrt(rows.size / np.pi) + 2]
    return np.array([x, y, float(outer[-1]) + 0.5]) if outer.size else None


def _by_edges(coarse: Grey, background: float, tone: float) -> Floats | None:
    """Guess x, y, radius by drawing circles through three edge points (random sample consensus).

    This is for disks that are cut by the picture's edge.
    """
    mask = np.abs(coarse.astype(np.float32) - background) > 0.5 * abs(tone - background)
    points = _edge_points(mask)
    if len(points) < 20:
        return None
    rng = np.random.default_rng(0)
    triples = points[rng.integers(0, len(points), (400, 3))]
    circles = _through(triples)
    limit = max(coarse.shape)
    circles = circles[np.isfinite(circles).all(1) & (circles[:, 2] > 8) & (circles[:, 2] < limit)]
    if not len(circles):
        return None
    away = np.hypot(
        points[None, :, 0] - circles[:, 0, None], points[None, :, 1] - circles[:, 1, None]
    )
    votes = (np.abs(away - circles[:, 2, None]) < 1.0).sum(1)
    return np.asarray(circles[votes.argmax()])


def _edge_points(mask: NDArray[np.bool_]) -> Floats:
    """Return first and last set pixel of each row and column, (N, 2) x, y, off the border."""
    height, width = mask.shape
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    first, last = mask.argmax(1), width - 1 - mask[:, ::-1].argmax(1)
    top, low = mask.argmax(0), height - 1 - mask[::-1].argmax(0)
    x = np.concatenate([first[rows], last[rows], columns, columns])
    y = np.concatenate([rows, rows, top[columns], low[columns]])
    inner = (x > 0) & (y > 0) & (x < width - 1) & (y < height - 1)
    return np.stack([x[inner], y[inner]], 1).astype(float)


def _through(triples: Floats) -> Floats:
    """Return the circles, (N, 3) x, y, radius, through N triples of points, (N, 3, 2)."""
    a, b, c = triples[:, 0], triples[:, 1], triples[:, 2]
    ab, ac = b - a, c - a
    cross = 2 * (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        ux = (ac[:, 1] * (ab**2).sum(1) - ab[:, 1] * (ac**2).sum(1)) / cross
        uy = (ab[:, 0] * (ac**2).sum(1) - ac[:, 0] * (ab**2).sum(1)) / cross
    return np.stack([a[:, 0] + ux, a[:, 1] + uy, np.hypot(ux, uy)], 1)


def _refine(grey: Grey, circle: Floats, background: float, tone: float) -> Limb | None:
    """Cast rays across the limb, first wide, then narrow and between pixels.

    An enlarged picture's limb is soft and wider than the narrow reach: it gets one pass more.
    """
    support = visible = 0.0
    counts: list[int] = []
    for reach, samples in _PASSES:
        soft = _PASSES[3][0] * circle[2] > 4
        if len(counts) == 3 and (counts[2] > 0.9 * counts[1] or not soft):
            break
        half = max(reach * circle[2], 4.0)
        offsets = np.linspace(-half, half, samples)
        edge, good, inside = _cross(grey, circle, offsets, background, tone)
        counts.append(int(good.sum()))
        if counts[-1] < 0.15 * ANGLES:
            if len(counts) == 3 and soft:  # too soft for the narrow pass, perhaps
                continue
            return None
        x = circle[0] + edge * _COSINE
        y = circle[1] + edge * _SINE
        circle, kept = _robust_circle(x[good], y[good])
        if circle[2] < 8 or circle[2] > 2 * max(grey.shape):
            return None
        support, visible = kept / ANGLES, float(inside.mean())
    return Limb(
        float(circle[0]), float(circle[1]), float(circle[2]), support, visible, background, tone
    )


def _cross(
    grey: Grey, circle: Floats, offsets: Floats, background: float, tone: float
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the limb's distance along each ray, where it is clear, and where rays are inside.

    Between the disk (1) and the background (0), the edge is the step that fits a ray best, then
    the crossing of one half beside it.
    """
    reach = (circle[2] + offsets).astype(np.float32)
    x = np.float32(circle[0]) + _COSINE[:, None] * reach
    y = np.float32(circle[1]) + _SINE[:, None] * reach
    height, width = grey.shape
    inside = (x[:, -1] > 0) & (x[:, -1] < width - 1) & (y[:, -1] > 0) & (y[:, -1] < height - 1)
    take = _nearest if offsets[1] - offsets[0] > 0.5 else _sample
    likeness = np.abs(take(grey, x, y) - np.float32(background))
    likeness /= np.float32(abs(tone - background))
    np.minimum(likeness, 1.0, out=likeness)
    total = np.cumsum(likeness, axis=1)
    gain = total - np.float32(0.5) * np.arange(1, offsets.size + 1, dtype=np.float32)
    last = gain.argmax(1)  # the outermost sample that is still disk
    rows = np.arange(ANGLES)
    inner = likeness[rows, last]
    outer = likeness[rows, np.minimum(last + 1, offsets.size - 1)]
    share = np.clip((inner - 0.5) / np.maximum(inner - outer, 1e-6), 0, 1)
    edge = reach[last] + share * (offsets[1] - offsets[0])
    clear = (last > 1) & (last < offsets.size - 2) & (outer < 0.5) & (inner >= 0.5)
    beyond = total[:, -1] - total[rows, last]
    clear &= beyond < 0.3 * np.maximum(offsets.size - 1 - last, 1)
    return edge, clear & inside, inside


def _nearest(grey: Grey, x: Reals, y: Reals) -> Reals:
    """Return the pixels nearest to (x, y), clamped to the picture."""
    column = np.clip(np.rint(x), 0, grey.shape[1] - 1).astype(np.int32)
    row = np.clip(np.rint(y), 0, grey.shape[0] - 1).astype(np.int32)
    return grey[row, column].astype(np.float32)


def _sample(grey: Grey, x: Reals, y: Reals) -> Reals:
    """Return bilinear samples of a picture at (x, y), clamped to it."""
    height, width = grey.shape
    x, y = np.clip(x, 0, width - 1.01), np.clip(y, 0, height - 1.01)
    column, row = x.astype(np.int32), y.astype(np.int32)
    fx, fy = x - column, y - row
    a, b = grey[row, column].astype(np.float32), grey[row, column + 1].astype(np.float32)
    c, d = grey[row + 1, column].astype(np.float32), grey[row + 1, column + 1].astype(np.float32)
    top, low = a + (b - a) * fx, c + (d - c) * fx
    out: Reals = top + (low - top) * fy
    return out


def _robust_circle(x: Floats, y: Floats) -> tuple[Floats, int]:
    """Fit a circle, dropping what lies away from it; return x, y, radius and the points kept."""
    keep = np.ones(x.size, bool)
    circle = np.zeros(3)
    for _ in range(4):
        circle = _circle(x[keep], y[keep])
        residual = np.hypot(x - circle[0], y - circle[1]) - circle[2]
        # Most points lie beside a circle that others have drawn to themselves.
        away = np.abs(residual - np.median(residual))
        limit = max(3 * 1.4826 * float(np.median(away)), 0.35, 0.001 * circle[2])
        fresh = away < limit
        if fresh.sum() < 8 or (fresh == keep).all():
            break
        keep = fresh
    close = np.abs(residual) < max(1.0, 0.005 * circle[2])
    return circle, int(close.sum())


def _circle(x: Floats, y: Floats) -> Floats:
    """Return the least-squares circle through points: x, y, radius."""
    mx, my = x.mean(), y.mean()
    u, v = x - mx, y - my
    design = np.stack([u, v, np.ones_like(u)], 1)
    try:
        a, b, c = np.linalg.solve(design.T @ design, design.T @ (u**2 + v**2))
    except np.linalg.LinAlgError:  # all points on one line
        return np.zeros(3)
    return np.array([mx + a / 2, my + b / 2, np.sqrt(max(c + (a**2 + b**2) / 4, 0.0))])
