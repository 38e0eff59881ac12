"""Usage: what was done for a job, with its evidence. Knows no prices; recording twice is impossible."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from kernel.clock import business_date
from kernel.ids import new_ulid
from production.catalog.products import charged
from production.jobs.models import Job, Lot, Operation, Usage
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
