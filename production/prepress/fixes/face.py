"""The side of a printed card that its address is put on, cut as the card will be: what the address must not touch."""

from __future__ import annotations

from typing import Any

import pikepdf

from production.catalog.press_limits import order_limits
from production.prepress.fixes.page_boxes import blank_like
from production.prepress.preflight.finish import finish_of
from production.prepress.preflight.geometry import displayed, read_boxes
from production.prepress.preflight.order import PrintOrder

_BACK = 2  # the page that is addressed; of a card with one printed side it is blank


def leave_address_side(pdf: pikepdf.Pdf, order: PrintOrder) -> None:
    """Of the pages of a card (front, perhaps back) its back is left, cut to the trim; blank where none was given."""
    number = min(_BACK, len(pdf.pages))
    page = pdf.pages[number - 1].obj
    trim = finish_of(read_boxes(page, number), order, order_limits(order.product, order.press)).trim
    own: Any = pikepdf.Array(displayed(page).own(trim))
    for box in ("/TrimBox", "/BleedBox", "/CropBox", "/MediaBox"):
        page[box] = own
    if number < _BACK:
        pdf.pages.append(blank_like(pdf, page))
    while len(pdf.pages) > 1:
        del pdf.pages[0 if len(pdf.pages) == _BACK else -1]
