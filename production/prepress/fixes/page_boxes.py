"""Pages turned, cut and filled up: nothing of what they draw is changed."""

from __future__ import annotations

from typing import Any

import pikepdf

from production.prepress.fixes.work import Work
from production.prepress.preflight.geometry import grown
from production.prepress.templates.page_boxes import Box, margins
from production.prepress.templates.template import inherited

_QUARTER, _FULL = 90, 360
_OF_A_PAGE = ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/Rotate", "/UserUnit")


def rotate(work: Work) -> None:
    """Pages that lie on their side stand up: those that were turned are turned back, others a quarter clockwise."""
    for page, _, _ in work.found_pages():
        turn = int(inherited(page, "/Rotate", 0)) % _FULL
        page["/Rotate"] = 0 if turn % (2 * _QUARTER) else (turn + _QUARTER) % _FULL


def set_boxes(work: Work) -> None:
    """The trim is where it was thought to be, the bleed around it as far as the page goes."""
    for page, finish, shown in work.found_pages():
        around, most = margins(finish.trim, finish.frame), work.order.bleed or finish.bleed
        bleed = grown(finish.trim, max(0.0, min(*around, most)))
        page["/TrimBox"] = pikepdf.Array(shown.own(finish.trim))
        page["/BleedBox"] = pikepdf.Array(shown.own(bleed))


def center_trim(work: Work) -> None:
    """The page grows at its narrower sides until the trim lies in its middle."""
    for page, finish, shown in work.found_pages():
        media = shown.own(_around(finish.trim, finish.frame))
        crop = shown.own(_around(finish.trim, shown.box(shown.around)))
        page["/MediaBox"], page["/CropBox"] = pikepdf.Array(media), pikepdf.Array(crop)


def _around(trim: Box, page: Box) -> Box:
    left, low, right, high = margins(trim, page)
    across, up = max(left, right), max(low, high)
    return trim[0] - across, trim[1] - up, trim[2] + across, trim[3] + up


def add_blanks(work: Work) -> None:
    """Blank pages at the end, as the last page is, up to the multiple that the binding takes."""
    pdf = work.pdf
    last = pdf.pages[-1].obj
    for _ in range(-len(pdf.pages) % work.order.multiple):
        pdf.pages.append(blank_like(pdf, last))


def blank_like(pdf: pikepdf.Pdf, other: Any) -> pikepdf.Page:
    """A page of a document that draws nothing, cut and turned as another one (dictionary, perhaps of another file)."""
    own = {key: inherited(other, key) for key in _OF_A_PAGE}
    page = pikepdf.Dictionary({key: _plain(value) for key, value in own.items() if value is not None})
    page["/Type"], page["/Contents"] = pikepdf.Name.Page, pdf.make_stream(b"")
    page["/Resources"] = pikepdf.Dictionary()
    return pikepdf.Page(pdf.make_indirect(page))


def _plain(value: Any) -> Any:
    """Numbers and boxes of numbers, of no file."""
    return pikepdf.Array(map(_plain, value)) if isinstance(value, pikepdf.Array) else value
