"""What a row of the press room does to the prices of sample orders, told with its other consequences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from billing.print_rates import charge_by, priced_by
from billing.rate_cards import card_on
from kernel import clock
from kernel.errors import AttentionNeeded, Unconfirmed
from production.catalog import queries
from production.catalog.press_room.kinds import ESTIMATING, PRESS_ROOM
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.products.standards import Standards
from production.frontdesk.choosing.samples import Sample, samples
from production.people.second_person import consequence
from production.people.setup import Kind
from web.formats import money

_TOLD = 10


@contextmanager
def with_effects(session: Session, kind: Kind[Any], row: Any) -> Iterator[None]:
    """Whoever is to read what a row does (Unconfirmed) reads its effect on prices, too."""
    try:
        yield
    except Unconfirmed as asked:
        if kind in (*PRESS_ROOM, ESTIMATING):
            asked.findings += [consequence("SAMPLE_PRICES", one) for one in _effects(session, kind, row)]
        raise


def _effects(session: Session, kind: Kind[Any], row: Any) -> Iterator[str]:
    """In sentences; nothing while the rate card has no price for it."""
    try:
        before, after = (
            _priced(session, standards)
            for standards in (shop_standards(session), shop_standards(session, (kind, row)))
        )
    except AttentionNeeded:
        return
    changed = [(was, now) for was, now in zip(before, after, strict=True) if was.price != now.price]
    yield f"{len(changed)} of {len(before)} sample orders, one of each product, change their price."
    for was, now in changed[:_TOLD]:
        yield f"{now.name}, {now.quantity:,}: {_words(now)}, until now {_words(was)}."


def _words(sample: Sample) -> str:
    return "cannot be made" if sample.price is None else money(sample.price)


def _priced(session: Session, standards: Standards) -> list[Sample]:
    """AttentionNeeded RATE_MISSING."""
    card, names = card_on(session, clock.today()), queries.unit_names(session)
    return list(samples(families(), priced_by(card, standards, names), charge_by(card, names)))
