"""Pages drawn as a press prints them, at any place and turn: what the checker sees. pdfium draws, and numbers are read
where it sets them. Called only in a limited child.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from kernel.errors import InvalidInput
from production.prepress.fold_check.layout import Box, Point

Picture: TypeAlias = np.ndarray  # (height, width, 4) uint8: blue, green, red, unused
_FLAGS = pdfium.FPDF_ANNOT | pdfium.FPDF_PRINTING  # what is printed of annotations and layers
_MOST_DOTS = 60_000_000
# Of a dot. pdfium sets glyphs to halves and thirds of a dot; text at whole hundredths of a point would stand on such a
# border, where the last bit of a sum decides, and a page and its copy on a sheet would differ by glyphs.
_PHASE = 0.0037
# Clockwise as it is seen: where a step to the right, and a step up, lead after the turn.
_TURNED: dict[int, tuple[Point, Point]] = {
    0: ((1, 0), (0, 1)), 90: ((0, -1), (1, 0)), 180: ((-1, 0), (0, -1)), 270: ((0, 1), (-1, 0)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the plane of a side: its lower left corner and size in points, and dots a point."""

    left: float
    low: float
    width: float
    height: float
    scale: float = 1.0

    @property
    def box(self) -> Box:
        """Its edges in points."""
        return self.left, self.low, self.left + self.width, self.low + self.height

    @property
    def dots(self) -> tuple[int, int]:
        """Width and height of its picture."""
        return round(self.width * self.scale), round(self.height * self.scale)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the finished page lies: its middle, and degrees clockwise."""

    center: Point
    turn: int

    def moved(self, right: float, up: float) -> Pose:
        """The same further right and further up, in points."""
        return Pose((self.center[0] + right, self.center[1] + up), self.turn)


class Page:
    """A page as a viewer shows it. ``size``: points, with its own unit and rotation; ``finished``: left, low, right,
    high of what is left when it is cut, and ``bleed`` how far paint may reach beyond at each of these sides."""

    def __init__(self, page: Any, unit: float) -> None:
        self._page, self.unit = page, unit
        width, height = page.get_size()
        self.size = width * unit, height * unit
        seen = _within(_ordered(page.get_cropbox()), _ordered(page.get_mediabox()))
        trim = _within(_ordered(page.get_trimbox()), seen)
        finished = trim if trim[2] - trim[0] >= 1 and trim[3] - trim[1] >= 1 else seen
        bleed = _within(_ordered(page.get_bleedbox()), seen)
        turn = page.get_rotation()
        left, low, right, high = (side * unit for side in _sides(finished, seen, turn))
        self.finished: Box = (left, low, self.size[0] - right, self.size[1] - high)
        self.bleed = tuple(max(0.0, side * unit) for side in _sides(finished, bleed, turn))

    @property
    def trim_size(self) -> Point:
        """Width and height of the finished page."""
        left, low, right, high = self.finished
        return right - left, high - low

    def draw(self, window: Window, pose: Pose | None = None, onto: Picture | None = None) -> Picture:
        """What of the page stands in the window: by itself with its lower left corner at the origin, or in a pose;
        drawn over a picture of that size that is no longer needed, where there is one."""
        right, up = _TURNED[pose.turn if pose else 0]
        left, low, high_right, high = self.finished
        middle = ((left + high_right) / 2, (low + high) / 2) if pose else (0.0, 0.0)
        x, y = pose.center if pose else (0.0, 0.0)
        # From the page's own dots (origin at the upper left, y down, before its unit) to those of the window.
        from_left, from_top = -middle[0], self.size[1] - middle[1]
        x += from_left * right[0] + from_top * up[0] - window.left
        y += from_left * right[1] + from_top * up[1] - window.low
        scale, unit = window.scale, window.scale * self.unit
        matrix = (
            right[0] * unit, -right[1] * unit, -up[0] * unit, up[1] * unit,
            x * scale + _PHASE, (window.height - y) * scale + _PHASE,
        )  # fmt: skip
        return _drawn(self._page, window.dots, matrix, onto)

    @cached_property
    def _text(self) -> Any:
        return self._page.get_textpage()

    def text(self, box: Box | None = None) -> str:
        """What can be read on it, or within a box of it."""
        if box is None:
            return str(self._text.get_text_bounded())
        left, low, right, high = (side / self.unit for side in box)
        return str(self._text.get_text_bounded(left, low, right, high))


class Document:
    """The pages of files, counted through and loaded when they are asked for; the last ones stay at hand. ``ends``: the
    last page of each file."""

    _KEPT = 16

    def __init__(self, *paths: str) -> None:
        units = [_units(path) for path in paths]
        self._files = [pypdfium2.PdfDocument(path) for path in paths]
        self._pages = [(file, k, unit) for file, one in enumerate(units) for k, unit in enumerate(one)]
        self.ends = list(accumulate(len(one) for one in units))
        self._loaded: dict[int, Page] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def size(self, number: int) -> Point:
        """Width and height of a page in points, without loading it."""
        file, place, unit = self._pages[number - 1]
        width, height = self._files[file].get_page_size(place)
        return width * unit, height * unit

    def __getitem__(self, number: int) -> Page:
        """Page ``number`` from 1. InvalidInput (PDF_BAD_PAGE) for one that cannot be shown."""
        if number not in self._loaded:
            while len(self._loaded) >= self._KEPT:
                self._loaded.pop(next(iter(self._loaded)))
            file, place, unit = self._pages[number - 1]
            try:
                self._loaded[number] = Page(_as_printed(self._files[file], place), unit)
            except (pypdfium2.PdfiumError, ValueError) as error:
                message = f"Page {number:,} cannot be shown."
                raise InvalidInput(message, code="PDF_BAD_PAGE", field="FILE") from error
        return self._loaded[number]


def _as_printed(file: Any, place: int) -> Any:
    """The page with what is filled in its fields and what its annotations print, which pdfium else leaves out."""
    page = file[place]
    if pdfium.FPDFPage_GetAnnotCount(page.raw):
        pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_PRINT)
        page.close()
        page = file[place]  # as it is now
    return page


def _units(path: str) -> list[float]:
    """The unit of every page in points (ISO 32000-1, table 30), which pdfium does not know. InvalidInput for a file
    that is no PDF, or needs a password."""
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            units = [float(page.obj.get("/UserUnit", 1)) for page in pdf.pages]
    except pikepdf.PasswordError:
        message, remedy = "The file needs a password.", "Give it without one."
        raise InvalidInput(message, code="PDF_ENCRYPTED", remedy=remedy, field="FILE") from None
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError):
        raise InvalidInput("The file cannot be read as a PDF.", code="PDF_UNREADABLE", field="FILE") from None
    if not units:
        raise InvalidInput("The file has no pages.", code="PDF_NO_PAGES", field="FILE")
    return units


def _drawn(page: Any, dots: tuple[int, int], matrix: Sequence[float], onto: Picture | None = None) -> Picture:
    width, height = dots
    if not 0 < width * height <= _MOST_DOTS:
        raise InvalidInput(
            f"A picture of {width:,} x {height:,} dots is too large to compare.",
            code="TOO_LARGE",
            field="FILE",
        )
    picture = onto
    if picture is None or picture.shape[:2] != (height, width):
        picture = np.empty((height, width, 4), np.uint8)
    picture[:] = 255
    bitmap = pdfium.FPDFBitmap_CreateEx(
        width, height, pdfium.FPDFBitmap_BGRx, picture.ctypes.data_as(ctypes.c_void_p), picture.strides[0]
    )
    try:
        pdfium.FPDF_RenderPageBitmapWithMatrix(
            bitmap, page.raw, pdfium.FS_MATRIX(*matrix), pdfium.FS_RECTF(0, 0, width, height), _FLAGS
        )
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return picture


def _ordered(box: Sequence[float]) -> Box:
    left, low, right, high = box
    return min(left, right), min(low, high), max(left, right), max(low, high)


def _within(box: Box, outer: Box) -> Box:
    return max(box[0], outer[0]), max(box[1], outer[1]), min(box[2], outer[2]), min(box[3], outer[3])


def _sides(inner: Box, outer: Box, turn: int) -> tuple[float, float, float, float]:
    """How far the inner box lies inside at the left, bottom, right and top of a page turned clockwise."""
    sides = inner[0] - outer[0], inner[1] - outer[1], outer[2] - inner[2], outer[3] - inner[3]
    quarters = turn // 90 % 4
    left, low, right, high = (*sides[quarters:], *sides[:quarters])
    return left, low, right, high
