"""What law and rule ask of printed matter: dated rows of the set-up, and what they ask of one order."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlalchemy.orm import Session

from kernel.findings import Finding, Severity
from kernel.money import Money
from production.asked import Count, Day, Dollars, Line, Measure, OneOf, Paragraph
from production.catalog.products.families import families
from production.catalog.products.spec import Delivery
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Name, Row, words

_DATA = Path(__file__).parent / "data" / "publication_rules.toml"
_BRACES = re.compile(r"\{([^{}]*)\}")
_KNOWN = ("agency", "copies", "cost", "depository", "more")
_Products = Annotated[tuple[str, ...], BeforeValidator(words)]


class Asks(StrEnum):
    """What a rule asks for."""

    TOLD = "told"
    JUSTIFICATION = "justification"
    AUTHORITY = "authority"
    SIGN_OFF = "sign_off"
    DEPOSITORY = "depository_copies"
    COST_STATEMENT = "cost_statement"


# What a person answers; the others are told, added and printed by themselves.
ANSWERED = (Asks.JUSTIFICATION, Asks.AUTHORITY, Asks.SIGN_OFF)
_ASKS = {
    Asks.TOLD: "Nothing: it is told",
    Asks.JUSTIFICATION: "A justification, by whoever orders",
    Asks.AUTHORITY: "The law or rule that asks for the piece",
    Asks.SIGN_OFF: "A sign-off, by name, title and day",
    Asks.DEPOSITORY: "Depository copies, added to the order",
    Asks.COST_STATEMENT: "A statement of its cost, printed on the piece",
}


class PublicationRuleValue(Row):
    """What is asked of some products from a day on."""

    code: Code = Field(title="Code")
    name: Name = Field(title="Name")
    kind: Annotated[Line, OneOf(_ASKS)] = Field(
        default=Asks.TOLD.value, title="What an order must have", description="Kept with the job and shown."
    )
    asks: Annotated[Paragraph, Field(max_length=1000)] = Field(
        title="What it asks, or the statement",
        description="In words. {agency}, {copies}, {cost}, {depository}, {more} are filled in.",
    )
    products: _Products = Field(
        title="Products", description="Codes with semicolons, such as booklet; poster."
    )
    from_day: Day = Field(title="In force from", description="By the day on which an order is needed.")
    least_amount: Dollars | None = Field(
        default=None, title="From an amount of", description="Empty: any amount."
    )
    depository: Count = Field(
        default=0,
        title="Depository copies",
        description="Made beyond the agency's own, and charged with them.",
    )
    place: Annotated[Line, Field(max_length=120)] = Field(
        default="", title="Where depository copies go", description="Building, street, room, on one line."
    )
    page: Count = Field(
        default=0, title="Page of the statement", description="Of the first file. 0: the last page."
    )
    left: Measure = Field(
        default=Decimal("0.5"), title="Statement, from the left", description="Inches from the trimmed edge."
    )
    bottom: Measure = Field(
        default=Decimal("0.25"), title="Statement, from the bottom", description="Inches to its last line."
    )
    width: Measure = Field(default=Decimal(4), title="Width of the statement", description="Inches.")
    size: Annotated[Measure, Field(ge=4, le=72)] = Field(
        default=Decimal(7), title="Size of its letters", description="Points."
    )
    is_kept: bool = Field(default=True, title="The shop keeps it")
    source: Annotated[Line, Field(max_length=500)] = Field(
        default="", title="Source", description="Law, rule, who says so. Agencies read it."
    )
    unsure: Annotated[Line, Field(max_length=500)] = Field(
        default="",
        title="Not sure of it",
        description="What the shop still has to confirm. It alone reads that.",
    )


@dataclass(frozen=True, slots=True)
class Publication:
    """An order as rules see it. ``copies``: the agency's own; ``depository``: made beyond them; ``cost`` as quoted;
    ``due``: the day on which it is needed.
    """

    product: str
    agency: str
    copies: int
    cost: Money
    due: date
    depository: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """A rule that is about an order, with its figures filled in."""

    rule: PublicationRuleValue
    words: str

    @property
    def kind(self) -> Asks:
        """What it asks for."""
        return Asks(self.rule.kind)


class PublicationRules(Kind[PublicationRuleValue]):
    """Rules of publications, in force until the shop says otherwise."""

    code, name, names = "publication_rule", "Publication rule", "Publication rules"
    lead = (
        "What law and rule ask of printed matter: justification, authority, sign-off, copies for the State Library, a "
        "statement of its cost. What a person must say is asked before an order is sent or approved, and kept with it."
    )
    value = PublicationRuleValue

    def shipped(self) -> Sequence[PublicationRuleValue]:
        return _shipped()

    def shown(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        return super().shown(session) | {"kind": [(one.value, said) for one, said in _ASKS.items()]}

    def check(self, change: Change[PublicationRuleValue]) -> Iterator[Finding]:
        value, known = change.value, families().families
        if unknown := [one for one in _BRACES.findall(value.asks) if one not in _KNOWN]:
            yield wrong("asks", f"Nothing is filled in for {{{unknown[0]}}}.")
        if strange := [one for one in value.products if one not in known]:
            yield wrong("products", f"There is no product {strange[0]}. Products are {', '.join(known)}.")
        if value.kind == Asks.DEPOSITORY and value.least_amount is not None:
            yield wrong("least_amount", "Depository copies are made at any amount: they are part of it.")
        if value.kind == Asks.DEPOSITORY and value.depository and not value.place:
            yield wrong("place", "Say where the depository copies go.")


def demands(session: Session, publication: Publication) -> list[Demand]:
    """What the rules in force ask of an order."""
    return list(demanded(PUBLICATION_RULES.rows(session), publication))


def copies_for(session: Session, product: str, due: date) -> tuple[Delivery, ...]:
    """Depository copies that the rules in force add to an order, each with its place."""
    return tuple(added(PUBLICATION_RULES.rows(session), product, due))


def demanded(rules: Iterable[PublicationRuleValue], publication: Publication) -> Iterator[Demand]:
    """Each rule that is about it, with its figures filled in."""
    for rule in rules:
        is_enough = rule.least_amount is None or publication.cost >= rule.least_amount
        if is_enough and _holds(rule, publication.product, publication.due):
            yield Demand(rule, _filled(rule.asks, rule, publication))


def added(rules: Iterable[PublicationRuleValue], product: str, due: date) -> Iterator[Delivery]:
    """The depository copies of each rule that asks for some."""
    for rule in rules:
        if rule.kind == Asks.DEPOSITORY and rule.depository and _holds(rule, product, due):
            yield Delivery(place=rule.place, quantity=rule.depository)


def told(demands: Iterable[Demand]) -> Iterator[Finding]:
    """A note for each demand that nobody answers in words."""
    for one in demands:
        if one.kind not in ANSWERED:
            source = f"Source: {one.rule.source or 'not given'}"
            yield Finding("PUBLICATION_RULE", Severity.NOTE, f"{one.rule.name}: {one.words}", source)


def _holds(rule: PublicationRuleValue, product: str, due: date) -> bool:
    return rule.is_kept and product in rule.products and due >= rule.from_day


def _filled(text: str, rule: PublicationRuleValue, publication: Publication) -> str:
    depository = publication.depository or rule.depository
    figures = {
        "agency": publication.agency, "copies": f"{publication.copies:,}", "cost": f"${publication.cost}",
        "depository": f"{depository:,}", "more": f"{publication.copies + depository:,}",
    }  # fmt: skip
    return _BRACES.sub(lambda found: figures[found[1]], text)


@lru_cache(maxsize=1)
def _shipped() -> tuple[PublicationRuleValue, ...]:
    rows = tomllib.loads(_DATA.read_text("utf-8"))["rule"]
    return tuple(PublicationRuleValue.model_validate(row) for row in rows)


PUBLICATION_RULES = PublicationRules()
