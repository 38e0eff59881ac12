"""A purchase order as its vendor has it: tagged PDF/UA-1. It names no agency's account and nobody of an agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from postal.data.mail_days import in_full
from production.prepress.papers.agency_paper import PriceTable, tagged_paper
from production.purchasing.order_models import PurchaseOrder, PurchaseRevision

_TEMPLATE = Path(__file__).with_name("purchase_order.typ")
_SMALL = (
    "Write the number of the order on delivery note and invoice. The state pays no sales tax.",
    "Tell us at once when the day cannot be kept.",
)


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """All that stands on it, in words."""

    title: str
    number: str
    about: Sequence[tuple[str, str]]
    changes: Sequence[str]
    revision: int
    prices: PriceTable
    words: Sequence[str]
    small: Sequence[str] = _SMALL
    kind: str = "Purchase order"


def order_paper(row: PurchaseOrder, revision: PurchaseRevision, *, shop: str, on: date) -> bytes:
    """A revision of it. Errors as ``tagged_paper``."""
    terms, vendor = revision.terms, row.vendor
    lines = [
        (line.words, f"{told.quantity:,} {line.unit}s", "", f"${told.price}")
        for line, told in zip(row.lines, terms.lines, strict=False)
        if told.quantity
    ]
    freight = ("Freight", "", "", f"${terms.freight}")
    number = row.number if revision.number == 1 else f"{row.number}, revision {revision.number}"
    about = [
        ("To", ", ".join([vendor.name, *vendor.address.splitlines()])), ("From", shop), ("Day", in_full(on)),
        ("Needed by", in_full(terms.promised)),
        *([("Contract", vendor.contract_number)] if vendor.contract_number else []),
        *([("Proof", "Send us one, and print when we have approved it")] if terms.wants_proof else []),
    ]  # fmt: skip
    value = OrderPaper(
        f"Order to {vendor.name}", number, about, revision.changes, revision.number,
        PriceTable([*lines, freight], f"${terms.total}"), [terms.note] if terms.note else [],
    )  # fmt: skip
    return tagged_paper(_TEMPLATE, value, figures=[row.number, f"${terms.total}"])
