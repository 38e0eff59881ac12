"""The confirmation of an order: what was approved, as a paper for the agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from production.prepress.papers.agency_paper import PriceTable, tagged_paper

_TEMPLATE = Path(__file__).with_name("confirmation.typ")


@dataclass(frozen=True, slots=True)
class ConfirmationPaper:
    """All that stands on it, in words. ``shares``: what each account pays."""

    title: str
    number: str
    about: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]
    stops: Sequence[str]
    prices: PriceTable
    shares: Sequence[str]
    small: Sequence[str]
    kind: str = "Order confirmation"


def confirmation_paper(value: ConfirmationPaper) -> bytes:
    """Tagged PDF/UA-1. Errors as ``tagged_paper``."""
    return tagged_paper(_TEMPLATE, value, figures=[value.prices.total])
