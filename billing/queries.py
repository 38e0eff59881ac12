"""Reads for screens, as small frozen values. ``agency_id`` None means plant staff; otherwise only that agency's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Date, Select, func, select
from sqlalchemy.orm import Session

from billing.conditions import waits_in_suspense
from billing.models import (
    Account,
    BillingPeriod,
    Charge,
    ExportDocument,
    ExportRun,
    Journal,
    RateCard,
    RateLineRow,
)
from billing.models import OpenUsage as OpenRow
from billing.totals import AccountTotal, account_totals, period_sums
from kernel.errors import NotFound
from kernel.money import ZERO, Money, Rate
from production.catalog.models import UsageUnit
from production.jobs.models import Job, Operation, Usage
from production.jobs.usage_evidence import UsageEvidence
from production.mailings.models import PresortStream
from production.people.models import Agency

LISTED = 100  # of what keeps a month open, that a page shows
ChargeSelect: TypeAlias = (
    "Select[Charge, Job, Agency, Usage, RateLineRow, Journal, BillingPeriod, str | None]"
)


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One charge as people read it. ``money`` is this account's part of the whole usage's value."""

    ulid: UUID
    journal: UUID
    job: str
    title: str
    agency: str
    bill_code: str
    unit: str
    work: str  # the unit in words
    description: str
    quantity: Decimal
    rate: Rate
    extended: Decimal
    share: int
    shares: int
    money: Money
    account: Account
    suspended_for: str | None
    usage_date: date
    period: str
    evidence: UsageEvidence
    is_reversal: bool


@dataclass(frozen=True, slots=True)
class OpenUsage:
    """Usage rows of one job and unit that are not charged."""

    job: str
    title: str
    agency: str
    unit: str
    work: str  # the unit in words
    rows: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Statement:
    """What an agency was charged in a period, by account; ``document`` when exported. ``suspense`` is not in the
    total."""

    agency: str
    agency_name: str
    period: str
    document: str | None
    accounts: list[AccountTotal]

    @property
    def total(self) -> Money:
        """Of all accounts."""
        return sum((account.total for account in self.accounts), ZERO)

    @property
    def suspense(self) -> Money:
        """Of all accounts, and of none."""
        return sum((account.suspense for account in self.accounts), ZERO)


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One period with what stands in it; ``uncharged`` counts its usage rows not charged yet."""

    ulid: UUID
    label: str
    first_day: date
    state: str
    charges: int
    total: Money
    suspense: Money
    uncharged: int
    export_ulid: UUID | None
    export_state: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a charge is what it is: price, card, usage, evidence, posting, corrections."""

    charge: ChargeLine
    card: str
    card_from: date
    minimum: Money
    pass_through: bool
    usage: UUID
    natural_key: str
    recorded_at: datetime
    ticket: str | None
    operator: str | None
    stream: str | None
    posted_at: datetime
    posted_by: str
    journal_key: str
    corrected_by: UUID | None


def job_charges(session: Session, job_id: int, *, agency_id: int | None) -> list[ChargeLine]:
    """Every charge of a job with its evidence, in the order posted."""
    query = _charges(agency_id).where(Charge.job_id == job_id).order_by(Charge.id)
    return [_line(*row) for row in session.execute(query)]


def suspended(
    session: Session, *, agency_id: int | None, period: BillingPeriod | None = None
) -> list[ChargeLine]:
    """The first charges that wait in suspense (of a month), oldest first: one more than ``LISTED`` when more follow."""
    query = _charges(agency_id).where(waits_in_suspense()).order_by(Charge.id).limit(LISTED + 1)
    if period is not None:
        query = query.where(Journal.period_id == period.id)
    return [_line(*row) for row in session.execute(query)]


def uncharged(session: Session, *, through: date = date.max) -> list[OpenUsage]:
    """The first work up to a day that is not charged yet, by job and unit, oldest first: one more than ``LISTED`` when
    more follows; for plant staff.
    """
    first_day = func.min(OpenRow.usage_date).label("first_day")
    first = (
        select(
            OpenRow.job_id, OpenRow.unit, func.count().label("rows"), first_day,
            func.max(OpenRow.usage_date).label("last_day"),
        )
        .where(OpenRow.usage_date <= through)
        .group_by(OpenRow.job_id, OpenRow.unit)
        .order_by(first_day, OpenRow.job_id, OpenRow.unit)
        .limit(LISTED + 1)
        .subquery()
    )  # fmt: skip
    query = (
        select(
            Job.number,
            Job.title,
            Agency.code,
            first.c.unit,
            UsageUnit.name,
            first.c.rows,
            first.c.first_day,
            first.c.last_day,
        )
        .join(first, first.c.job_id == Job.id)
        .join(Agency, Agency.id == Job.agency_id)
        .join(UsageUnit, UsageUnit.code == first.c.unit)
        .order_by(first.c.first_day, Job.number, first.c.unit)
    )
    return [OpenUsage(*row) for row in session.execute(query)]


def uncharged_by_month(session: Session) -> dict[date, int]:
    """Usage rows that are not charged yet, by the first day of their month."""
    month = func.date_trunc("month", OpenRow.usage_date).cast(Date)
    query = select(month, func.count()).group_by(month)
    return dict(session.execute(query).all())


def statement(session: Session, *, agency_id: int, period: BillingPeriod) -> Statement:
    """An agency's statement of a period, by account. NotFound."""
    agency = session.get(Agency, agency_id)
    if agency is None:
        raise NotFound("There is no such statement.")
    document = session.get(ExportDocument, (period.id, agency_id))
    return Statement(
        agency=agency.code,
        agency_name=agency.name,
        period=period.label,
        document=document.number if document else None,
        accounts=account_totals(session, period, agency_id=agency_id),
    )


def periods(session: Session) -> list[PeriodLine]:
    """Every period with its totals, newest first; for plant staff."""
    added = period_sums(session)
    runs = {run.period_id: run for run in session.scalars(select(ExportRun))}
    rows = session.scalars(select(BillingPeriod).order_by(BillingPeriod.first_day.desc())).all()
    open_usage = uncharged_by_month(session)
    return [
        _period_line(row, added.get(row.id), open_usage.get(row.first_day, 0), runs.get(row.id))
        for row in rows
    ]


def explain(session: Session, charge_ulid: UUID, *, agency_id: int | None) -> Explanation:
    """One charge down to its evidence. NotFound, also for another agency's."""
    row = session.execute(_charges(agency_id).where(Charge.ulid == charge_ulid)).one_or_none()
    if row is None:
        raise NotFound("There is no such charge.")
    charge, _, _, usage, rate_line, journal, *_ = row
    card = session.scalars(select(RateCard).filter_by(id=rate_line.card_id)).one()
    operation = session.get(Operation, usage.operation_id) if usage.operation_id else None
    stream = session.get(PresortStream, usage.lot_id) if usage.lot_id else None
    return Explanation(
        charge=_line(*row),
        card=card.name,
        card_from=card.effective_from,
        minimum=rate_line.minimum,
        pass_through=rate_line.pass_through,
        usage=usage.ulid,
        natural_key=usage.natural_key,
        recorded_at=usage.recorded_at,
        ticket=operation.ticket if operation else None,
        operator=operation.operator if operation else None,
        stream=stream.number if stream else None,
        posted_at=journal.recorded_at,
        posted_by=journal.actor,
        journal_key=journal.idempotency_key,
        corrected_by=session.scalars(select(Charge.ulid).filter_by(reverses_id=charge.id)).one_or_none(),
    )


def _charges(agency_id: int | None) -> ChargeSelect:
    query = (
        select(Charge, Job, Agency, Usage, RateLineRow, Journal, BillingPeriod, UsageUnit.name)
        .join(Job, Job.id == Charge.job_id)
        .join(Agency, Agency.id == Charge.agency_id)
        .join(Usage, Usage.id == Charge.usage_id)
        .join(RateLineRow, RateLineRow.id == Charge.rate_line_id)
        .join(Journal, Journal.id == Charge.journal_id)
        .join(BillingPeriod, BillingPeriod.id == Journal.period_id)
        .join(UsageUnit, UsageUnit.code == Usage.unit)
    )
    return query if agency_id is None else query.where(Charge.agency_id == agency_id)


def _line(
    charge: Charge, job: Job, agency: Agency, usage: Usage, line: RateLineRow, journal: Journal,
    period: BillingPeriod, work: str | None,
) -> ChargeLine:  # fmt: skip
    return ChargeLine(
        ulid=charge.ulid,
        journal=journal.ulid,
        job=job.number,
        title=job.title,
        agency=agency.code,
        bill_code=charge.bill_code,
        unit=usage.unit,
        work=work or usage.unit,
        description=line.description,
        quantity=charge.quantity,
        rate=Rate(charge.rate),
        extended=charge.extended,
        share=charge.share,
        shares=charge.shares,
        money=charge.cents,
        account=charge.account,
        suspended_for=charge.suspended_for,
        usage_date=usage.usage_date,
        period=period.label,
        evidence=usage.evidence,
        is_reversal=charge.reverses_id is not None,
    )


def _period_line(row: BillingPeriod, total: Any, uncharged: int, run: ExportRun | None) -> PeriodLine:
    return PeriodLine(
        ulid=row.ulid,
        label=row.label,
        first_day=row.first_day,
        state=row.state.value,
        charges=total.charges if total else 0,
        total=total.total if total else ZERO,
        suspense=total.suspense if total else ZERO,
        uncharged=uncharged,
        export_ulid=run.ulid if run else None,
        export_state=run.state.value if run else None,
    )
