"""What law and rule ask of printed matter: dated rows of the set-up, and what they ask of one order."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlalchemy.orm import Session

from kernel.findings import Finding, Severity
from kernel.money import Money
from production.asked import Count, Day, Dollars, Line, Paragraph
from production.catalog.products.families import families
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Name, Row, words

_DATA = Path(__file__).parent / "data" / "publication_rules.toml"
_BRACES = re.compile(r"\{([^{}]*)\}")
_KNOWN = ("agency", "copies", "cost", "depository", "more")
_Products = Annotated[tuple[str, ...], BeforeValidator(words)]


class PublicationRuleValue(Row):
    """What is asked of some products from a day on."""

    code: Code = Field(title="Code")
    name: Name = Field(title="Name")
    asks: Annotated[Paragraph, Field(max_length=1000)] = Field(
        title="What it asks",
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
        default=0, title="Depository copies", description="Ordered beyond the agency's own."
    )
    is_kept: bool = Field(default=True, title="The shop keeps it")
    source: Annotated[Line, Field(max_length=500)] = Field(
        default="", title="Source", description="Law, rule, who says so."
    )


@dataclass(frozen=True, slots=True)
class Publication:
    """An order as rules see it. ``cost`` as quoted; ``due``: the day on which it is needed."""

    product: str
    agency: str
    copies: int
    cost: Money
    due: date


class PublicationRules(Kind[PublicationRuleValue]):
    """Rules of publications, in force until the shop says otherwise."""

    code, name, names = "publication_rule", "Publication rule", "Publication rules"
    lead = (
        "What law and rule ask of printed matter: justification, sign-off, copies for the State Library, a statement "
        "of its cost. What a rule asks is told with the check of each order that it is about, before anybody approves."
    )
    value = PublicationRuleValue

    def shipped(self) -> Sequence[PublicationRuleValue]:
        return _shipped()

    def check(self, change: Change[PublicationRuleValue]) -> Iterator[Finding]:
        value, known = change.value, families().families
        if unknown := [one for one in _BRACES.findall(value.asks) if one not in _KNOWN]:
            yield wrong("asks", f"Nothing is filled in for {{{unknown[0]}}}.")
        if strange := [one for one in value.products if one not in known]:
            yield wrong("products", f"There is no product {strange[0]}. Products are {', '.join(known)}.")


def publication_findings(session: Session, publication: Publication) -> list[Finding]:
    """What the rules in force ask of an order."""
    return list(asked_of(PUBLICATION_RULES.rows(session), publication))


def asked_of(rules: Iterable[PublicationRuleValue], publication: Publication) -> Iterator[Finding]:
    """A note for each rule that is about it, with its figures filled in."""
    for rule in rules:
        if rule.is_kept and _is_about(rule, publication):
            yield Finding(
                "PUBLICATION_RULE", Severity.NOTE, _filled(rule, publication), f"Source: {rule.source}"
            )


def _is_about(rule: PublicationRuleValue, publication: Publication) -> bool:
    return (
        publication.product in rule.products
        and publication.due >= rule.from_day
        and (rule.least_amount is None or publication.cost >= rule.least_amount)
    )


def _filled(rule: PublicationRuleValue, publication: Publication) -> str:
    figures = {
        "agency": publication.agency, "copies": f"{publication.copies:,}", "cost": f"${publication.cost}",
        "depository": f"{rule.depository:,}", "more": f"{publication.copies + rule.depository:,}",
    }  # fmt: skip
    return f"{rule.name}: {_BRACES.sub(lambda found: figures[found[1]], rule.asks)}"


@lru_cache(maxsize=1)
def _shipped() -> tuple[PublicationRuleValue, ...]:
    rows = tomllib.loads(_DATA.read_text("utf-8"))["rule"]
    return tuple(PublicationRuleValue.model_validate(row) for row in rows)


PUBLICATION_RULES = PublicationRules()
