"""Billing periods: which month takes a charge, and closing a month for good.

Posting holds the period's row FOR SHARE (the trigger takes the same lock), closing holds it FOR UPDATE: a
close waits for postings under way, and a posting after it sees the month closed and takes the next one. That
one row orders the two, so SERIALIZABLE would add retries and no safety.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.conditions import not_charged, waits_in_suspense
from billing.ledger import money_sum
from billing.models import BillingPeriod, Charge, Journal, PeriodState
from billing.totals import account_totals
from kernel.clock import business_date, fiscal_year
from kernel.errors import Conflict
from kernel.findings import Finding
from kernel.ids import new_ulid, show_ulid
from kernel.money import ZERO
from production.catalog.queries import unit_names
from production.jobs import lifecycle
from production.jobs.models import Job, Usage
from production.jobs.states import JobState
from production.notices import telling
from production.notices.kinds import BY_CODE
from production.people import second_person
from production.people.second_person import Act, consequence
from store.db import UnitOfWork

MONTH_READY = BY_CODE["month_ready"]
PERIOD = lifecycle.register(
    BillingPeriod,
    [(PeriodState.OPEN, "close", PeriodState.CLOSED, "Closed; later charges go to a later month")],
)


def open_period(uow: UnitOfWork, day: date) -> BillingPeriod:
    """The period of a day's month, made if it is not there (it may be closed)."""
    first_day = day.replace(day=1)
    row = {
        "ulid": new_ulid(uow.now),
        "fiscal_year": fiscal_year(day),
        "month": day.month,
        "first_day": first_day,
        "state": PeriodState.OPEN,
        "version": 1,
    }
    query = insert(BillingPeriod).values(row).on_conflict_do_nothing(index_elements=["first_day"])
    new = uow.session.scalar(query.returning(BillingPeriod.id))
    period = uow.session.scalars(select(BillingPeriod).filter_by(first_day=first_day)).one()
    if new is not None:
        uow.audit("billing_period", period.ulid, "opened", period=period.label)
    return period


def period_for(uow: UnitOfWork, day: date) -> BillingPeriod:
    """The period that takes a charge of that day, locked against closing: its own month, or if that month (or
    one after it) was closed, the first open one later.
    """
    month = day.replace(day=1)
    later = _locked_from(uow.session, month)
    if not later or (later[0].first_day != month and all(p.state is PeriodState.OPEN for p in later)):
        open_period(uow, month)
        later = _locked_from(uow.session, month)
    for period in later:
        if period.state is PeriodState.OPEN:
            return period
    return period_for(uow, later[-1].last_day + timedelta(days=1))


def consequences(session: Session, period: BillingPeriod, today: date) -> list[Finding]:
    """What closing the month does, and what it leaves behind: every one a reason to look before it is done."""
    accounts = account_totals(session, period, agency_id=None)
    suspended = session.execute(
        select(func.count(), money_sum(Charge.cents))
        .join(Journal, Journal.id == Charge.journal_id)
        .where(Journal.period_id == period.id, waits_in_suspense())
    ).one()
    earlier = session.scalars(
        select(BillingPeriod)
        .where(BillingPeriod.first_day < period.first_day, BillingPeriod.state == PeriodState.OPEN)
        .order_by(BillingPeriod.first_day)
    ).all()
    found = [
        consequence(
            "CLOSING_FINAL",
            f"{sum(account.charges for account in accounts):,} charges of "
            f"{len({account.agency for account in accounts}):,} agencies, "
            f"${sum((account.total + account.suspense for account in accounts), ZERO)}, stand as they are. Nothing can "
            "be added or changed: what comes later, and every correction, goes to a later month.",
        )
    ]
    if today <= period.last_day:
        ends = f"{period.last_day:%B} {period.last_day.day}"
        words = f"The month ends on {ends}: work done until then goes to a later month."
        found.append(consequence("CLOSING_EARLY", words))
    if earlier:
        words = f"Still open before it: {', '.join(one.name for one in earlier)}."
        found.append(consequence("CLOSING_EARLIER_OPEN", words))
    if suspended[0]:
        words = (
            f"{suspended[0]:,} charges, ${suspended[1]}, have no valid account. They leave this month only by a "
            "correction in a later one."
        )
        found.append(consequence("CLOSING_SUSPENSE", words))
    return found


def tell_ready(uow: UnitOfWork) -> None:
    """Tell billing clerks of months that have ended with all their work charged: of each once."""
    over = select(BillingPeriod).where(BillingPeriod.state == PeriodState.OPEN)
    for period in uow.session.scalars(over.order_by(BillingPeriod.first_day)).all():
        left = select(Usage.id).where(Usage.usage_date <= period.last_day, not_charged()).limit(1)
        if period.last_day < business_date(uow.now) and uow.session.scalar(left) is None:
            words = {"month": period.name, "label": period.label}
            telling.add(uow, MONTH_READY, show_ulid(period.ulid), words, key=period.label)


def ask_to_close(uow: UnitOfWork, period: BillingPeriod, *, knowing: Collection[str]) -> None:
    """The first of two persons. Unconfirmed with what closing does; Conflict as for ``close_period``."""
    if period.state is PeriodState.OPEN:
        _refuse_early(period, business_date(uow.now))
        _refuse_uncharged(uow.session, period)
        _confirm(uow, period, knowing)
        second_person.ask(uow, Act.CLOSE_PERIOD, period.ulid)


def close_period(uow: UnitOfWork, period: BillingPeriod, *, knowing: Collection[str]) -> BillingPeriod:
    """The second person closes a month, and every billed job whose charges all stand in closed months.

    Conflict SECOND_PERSON unless another has asked, PERIOD_NOT_BEGUN, PERIOD_USAGE_OPEN while work done up to the
    month's end is not charged yet; Unconfirmed with what closing does. Closing twice changes nothing.
    """
    # Jobs first, then the period: the order in which charging takes them.
    jobs = uow.session.scalars(
        select(Job)
        .where(Job.state == JobState.BILLED)
        .order_by(Job.id)
        .with_for_update(of=Job, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    period = uow.session.scalars(
        select(BillingPeriod)
        .filter_by(id=period.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if period.state is PeriodState.CLOSED:
        return period
    _refuse_early(period, business_date(uow.now))
    _refuse_uncharged(uow.session, period)
    _confirm(uow, period, knowing)
    second_person.agree(uow, Act.CLOSE_PERIOD, period.ulid)
    lifecycle.advance(uow, period, "close", period=period.label)
    still_open = _jobs_in_open_periods(uow.session)
    for job in jobs:
        if job.id not in still_open:
            lifecycle.advance(uow, job, "close", period=period.label)
    return period


def _confirm(uow: UnitOfWork, period: BillingPeriod, knowing: Collection[str]) -> None:
    found = consequences(uow.session, period, business_date(uow.now))
    second_person.confirm(f"Closing {period.name} cannot be undone.", found, knowing)


def _refuse_early(period: BillingPeriod, today: date) -> None:
    if period.first_day > today:
        raise Conflict(f"{period.name} has not begun, so it cannot be closed.", code="PERIOD_NOT_BEGUN")


def _locked_from(session: Session, first_day: date) -> list[BillingPeriod]:
    query = (
        select(BillingPeriod)
        .where(BillingPeriod.first_day >= first_day)
        .order_by(BillingPeriod.first_day)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _refuse_uncharged(session: Session, period: BillingPeriod) -> None:
    rows = session.execute(
        select(Job.number, Usage.unit)
        .join(Job, Job.id == Usage.job_id)
        .where(Usage.usage_date <= period.last_day, not_charged())
        .order_by(Job.number, Usage.unit)
    ).all()
    if rows:
        names = unit_names(session)
        named = "; ".join(f"{number} {names[unit]}" for number, unit in rows[:5])
        raise Conflict(
            f"{period.name} cannot close: {len(rows):,} usage rows are not charged ({named}).",
            code="PERIOD_USAGE_OPEN",
            remedy='A missing rate is the usual cause: load a card with it under "Rates". What stopped is tried '
            'again under "Stopped".',
            jobs=sorted({number for number, _ in rows})[:100],
        )


def _jobs_in_open_periods(session: Session) -> set[int]:
    query = (
        select(Charge.job_id)
        .join(Journal, Journal.id == Charge.journal_id)
        .join(BillingPeriod, BillingPeriod.id == Journal.period_id)
        .where(BillingPeriod.state == PeriodState.OPEN)
        .distinct()
    )
    return set(session.scalars(query))
