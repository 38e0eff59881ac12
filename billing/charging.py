"""Usage becomes charges and balanced journals, exactly once however often and from wherever it is asked.

The jobs' rows are locked in the order of their ids; whoever comes second finds nothing left to charge. One
journal covers one unit of one job: what all its quantities are worth together (one rounding, one minimum, as in the
quote) above what was charged before, shared over the accounts by weight, then over the usage rows by quantity. So late
work costs the same in any order. Postage by permit is the
job's fair share of its stream's statement.

Work that was done is never left uncharged for want of an account: a closed account, one over its budget, or
none at all puts the charge in suspense with the finding's code; billing.corrections moves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import ledger
from billing.conditions import not_charged, waits_in_suspense
from billing.models import Account, BillingPeriod, Charge, Journal
from billing.periods import period_for
from billing.pricing import POSTAGE_PERMIT, RateLine, dollars, line_of, share_postage
from billing.rate_cards import card_on
from billing.unit_charge import Standing, standings
from kernel.errors import AttentionNeeded
from kernel.findings import Finding, Place, Severity
from kernel.ids import new_ulid
from kernel.money import ZERO, Money, allocate, extend
from production.catalog.queries import unit_names
from production.jobs import lifecycle
from production.jobs.models import ChargeSplit, Job, LotShare, Usage
from production.jobs.outside import awaits_invoice
from production.jobs.states import JobState, Stops
from production.jobs.stopped_work import PARKED
from production.mailings.models import PresortShare, PresortStream
from production.mailroom.streams.shares import mailing_shares
from production.people.models import BudgetUnit
from store.db import UnitOfWork

_TEN_THOUSAND = 10_000  # quantities have four decimals


@dataclass(frozen=True, slots=True)
class Charged:
    """What one call added: rows, money, findings about suspense, and the jobs it billed."""

    journals: int
    charges: int
    total: Money
    findings: list[Finding]
    billed: list[str]


@dataclass(frozen=True, slots=True)
class Payer:
    """An account and its weight; ``unit`` is None when the job names no account."""

    unit: BudgetUnit | None
    weight: int

    @property
    def unit_id(self) -> int | None:
        """Key of the budget unit."""
        return self.unit.id if self.unit else None


@dataclass(frozen=True, slots=True)
class Work:
    """Usage rows of one job and unit that are priced together; ``quantities`` are what is priced."""

    job: Job
    line: RateLine
    period: BillingPeriod
    usages: tuple[Usage, ...]
    quantities: tuple[Decimal, ...]
    round: int


@dataclass(slots=True)
class LookedUp:
    """What one call has looked up so far: cards by day, periods by month, postage by stream."""

    uow: UnitOfWork
    cards: dict[date, dict[str, RateLine]] = field(default_factory=dict)
    periods: dict[date, BillingPeriod] = field(default_factory=dict)
    postage: dict[int, dict[str, Money]] = field(default_factory=dict)

    def card(self, on: date) -> dict[str, RateLine]:
        """Prices of a day."""
        if on not in self.cards:
            self.cards[on] = card_on(self.uow.session, on)
        return self.cards[on]

    def line(self, usage: Usage) -> RateLine:
        """The price of a usage on its day."""
        if usage.unit not in self.card(usage.usage_date):
            return line_of({}, usage.unit, unit_names(self.uow.session))  # says what has no price
        return self.card(usage.usage_date)[usage.unit]

    def period(self, on: date) -> BillingPeriod:
        """The period that takes charges of a day."""
        month = on.replace(day=1)
        if month not in self.periods:
            self.periods[month] = period_for(self.uow, month)
        return self.periods[month]

    def quantity(self, usage: Usage, job: Job) -> Decimal:
        """What is priced: the quantity, but dollars of its statement for postage by permit."""
        if usage.unit != POSTAGE_PERMIT:
            return usage.quantity
        if usage.lot_id is None:
            raise AttentionNeeded(f"Postage of {job.number} names no stream.", code="EVIDENCE_MISSING")
        if usage.lot_id not in self.postage:
            self.postage[usage.lot_id] = statement_shares(self.uow.session, usage.lot_id)
        return dollars(self.postage[usage.lot_id].get(job.number, ZERO))


def charge_stream(uow: UnitOfWork, stream: PresortStream) -> Charged:
    """Charge all usage of the stream's jobs that is not charged yet. AttentionNeeded RATE_MISSING, RATE_OVERLAP."""
    query = select(LotShare.job_id).filter_by(lot_id=stream.id)
    return _charge(uow, uow.session.scalars(query).all())


def charge_job(uow: UnitOfWork, job: Job) -> Charged:
    """Charge all usage of one job (a meter run) that is not charged yet. Errors as ``charge_stream``."""
    return _charge(uow, [job.id])


def charge_open_usage(uow: UnitOfWork, *, through: date) -> Charged:
    """Charge whatever is left uncharged of work done up to a day: before a close, or once a missing rate is there.
    Errors as ``charge_stream``.
    """
    query = select(Usage.job_id).where(Usage.usage_date <= through, not_charged()).distinct()
    return _charge(uow, uow.session.scalars(query).all())


def bill_if_complete(uow: UnitOfWork, job: Job) -> bool:
    """Bill a delivered job once all its usage is charged and nothing of it waits in suspense."""
    if job.state is not JobState.DELIVERED or not _is_complete(uow.session, job.id):
        return False
    if awaits_invoice(uow.session, job):
        return False  # the invoice asks for the charge again
    lifecycle.lift(uow, job, PARKED, stops=Stops.BILLING)  # what a charge step stopped for is done
    lifecycle.advance(uow, job, "bill")
    return True


def statement_shares(session: Session, lot_id: int) -> dict[str, Money]:
    """Job number -> what it pays of the postage: the fair shares kept with the stream, which with those of the streams
    mailed together add to their statements; in a stream older than shares, its part of the statement by the prices of
    the levels its pieces reached.
    """
    stream = session.scalars(select(PresortStream).filter_by(id=lot_id)).one()
    figures = stream.summary.figures
    if not figures.postage_lines:
        raise AttentionNeeded(
            f"Stream {stream.number} has no postage statement yet.", code="EVIDENCE_MISSING"
        )
    slices = session.execute(
        select(Job.number, PresortShare.levels, PresortShare.pieces, PresortShare.share_cents)
        .join(Job, Job.id == PresortShare.job_id)
        .where(PresortShare.lot_id == lot_id, PresortShare.pieces > 0)
        .order_by(PresortShare.position)
    ).all()
    if unsorted := [number for number, levels, pieces, _ in slices if sum(levels.values()) != pieces]:
        raise AttentionNeeded(
            f"The levels of {', '.join(sorted(unsorted))} in stream {stream.number} do not add to its pieces.",
            code="EVIDENCE_MISSING",
        )
    kept = {number: share for number, _, _, share in slices if share is not None}
    if kept:
        shares = mailing_shares(session, stream)
        if shares is None or shares.share != shares.statements:
            raise AttentionNeeded(
                f"The shares of stream {stream.number} do not add to its postage statement.",
                code="EVIDENCE_MISSING",
            )
        return kept
    prices = {line.level: line.rate for line in figures.postage_lines if line.rate is not None}
    jobs = [(number, levels) for number, levels, _, _ in slices]
    return share_postage(figures.postage, jobs, prices)


def payers_of(session: Session, job: Job) -> list[Payer]:
    """The job's accounts by bill code; one without account when it names none."""
    splits = session.scalars(select(ChargeSplit).filter_by(job_id=job.id)).all()
    payers = [Payer(split.budget_unit, split.weight) for split in splits]
    return sorted(payers, key=_bill_code) or [Payer(None, 1)]


def lock_jobs(session: Session, job_ids: Sequence[int]) -> list[Job]:
    """The jobs, then their accounts, each in the order of ids: two charges of one job, or of one account's
    last budget, come one after the other.
    """
    jobs = session.scalars(
        select(Job)
        .where(Job.id.in_(job_ids))
        .order_by(Job.id)
        .with_for_update(of=Job, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    payers = select(ChargeSplit.budget_unit_id).where(ChargeSplit.job_id.in_(job_ids))
    lock_accounts(session, session.scalars(payers).all())
    return list(jobs)


def lock_accounts(session: Session, unit_ids: Sequence[int]) -> None:
    """Lock budget units in the order of ids and read them afresh."""
    session.scalars(
        select(BudgetUnit)
        .where(BudgetUnit.id.in_(unit_ids))
        .order_by(BudgetUnit.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def post_work(
    uow: UnitOfWork, work: Work, payers: Sequence[Payer], standing: Standing
) -> tuple[list[Charge], list[Finding]]:
    """One journal and its charges: what the whole is worth more than ``standing``, shared over accounts, then over
    usage rows.
    """
    money = standing.add(work.line, sum(work.quantities, Decimal(0)))
    amounts = allocate(money, [payer.weight for payer in payers])
    reasons = {
        payer.unit_id: _suspended_for(uow.session, payer, amount, work.period)
        for payer, amount in zip(payers, amounts, strict=True)
    }
    journal = ledger.post(
        uow,
        key=f"charge:{work.job.number}:{work.line.unit}:{work.usages[0].id}:{work.round}",
        agency_id=work.job.agency_id,
        period=work.period,
        effective_on=max(usage.usage_date for usage in work.usages),
        memo=f"{work.job.number} {work.line.unit}",
        lines=[
            *(
                ledger.Line(_account(reasons[payer.unit_id]), amount, payer.unit_id)
                for payer, amount in zip(payers, amounts, strict=True)
            ),
            ledger.Line(income_account(work.line), -money, unit=work.line.unit),
        ],
    )
    weights = [int(quantity * _TEN_THOUSAND) for quantity in work.quantities]
    shares = sum(payer.weight for payer in payers)
    charges = [
        _charge_row(uow, work, journal, payer, reasons[payer.unit_id], shares, index, cents)
        for payer, amount in zip(payers, amounts, strict=True)
        for index, cents in enumerate(allocate(amount, weights))
    ]
    uow.session.add_all(charges)
    findings = [_finding(code, work, payer) for payer in payers if (code := reasons[payer.unit_id])]
    return charges, findings


def income_account(line: RateLine) -> Account:
    """Where the other side goes."""
    return Account.POSTAGE_CLEARING if line.pass_through else Account.REVENUE


def _charge(uow: UnitOfWork, job_ids: Sequence[int]) -> Charged:
    jobs = lock_jobs(uow.session, job_ids)
    known = LookedUp(uow)
    charges: list[Charge] = []
    findings: list[Finding] = []
    journals = 0
    so_far = standings(uow.session, job_ids)
    for job in jobs:
        works = _uncharged(known, job)
        payers = payers_of(uow.session, job) if works else []
        of_job: list[Charge] = []
        for work in works:
            new, found = post_work(uow, work, payers, so_far[job.id, work.line.unit])
            of_job += new
            findings += found
        if of_job:
            total = sum(charge.cents.cents for charge in of_job)
            lifecycle.note(uow, job, "charged", cents=total, charges=len(of_job))
        charges += of_job
        journals += len(works)
    billed = [job.number for job in jobs if bill_if_complete(uow, job)]
    return Charged(
        journals, len(charges), Money(sum(charge.cents.cents for charge in charges)), findings, billed
    )


def _uncharged(known: LookedUp, job: Job) -> list[Work]:
    """The job's open usage, grouped by unit, price and period, in a fixed order."""
    usages = known.uow.session.scalars(
        select(Usage).where(Usage.job_id == job.id, not_charged()).order_by(Usage.unit, Usage.id)
    ).all()
    return group_work(job, usages, known=known, nth=1)


def group_work(job: Job, usages: Sequence[Usage], *, known: LookedUp, nth: int) -> list[Work]:
    """Usage rows of a job as the works that make one journal each: one unit, price and period."""
    groups: dict[tuple[int, int], list[Usage]] = {}
    for usage in sorted(usages, key=lambda usage: (usage.unit, usage.id)):
        line = known.line(usage)
        groups.setdefault((line.id, known.period(usage.usage_date).id), []).append(usage)
    return [
        Work(
            job=job,
            line=known.line(group[0]),
            period=known.period(group[0].usage_date),
            usages=tuple(group),
            quantities=tuple(known.quantity(usage, job) for usage in group),
            round=nth,
        )
        for group in groups.values()
    ]


def _suspended_for(session: Session, payer: Payer, amount: Money, period: BillingPeriod) -> str | None:
    """Why the charge cannot land on the account: a finding code, or None."""
    unit = payer.unit
    if unit is None:
        return "ACCOUNT_MISSING"
    if unit.closed_at is not None:
        return "ACCOUNT_CLOSED"
    if unit.budget is None:
        return None
    owed = ledger.spent(session, unit.id, fiscal_year=period.fiscal_year)
    return "BUDGET_EXCEEDED" if owed + amount > unit.budget else None


def _charge_row(
    uow: UnitOfWork, work: Work, journal: Journal, payer: Payer, reason: str | None, shares: int, index: int,
    cents: Money,
) -> Charge:  # fmt: skip
    quantity = work.quantities[index]
    return Charge(
        ulid=new_ulid(uow.now),
        job_id=work.job.id,
        agency_id=work.job.agency_id,
        usage_id=work.usages[index].id,
        budget_unit_id=payer.unit_id,
        round=work.round,
        account=_account(reason),
        suspended_for=reason,
        bill_code=_bill_code(payer),
        accounting_string=payer.unit.accounting_string if payer.unit else "",
        rate_line_id=work.line.id,
        rate=work.line.rate.value,
        quantity=quantity,
        extended=extend(work.line.rate, quantity).value,
        share=payer.weight,
        shares=shares,
        cents=cents,
        journal_id=journal.id,
    )


def _account(reason: str | None) -> Account:
    return Account.SUSPENSE if reason else Account.RECEIVABLE


def _is_complete(session: Session, job_id: int) -> bool:
    """Some usage, none of it uncharged, nothing in suspense."""
    used = select(Usage.id).where(Usage.job_id == job_id)
    suspended = select(Charge.id).where(Charge.job_id == job_id, waits_in_suspense())
    found = [
        session.scalars(query.limit(1)).first() for query in (used, used.where(not_charged()), suspended)
    ]
    return found[0] is not None and found[1:] == [None, None]


def _bill_code(payer: Payer) -> str:
    return payer.unit.bill_code if payer.unit else ""


_SENTENCES: Mapping[str, str] = {
    "ACCOUNT_MISSING": "the job names no account",
    "ACCOUNT_CLOSED": "the account is closed",
    "BUDGET_EXCEEDED": "the charge would go over the account's budget",
}


def _finding(code: str, work: Work, payer: Payer) -> Finding:
    whom = f" ({payer.unit.bill_code})" if payer.unit else ""
    return Finding(
        code,
        Severity.WARN,
        f"{work.job.number}, {work.line.description}: {_SENTENCES[code]}{whom}; the charge waits in suspense.",
        'Open the charge and name a valid account under "Take back and charge again".',
        Place(),
    )
