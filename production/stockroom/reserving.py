"""What approved jobs will take of the stockroom: reserved until it is issued, or until the job needs no more of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Subquery, delete, func, select
from sqlalchemy.orm import Session

from production.jobs.models import Job, LotShare, Operation
from production.jobs.states import JobState
from production.stockroom.models import StockItem, StockLot, StockMove, StockNeed
from production.stockroom.needs import PaperNeed, issued_to, need_lines
from store.db import UnitOfWork

TAKES = (JobState.APPROVED, JobState.IN_PRODUCTION)


@dataclass(frozen=True, slots=True)
class PaperAt:
    """What a job needs of an item at its first step, what it has, and what is free for it on the shelf."""

    code: str
    name: str
    unit: str
    needed: int
    issued: int
    free: int

    @property
    def left(self) -> int:
        """Still to issue."""
        return max(0, self.needed - self.issued)

    @property
    def short(self) -> int:
        """Neither issued nor free on the shelf."""
        return max(0, self.left - self.free)


def reserve(uow: UnitOfWork, job: Job, needs: Sequence[PaperNeed]) -> None:
    """What the job was planned with, in place of what was reserved for it before. What the stockroom does not keep is
    bought for the order.
    """
    session = uow.session
    session.execute(delete(StockNeed).filter_by(job_id=job.id))
    for line in need_lines(session, job, needs):
        if line.item is not None:
            session.add(StockNeed(job_id=job.id, item_id=line.item.id, quantity=line.need.sheets))
    session.flush()


def reserved() -> Subquery:
    """By item and job: planned and not issued yet, of jobs that still take something."""
    issued = (
        select(StockMove.job_id, StockLot.item_id, func.sum(StockMove.quantity).label("moved"))
        .join(StockLot, StockLot.id == StockMove.lot_id)
        .where(StockMove.job_id.in_(select(StockNeed.job_id)))
        .group_by(StockMove.job_id, StockLot.item_id)
        .subquery()
    )
    left = func.greatest(StockNeed.quantity + func.coalesce(issued.c.moved, 0), 0)
    return (
        select(StockNeed.item_id, StockNeed.job_id, left.label("quantity"))
        .join(Job, Job.id == StockNeed.job_id)
        .outerjoin(issued, (issued.c.job_id == StockNeed.job_id) & (issued.c.item_id == StockNeed.item_id))
        .where(Job.state.in_(TAKES))
        .subquery()
    )


def reserved_of(session: Session, items: Collection[int], *, without: Job | None = None) -> dict[int, int]:
    """How many of each item are reserved; of what other jobs than ``without`` wait for."""
    of = reserved()
    query = (
        select(of.c.item_id, func.sum(of.c.quantity)).where(of.c.item_id.in_(items)).group_by(of.c.item_id)
    )
    if without is not None:
        query = query.where(of.c.job_id != without.id)
    return {item: int(quantity) for item, quantity in session.execute(query)}


def waits_for(session: Session, item: StockItem) -> list[tuple[str, str, int]]:
    """Number, title and quantity of the jobs that an item is reserved for, the first due first."""
    of = reserved()
    query = (
        select(Job.number, Job.title, of.c.quantity)
        .join(of, of.c.job_id == Job.id)
        .where(of.c.item_id == item.id, of.c.quantity > 0)
        .order_by(Job.due, Job.id)
    )
    return [(number, title, int(quantity)) for number, title, quantity in session.execute(query)]


def paper_at(session: Session, operation: Operation) -> list[PaperAt]:
    """What the jobs of a first step wait for; nothing at a later one, which is given what comes before it."""
    if operation.needs:
        return []
    shares = select(LotShare.job_id).filter_by(lot_id=operation.lot_id)
    query = (
        select(StockNeed, StockItem, Job)
        .join(StockItem, StockItem.id == StockNeed.item_id)
        .join(Job, Job.id == StockNeed.job_id)
        .where(StockNeed.job_id.in_(shares))
        .order_by(StockItem.code, Job.id)
    )
    found = []
    for need, item, job in session.execute(query):
        others = reserved_of(session, [item.id], without=job).get(item.id, 0)
        issued = issued_to(session, job).get(item.id, 0)
        free = max(0, item.on_hand - others)
        found.append(PaperAt(item.code, item.name, item.unit, need.quantity, issued, free))
    return found
