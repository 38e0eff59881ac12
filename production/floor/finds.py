"""Tickets of the floor: scanned, or by the number of their lot or job."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from production.catalog.models import OperationType, Place
from production.finding import MOST, Finder, Hit
from production.jobs.finds import lots_of, numbers
from production.jobs.models import Lot, Operation
from production.jobs.numbering import looks_like_ticket, parse_ticket
from store.db import Actor


def _read(text: str) -> tuple[str, ...]:
    """Of a ticket itself its own number, the longer one."""
    if not looks_like_ticket(text):
        return numbers(text)
    try:
        return (str(parse_ticket(text)),)
    except InvalidInput:
        return ()


def _tickets(session: Session, actor: Actor, meant: Sequence[str]) -> list[Hit]:
    del actor  # plant staff alone
    found = union(
        select(Operation.id).where(Operation.ticket.in_(meant)),
        select(Operation.id).where(Operation.lot_id.in_(lots_of(meant))),
    )
    query = (
        select(Operation.ticket, OperationType.name, Operation.state, Lot.ready_by)
        .join(OperationType, OperationType.code == Operation.type)
        .join(Lot, Lot.id == Operation.lot_id)
        .where(OperationType.place == Place.FLOOR, Operation.id.in_(found))
        .order_by(Lot.id.desc(), Operation.step, Operation.segment, Operation.id)
    )
    return [
        Hit(f"{ticket} {name}", {"ticket": ticket}, "", state.value, ready_by, is_led_to=ticket not in meant)
        for ticket, name, state, ready_by in session.execute(query.limit(MOST))
    ]


TICKETS = Finder(_read, _tickets)
