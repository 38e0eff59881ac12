"""Rules of buying, as dated rows of the set-up: how many bids from which amount, waivers and second persons, what may
not leave the house. The rules of the day on which something is asked for count.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from kernel.findings import Finding
from kernel.money import Money
from production.asked import Count, Day, Dollars, Line, OneOf
from production.catalog.models import Product
from production.catalog.products.families import families
from production.people.setup import Change, Kind, rule_rows, wrong
from production.people.setup_fields import Code, Row, words

_DATA = Path(__file__).parent / "data" / "rules.toml"
FILES, WORK = "files", "work"
_STAYS = {FILES: "Its files, until an order is placed", WORK: "The work itself"}
_Source = Annotated[Line, Field(max_length=500)]
_Share = Annotated[Count, Field(le=100)]


class DatedRule(Row):
    """What every rule says of itself."""

    code: Code = Field(title="Code")
    from_day: Day = Field(title="In force from", description="By the day on which bids are asked for.")
    source: _Source = Field(default="", title="Source", description="Law, order, delegation, who says so.")
    unsure: _Source = Field(
        default="", title="Not sure of it", description="What the shop still has to confirm."
    )


class BidRuleValue(DatedRule):
    """How many bids, and for how long they are asked for, from an amount on."""

    from_amount: Dollars = Field(title="From an amount of", description="By the price expected outside.")
    least_bids: Annotated[Count, Field(ge=1, le=50)] = Field(title="Bids at least")
    posting_days: Annotated[Count, Field(le=90)] = Field(
        title="Open for", description="Working days from asking to closing."
    )


class BuyingRuleValue(DatedRule):
    """What else holds when work is bought. ``recycled_percent`` is told to vendors."""

    waiver_from: Dollars | None = Field(
        default=None, title="A waiver is needed from",
        description="Dollars, when the plant could make it. Empty: never.",
    )  # fmt: skip
    second_from: Dollars | None = Field(
        default=None,
        title="A second person agrees from",
        description="Dollars of a decision to buy. Empty: never.",
    )
    handling: Dollars = Field(
        default=Money(0),
        title="Our handling",
        description="Dollars that buying costs us beside a bid, of each vendor.",
    )
    recycled_percent: _Share = Field(default=0, title="Recycled fiber at least, percent")


class LeavingRuleValue(DatedRule):
    """What may not leave the house."""

    products: Annotated[tuple[str, ...], BeforeValidator(words)] = Field(
        title="Products", description="Codes with semicolons, such as letter; certificate."
    )
    stays: Annotated[Line, OneOf(_STAYS)] = Field(title="What stays")
    reason: Annotated[Line, Field(min_length=1, max_length=200)] = Field(
        title="Why", description="Vendors read it on the specification sheet."
    )


_BY_WORD: dict[str, type[DatedRule]] = {
    "bids": BidRuleValue,
    "buying": BuyingRuleValue,
    "leaving": LeavingRuleValue,
}
R = TypeVar("R", bound=DatedRule)


@lru_cache(maxsize=1)
def _shipped() -> dict[str, tuple[Any, ...]]:
    read = tomllib.loads(_DATA.read_text("utf-8"))
    return {word: tuple(value.model_validate(row) for row in read[word]) for word, value in _BY_WORD.items()}


class BidRules(Kind[BidRuleValue]):
    """From which amount how many bids."""

    code, name, names = "bid_rule", "Rule of bids", "Rules of bids"
    lead = "How many bids are asked for, and for how many working days, by the price expected outside."
    verb, value, has_guesses = "purchase", BidRuleValue, True

    def shipped(self) -> Sequence[BidRuleValue]:
        return _shipped()["bids"]


class BuyingRules(Kind[BuyingRuleValue]):
    """Waiver, second person, handling, recycled content."""

    code, name, names = "buying_rule", "Rule of buying", "Rules of buying"
    lead = "When a waiver and a second person are needed, what handling counts as, and recycled content."
    verb, value, has_guesses = "purchase", BuyingRuleValue, True

    def shipped(self) -> Sequence[BuyingRuleValue]:
        return _shipped()["buying"]


class LeavingRules(Kind[LeavingRuleValue]):
    """What stays in the house."""

    code, name, names = "leaving_rule", "Rule of what stays", "Rules of what stays"
    lead = "Products whose files, or whose work, do not go to a vendor."
    verb, value, has_guesses = "purchase", LeavingRuleValue, True

    def shipped(self) -> Sequence[LeavingRuleValue]:
        return _shipped()["leaving"]

    def shown(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        return super().shown(session) | {"stays": list(_STAYS.items())}

    def check(self, change: Change[LeavingRuleValue]) -> Iterator[Finding]:
        known = {*families().families, *change.session.scalars(select(Product.code))}
        if strange := [one for one in change.value.products if one not in known]:
            yield wrong("products", f"There is no product {strange[0]}.")


BID_RULES, BUYING_RULES, LEAVING_RULES = BidRules(), BuyingRules(), LeavingRules()
RULE_KINDS: tuple[Kind[Any], ...] = (BID_RULES, BUYING_RULES, LEAVING_RULES)


@dataclass(frozen=True, slots=True)
class Rules:
    """Those in force on a day."""

    day: date
    bids: tuple[BidRuleValue, ...]  # by amount
    buying: BuyingRuleValue
    leaving: tuple[LeavingRuleValue, ...]

    def of_amount(self, amount: Money) -> BidRuleValue:
        """The rule of the highest amount that this one reaches. Conflict PURCHASE_RULE where there is none."""
        reached = [one for one in self.bids if one.from_amount <= amount]
        if not reached:
            raise _missing(BID_RULES, self.day)
        return reached[-1]

    def keeping(self, product: str | None, stays: str) -> str:
        """Why files or work of a product do not leave; nothing where they may. Work takes its files along."""
        reasons = [
            one.reason for one in self.leaving if product in one.products and one.stays in {stays, WORK}
        ]
        return " ".join(dict.fromkeys(reasons))

    def needs_waiver(self, amount: Money) -> bool:
        """Does buying at this price need one, where the plant could make it?"""
        return _reaches(amount, self.buying.waiver_from)

    def needs_second(self, amount: Money) -> bool:
        """Does a decision to buy at this price need another person?"""
        return _reaches(amount, self.buying.second_from)


def rules_on(session: Session, day: date) -> Rules:
    """What holds for what is asked for on that day. Conflict PURCHASE_RULE when nobody has said it."""
    rows = rule_rows(session, RULE_KINDS)
    buying = sorted(_begun(rows[BUYING_RULES.code], day), key=lambda one: one.from_day)
    if not buying:
        raise _missing(BUYING_RULES, day)
    newest = {
        one.from_amount: one for one in sorted(_begun(rows[BID_RULES.code], day), key=lambda r: r.from_day)
    }
    bids = tuple(newest[amount] for amount in sorted(newest))
    return Rules(day, bids, buying[-1], tuple(_begun(rows[LEAVING_RULES.code], day)))


def _begun(rows: Iterable[R], day: date) -> Iterator[R]:
    return (one for one in rows if one.from_day <= day)


def _reaches(amount: Money, least: Money | None) -> bool:
    return least is not None and amount >= least


def _missing(kind: Kind[Any], day: date) -> Conflict:
    return Conflict(
        f"There is no {kind.name.lower()} for {day}.",
        code="PURCHASE_RULE",
        remedy="A planner enters it under Setup.",
    )
