"""The chargeback of a closed period, exported once: documents numbered without a gap, then one file for good.

``request_export`` freezes and numbers under the period's row lock, so a double click finds the first run.
The file is written outside the transaction and recorded with its hash; writing it again gives equal bytes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from billing.exports import LAYOUTS
from billing.exports.rows import ControlTotals, ExportRow, Layout, control_totals
from billing.ledger import money_sum
from billing.models import (
    Account,
    BillingPeriod,
    Charge,
    ExportDocument,
    ExportRun,
    ExportState,
    Journal,
    PeriodState,
    RateLineRow,
)
from kernel.errors import Conflict, Corrupt, InvalidInput, NotFound
from kernel.ids import new_ulid, show_ulid
from kernel.money import Money, Rate
from production.jobs import lifecycle
from production.jobs.models import Job, Usage
from production.people.models import Agency
from store import outbox
from store.counters import next_block
from store.db import UnitOfWork, system_actor
from store.files import FileRef, record_file
from store.plant import Plant

EXPORT = lifecycle.register(
    ExportRun, [(ExportState.NUMBERED, "write", ExportState.WRITTEN, "Written as a file with its hash")]
)


def request_export(uow: UnitOfWork, period: BillingPeriod, *, layout: str = "journal_csv") -> ExportRun:
    """The period's one export: made now, or the one made before.

    InvalidInput EXPORT_LAYOUT; Conflict PERIOD_OPEN, EXPORT_EMPTY, EXPORT_DONE (made in another layout).
    """
    if layout not in LAYOUTS:
        raise InvalidInput(f"There is no export layout {layout!r}.", code="EXPORT_LAYOUT")
    period = uow.session.scalars(
        select(BillingPeriod)
        .filter_by(id=period.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if period.state is not PeriodState.CLOSED:
        raise Conflict(f"{period.name} is open. Close it, then export.", code="PERIOD_OPEN")
    run = uow.session.scalars(select(ExportRun).filter_by(period_id=period.id)).one_or_none()
    if run is not None:
        if run.format != layout:
            raise Conflict(f"{period.name} was exported before as {run.format}.", code="EXPORT_DONE")
        return run
    totals = _stored_totals(uow.session, period)
    if totals.rows == 0:
        raise Conflict(f"{period.name} has no charges: there is nothing to export.", code="EXPORT_EMPTY")
    run = ExportRun(
        ulid=new_ulid(uow.now), period_id=period.id, format=layout, state=ExportState.NUMBERED, version=1,
        rows=totals.rows, debits=totals.debits, credits=totals.credits, hash_total=totals.hash_total,
        requested_by=uow.actor.name, requested_at=uow.now,
    )  # fmt: skip
    uow.session.add(run)
    _number_documents(uow, period)
    outbox.request(uow, "export", run.ulid)
    uow.audit("export_run", run.ulid, "numbered", period=period.label, rows=totals.rows)
    return run


def write_export(plant: Plant, run_ulid: UUID) -> FileRef:
    """Write the run's file and keep it; outside any transaction, with equal bytes each time.

    Corrupt CONTROL_TOTAL when the rows do not add to the totals frozen with the run.
    """
    with plant.db.read_only(system_actor("export")) as session:
        run = find_run(session, run_ulid)
        return plant.files.keep_bytes(render(session, run), LAYOUTS[run.format].media_type)


def render(session: Session, run: ExportRun) -> bytes:
    """The bytes of a run. Corrupt CONTROL_TOTAL as ``write_export``."""
    period = session.scalars(select(BillingPeriod).filter_by(id=run.period_id)).one()
    rows = export_rows(session, run)
    totals = control_totals(rows)
    if totals != frozen_totals(run):
        raise Corrupt(f"The rows of {period.name} do not add to the run's totals.", code="CONTROL_TOTAL")
    return LAYOUTS[run.format].write(period.label, rows, totals)


def record_export(uow: UnitOfWork, run_ulid: UUID, ref: FileRef) -> ExportRun:
    """Record the written file, once. Corrupt EXPORT_DIFFERS when a repeat has other bytes."""
    run = uow.session.scalars(
        select(ExportRun).filter_by(ulid=run_ulid).with_for_update().execution_options(populate_existing=True)
    ).one()
    if run.state is ExportState.WRITTEN:
        if run.file_sha256 != ref.sha256:
            raise Corrupt("A repeat of the export has other bytes.", code="EXPORT_DIFFERS")
        return run
    run.file_sha256 = record_file(uow, ref)
    lifecycle.advance(uow, run, "write", sha256=ref.sha256)
    return run


def find_run(session: Session, run_ulid: UUID) -> ExportRun:
    """The run by its public id. NotFound."""
    run = session.scalars(select(ExportRun).filter_by(ulid=run_ulid)).one_or_none()
    if run is None:
        raise NotFound("There is no such export.")
    return run


def layout_of(run: ExportRun) -> Layout:
    """The run's layout: media type and suffix for a download."""
    return LAYOUTS[run.format]


def frozen_totals(run: ExportRun) -> ControlTotals:
    """The control totals kept with a run."""
    return ControlTotals(run.rows, run.debits, run.credits, run.hash_total)


def export_rows(session: Session, run: ExportRun) -> list[ExportRow]:
    """The run's rows by document, bill code, job, unit and charge; line numbers count within a document."""
    query = (
        select(Charge, ExportDocument, Job.number, Usage, RateLineRow.description)
        .select_from(Charge)
        .join(Journal, Journal.id == Charge.journal_id)
        .join(
            ExportDocument,
            (ExportDocument.agency_id == Charge.agency_id) & (ExportDocument.period_id == run.period_id),
        )
        .join(Job, Job.id == Charge.job_id)
        .join(Usage, Usage.id == Charge.usage_id)
        .join(RateLineRow, RateLineRow.id == Charge.rate_line_id)
        .where(Journal.period_id == run.period_id, Charge.account == Account.RECEIVABLE)
        .order_by(
            ExportDocument.sequence, Charge.bill_code.collate("C"), Job.number, Usage.unit.collate("C"),
            Usage.id, Charge.id,
        )
    )  # fmt: skip
    rows: list[ExportRow] = []
    for charge, document, number, usage, description in session.execute(query):
        place = rows[-1].line + 1 if rows and rows[-1].document == document.number else 1
        rows.append(
            ExportRow(
                document=document.number, line=place, agency=document.agency_code, bill_code=charge.bill_code,
                accounting_string=charge.accounting_string, job=number, unit=usage.unit,
                description=description, quantity=charge.quantity, rate=Rate(charge.rate),
                share=charge.share, shares=charge.shares, money=charge.cents, usage_date=usage.usage_date,
                charge=show_ulid(charge.ulid), evidence=show_ulid(usage.ulid),
            )
        )  # fmt: skip
    return rows


def _number_documents(uow: UnitOfWork, period: BillingPeriod) -> None:
    """One document an agency, in the order of agency codes; the counter's row is locked until the commit."""
    totals = uow.session.execute(
        _charges(period, Charge.agency_id, Agency.code, money_sum(Charge.cents))
        .join(Agency, Agency.id == Charge.agency_id)
        .group_by(Charge.agency_id, Agency.code)
        .order_by(Agency.code.collate("C"))
    ).all()
    first = next_block(uow, f"chargeback-{period.fiscal_year}", len(totals), may_skip=False)
    uow.session.add_all(
        ExportDocument(
            period_id=period.id, agency_id=agency_id, agency_code=code, fiscal_year=period.fiscal_year,
            sequence=first + place, total=total,
        )
        for place, (agency_id, code, total) in enumerate(totals)
    )  # fmt: skip


def _stored_totals(session: Session, period: BillingPeriod) -> ControlTotals:
    """Reckoned by the database, so that the rows written later are checked by another road."""
    cents = Charge.cents
    zero = Money(0)
    rows, debits, credits_, hash_total = session.execute(
        _charges(
            period,
            func.count(),
            money_sum(case((cents > zero, cents))),
            money_sum(case((cents < zero, cents))),
            func.coalesce(func.sum(func.replace(Job.number, "-", "").cast(Charge.id.type)), 0),
        ).join(Job, Job.id == Charge.job_id)
    ).one()
    return ControlTotals(rows, debits, -credits_, int(hash_total))


def _charges(period: BillingPeriod, *columns: Any) -> Select[Any]:
    query: Select[Any] = select(*columns).select_from(Charge).join(Journal, Journal.id == Charge.journal_id)
    return query.where(Journal.period_id == period.id, Charge.account == Account.RECEIVABLE)
