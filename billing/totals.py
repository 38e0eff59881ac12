"""Totals for screens: a period by agency and account, an account by job, an agency's own periods. What stands on an
account in a month, and of each job on it, is kept as charges come (``period_total``, ``job_total``), so nobody adds up
charges to look at it.

``agency_id`` None means plant staff; otherwise only that agency's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, case, cast, func, select, tuple_
from sqlalchemy.orm import Session

from billing.ledger import money_sum
from billing.models import Account, BillingPeriod, Charge, JobTotal, Journal, PeriodState, PeriodTotal
from kernel.errors import NotFound
from kernel.money import ZERO, Money
from production.jobs.models import Job
from production.people.models import Agency, BudgetUnit

# Of rows of PeriodTotal: PostgreSQL sums BIGINT to NUMERIC.
_KEPT = (
    cast(func.sum(PeriodTotal.charges), BigInteger).label("charges"),
    money_sum(PeriodTotal.total).label("total"),
    money_sum(PeriodTotal.suspense).label("suspense"),
)
_CHARGES_OF_JOB = cast(func.sum(JobTotal.charges), BigInteger)


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """What stands on one account in a period; ``bill_code`` is empty where a job named none."""

    agency: str
    agency_name: str
    bill_code: str
    account: str
    charges: int
    total: Money
    suspense: Money


@dataclass(frozen=True, slots=True)
class JobLine:
    """What one job was charged on one account in a period."""

    bill_code: str
    job: str
    title: str
    charges: int
    money: Money


@dataclass(frozen=True, slots=True)
class AgencyPeriod:
    """One month as an agency sees it."""

    label: str
    first_day: date
    state: str
    charges: int
    total: Money
    suspense: Money


def find_period(session: Session, label: str) -> BillingPeriod:
    """The period called 'FY2027-11'. NotFound."""
    year, _, month = label.removeprefix("FY").partition("-")
    period = None
    if label.isascii() and year.isdigit() and month.isdigit() and len(label) == len("FY2027-11"):
        query = select(BillingPeriod).filter_by(fiscal_year=int(year), month=int(month))
        period = session.scalars(query).one_or_none()
    if period is None:
        raise NotFound("There is no such billing period.")
    return period


def period_before(session: Session, period: BillingPeriod) -> BillingPeriod | None:
    """The month before, if anything was charged in it."""
    first_day = (period.first_day - timedelta(days=1)).replace(day=1)
    return session.scalars(select(BillingPeriod).filter_by(first_day=first_day)).one_or_none()


def find_agency(session: Session, code: str) -> Agency:
    """The agency with this code. NotFound."""
    agency = session.scalars(select(Agency).filter_by(code=code)).one_or_none()
    if agency is None:
        raise NotFound("There is no such agency.")
    return agency


def kept_totals() -> Select[*tuple[Any, ...]]:
    """One row an account of each period, as kept: ``period_id``, ``agency_id``, ``budget_unit_id``, ``charges``,
    ``total``, ``suspense``."""
    key = PeriodTotal.period_id, PeriodTotal.agency_id, PeriodTotal.budget_unit_id
    return select(*key, *_KEPT).group_by(*key)


def period_sums(session: Session) -> dict[int, Any]:
    """Key of a period -> its ``charges``, ``total`` and ``suspense``, as kept."""
    query = select(PeriodTotal.period_id, *_KEPT).group_by(PeriodTotal.period_id)
    return {row.period_id: row for row in session.execute(query)}


def live_totals() -> Select[*tuple[Any, ...]]:
    """The same added up from the charges: for checks of what is kept."""
    return (
        select(
            Journal.period_id, Charge.agency_id, Charge.budget_unit_id, func.count().label("charges"),
            _sum_of(Account.RECEIVABLE).label("total"), _sum_of(Account.SUSPENSE).label("suspense"),
        )
        .select_from(Journal)
        .join(Charge, Charge.journal_id == Journal.id)
        .group_by(Journal.period_id, Charge.agency_id, Charge.budget_unit_id)
    )  # fmt: skip


def kept_of_jobs() -> Select[*tuple[Any, ...]]:
    """The same by job, as kept: ``period_id``, ``job_id``, ``budget_unit_id``, ``charges``, ``cents``."""
    key = JobTotal.period_id, JobTotal.job_id, JobTotal.budget_unit_id
    return select(*key, _CHARGES_OF_JOB, money_sum(JobTotal.cents)).group_by(*key)


def live_of_jobs() -> Select[*tuple[Any, ...]]:
    """The same added up from the charges."""
    key = Journal.period_id, Charge.job_id, Charge.budget_unit_id
    query = select(*key, func.count(), money_sum(Charge.cents)).select_from(Journal)
    return query.join(Charge, Charge.journal_id == Journal.id).group_by(*key)


def account_totals(session: Session, period: BillingPeriod, *, agency_id: int | None) -> list[AccountTotal]:
    """A period by agency and account, in the order of their codes."""
    key = (
        Agency.code,
        Agency.name,
        func.coalesce(BudgetUnit.bill_code, ""),
        func.coalesce(BudgetUnit.name, ""),
    )
    query = (
        select(*key, *_KEPT)
        .select_from(PeriodTotal)
        .join(Agency, Agency.id == PeriodTotal.agency_id)
        .outerjoin(BudgetUnit, BudgetUnit.id == PeriodTotal.budget_unit_id)
        .where(PeriodTotal.period_id == period.id)
        .group_by(*key)
        .order_by(*key)
    )
    if agency_id is not None:
        query = query.where(PeriodTotal.agency_id == agency_id)
    return [AccountTotal(*row) for row in session.execute(query)]


def job_totals(
    session: Session,
    period: BillingPeriod,
    *,
    agency_id: int,
    after: tuple[str, str] = ("", ""),
    limit: int = 100,
) -> list[JobLine]:
    """An agency's charges of a period by account and job, as kept; ``limit`` rows after a (bill code, job number)."""
    code = func.coalesce(BudgetUnit.bill_code, "")
    query = (
        select(code, Job.number, Job.title, _CHARGES_OF_JOB, money_sum(JobTotal.cents))
        .select_from(JobTotal)
        .join(Job, Job.id == JobTotal.job_id)
        .outerjoin(BudgetUnit, BudgetUnit.id == JobTotal.budget_unit_id)
        .where(JobTotal.period_id == period.id, JobTotal.agency_id == agency_id)
        .where(tuple_(code, Job.number) > after)
        .group_by(code, Job.number, Job.title)
        .order_by(code, Job.number)
        .limit(limit)
    )
    return [JobLine(*row) for row in session.execute(query)]


def charged_in(session: Session, year: int, *, agency_id: int | None) -> Money:
    """What was charged in the months of a fiscal year, as kept."""
    of_year = select(BillingPeriod.id).where(BillingPeriod.fiscal_year == year)
    query = select(money_sum(PeriodTotal.total)).where(PeriodTotal.period_id.in_(of_year))
    if agency_id is not None:
        query = query.where(PeriodTotal.agency_id == agency_id)
    return session.scalar(query) or ZERO


def agency_periods(session: Session, *, agency_id: int | None, year: int | None = None) -> list[AgencyPeriod]:
    """Every month (of a fiscal year) in which the agency, or any, was charged, newest first."""
    query = (
        select(BillingPeriod, *_KEPT)
        .join(PeriodTotal, PeriodTotal.period_id == BillingPeriod.id)
        .group_by(BillingPeriod.id)
        .order_by(BillingPeriod.first_day.desc())
    )
    if agency_id is not None:
        query = query.where(PeriodTotal.agency_id == agency_id)
    if year is not None:
        query = query.where(BillingPeriod.fiscal_year == year)
    return [
        AgencyPeriod(period.label, period.first_day, period.state.value, charges, total, suspense)
        for period, charges, total, suspense in session.execute(query)
    ]


def open_periods_before(session: Session, period: BillingPeriod) -> list[str]:
    """Labels of earlier months that are still open: they are closed first as a rule."""
    query = select(BillingPeriod).where(
        BillingPeriod.first_day < period.first_day, BillingPeriod.state == PeriodState.OPEN
    )
    return [row.label for row in session.scalars(query.order_by(BillingPeriod.first_day))]


def journal_mates(session: Session, journal: UUID, charge: UUID) -> list[tuple[str, Money]]:
    """(bill code, money) of the other charges of a journal: what was priced and shared together with one."""
    query = (
        select(func.coalesce(BudgetUnit.bill_code, ""), Charge.cents)
        .join(Journal, Journal.id == Charge.journal_id)
        .outerjoin(BudgetUnit, BudgetUnit.id == Charge.budget_unit_id)
        .where(Journal.ulid == journal, Charge.ulid != charge)
        .order_by(Charge.id)
    )
    return [(code, money) for code, money in session.execute(query)]


def find_journal(session: Session, charge: UUID) -> Journal:
    """The journal of a charge by the charge's public id. NotFound."""
    query = select(Journal).join(Charge, Charge.journal_id == Journal.id).where(Charge.ulid == charge)
    journal = session.scalars(query).one_or_none()
    if journal is None:
        raise NotFound("There is no such charge.")
    return journal


def open_accounts(session: Session, agency_code: str) -> list[tuple[str, str]]:
    """(bill code, name) of an agency's open accounts."""
    query = select(BudgetUnit.bill_code, BudgetUnit.name).join(Agency, Agency.id == BudgetUnit.agency_id)
    query = query.where(Agency.code == agency_code, BudgetUnit.closed_at.is_(None))
    return [(code, name) for code, name in session.execute(query.order_by(BudgetUnit.bill_code))]


def find_account(session: Session, agency_id: int, bill_code: str) -> int:
    """The key of an agency's account. NotFound."""
    query = select(BudgetUnit.id).filter_by(agency_id=agency_id, bill_code=bill_code)
    key = session.scalars(query).one_or_none()
    if key is None:
        raise NotFound("The agency has no such account.")
    return key


def _sum_of(account: Account) -> Any:
    return money_sum(case((Charge.account == account, Charge.cents)))
