"""What can be ordered, by its name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from production.catalog.queries import products
from production.finding import Finder, Hit, begin, first, words
from store.db import Actor


def _products(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    del actor  # the catalog is the same for all
    offered = ((f"Order {row.name}", row) for row in products(session))
    return first(Hit(said, {"product": row.code}) for said, row in offered if begin(sought, said))


PRODUCTS = Finder(words, _products)
