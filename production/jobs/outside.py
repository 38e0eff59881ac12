"""Steps that an outside shop does: with whom is known to the room that orders, by when and since when to everybody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kernel.money import Money
from production.catalog.planned_usage import PlannedUsage
from production.jobs import lifecycle
from production.jobs.models import Hold, Job, Operation, OutsideStep
from production.jobs.usage import Unit
from store.db import UnitOfWork

VENDOR = "vendor"  # the class of work center whose operations are done outside
AWAITS_INVOICE = "awaits_invoice"  # the hold of a job whose outside work is not paid yet


def send_out(uow: UnitOfWork, operation: Operation, *, due: date, cost: Money) -> None:
    """An outside shop has the order, or another day or price is agreed. From now on its cost is expected in place of
    what was planned, and charged by its invoice.
    """
    row = uow.session.get(OutsideStep, operation.id)
    if row is None:
        row = OutsideStep(operation_id=operation.id, ordered_at=uow.now, planned=operation.usage, due=due)
        uow.session.add(row)
    row.due = due
    operation.usage = (PlannedUsage(Unit.OUTSIDE_COST.value, Decimal(cost.cents) / 100),)
    lifecycle.note(uow, operation, "ordered_outside", due=due.isoformat())


def call_back(uow: UnitOfWork, operation: Operation, *, reason: str) -> None:
    """Nobody outside does it after all: what was planned is planned again."""
    row = uow.session.get(OutsideStep, operation.id)
    if row is not None:
        operation.usage = row.planned
        uow.session.delete(row)
        lifecycle.note(uow, operation, "outside_order_canceled", reason=reason)


def is_outside(session: Session, operation: Operation) -> bool:
    """Is it ordered from an outside shop? Its cost is then the invoice's."""
    return session.get(OutsideStep, operation.id) is not None


def due_back(session: Session, operations: Collection[int]) -> Mapping[int, date]:
    """The days on which operations, by key, are due back."""
    query = select(OutsideStep.operation_id, OutsideStep.due).where(OutsideStep.operation_id.in_(operations))
    return dict(session.execute(query).all())


def awaits_invoice(session: Session, job: Job) -> bool:
    """Is outside work of it not paid yet?"""
    waiting = exists().where(Hold.job_id == job.id, Hold.reason == AWAITS_INVOICE, Hold.lifted_at.is_(None))
    return session.scalar(select(waiting)) is True
