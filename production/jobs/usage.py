"""Usage: what was done for a job, with its evidence. Knows no prices; recording twice is impossible."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.ids import new_ulid
from production.catalog.products import charged
from production.jobs.models import Job, Lot, Operation, Usage, UsageVoid
from production.jobs.usage_evidence import UsageEvidence
from store.db import UnitOfWork


class Unit(StrEnum):
    """Units of the catalog that the code itself records; those of other work stand with its type of operation."""

    IMPRESSION = "print.impression"
    INSERTED_PIECE = "fold_insert.piece"
    LIST_RECORD = "list.record"
    PRESORTED_PIECE = "presort.piece"
    JOB_SETUP = "job.setup"
    METERED_PIECE = "meter.piece"
    DELIVERY_STOP = "delivery.stop"
    PERMIT_POSTAGE = "postage.permit"  # pieces; the money is the statement's
    METERED_POSTAGE = "postage.metered"  # dollars
    CONSULTATION_HOUR = "consultation.hour"
    OUTSIDE_COST = "outside.cost"  # dollars
    OUTSIDE_FREIGHT = "outside.freight"  # dollars
    OUTSIDE_FEE = "outside.fee"  # dollars
    FILE_FIX = "prepress.fix"
    STOCK_PICK = "stock.pick"
    STOCK_GOODS = "stock.goods"  # dollars
    RUSH = charged.RUSH


def record_usage(
    uow: UnitOfWork,
    job: Job,
    *,
    unit: str,
    quantity: int | Decimal,
    source: str,
    evidence: UsageEvidence,
    operation: Operation | None = None,
    lot: Lot | None = None,
    on: date | None = None,
) -> None:
    """One usage row under the natural key ``unit:source``; ``on`` defaults to today at the shop. Zero is no usage."""
    if quantity <= 0:
        return
    uow.session.add(
        Usage(
            ulid=new_ulid(uow.now),
            natural_key=f"{unit}:{source}",
            job_id=job.id,
            agency_id=job.agency_id,
            operation_id=operation.id if operation else None,
            lot_id=lot.id if lot else None,
            unit=str(unit),
            quantity=Decimal(quantity),
            usage_date=on or business_date(uow.now),
            evidence=evidence,
            recorded_at=uow.now,
        )
    )


def void_usage(uow: UnitOfWork, operation: Operation, *, reason: str) -> None:
    """What an operation used counts for nothing; the same work done again is recorded anew."""
    void = select(UsageVoid.usage_id)
    rows = select(Usage.id).where(Usage.operation_id == operation.id, Usage.id.not_in(void))
    uow.session.add_all(
        UsageVoid(usage_id=key, reason=reason, actor=uow.actor.name, voided_at=uow.now)
        for key in uow.session.scalars(rows)
    )


def times_voided(session: Session, operation: Operation) -> int:
    """How many rows of its usage are void: part of the natural key of what is recorded next."""
    query = select(func.count()).select_from(UsageVoid).join(Usage, Usage.id == UsageVoid.usage_id)
    return session.scalar(query.where(Usage.operation_id == operation.id)) or 0
