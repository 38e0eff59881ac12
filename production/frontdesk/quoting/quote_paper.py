"""A revision of a written quote as a paper for the agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from production.prepress.papers.agency_paper import PriceTable, tagged_paper

_TEMPLATE = Path(__file__).with_name("quote.typ")


@dataclass(frozen=True, slots=True)
class OfferPaper:
    """An alternative: its name, its choices, what was added and why, and the lines of its price."""

    name: str
    facts: Sequence[tuple[str, str]]
    added: Sequence[str]
    prices: PriceTable


@dataclass(frozen=True, slots=True)
class QuotePaper:
    """All that stands on it, in words. ``changes``: what is otherwise than in the revision before."""

    title: str
    number: str
    revision: int
    about: Sequence[tuple[str, str]]
    words: Sequence[str]
    offers: Sequence[OfferPaper]
    changes: Sequence[str]
    small: Sequence[str]
    kind: str = "Quote"


def quote_paper(value: QuotePaper) -> bytes:
    """Tagged PDF/UA-1. Errors as ``tagged_paper``."""
    return tagged_paper(_TEMPLATE, value, figures=[one.prices.total for one in value.offers])
