"""Requests for bids and purchase orders by the number that stands on them."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.finding import Finder, Hit
from production.purchasing.models import BidRequest
from production.purchasing.order_models import PurchaseOrder
from store.db import Actor


def _numbered(letter: str) -> Callable[[str], str | None]:
    """Reads such a number, its dash and blanks forgiven."""
    shape = re.compile(rf"{letter}(\d{{6}})-?(\d)", re.ASCII)

    def reads(text: str) -> str | None:
        found = shape.fullmatch("".join(text.split()).upper())
        return f"{letter}{found[1]}-{found[2]}" if found else None

    return reads


def _requests(session: Session, actor: Actor, number: str) -> list[Hit]:
    del actor  # buyers alone
    rows = session.scalars(select(BidRequest).filter_by(number=number))
    return [Hit(f"{row.number} {row.sheet.title}", {"number": row.number}, row.job.number) for row in rows]


def _orders(session: Session, actor: Actor, number: str) -> list[Hit]:
    del actor
    rows = session.scalars(select(PurchaseOrder).filter_by(number=number))
    return [Hit(f"{row.number} {row.vendor.name}", {"number": row.number}) for row in rows]


REQUESTS = Finder(_numbered("B"), _requests)
ORDERS = Finder(_numbered("P"), _orders)
