"""Tie a meter's closed day sheet to its runs."""

from __future__ import annotations

from sqlalchemy import select

from kernel.findings import Severity
from production.mailings.editions import shop_editions
from production.mailroom.metering.days import check, price_findings, record_check, runs_of
from production.mailroom.metering.metered_streams import metered_streams
from production.mailroom.metering.models import MeterSheet
from store.db import UnitOfWork, system_actor
from store.plant import Plant
from workers.registry import Record, Work


def meter_check(plant: Plant, work: Work) -> Record:
    """Findings of the register arithmetic; none means the sheet ties and its postage is usage."""
    with plant.db.read_only(system_actor("meter")) as session:
        sheet = session.scalars(select(MeterSheet).filter_by(ulid=work.subject)).one()
        runs = runs_of(session, sheet)
        prices = price_findings(sheet, runs, shop_editions(plant.files))
        paid = metered_streams(session, plant.files, [run.lot_id for run in runs if run.lot_id])
        differing = [finding for stream in paid.values() for finding in stream.findings]
        warned = (one for one in [*prices, *differing] if one and one.severity is Severity.WARN)
        findings = [*check(sheet, runs), *warned]

    def record(uow: UnitOfWork) -> None:
        record_check(uow, uow.session.get_one(MeterSheet, sheet.id), findings)

    return record
