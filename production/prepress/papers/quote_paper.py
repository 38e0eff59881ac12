"""A written quote on paper: its alternatives with their choices and the lines of their price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.platypus import Flowable, Spacer

from production.prepress.merge.pdf_writer import PrintFile
from production.prepress.papers.sheet import BODY, SECTION, SMALL, facts, grid, text, use_fonts, write

_HEAD, _WIDTHS, _FIGURES = ("What", "Quantity", "Price", "Amount"), (50, 16, 16, 18), (1, 2, 3)


@dataclass(frozen=True, slots=True)
class OfferPaper:
    """An alternative: its name, its choices, the lines (what, quantity, price, amount), and its total."""

    name: str
    facts: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, str, str, str]]
    total: str


def quote_paper(
    number: str, about: Sequence[tuple[str, str]], words: str, offers: Sequence[OfferPaper], out: Path
) -> PrintFile:
    """What was offered, as the agency has it."""
    use_fonts()
    story: list[Flowable] = [facts(about), Spacer(0, 6)]
    story += [text(line, BODY) for line in words.splitlines() if line.strip()]
    for offer in offers:
        rows = [*offer.lines, ("Total", "", "", offer.total)]
        story += [
            text(offer.name, SECTION),
            facts(offer.facts),
            Spacer(0, 4),
            grid(_HEAD, rows, widths=_WIDTHS, right=_FIGURES, last_is_total=True),
        ]
    story += [
        Spacer(0, 10),
        text(
            "Good pieces are charged by the price list of the day on which they are made. Spoils are the shop's.",
            SMALL,
        ),
    ]
    totals = [offer.total for offer in offers]
    return write(out, story, title="Quote", subtitle=f"Project {number}", figures=totals)
