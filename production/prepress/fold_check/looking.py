"""What really stands in the places of a sheet: every dot is compared with the page that the layout names, drawn at the
same place by itself, and where they differ it is found out what was done to the page.

At 72 dots an inch all of a page is compared. Its busiest square is looked at again at eight times that, which shows a
displacement of a sixth of a point (of copies at one place of many sheets one in eight), and squares that differ at
three times that, so that a glyph set between two dots is no difference.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

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
    is_white,
    lost_and_added,
    offset,
)
from production.prepress.fold_check.sides import Side

_FINE, _CLOSE = 8, 3  # dots a point of a second look
_PROBE, _TILE = 24, 48  # points a side
_EVERY = 8  # copies at one place of many sheets: so many are looked at at eight times the size, then one in so many
_KEPT_BYTES = 64 << 20
_FARTHEST = 0.25  # of the page: what is displaced by more is another page
_APPROACHES = 3
_BESIDE = 2  # dots
_SPECK = 3  # dots of a closer look, a third of a square point: less than the dot on an i of six points
_MOST_TILES = 400  # looked at closely; a page that differs in more is another one
_FEW = 0.02  # of all dots: what differs in less is the same page with a fault

_Key: TypeAlias = tuple[int, int, float, float, int, int, float]  # a page in a pose in a window


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
        self._drawn: dict[_Key, Picture] = {}
        self._busiest: dict[_Key, tuple[int, int] | None] = {}
        self._copies: Counter[_Key] = Counter()
        self._bytes = 0

    def look(self, side: Side, cell: Cell) -> Seen:
        """What stands in the place."""
        if cell.page is None:
            return self._blank(side, cell, side.inside(cell.box))
        pose, page = Pose(cell.center, cell.turn), self.pages[cell.page]
        self.sizes[cell.page] = page.size
        bled = self._bled(side, cell, page)
        apart = difference(side.part(bled), self._page(cell.page, bled, pose))
        if not apart.any():
            return Seen(cell.page, cell.turn, self._shift(side, cell.page, bled, pose))
        return self._differing(side, cell, pose, bled, apart)

    # --- the usual: it is the page ---

    def _page(self, number: int, window: Window, pose: Pose) -> Picture:
        """A page in a pose; kept, for copies stand at like places on many sheets."""
        key = self._key(number, window, pose)
        if key not in self._drawn:
            picture = self.pages[number].draw(window, pose)
            self._bytes += picture.nbytes
            while self._bytes > _KEPT_BYTES and self._drawn:
                oldest = next(iter(self._drawn))
                self._busiest.pop(oldest, None)
                self._bytes -= self._drawn.pop(oldest).nbytes
            self._drawn[key] = picture
        return self._drawn[key]

    def _square(self, number: int, window: Window, pose: Pose) -> tuple[int, int] | None:
        """The busiest square of such a page."""
        key, picture = self._key(number, window, pose), self._page(number, window, pose)
        if key not in self._busiest:
            self._busiest[key] = busiest(picture, _PROBE)
        return self._busiest[key]

    @staticmethod
    def _key(number: int, window: Window, pose: Pose) -> _Key:
        at = round(pose.center[0] - window.left, 3), round(pose.center[1] - window.low, 3)
        return number, pose.turn, *at, *window.dots, window.scale

    def _shift(self, side: Side, number: int, window: Window, pose: Pose) -> tuple[float, float]:
        """How far a page is off by a dot or less, in points to the right and up."""
        key, square = self._key(number, window, pose), self._square(number, window, pose)
        self._copies[key] += 1
        if square is None or (self._copies[key] > _EVERY and self._copies[key] % _EVERY):
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

    def _blank(self, side: Side, cell: Cell, window: Window) -> Seen:
        sheet = side.part(window)
        if not has_ink(sheet):
            return Seen(None, cell.turn)
        for number, turn in self.likeness.candidates(side, cell, window):
            if not self._flaws(side, number, window, Pose(cell.center, turn)):
                return Seen(number, turn)
        box = _box_of(_mask_of_ink(sheet), window)
        return Seen(None, cell.turn, (0.0, 0.0), (Flaw("INK_ADDED", box),), side.page.text(box).strip())

    def _differing(self, side: Side, cell: Cell, pose: Pose, bled: Window, apart: Mask) -> Seen:
        """The named page with a fault if it is nearly that, else whichever page looks like what stands there.
        ``apart``: where the place with its bleed differs from it."""
        number, window = cell.page or 0, side.inside(cell.box)
        inner = apart[_within(window, bled)]
        is_near = np.count_nonzero(inner) <= _FEW * inner.size
        flaws = self._close(side, number, window, pose, inner) if is_near else [Flaw("INK_LOST", cell.trim)]
        is_other = any(flaw.code == "INK_LOST" for flaw in flaws)
        if is_other and not has_ink(side.part(window)):
            return Seen(None, cell.turn)
        if is_other or (flaws and self._square(number, bled, pose) is None):
            found = self._moved(side, number, window, pose) or self._other(side, cell, window)
            if found is not None:
                return found
            flaws = self._close(side, number, window, pose, inner)
        if not flaws and self._is_bleed_lost(side, number, pose, window, bled, apart):
            flaws = [Flaw("BLEED_LOST", cell.trim)]
        is_only_more = [flaw.code for flaw in flaws] == ["INK_ADDED"]
        text = side.page.text(flaws[0].place).strip() if is_only_more else ""
        return Seen(number, cell.turn, self._shift(side, number, bled, pose), tuple(flaws), text)

    def _moved(self, side: Side, number: int, window: Window, pose: Pose) -> Seen | None:
        """The page where it is displaced, and nothing else is wrong with it."""
        right, up = offset(side.part(window), self.pages[number].draw(window, pose))
        if max(abs(right) / window.width, abs(up) / window.height) > _FARTHEST or not (right or up):
            return None
        inner = _shrunk(window, abs(right), abs(up))
        fine = self._shift(side, number, inner, pose.moved(right, up))
        shift = right + fine[0], up + fine[1]
        is_it = not self._flaws(side, number, inner, pose.moved(*shift))
        return Seen(number, pose.turn, shift) if is_it else None

    def _other(self, side: Side, cell: Cell, window: Window) -> Seen | None:
        """The page, and how it is turned, that stands there instead."""
        for number, turn in self.likeness.candidates(side, cell, window):
            pose = Pose(cell.center, turn)
            if not self._flaws(side, number, window, pose):
                return Seen(number, turn)
            if found := self._moved(side, number, window, pose):
                return found
        return None

    def _is_bleed_lost(
        self, side: Side, number: int, pose: Pose, window: Window, bled: Window, apart: Mask
    ) -> bool:
        """Whether paint of the page is missing beside its trim; corners belong to the marks."""
        rows, columns = _within(window, bled)
        beside = np.zeros(apart.shape, bool)
        beside[rows] = beside[:, columns] = True
        beside[rows, columns] = False
        if not (apart & beside).any():
            return False
        lost, _ = lost_and_added(side.part(bled), self._page(number, bled, pose))
        return bool((lost & beside).any())

    def _flaws(self, side: Side, number: int, window: Window, pose: Pose) -> list[Flaw]:
        """The flaws of a page in a pose, at most one of a kind: none when it is that page."""
        apart = difference(side.part(window), self._page(number, window, pose))
        return self._close(side, number, window, pose, apart)

    def _close(self, side: Side, number: int, window: Window, pose: Pose, apart: Mask) -> list[Flaw]:
        """The same, looked at closely where the pictures are apart."""
        page, whole = self._page(number, window, pose), _extent(apart)
        if whole and is_white(page[whole]):
            return [Flaw("INK_ADDED", _box_of(apart[whole], _part(window, *whole)))]
        boxes: dict[str, list[Box]] = {"INK_LOST": [], "INK_ADDED": []}
        for rows, columns in _tiles(apart)[:_MOST_TILES]:
            tile = _part(window, rows, columns, _CLOSE)
            pair = lost_and_added(side.page.draw(tile), self._page(number, tile, pose))
            for code, mask in zip(boxes, pair, strict=True):
                if mask.sum() > _SPECK:
                    boxes[code].append(_box_of(mask, tile))
        return [Flaw(code, _around(found)) for code, found in boxes.items() if found]


def _extent(mask: Mask) -> tuple[slice, slice] | None:
    """Rows and columns of the smallest part in which all lies that is set, and the dots beside it, for edges of one
    shape may be drawn a dot apart."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    top, left = max(0, int(rows[0]) - _BESIDE), max(0, int(columns[0]) - _BESIDE)
    return slice(top, int(rows[-1]) + 1 + _BESIDE), slice(left, int(columns[-1]) + 1 + _BESIDE)


def _tiles(mask: Mask) -> list[tuple[slice, slice]]:
    """Rows and columns of the squares in which the mask is set."""
    height, width = mask.shape
    places = np.flatnonzero(mask)
    across = -(-width // _TILE)
    tiles = np.unique(places // width // _TILE * across + places % width // _TILE).tolist()
    return [
        (slice(top, min(top + _TILE, height)), slice(left, min(left + _TILE, width)))
        for top, left in ((tile // across * _TILE, tile % across * _TILE) for tile in tiles)
    ]


def _part(window: Window, rows: slice, columns: slice, scale: float = 1.0) -> Window:
    """Those dots of a window as one of their own."""
    low = window.low + window.height - rows.stop
    return Window(
        window.left + columns.start, low, columns.stop - columns.start, rows.stop - rows.start, scale
    )


def _within(inner: Window, outer: Window) -> tuple[slice, slice]:
    """Rows and columns of a picture that a smaller window takes up in it."""
    top = round(outer.low + outer.height - inner.low - inner.height)
    left = round(inner.left - outer.left)
    return slice(top, top + round(inner.height)), slice(left, left + round(inner.width))


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
