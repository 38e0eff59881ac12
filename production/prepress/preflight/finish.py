"""The finished page: what is left of a page when it is cut, and how much paint lies around it."""

from __future__ import annotations

from dataclasses import dataclass

from production.catalog.press_limits import OrderLimits
from production.prepress.preflight.geometry import centered, is_same, size_of
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.press_report import PageBoxes
from production.prepress.templates.page_boxes import Box, finished_box, margins

LEFT, LOW, RIGHT, HIGH = range(4)  # sides, as a box tells them
SIDES = ("left", "bottom", "right", "top")


@dataclass(frozen=True, slots=True)
class Finish:
    """A page cut to size. ``trim`` in points as displayed; ``is_named``: whether the file says so itself,
    ``is_assumed``: whether it is only thought so; ``bleed``: paint promised around it at the narrowest side that is
    cut, points; ``offset``: how far the trim lies off the middle of the page, points; ``cut``: the sides that are
    cut, all but the spine; ``frame``: what of the page a picture of it shows; ``unit``: points of a unit of its own
    space."""

    page: int
    trim: Box
    is_named: bool
    is_assumed: bool
    bleed: float
    offset: float
    cut: tuple[int, ...]
    frame: Box
    unit: float


def finish_of(boxes: PageBoxes, order: PrintOrder, limits: OrderLimits) -> Finish:
    """What is left of a page. A page without a trim box that is as much larger than ordered on all sides as bleed
    and marks take is thought to be cut in the middle."""
    trim = finished_box(boxes.crop, boxes.trim)
    is_named = boxes.trim is not None and trim != boxes.crop
    assumed = None if is_named else _within(trim, order, limits)
    trim = assumed or trim
    spine = _spine(boxes.page, order)
    cut = tuple(side for side in range(len(SIDES)) if side != spine)
    around = margins(trim, boxes.paintable)
    edges = margins(trim, boxes.media)
    uneven = [abs(edges[LOW] - edges[HIGH])]
    uneven += [abs(edges[LEFT] - edges[RIGHT])] if spine is None else []
    offset = max(uneven) / 2 if is_named else 0.0
    bleed = max(0.0, min(around[side] for side in cut))
    return Finish(
        boxes.page, trim, is_named, assumed is not None, bleed, offset, cut, boxes.media, boxes.unit
    )


def _within(page: Box, order: PrintOrder, limits: OrderLimits) -> Box | None:
    """An ordered size in the middle of a page that is evenly larger."""
    across, up = size_of(page)
    near, most = limits.tolerance_in * 72, 2 * (order.bleed + limits.marks_around_in * 72)
    for trim in order.trims:
        wider, higher = across - trim[0], up - trim[1]
        if is_same((wider, higher), (higher, wider), near) and near < wider <= most + near:
            return centered(trim, page)
    return None


def _spine(page: int, order: PrintOrder) -> int | None:
    """At which side a page is bound: odd pages lie to the right of the spine."""
    if not order.is_folded:
        return None
    return LEFT if page % 2 else RIGHT
