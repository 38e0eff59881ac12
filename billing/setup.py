"""Rate cards in the file of the set-up: cards in force or to come, and back as drafts that a second person compares."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import CardState, RateCard
from billing.rate_cards import COLUMNS, lines_of, load_card, standing
from kernel.clock import today
from kernel.errors import InvalidInput
from production.asked import Day, Line, Needed, read_json
from production.people.setup_fields import Row
from production.setup.file import WAITS, Beside, Taken
from store.db import UnitOfWork


class RateLineValue(Row):
    """A price, as a file of a card has it."""

    unit: Needed = Field(title="Unit")
    description: Needed = Field(title="Description")
    rate: Needed = Field(title="Rate")
    minimum: Line = Field("", title="Minimum")
    pass_through: Annotated[Line, Field(max_length=3)] = Field("no", title="Passed through")


class RateCardValue(Row):
    """A card and its prices."""

    name: Annotated[Needed, Field(max_length=80)] = Field(title="Name")
    effective_from: Day = Field(title="In force from")
    lines: Annotated[tuple[RateLineValue, ...], Field(min_length=1)] = Field(title="Prices")


class RateCards(Beside):
    """Cards have verbs of their own: what comes in is a draft, and a second person agrees to it."""

    code, name = "rate_card", "Rate card"

    def rows(self, session: Session) -> list[Mapping[str, object]]:
        return [_value(session, card).model_dump(mode="json") for card in standing(session, today())]

    def take(self, uow: UnitOfWork, row: Mapping[str, Any]) -> Taken:
        value = read_json(RateCardValue, json.dumps(row, default=str))
        name, begins = value.name, value.effective_from
        there = select(RateCard.id).filter_by(name=name, effective_from=begins)
        is_there = uow.session.scalar(there.where(RateCard.state != CardState.WITHDRAWN)) is not None
        _, findings = load_card(uow, name=name, effective_from=begins, data=_as_file(value))
        if findings:
            raise InvalidInput("The rate card is not taken in.", code="SETUP", findings=findings)
        return Taken(self.code, f"{name} from {begins}", "same" if is_there else WAITS)


def _value(session: Session, card: RateCard) -> RateCardValue:
    return RateCardValue(
        name=card.name,
        effective_from=card.effective_from,
        lines=tuple(
            RateLineValue(
                unit=line.unit, description=line.description, rate=f"{line.rate:f}", minimum=line.minimum.plain,
                pass_through="yes" if line.pass_through else "no",
            )
            for line in lines_of(session, card)
        ),
    )  # fmt: skip


def _as_file(value: RateCardValue) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(line.model_dump() for line in value.lines)
    return out.getvalue().encode()


BESIDE = (RateCards(),)
