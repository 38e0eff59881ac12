"""Usage: what was done for a job, with its evidence. Knows no prices; recording twice is impossible."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from kernel.clock import business_date
from kernel.ids import new_ulid
from production.jobs.models import Job, Operation, PresortBatch, Usage
from store.db import UnitOfWork


class Unit(StrEnum):
    """Everything that can be charged for on the mailing line."""

    IMPRESSION = "print.impression"
    INSERTED_PIECE = "fold_insert.piece"
    LIST_RECORD = "list.record"
    PRESORTED_PIECE = "presort.piece"
    JOB_SETUP = "job.setup"
    METERED_PIECE = "meter.piece"
    DELIVERY_STOP = "delivery.stop"
    PERMIT_POSTAGE = "postage.permit"  # pieces; the money is the statement's
    METERED_POSTAGE = "postage.metered"  # dollars


# What screens call them; the words on a charge are the rate card's.
UNIT_NAMES = {
    Unit.IMPRESSION: "Printing, page sides",
    Unit.INSERTED_PIECE: "Folding and inserting, pieces",
    Unit.LIST_RECORD: "List check, rows",
    Unit.PRESORTED_PIECE: "Presort and barcode, pieces",
    Unit.JOB_SETUP: "Job set-up",
    Unit.METERED_PIECE: "Metering, pieces",
    Unit.DELIVERY_STOP: "Messenger, stops",
    Unit.PERMIT_POSTAGE: "Postage by permit imprint",
    Unit.METERED_POSTAGE: "Postage by meter",
}


def unit_name(unit: str) -> str:
    """What is charged for, in words; a unit that only a rate card knows, as the card writes it."""
    return {known.value: words for known, words in UNIT_NAMES.items()}.get(unit, unit)


def record_usage(
    uow: UnitOfWork,
    job: Job,
    *,
    unit: Unit,
    quantity: int | Decimal,
    source: str,
    evidence: dict[str, Any],
    operation: Operation | None = None,
    batch: PresortBatch | None = None,
    on: date | None = None,
) -> None:
    """One usage row under the natural key ``unit:source``; ``on`` defaults to today at the shop. Zero is no usage."""
    if quantity <= 0:
        return
    uow.session.add(
        Usage(
            ulid=new_ulid(uow.now),
            natural_key=f"{unit.value}:{source}",
            job_id=job.id,
            agency_id=job.agency_id,
            operation_id=operation.id if operation else None,
            batch_id=batch.id if batch else None,
            unit=unit.value,
            quantity=Decimal(quantity),
            usage_date=on or business_date(uow.now),
            evidence=evidence,
            recorded_at=uow.now,
        )
    )
