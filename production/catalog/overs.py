"""What becomes of overs and by which count an order is charged: dated rows of the set-up, kept with each order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.asked import Day, Line, OneOf
from production.catalog.models import Product
from production.catalog.rows import ProductRow
from production.people.models import Agency
from production.people.setup import Change, Kind, rule_rows, wrong
from production.people.setup_fields import Code, Row

EVERY = "every"


class Overs(StrEnum):
    """What becomes of good copies beyond those ordered."""

    KEEP = "keep"
    DELIVER = "deliver"
    RECYCLE = "recycle"


class Billed(StrEnum):
    """Which count is charged."""

    ORDERED = "ordered"
    DELIVERED = "delivered"
    CAPPED = "capped"


_OVERS = {
    Overs.KEEP.value: "Kept in the stockroom for the agency",
    Overs.DELIVER.value: "Delivered, as many as the order takes",
    Overs.RECYCLE.value: "Recycled",
}
_BILLED = {
    Billed.ORDERED.value: "As ordered, where the order takes what was made",
    Billed.DELIVERED.value: "As delivered, overs too",
    Billed.CAPPED.value: "As delivered, never more than ordered",
}


@dataclass(frozen=True, slots=True)
class OversPolicy:
    """What holds for an order; ``least``, ``most``: how many it takes of ``ordered``."""

    ordered: int
    least: int
    most: int
    overs: Overs = Overs.DELIVER
    billed: Billed = Billed.CAPPED

    def kept(self, made: int) -> int:
        """Of so many good ones, those that stay in the shop: all overs, or those that the order does not take."""
        if self.overs is Overs.RECYCLE:
            return 0
        return max(made - (self.ordered if self.overs is Overs.KEEP else self.most), 0)

    def recycled(self, made: int) -> int:
        """Of so many good ones, those that are thrown away."""
        return max(made - self.ordered, 0) if self.overs is Overs.RECYCLE else 0

    def takes(self, made: int) -> bool:
        """Whether so many need no question: overs that are not delivered need none."""
        return self.least <= made and (made <= self.most or self.overs is not Overs.DELIVER)

    def charged(self, delivered: int) -> int:
        """How many are charged where so many leave."""
        match self.billed:
            case Billed.DELIVERED:
                return delivered
            case Billed.ORDERED if delivered >= self.least:
                return self.ordered
        return min(delivered, self.ordered)

    @property
    def words(self) -> str:
        """The same before and after it is made: how many come, what becomes of more, and what is charged."""
        if self.overs is not Overs.DELIVER:
            ends = f"{self.least:,} to {self.ordered:,}" if self.least < self.ordered else f"{self.ordered:,}"
            fate = "kept in the stockroom for you" if self.overs is Overs.KEEP else "recycled"
            said = [ends, f"copies beyond {self.ordered:,} are {fate}"]
        else:
            same = self.least == self.most
            said = [f"exactly {self.ordered:,}" if same else f"{self.least:,} to {self.most:,}"]
        if self.billed is Billed.CAPPED and self.overs is Overs.DELIVER and self.most > self.ordered:
            said.append(f"more than {self.ordered:,} are not charged")
        if self.billed is Billed.DELIVERED and self.overs is Overs.DELIVER and self.most > self.ordered:
            said.append("what is delivered is charged, overs without set-up")
        if self.billed is Billed.ORDERED:
            said.append(f"{self.ordered:,} are charged")
        return "; ".join(said)


class OversRow(Row):
    """A policy of an agency, a product, both, or the plant."""

    agency: Code = Field(default=EVERY, title="Agency", description="Its code, or: every.")
    product: Annotated[Line, Field(min_length=1, max_length=40)] = Field(
        default=EVERY, title="Product", description="Its code, or: every."
    )
    from_day: Day = Field(title="In force from", description="Orders of earlier days keep what they had.")
    overs: Annotated[Line, OneOf(_OVERS)] = Field(
        default=Overs.DELIVER.value, title="Copies beyond those ordered"
    )
    billed: Annotated[Line, OneOf(_BILLED)] = Field(default=Billed.CAPPED.value, title="Charged")
    source: Annotated[Line, Field(max_length=500)] = Field(default="", title="Source")

    @property
    def rank(self) -> tuple[bool, bool, date]:
        """The row that says most wins, a product before an agency; of those the latest."""
        return (self.product != EVERY, self.agency != EVERY, self.from_day)


class OversRules(Kind[OversRow]):
    """Policies of overs."""

    code, name, names = "overs", "Policy of overs", "Policies of overs"
    lead = (
        "What becomes of copies beyond those ordered, and which count is charged. The row of a product comes before "
        "that of an agency, both before the plant's; of several the latest. How many an order takes is said with the "
        "product."
    )
    verb, value, has_guesses = "administer", OversRow, True
    keyed_by = ("agency", "product", "from_day")

    def shipped(self) -> Sequence[OversRow]:
        return (OversRow(from_day=date(2020, 1, 1), source="Shop to confirm. As it was charged so far."),)

    def check(self, change: Change[OversRow]) -> Iterator[Finding]:
        row, session = change.value, change.session
        known = select(Agency.id).filter_by(code=row.agency)
        if row.agency != EVERY and session.scalars(known).first() is None:
            yield wrong("agency", f"There is no agency {row.agency}.")
        if row.product != EVERY and session.get(Product, row.product) is None:
            yield wrong("product", f"There is no product {row.product}.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.code))
        products = session.execute(select(Product.code, Product.name).order_by(Product.name))
        return {
            "agency": [(EVERY, "Every agency"), *((code, name) for code, name in agencies)],
            "product": [(EVERY, "Every product"), *((code, name) for code, name in products)],
        }


OVERS_RULES = OversRules()


def policy_of(session: Session, day: date, agency: str, product: ProductRow, ordered: int) -> OversPolicy:
    """What an order of that day is told, and keeps."""
    row, (least, most) = policy_on(session, day, agency, product.code), product.takes(ordered)
    return OversPolicy(ordered, least, most, Overs(row.overs), Billed(row.billed))


def policy_on(session: Session, day: date, agency: str, product: str) -> OversRow:
    """The row in force on a day for an agency's order of a product, by their codes."""
    rows: list[OversRow] = rule_rows(session, (OVERS_RULES,))[OVERS_RULES.code]
    found = [
        one
        for one in rows
        if one.from_day <= day and one.agency in (EVERY, agency) and one.product in (EVERY, product)
    ]
    return max(found, key=lambda one: one.rank, default=OVERS_RULES.shipped()[0])
