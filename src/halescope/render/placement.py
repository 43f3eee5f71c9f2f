"""Place captions beside boxes so that they stay in the picture and off one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

TOO_NEAR = 6
"""A caption that is closer than this to another's box seems to belong to it, pixels."""

FOREIGN = 3
"""What that costs: as much as three less natural spots."""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle in picture pixels, rows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def center(self) -> tuple[float, float]:
        """The middle, x and y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def grown(self, margin: float) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom, moved outwards by `margin` pixels."""
        return self.left - margin, self.top - margin, self.right + margin, self.bottom + margin

    def overlap(self, other: Rectangle) -> float:
        """Return the area shared with another, square pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        if width <= 0:
            return 0.0
        return width * max(min(self.bottom, other.bottom) - max(self.top, other.top), 0.0)

    def gap(self, other: Rectangle) -> float:
        """Return the larger of the horizontal and vertical distances to another, pixels."""
        across = max(self.left - other.right, other.left - self.right)
        down = max(self.top - other.bottom, other.top - self.bottom)
        return max(across, down, 0.0)

    def nearest(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the rectangle's point that is nearest to another point."""
        x, y = point
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)


def place(
    boxes: list[Rectangle], sizes: list[tuple[int, int]], frame: tuple[int, int]
) -> list[Rectangle]:
    """Return a spot for each caption, one after the other, the first with the freest choice.

    Parameters
    ----------
    boxes : list of Rectangle
        What the captions belong to.
    sizes : list of (int, int)
        Width and height of each caption.
    frame : (int, int)
        Width and height of the picture, which captions do not leave.
    """
    taken: list[Rectangle] = []
    for box, size in zip(boxes, sizes, strict=True):
        best, least = None, float("inf")
        for step, spot in enumerate(_candidates(box, size, frame)):
            if step >= least:  # costs only grow from here
                break
            cost = step + 20 * sum(spot.overlap(other) for other in taken)
            cost += 2 * sum(spot.overlap(other) for other in boxes)
            cost += FOREIGN * sum(spot.gap(other) < TOO_NEAR for other in boxes if other is not box)
            if cost < least:
                best, least = spot, cost
        taken.append(best if best is not None else _inside(box.left, box.top, size, frame))
    return taken


def _candidates(
    box: Rectangle, size: tuple[int, int], frame: tuple[int, int]
) -> Iterator[Rectangle]:
    """Yield spots around the box, the most natural first, then further away."""
    width, height = size
    for ring in range(5):
        off = 3 + ring * (height + 3)
        above, below = box.top - off - height, box.bottom + off
        left, right = box.left - off - width, box.right + off
        middle = (box.top + box.bottom - height) / 2
        spots = [(box.left, above), (box.right - width, above)]
        spots += [(box.left, below), (box.right - width, below)]
        spots += [(right, middle), (left, middle), (right, above), (right, below)]
        spots += [(left, above), (left, below)]
        for x, y in spots:
            yield _inside(x, y, size, frame)


def _inside(x: float, y: float, size: tuple[int, int], frame: tuple[int, int]) -> Rectangle:
    x = min(max(x, 0.0), max(frame[0] - size[0], 0.0))
    y = min(max(y, 0.0), max(frame[1] - size[1], 0.0))
    return Rectangle(x, y, x + size[0], y + size[1])
