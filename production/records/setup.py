"""How long each class of records is kept, as rows of the set-up: those that are shipped are a proposal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.findings import Finding
from production.asked import Count, Line
from production.people.second_person import consequence
from production.people.setup import Change, Kind, ShopRule
from production.people.setup_fields import Code, Row
from production.records.rules import Rules, rules_on, with_shop


class RetentionValue(Row):
    """One class of records."""

    code: Code = Field(title="Class")
    says: Line = Field(default="", title="What it is", max_length=200)
    days: Annotated[Count, Field(ge=1, le=36_500)] | None = Field(
        default=None, title="Days", description="After the event that the rule names; empty: kept for good."
    )


class Retention(Kind[RetentionValue]):
    """What goes when, every night, with proof."""

    code, name, names = "retention", "Retention", "Retention"
    lead = "How long records are kept. What is due goes every night, and the proof of it stays."
    value, has_guesses, grows = RetentionValue, True, False
    fixed = ("says",)

    def shipped(self) -> Sequence[RetentionValue]:
        rules = rules_on(clock.today()).by_class.values()
        return [RetentionValue(code=rule.name, says=rule.says, days=rule.days) for rule in rules]

    def consequences(self, change: Change[RetentionValue]) -> Iterator[Finding]:
        if change.of("days"):
            rule = rules_on(clock.today()).by_class.get(change.value.code)
            after = f", {change.value.days:,} days after: {rule.after}" if rule and change.value.days else ""
            yield consequence(
                "RETENTION_CHANGE",
                f"{change.value.says or change.value.code}: {'kept for good' if change.value.days is None else 'goes'}"
                f"{after}. What is older goes in the night after a second person has agreed.",
            )

    def needs_second(self, change: Change[RetentionValue]) -> bool:
        """What is gone is gone."""
        return change.of("days")


def rules_in_force(session: Session, day: date) -> Rules:
    """The rules of a day, with the periods that the shop decided."""
    decided = session.scalars(select(ShopRule).filter_by(kind=RETENTION.code))
    values = [RETENTION.documents.value(row.value, f"retention {row.key}") for row in decided]
    return with_shop(rules_on(day), {value.code: value.days for value in values})


RETENTION = Retention()
