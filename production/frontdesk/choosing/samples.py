"""Sample orders: of each family what a fresh page asks for, so that a change of the shop can be seen in prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kernel.errors import UserError
from kernel.money import Money
from production.catalog.products.families import Families
from production.catalog.products.standards import Standards
from production.frontdesk.choosing.answers import completed, questions
from production.frontdesk.choosing.prices import Shop
from production.frontdesk.choosing.worked import Charge
from production.frontdesk.estimates.alternatives import Alternative


class Sample(NamedTuple):
    """An order of a family with its price; None where it cannot be made."""

    name: str
    quantity: int
    price: Money | None


def samples(
    known: Families, standards: Standards, charge: Callable[[Alternative], Sequence[Charge]]
) -> Iterator[Sample]:
    """One of each family."""
    for family in known.families.values():
        shop = Shop(family, known, standards, charge)
        spec = shop.spec(completed(questions(family, standards, {}), {}))
        try:
            price = shop.price(shop.cheapest(spec))
        except UserError:
            price = None
        yield Sample(family.name, spec.quantity, price)
