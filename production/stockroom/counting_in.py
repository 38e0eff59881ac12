"""Whoever sees the paper at the machine counts it in: the books follow, with a reason where they differ."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import Conflict, refused_field
from production.jobs.models import Job, Operation
from production.stockroom.counting import books_rise
from production.stockroom.models import StockItem, StockLot, StockNeed
from production.stockroom.moving import MOST, Occasion, issue_item, item_of, put_back, refuse_superseded
from production.stockroom.needs import issued_to
from store.db import UnitOfWork

AT_MACHINE = "Counted in at the machine"


def count_in(
    uow: UnitOfWork, job: Job, operation: Operation, code: str, counted: int, *, reason: str = ""
) -> int:
    """So many of an item lie at the machine for a job; gives by how many that differs from what was issued. What was
    not issued is issued now, though the books hold less; what is not there goes back into the lots. A ``reason`` where
    less is there than the job needs, or more than the books hold. InvalidInput STOCK_COUNT, REASON; Conflict
    STOCK_SHORT where nothing of it was ever received, LOT_SUPERSEDED.
    """
    session = uow.session
    item = item_of(session, code, lock=True)
    refuse_superseded(item)
    if not 0 <= counted <= MOST:
        raise refused_field("STOCK_COUNT", "counted", f"Write a count from 0 to {MOST:,}.")
    planned = session.scalar(select(StockNeed.quantity).filter_by(job_id=job.id, item_id=item.id)) or 0
    issued = issued_to(session, job).get(item.id, 0)
    more = counted - issued
    if not reason.strip() and (counted < planned or more > item.on_hand):
        what = f"{planned:,} are needed" if counted < planned else f"the books hold {item.on_hand + issued:,}"
        raise refused_field("REASON", "reason", f"{what[0].upper()}{what[1:]}: say why, then go on.")
    occasion = Occasion(f"{AT_MACHINE}: {reason.strip()}" if reason.strip() else AT_MACHINE, job, operation)
    if more > 0:
        if more > item.on_hand:
            _seen(uow, item, more - item.on_hand, occasion)
        issue_item(uow, item.code, more, occasion)
    elif more < 0:
        put_back(uow, item, job, -more, occasion.reason)
    return more


def _seen(uow: UnitOfWork, item: StockItem, missing: int, occasion: Occasion) -> None:
    """More lies there than the books knew: it is counted into the newest lot."""
    query = select(StockLot).filter_by(item_id=item.id).order_by(StockLot.id.desc()).limit(1)
    lot = uow.session.scalars(query.execution_options(populate_existing=True)).first()
    if lot is None:
        raise Conflict(
            f"Nothing of {item.name} was ever received.", code="STOCK_SHORT", field="counted",
            remedy="Receive it first, with what it cost.",
        )  # fmt: skip
    books_rise(uow, lot, missing, Occasion(occasion.reason))
