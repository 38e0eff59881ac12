"""Where the boxes of a page lie as it is displayed: turned, in points, from its lower left corner."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pikepdf

from production.prepress.preflight.marks import Matrix, moved
from production.prepress.preflight.press_report import PageBoxes, Size
from production.prepress.preflight.safety import Refused
from production.prepress.templates.page_boxes import Box, as_box, visible_box
from production.prepress.templates.template import inherited


@dataclass(frozen=True, slots=True)
class Displayed:
    """How a page is displayed. ``around``: what is visible, in its own space; ``matrix``: from there to points as
    displayed; ``rotate`` in degrees clockwise; ``unit``: points of a unit of its own space."""

    around: Box
    rotate: int
    unit: float

    @property
    def matrix(self) -> Matrix:
        """Takes the visible box, turned and scaled, to the lower left corner."""
        left, low, right, high = (value * self.unit for value in self.around)
        unit = self.unit
        return {
            0: (unit, 0.0, 0.0, unit, -left, -low),
            90: (0.0, -unit, unit, 0.0, -low, right),
            180: (-unit, 0.0, 0.0, -unit, right, high),
            270: (0.0, unit, -unit, 0.0, high, -left),
        }[self.rotate]

    def box(self, box: Box) -> Box:
        """A box of the page's own space."""
        return moved(box, self.matrix)

    def own(self, box: Box) -> Box:
        """The way back: a box as displayed in the page's own space."""
        a, b, c, d, e, f = pikepdf.Matrix(*self.matrix).inverse().shorthand
        return moved(box, (a, b, c, d, e, f))


def displayed(page: Any) -> Displayed:
    """How a page (dictionary) is displayed. ValueError or TypeError for one without a usable size or rotation."""
    own = pikepdf.Page(page)
    turn = int(inherited(page, "/Rotate", 0))
    if turn % 90:
        raise ValueError("the page is rotated by a part of a quarter turn")
    around = visible_box(as_box(own.mediabox), as_box(own.cropbox))
    return Displayed(around, turn % 360, float(inherited(page, "/UserUnit", 1)))


def read_boxes(page: Any, number: int) -> PageBoxes:
    """The boxes of a page (dictionary); Refused for one without a usable size."""
    try:
        seen = displayed(page)
        media = seen.box(as_box(pikepdf.Page(page).mediabox))
        crop = seen.box(seen.around)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        raise Refused("PDF_BAD_PAGE", "The page has no usable size or rotation.", page=number) from None
    bleed, trim = _named(page, "/BleedBox", seen), _named(page, "/TrimBox", seen)
    return PageBoxes(number, media, crop, bleed, trim, seen.rotate, seen.unit)


def _named(page: Any, key: str, seen: Displayed) -> Box | None:
    with suppress(ValueError, TypeError):  # a box that is none says nothing
        return seen.box(as_box(page.get(key)))
    return None


def size_of(box: Box) -> Size:
    """Width and height."""
    return box[2] - box[0], box[3] - box[1]


def grown(box: Box, by: float) -> Box:
    """A box that reaches further on every side."""
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def centered(size: Size, around: Box) -> Box:
    """A box of this size in the middle of another."""
    x = (around[0] + around[2] - size[0]) / 2
    y = (around[1] + around[3] - size[1]) / 2
    return x, y, x + size[0], y + size[1]


def is_same(size: Size, other: Size, tolerance: float) -> bool:
    """Whether two sizes are the same, not turned; points."""
    return all(abs(a - b) <= tolerance for a, b in zip(size, other, strict=True))
