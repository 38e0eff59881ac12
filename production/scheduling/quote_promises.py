"""A written quote promises a day for each of its alternatives while it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from kernel.errors import UserError
from production.catalog.planning import PlannedOperation
from production.frontdesk.quoting.models import QuoteRevision, WrittenQuote
from production.scheduling.models import Schedule
from production.scheduling.promising import promise_of
from production.scheduling.reserving import one_at_a_time, reserve
from store.db import UnitOfWork


class Making(NamedTuple):
    """How an alternative is made."""

    plan: Sequence[PlannedOperation]
    buys_paper: bool

    @property
    def minutes(self) -> int:
        """Of all its steps."""
        return sum(one.minutes or 0 for one in self.plan)


def promise_quote(uow: UnitOfWork, quote: WrittenQuote, makings: Sequence[Making], due: date) -> None:
    """The revision that is sent gets a day for each alternative, one after the other as they stand in it. The place of
    the one that takes longest is held until the quote's day: only one of them is made. Nothing where no schedule is
    kept; an alternative that has no place is promised no day.
    """
    session = uow.session
    sent = session.scalars(select(QuoteRevision).filter_by(quote_id=quote.id, number=quote.sent)).one()
    one_at_a_time(session)
    if session.get(Schedule, 1) is None or sent.valid_until is None:
        return
    days = [_day(uow, one, due) for one in makings]
    sent.alternatives = tuple(
        replace(one, promised=day) for one, day in zip(sent.alternatives, days, strict=True)
    )
    able = [one for one, day in zip(makings, days, strict=True) if day]
    if able:
        longest = max(able, key=lambda one: one.minutes)
        reserve(uow, sent, longest.plan, due, buys_paper=longest.buys_paper, until=sent.valid_until)


def _day(uow: UnitOfWork, making: Making, due: date) -> date | None:
    try:
        return promise_of(uow.session, making.plan, due, uow.now, buys_paper=making.buys_paper).day
    except UserError:
        return None
