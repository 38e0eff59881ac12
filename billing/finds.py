"""Months of the ledger, by name and label; agencies and accounts lead to the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import BillingPeriod
from production.finding import Finder, Hit, T, begin, first, words
from production.people import finds as people
from store.db import Actor


def _periods(session: Session) -> Sequence[BillingPeriod]:
    return session.scalars(select(BillingPeriod).order_by(BillingPeriod.first_day.desc())).all()


def _months(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    del actor  # months are the same for all; what stands in one is behind the wall
    named = ((f"Charges of {period.name}", period) for period in _periods(session))
    return first(
        Hit(said, {"label": period.label}, state=period.state.value)
        for said, period in named
        if begin(sought, said.replace("(", ""))
    )


def _in_newest(finder: Finder[T]) -> Finder[T]:
    """Hits of another finder, each with the label of the newest month; nothing before the first."""

    def ask(session: Session, actor: Actor, meant: T) -> list[Hit]:
        hits = finder.ask(session, actor, meant)
        newest = next(iter(_periods(session)), None) if hits else None
        return [replace(hit, at={**hit.at, "label": newest.label}) for hit in hits] if newest else []

    return Finder(finder.reads, ask)


MONTHS = Finder(words, _months)
AGENCIES = _in_newest(people.AGENCIES)
ACCOUNTS = _in_newest(people.ACCOUNTS)
