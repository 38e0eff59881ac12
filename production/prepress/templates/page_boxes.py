"""The boxes of a page, whichever library read them: left, low, right, high in the page's own space."""

from __future__ import annotations

from typing import Any

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]  # a to f of ISO 32000-1, 8.3.4


def as_box(values: Any) -> Box:
    """Four numbers as a box with its corners in order. ValueError or TypeError when they are none."""
    numbers = [float(value) for value in values]
    if len(numbers) != 4 or any(abs(value) > 1e6 or value != value for value in numbers):
        raise ValueError("the page box is not four numbers")
    x0, y0, x1, y1 = numbers
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def visible_box(media: Box, crop: Box) -> Box:
    """What of a page is seen: the crop box within the media box. ValueError when nothing is."""
    box = _within(crop, media)
    if not _is_usable(box):
        raise ValueError("the page box is empty")
    return box


def finished_box(visible: Box, trim: Box | None) -> Box:
    """What of a page is left when it is cut: the trim box where it is one (ISO 32000-1, 14.11.2)."""
    box = _within(trim, visible) if trim else visible
    return box if _is_usable(box) else visible


def _within(box: Box, other: Box) -> Box:
    return max(box[0], other[0]), max(box[1], other[1]), min(box[2], other[2]), min(box[3], other[3])


def _is_usable(box: Box) -> bool:
    return box[2] - box[0] >= 1 and box[3] - box[1] >= 1


def margins(inner: Box, outer: Box, turn: int = 0) -> Box:
    """How far the inner box lies inside at the left, bottom, right and top of a page turned clockwise by ``turn``."""
    sides = inner[0] - outer[0], inner[1] - outer[1], outer[2] - inner[2], outer[3] - inner[3]
    quarters = turn // 90 % 4
    left, low, right, high = (*sides[quarters:], *sides[:quarters])
    return left, low, right, high


def upright(box: Box, turn: int) -> Matrix:
    """Takes the box, turned clockwise by ``turn`` degrees, to the lower left corner."""
    left, low, right, high = box
    return {
        0: (1, 0, 0, 1, -left, -low),
        90: (0, -1, 1, 0, -low, right),
        180: (-1, 0, 0, -1, right, high),
        270: (0, 1, -1, 0, high, -left),
    }[turn]
