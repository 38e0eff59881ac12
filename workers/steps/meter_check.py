"""Tie a meter's registers to its runs."""

from __future__ import annotations

from sqlalchemy import select

from production.mailroom import metering
from production.mailroom.models import MeterSheet
from store.db import UnitOfWork, system_actor
from store.plant import Plant
from workers.registry import Record, Work


def meter_check(plant: Plant, work: Work) -> Record:
    """The check of a closed sheet: tied, its runs are delivered and charged; with a gap it is open again."""
    with plant.db.read_only(system_actor("meter_check")) as session:
        sheet = session.scalars(select(MeterSheet).filter_by(ulid=work.subject)).one()
        findings = metering.check(sheet, metering.runs_of(session, sheet))

    def record(uow: UnitOfWork) -> None:
        metering.record_check(uow, uow.session.get_one(MeterSheet, sheet.id), findings)

    return record
