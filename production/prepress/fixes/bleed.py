"""Bleed for pages that have none: what they draw is kept as it is and drawn again around itself."""

from __future__ import annotations

from itertools import product
from typing import Any

import pikepdf

from production.prepress.fixes.work import Work
from production.prepress.preflight.finish import Finish
from production.prepress.preflight.geometry import Displayed, grown, size_of
from production.prepress.preflight.marks import Matrix
from production.prepress.templates.page_boxes import Box
from production.prepress.templates.template import content_streams, inherited

_USUAL = 9.0  # points, 1/8 in: Montana General Services FAQ (bleed)
_UNDER = 1.0  # points that mirrored parts reach under the page, so that no seam shows


def mirror(work: Work) -> None:
    """The page is mirrored at its trim."""
    for page, finish, shown in work.found_pages():
        trim, wide = _trim_and_bleed(work, finish, shown)
        left, low, right, high = trim
        across = {-1: (left - wide, left + _UNDER), 0: (left, right), 1: (right - _UNDER, right + wide)}
        up = {-1: (low - wide, low + _UNDER), 0: (low, high), 1: (high - _UNDER, high + wide)}
        parts = sorted(product((-1, 0, 1), repeat=2), key=lambda part: -abs(part[0]) - abs(part[1]))
        content = [
            _placed(
                (across[x][0], up[y][0], across[x][1], up[y][1]), _mirrored(trim, x, y)
            )
            for x, y in parts
        ]  # fmt: skip
        _redraw(work.pdf, page, trim, wide, b"\n".join(content))


def enlarge(work: Work) -> None:
    """The page is enlarged around its middle until it reaches over its trim."""
    for page, finish, shown in work.found_pages():
        trim, wide = _trim_and_bleed(work, finish, shown)
        width, height = size_of(trim)
        scale = max((width + 2 * wide) / width, (height + 2 * wide) / height)
        x, y = (trim[0] + trim[2]) / 2, (trim[1] + trim[3]) / 2
        content = _placed(grown(trim, wide), (scale, 0.0, 0.0, scale, x * (1 - scale), y * (1 - scale)))
        _redraw(work.pdf, page, trim, wide, content)


def _trim_and_bleed(work: Work, finish: Finish, shown: Displayed) -> tuple[Box, float]:
    """In the page's own space."""
    return shown.own(finish.trim), (work.order.bleed or _USUAL) / shown.unit


def _mirrored(trim: Box, x: int, y: int) -> Matrix:
    """At the left or right side, at the lower or upper one, at both."""
    left, low, right, high = trim
    e, f = {-1: 2 * left, 0: 0.0, 1: 2 * right}[x], {-1: 2 * low, 0: 0.0, 1: 2 * high}[y]
    return (-1.0 if x else 1.0), 0.0, 0.0, (-1.0 if y else 1.0), e, f


def _placed(within: Box, matrix: Matrix) -> bytes:
    width, height = size_of(within)
    clip, place = _numbers(within[0], within[1], width, height), _numbers(*matrix)
    return f"q {clip} re W n {place} cm /Page Do Q".encode("ascii")


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.6f}" for value in values)


def _redraw(pdf: pikepdf.Pdf, page: Any, trim: Box, wide: float, content: bytes) -> None:
    """The page's own content becomes a form as large as the trim, and the page grows by its bleed where it must."""
    form = pdf.make_stream(b"\n".join(stream.read_bytes() for stream in content_streams(page)))
    form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    form["/BBox"] = pikepdf.Array(trim)
    form["/Resources"] = inherited(page, "/Resources", pikepdf.Dictionary())
    if "/Group" in page:
        form["/Group"] = page["/Group"]
    page["/Contents"] = pdf.make_stream(content)
    page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=form))
    bleed = grown(trim, wide)
    page["/TrimBox"], page["/BleedBox"] = pikepdf.Array(trim), pikepdf.Array(bleed)
    for key in ("/MediaBox", "/CropBox"):
        own = inherited(page, key)
        page[key] = pikepdf.Array(_both(bleed, [float(value) for value in own]) if own is not None else bleed)


def _both(box: Box, other: list[float]) -> Box:
    """A box around both; corners of the other may be in any order."""
    x0, y0, x1, y1 = other
    return (
        min(box[0], x0, x1), min(box[1], y0, y1), max(box[2], x0, x1), max(box[3], y0, y1),
    )  # fmt: skip
