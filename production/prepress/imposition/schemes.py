"""From what is asked and the pages there are to a layout."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from kernel.errors import InvalidInput
from kernel.findings import Finding
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.books import book_findings, bound
from production.prepress.imposition.flat import Source, flat
from production.prepress.imposition.layout import Layout, Placement
from production.prepress.imposition.marks import with_marks

_LANDSCAPE = 270  # a page that lies across is read from the right: its head is at the left


def lay_out(
    asked: Asked, sources: Sequence[Source], lying: Collection[int] = frozenset()
) -> tuple[Layout, list[Finding]]:
    """Where every page goes, and what is to be said of it. ``lying``: pages (from 1, all files counted through) that
    are as wide as the trim is high, and are turned to fit. InvalidInput when it cannot be laid out so."""
    if len(sources) > 1 and asked.scheme != "gang":
        message = "Only a gang has several files."
        raise InvalidInput(message, code="OPTION_CLASH", remedy="Use --scheme gang.", field="scheme")
    if lying and asked.numbers is not None:
        message = "Numbered pages cannot lie across their trim."
        raise InvalidInput(
            message, code="OPTION_CLASH", remedy="Give the trim as the page is read.", field="trim"
        )
    if asked.is_book:
        layout = bound(asked, sum(source.pages for source in sources))
        findings = book_findings(asked, layout)
    else:
        layout, findings = flat(asked, sources), []
    if lying:
        layout = replace(layout, placements=tuple(_turned(layout, lying)))
    return with_marks(layout, asked), findings


def _turned(layout: Layout, lying: Collection[int]) -> list[Placement]:
    return [
        replace(one, rotate=(one.rotate + _LANDSCAPE) % 360) if one.page in lying else one
        for one in layout.placements
    ]
