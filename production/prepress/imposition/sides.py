"""The back of a sheet as it is seen after the turn."""

from __future__ import annotations

from production.prepress.imposition.layout import Box, Placement, Point, Turn


def on_back(front: Placement, page: int | None, sheet: Point, turn: Turn) -> Placement:
    """The page behind a placement, heads alike, as the next side shows it once the sheet is turned: left to right like
    a page of a book, or head to foot like one of a wall calendar."""
    rotate = -front.rotate if turn == "left-right" else 180 - front.rotate
    trim, clip = _mirrored(front.trim, sheet, turn), _mirrored(front.clip, sheet, turn)
    return Placement(front.side + 1, page, trim, rotate % 360, clip)


def _mirrored(box: Box, sheet: Point, turn: Turn) -> Box:
    left, low, right, high = box
    if turn == "left-right":
        return sheet[0] - right, low, sheet[0] - left, high
    return left, sheet[1] - high, right, sheet[1] - low
