"""What a fix is given: the open document, what was ordered, and the pages that were found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from production.catalog.press_limits import OrderLimits, order_limits
from production.prepress.preflight.finish import Finish, finish_of
from production.prepress.preflight.geometry import Displayed, displayed, read_boxes
from production.prepress.preflight.order import PrintOrder


@dataclass(frozen=True, slots=True)
class Work:
    """``pages``: the numbers of those that a finding names, all where it names none."""

    pdf: pikepdf.Pdf
    order: PrintOrder
    pages: frozenset[int]

    @property
    def limits(self) -> OrderLimits:
        """What holds for the order."""
        return order_limits(self.order.product, self.order.press)

    def found_pages(self) -> Iterator[tuple[Any, Finish, Displayed]]:
        """The pages that were found (dictionaries), how they are cut, and how they are displayed."""
        for number, page in enumerate(self.pdf.pages, start=1):
            if number in self.pages:
                boxes = read_boxes(page.obj, number)
                yield page.obj, finish_of(boxes, self.order, self.limits), displayed(page.obj)
