"""What must hold of the money at any moment, for ``indicia verify``: sentences naming what does not; none when whole.

docs/operations/verify.md lists each; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, distinct, exists, func, select
from sqlalchemy.orm import Session, joinedload

from billing import chargeback
from billing.charging import income_account
from billing.conditions import has_no_charge
from billing.exports.rows import control_totals
from billing.ledger import money_sum
from billing.models import (
    Account,
    BillingPeriod,
    CardState,
    Charge,
    ExportDocument,
    ExportRun,
    Journal,
    JournalLine,
    OpenUsage,
    RateCard,
    RateLineRow,
)
from billing.pricing import POSTAGE_PERMIT
from billing.rate_cards import as_line
from billing.totals import kept_of_jobs, kept_totals, live_of_jobs, live_totals
from billing.unit_charge import standings, worth
from kernel.errors import Corrupt
from kernel.ids import show_ulid
from kernel.money import ZERO, Money
from postal.money.fair_shares import JobShare, shares_by_rule
from postal.sorting.plan_file import read_plan
from production.jobs.models import Job, Usage
from production.jobs.states import JobState
from production.mailings.models import MailJob, PresortStream
from production.mailings.streams import streams_of
from production.mailroom.streams.shares import mailing_shares
from store.files import FileStore
from store.outbox import OutboxMessage

_FINISHED = (JobState.DELIVERED, JobState.BILLED, JobState.CLOSED)


def check(session: Session, files: FileStore) -> Iterator[str]:
    """Every invariant of billing."""
    yield from postage_equals_statements(session)
    yield from usage_is_charged_once(session)
    yield from kept_figures_are_true(session)
    yield from charges_have_their_price(session)
    yield from journals_balance(session)
    yield from exports_equal_charges(session, files)


def postage_equals_statements(session: Session) -> Iterator[str]:
    """The postage charged for a mailing is the total of its streams' statements; usually it has one. Until all of
    them are charged, only their jobs' shares can be compared (``shares_are_fair``).
    """
    query = (
        select(PresortStream.mailing_id, func.count(distinct(PresortStream.id)), money_sum(Charge.cents))
        .join(Usage, Usage.lot_id == PresortStream.id)
        .join(Charge, Charge.usage_id == Usage.id)
        .where(Usage.unit == POSTAGE_PERMIT)
        .group_by(PresortStream.mailing_id)
        .order_by(PresortStream.mailing_id)
    )
    for key, streams_charged, charged in session.execute(query):
        streams = streams_of(session, key)
        if streams_charged < len(streams):
            continue
        statement = sum((stream.summary.figures.postage for stream in streams), ZERO)
        if charged != statement:
            numbers = ", ".join(stream.number for stream in streams)
            yield f"stream {numbers}: postage charged {charged}, statement {statement}"


def shares_are_fair(session: Session, stream: PresortStream, files: FileStore) -> Iterator[str]:
    """Each job's share is the one the rule gives for the plans kept, and what the job was charged; they add up.
    ``stream``: the first of a mailing's print streams.
    """
    found = mailing_shares(session, stream)
    if found is None:
        yield "its shares are not all there"
        return
    if found.share != found.statements:
        yield f"shares add to {found.share}, statement {found.statements}"
    mailing = streams_of(session, stream.mailing_id)
    by_rule = _shares_again(mailing, files)
    charged = _postage_charged(session, mailing)
    for line in found.lines:
        kept = line.share
        if kept.share > kept.alone and found.alone >= found.statements:
            yield f"job {line.number} pays {kept.share}, alone {kept.alone}"
        again = by_rule.get((line.stream, kept.job))
        if again and (kept.alone, kept.share) != (again.alone, again.share):
            yield (
                f"job {line.number} pays {kept.share} of alone {kept.alone}; "
                f"by the rule {again.share} of {again.alone}"
            )
        if line.number in charged and charged[line.number] != kept.share:
            yield f"job {line.number} was charged {charged[line.number]}, its share is {kept.share}"


def _shares_again(mailing: Sequence[PresortStream], files: FileStore) -> dict[tuple[str, int], JobShare]:
    """(stream, job in it) -> its share by the plans kept; nothing where a file cannot be read
    (plans_agree_with_their_batches).
    """
    try:
        plans = [read_plan(files.path(stream.plan_sha256 or "")) for stream in mailing]
    except (Corrupt, FileNotFoundError):
        return {}
    if any(plan.alone_level is None for plan in plans):
        return {}
    return {
        (stream.number, job.job): job
        for stream, jobs in zip(mailing, shares_by_rule(plans), strict=True)
        for job in jobs
    }


def _postage_charged(session: Session, mailing: Sequence[PresortStream]) -> dict[str, Money]:
    query = (
        select(Job.number, money_sum(Charge.cents))
        .join(Usage, Usage.job_id == Job.id)
        .join(Charge, Charge.usage_id == Usage.id)
        .where(Usage.unit == POSTAGE_PERMIT, Usage.lot_id.in_([stream.id for stream in mailing]))
        .group_by(Job.number)
    )
    return dict(session.execute(query).all())


def kept_figures_are_true(session: Session) -> Iterator[str]:
    """What is kept for screens is what its source says: usage that is open, and the totals of every month."""
    listed = select(
        OpenUsage.usage_id, OpenUsage.job_id, OpenUsage.agency_id, OpenUsage.usage_date, OpenUsage.unit
    )
    is_open = select(Usage.id, Usage.job_id, Usage.agency_id, Usage.usage_date, Usage.unit)
    if differ := _keys_that_differ(session, listed, is_open.where(has_no_charge())):
        yield f"{len(differ):,} usage rows are listed as open and charged, or neither"
    by_account = _keys_that_differ(session, kept_totals(), live_totals())
    if months := by_account | _keys_that_differ(session, kept_of_jobs(), live_of_jobs()):
        periods = select(BillingPeriod).where(BillingPeriod.id.in_(months)).order_by(BillingPeriod.first_day)
        names = ", ".join(period.name for period in session.scalars(periods))
        yield f"the totals kept of {names} are not those of its charges"


def _keys_that_differ(session: Session, *queries: Select[*tuple[Any, ...]]) -> set[int]:
    """First columns of the rows that only one of two queries gives."""
    rows, others = (set(map(tuple, session.execute(query))) for query in queries)
    return {row[0] for row in rows ^ others}


def usage_is_charged_once(session: Session) -> Iterator[str]:
    """Usage of finished jobs is charged, or its charging is under way; no usage stands in two rounds at once."""
    of_mail = MailJob.__table__
    open_usage = (
        select(Usage.ulid, Usage.unit, Job.number, Job.ulid, PresortStream.ulid)
        .join(Job, Job.id == Usage.job_id)
        .outerjoin(of_mail, of_mail.c.job_id == Job.id)
        .outerjoin(PresortStream, PresortStream.id == of_mail.c.lot_id)
        .where(Job.state.in_(_FINISHED), has_no_charge())
        .order_by(Usage.id)
    )
    asked_for = set(session.scalars(select(OutboxMessage.subject).filter_by(task="charge", done_at=None)))
    for ulid, unit, number, *subjects in session.execute(open_usage):
        if asked_for.isdisjoint(show_ulid(subject) for subject in subjects if subject):
            yield f"job {number}: usage {show_ulid(ulid)} ({unit}) is not charged"
    reversed_ids = select(Charge.reverses_id).where(Charge.reverses_id.is_not(None))
    twice = (
        select(Usage.ulid, Job.number)
        .join(Charge, Charge.usage_id == Usage.id)
        .join(Job, Job.id == Usage.job_id)
        .where(Charge.reverses_id.is_(None), Charge.id.not_in(reversed_ids))
        .group_by(Usage.ulid, Job.number)
        .having(func.count(distinct(Charge.round)) > 1)
    )
    for ulid, number in session.execute(twice):
        yield f"job {number}: usage {show_ulid(ulid)} is charged twice"
    unused = select(Job.number).where(
        Job.state.in_((JobState.BILLED, JobState.CLOSED)), ~exists().where(Charge.job_id == Job.id)
    )
    for number in session.scalars(unused):
        yield f"job {number} is billed without a charge"


def charges_have_their_price(session: Session) -> Iterator[str]:
    """Every charge is at a published rate in force on the day of the work, and a job's charges of a unit are what its
    quantities are worth, by the pricing code.
    """
    off = (
        select(Journal.idempotency_key, Usage.unit, Usage.usage_date)
        .join(Charge, Charge.journal_id == Journal.id)
        .join(Usage, Usage.id == Charge.usage_id)
        .join(RateLineRow, RateLineRow.id == Charge.rate_line_id)
        .join(RateCard, RateCard.id == RateLineRow.card_id)
        .where(
            (RateCard.effective_from > Usage.usage_date)
            | (RateCard.state != CardState.PUBLISHED)
            | (RateLineRow.rate != Charge.rate)
        )
        .distinct()
        .order_by(Journal.idempotency_key)
    )
    for key, unit, used_on in session.execute(off):
        yield f"journal {key}: {unit} was charged at a rate not in force on {used_on}"
    wrong = {
        (job_id, unit): (standing.charged, worth(standing.quantities.values()))
        for (job_id, unit), standing in standings(session).items()
        if standing.charged != worth(standing.quantities.values())
    }
    numbers = dict(
        session.execute(select(Job.id, Job.number).where(Job.id.in_({job for job, _ in wrong}))).all()
    )
    for (job_id, unit), (charged, priced) in sorted(wrong.items()):
        yield f"job {numbers[job_id]}: charged {charged} for {unit}, priced {priced}"


def journals_balance(session: Session) -> Iterator[str]:
    """Journals sum to zero; each account's lines equal the charges; the other side is the unit's own account."""
    totals = (
        select(JournalLine.journal_id, func.count(), money_sum(JournalLine.cents))
        .group_by(JournalLine.journal_id)
        .subquery()
    )
    query = (
        select(Journal.idempotency_key, totals.c[1], totals.c[2])
        .outerjoin(totals, totals.c.journal_id == Journal.id)
        .where((totals.c[1].is_(None)) | (totals.c[1] < 2) | (totals.c[2] != ZERO))
    )
    for key, count, balance in session.execute(query):
        yield f"journal {key}: {count or 0} lines, balance {balance or ZERO}"
    owed = (
        select(JournalLine.journal_id, JournalLine.account, JournalLine.budget_unit_id, JournalLine.cents)
        .where(JournalLine.account.in_((Account.RECEIVABLE, Account.SUSPENSE)))
    )  # fmt: skip
    charged = select(
        Charge.journal_id, Charge.account, Charge.budget_unit_id, money_sum(Charge.cents)
    ).group_by(Charge.journal_id, Charge.account, Charge.budget_unit_id)
    left = {(journal, account, unit): cents for journal, account, unit, cents in session.execute(owed)}
    right = {(journal, account, unit): cents for journal, account, unit, cents in session.execute(charged)}
    for side in sorted(left.keys() | right.keys(), key=str):
        if left.get(side) != right.get(side):
            yield (
                f"{_journal(session, side[0])}: ledger {left.get(side, ZERO)}, charges {right.get(side, ZERO)}"
            )
    income = (
        select(Journal.idempotency_key, JournalLine.account, JournalLine.unit, RateLineRow)
        .join(JournalLine, JournalLine.journal_id == Journal.id)
        .join(Charge, Charge.journal_id == Journal.id)
        .join(RateLineRow, RateLineRow.id == Charge.rate_line_id)
        .where(JournalLine.account.not_in((Account.RECEIVABLE, Account.SUSPENSE)))
        .options(joinedload(RateLineRow.card))
        .distinct()
    )
    for key, account, unit, row in session.execute(income):
        if account is not income_account(as_line(row)) or unit != row.unit:
            yield f"journal {key}: {row.unit} was booked to {account.value} {unit}"


def exports_equal_charges(session: Session, files: FileStore) -> Iterator[str]:
    """A run's rows and totals are its period's charges, its file is those bytes, its document numbers have no gap."""
    runs = session.execute(
        select(ExportRun, BillingPeriod).join(BillingPeriod, BillingPeriod.id == ExportRun.period_id)
    ).all()
    for run, period in runs:
        totals = control_totals(chargeback.export_rows(session, run))
        if totals != chargeback.frozen_totals(run):
            yield f"export of {period.name}: rows and control totals differ from its charges"
        elif run.file_sha256 is not None and not files.verify(run.file_sha256):
            yield f"export of {period.name}: its file is missing or damaged"
    query = select(
        ExportDocument.fiscal_year, func.min(ExportDocument.sequence), func.max(ExportDocument.sequence),
        func.count(),
    ).group_by(ExportDocument.fiscal_year)  # fmt: skip
    for year, first, last, count in session.execute(query):
        if (first, last) != (1, count):
            yield f"chargeback documents of FY{year}: numbers {first} to {last}, {count} documents"


def _journal(session: Session, journal_id: int) -> str:
    return f"journal {session.scalars(select(Journal.idempotency_key).filter_by(id=journal_id)).one()}"
