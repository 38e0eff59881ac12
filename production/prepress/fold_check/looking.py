"""What really stands in the places of a sheet: every dot is compared with the page that the layout names, drawn at the
same place by itself, and where they differ it is found out what was done to the page.

At 72 dots an inch all of a page is compared; the busiest square of each is looked at again at eight times that, which
shows a displacement of a sixth of a point; and squares that differ are looked at again at three times that, so that a
glyph set between two dots is no difference.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from production.prepress.fold_check.cells import Cell
from production.prepress.fold_check.drawing import Document, Page, Picture, Pose, Window
from production.prepress.fold_check.layout import Box, Point
from production.prepress.fold_check.likeness import Likeness
from production.prepress.fold_check.pictures import (
    Mask,
    busiest,
    difference,
    has_ink,
    lost_and_added,
    offset,
)
from production.prepress.fold_check.sides import Side

_FINE, _CLOSE = 8, 3  # dots a point of a second look
_PROBE, _TILE = 36, 48  # points a side
_KEPT_BYTES = 200 << 20
_FARTHEST = 0.25  # of the page: what is displaced by more is another page
_APPROACHES = 3
_SPECK = 3  # dots of a closer look, a third of a square point: less than the dot on an i of six points
_MOST_TILES = 400  # looked at closely; a page that differs in more is another one
_FEW = 0.02  # of all dots: what differs in less is the same page with a fault


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a page in its place: code, a value where there is one, and where on the side."""

    code: str
    place: Box
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in a place: the page (None: blank), degrees clockwise, how far right of and above its place in
    points, and flaws. ``text``: what is printed there beyond the page."""

    page: int | None
    turn: int
    shift: tuple[float, float] = (0.0, 0.0)
    flaws: tuple[Flaw, ...] = ()
    text: str = ""


class Looker:
    """Looks at places of sheets, given the pages that were imposed. ``sizes``: width and height of those looked at, as
    a viewer shows them."""

    def __init__(self, pages: Document) -> None:
        self.pages = pages
        self.likeness = Likeness(pages)
        self.sizes: dict[int, Point] = {}
        self._drawn: dict[tuple[object, ...], tuple[Picture, tuple[int, int] | None]] = {}
        self._bytes = 0

    def look(self, side: Side, cell: Cell) -> Seen:
        """What stands in the place."""
        window = side.inside(cell.box)
        sheet = side.part(window)
        if cell.page is None:
            return self._blank(side, cell, window, sheet)
        pose, page = Pose(cell.center, cell.turn), self.pages[cell.page]
        self.sizes[cell.page] = page.size
        bled = self._bled(side, cell, page)
        if not difference(side.part(bled), self._page(cell.page, bled, pose)).any():
            shift = self._shift(side, cell.page, window, pose)
            return Seen(cell.page, cell.turn, shift)
        return self._differing(side, cell, window, pose)

    # --- the usual: it is the page ---

    def _page(self, number: int, window: Window, pose: Pose) -> Picture:
        return self._kept(number, window, pose)[0]

    def _kept(self, number: int, window: Window, pose: Pose) -> tuple[Picture, tuple[int, int] | None]:
        """A page in a pose, with its busiest square; kept, for copies stand at like places on many sheets."""
        at = round(pose.center[0] - window.left, 3), round(pose.center[1] - window.low, 3)
        key = (number, pose.turn, *at, window.dots, window.scale)
        if key not in self._drawn:
            picture = self.pages[number].draw(window, pose)
            self._bytes += picture.nbytes
            while self._bytes > _KEPT_BYTES and self._drawn:
                self._bytes -= self._drawn.pop(next(iter(self._drawn)))[0].nbytes
            self._drawn[key] = picture, busiest(picture, _PROBE)
        return self._drawn[key]

    def _shift(self, side: Side, number: int, window: Window, pose: Pose) -> tuple[float, float]:
        """How far a page is off by a dot or less, in points to the right and up."""
        square = self._kept(number, window, pose)[1]
        if square is None:
            return 0.0, 0.0
        fine = Window(
            window.left + square[1], window.low + window.height - square[0] - _PROBE, _PROBE, _PROBE, _FINE
        )
        sheet, page = side.page.draw(fine), self._page(number, fine, pose)
        apart, shift = difference(sheet, page).sum(), (0.0, 0.0)
        for _ in range(_APPROACHES):
            if not apart:
                break
            right, up = offset(sheet, page)
            nearer = shift[0] + right / _FINE, shift[1] + up / _FINE
            page = self.pages[number].draw(fine, pose.moved(*nearer))
            left_over = difference(sheet, page).sum()
            if left_over >= apart:
                break
            apart, shift = left_over, nearer
        return shift

    def _bled(self, side: Side, cell: Cell, page: Page) -> Window:
        """The place with the paint around it that the page has and the layout leaves room for."""
        quarters = cell.turn // 90 % 4
        bleed = (*page.bleed[quarters:], *page.bleed[:quarters])
        size = page.trim_size[::-1] if quarters % 2 else page.trim_size
        over = [(size[k % 2] - (cell.trim[k % 2 + 2] - cell.trim[k % 2])) / 2 for k in range(4)]
        reach = [
            max(0.0, min(room, most + more)) for room, most, more in zip(cell.room, bleed, over, strict=True)
        ]
        box = cell.box
        return side.inside((box[0] - reach[0], box[1] - reach[1], box[2] + reach[2], box[3] + reach[3]))

    # --- something is wrong ---

    def _blank(self, side: Side, cell: Cell, window: Window, sheet: Picture) -> Seen:
        if not has_ink(sheet):
            return Seen(None, cell.turn)
        for number, turn in self.likeness.candidates(side, cell, window):
            if not self._close(side, number, window, Pose(cell.center, turn)):
                return Seen(number, turn)
        box = _box_of(_mask_of_ink(sheet), window)
        return Seen(None, cell.turn, (0.0, 0.0), (Flaw("INK_ADDED", box),), side.page.text(box).strip())

    def _differing(self, side: Side, cell: Cell, window: Window, pose: Pose) -> Seen:
        """The named page with a fault if it is nearly that, else whichever page looks like what stands there."""
        number, flaws = cell.page or 0, []
        sheet, page = side.part(window), self._page(number, window, pose)
        if has_ink(page) and not has_ink(sheet):
            return Seen(None, cell.turn)
        is_near = difference(sheet, page).mean() <= _FEW
        if is_near:
            flaws = self._close(side, number, window, pose)
        if not is_near or any(flaw.code == "INK_LOST" for flaw in flaws) or not has_ink(page):
            found = self._moved(side, number, window, pose) or self._other(side, cell, window)
            if found is not None:
                return found
            flaws = self._close(side, number, window, pose)
        if not flaws and self._is_bleed_lost(side, cell, window, pose):
            flaws = [Flaw("BLEED_LOST", cell.trim)]
        is_only_more = [flaw.code for flaw in flaws] == ["INK_ADDED"]
        text = side.page.text(flaws[0].place).strip() if is_only_more else ""
        return Seen(number, cell.turn, self._shift(side, number, window, pose), tuple(flaws), text)

    def _moved(self, side: Side, number: int, window: Window, pose: Pose) -> Seen | None:
        """The page where it is displaced, and nothing else is wrong with it."""
        right, up = offset(side.part(window), self.pages[number].draw(window, pose))
        if max(abs(right) / window.width, abs(up) / window.height) > _FARTHEST or not (right or up):
            return None
        inner = _shrunk(window, abs(right), abs(up))
        fine = self._shift(side, number, inner, pose.moved(right, up))
        shift = right + fine[0], up + fine[1]
        return (
            None if self._close(side, number, inner, pose.moved(*shift)) else Seen(number, pose.turn, shift)
        )

    def _other(self, side: Side, cell: Cell, window: Window) -> Seen | None:
        """The page, and how it is turned, that stands there instead."""
        for number, turn in self.likeness.candidates(side, cell, window):
            pose = Pose(cell.center, turn)
            if not self._close(side, number, window, pose):
                return Seen(number, turn)
            if found := self._moved(side, number, window, pose):
                return found
        return None

    def _is_bleed_lost(self, side: Side, cell: Cell, inner: Window, pose: Pose) -> bool:
        """Whether paint of the page is missing beside its trim; corners belong to the marks."""
        number = cell.page or 0
        outer = self._bled(side, cell, self.pages[number])
        lost, _ = lost_and_added(side.part(outer), self._page(number, outer, pose))
        top = round(outer.low + outer.height - inner.low - inner.height)
        left = round(inner.left - outer.left)
        rows = slice(top, top + round(inner.height))
        columns = slice(left, left + round(inner.width))
        lost[rows, columns] = False
        return bool(lost[rows].any() or lost[:, columns].any())

    def _close(self, side: Side, number: int, window: Window, pose: Pose) -> list[Flaw]:
        """The flaws of a page in a pose, at most one of a kind: none when it is that page to the dot."""
        apart = difference(side.part(window), self._page(number, window, pose))
        boxes: dict[str, list[Box]] = {"INK_LOST": [], "INK_ADDED": []}
        for k, tile in enumerate(_tiles(apart, window)):
            if k >= _MOST_TILES:
                break
            pair = lost_and_added(side.page.draw(tile), self._page(number, tile, pose))
            for code, mask in zip(boxes, pair, strict=True):
                if mask.sum() > _SPECK:
                    boxes[code].append(_box_of(mask, tile))
        return [Flaw(code, _around(found)) for code, found in boxes.items() if found]


def _tiles(mask: Mask, window: Window) -> Iterator[Window]:
    """Squares of the window in which the mask is set, as windows of a closer look."""
    height, width = mask.shape
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            if mask[top : top + _TILE, left : left + _TILE].any():
                size = min(_TILE, width - left), min(_TILE, height - top)
                low = window.low + window.height - top - size[1]
                yield Window(window.left + left, low, *size, scale=_CLOSE)


def _mask_of_ink(picture: Picture) -> Mask:
    found: Mask = picture[:, :, :3].min(axis=2) < np.uint8(231)
    return found


def _box_of(mask: Mask, window: Window) -> Box:
    """Around what is set, in points of the side."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top = window.low + window.height
    return (
        window.left + float(columns[0]) / window.scale,
        top - float(rows[-1] + 1) / window.scale,
        window.left + float(columns[-1] + 1) / window.scale,
        top - float(rows[0]) / window.scale,
    )


def _around(boxes: list[Box]) -> Box:
    left, low, right, high = zip(*boxes, strict=True)
    return min(left), min(low), max(right), max(high)


def _shrunk(window: Window, across: float, down: float) -> Window:
    """Without the edges that a displaced page leaves or crosses."""
    x, y = math.ceil(across) + 1, math.ceil(down) + 1
    return Window(
        window.left + x, window.low + y, max(1, window.width - 2 * x), max(1, window.height - 2 * y)
    )
