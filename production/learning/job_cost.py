"""What the operations of a job really cost beside what was quoted of them, and where the difference comes from. At the
rates of its quote, so that only work is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.money import Extended, Money, to_cents
from production.catalog.models import OperationType
from production.catalog.planned_usage import PlannedUsage
from production.floor.ledger.book import read_books
from production.floor.models import MakeUp
from production.floor.working.minutes import Worked
from production.floor.working.spells import worked_at
from production.frontdesk.orders.models import Quote
from production.jobs.models import Job, LotShare, Operation
from production.jobs.states import OperationState as O

_HOUR, _SHEETS = ".hour", "paper."
_ONCE = (".plate", ".order")  # whatever comes out


@dataclass(frozen=True, slots=True)
class Done:
    """An operation as planned and as it really was. ``through``: of its unit, good and spoiled; ``took`` is None where
    nobody timed it.
    """

    usage: tuple[PlannedUsage, ...]
    minutes: int | None
    given: int
    spoiled: int
    through: int
    really_spoiled: int
    took: Worked | None
    is_more: bool = False  # of a make-up: nothing of it was quoted


@dataclass(frozen=True, slots=True)
class Reason:
    """What made a difference, in words, and of how much money."""

    words: str
    money: Money


@dataclass(frozen=True, slots=True)
class StepCost:
    """A step of the job beside its quote."""

    ticket: str
    name: str
    unit: str
    planned: Done
    quoted: Money
    actual: Money
    reasons: tuple[Reason, ...]

    @property
    def minutes(self) -> int | None:
        """Worked, by machines and hands."""
        took = self.planned.took
        return None if took is None else round(took.make_ready + took.run)


@dataclass(frozen=True, slots=True)
class JobCost:
    """``rest``: what is quoted beside the operations, such as set-up and delivery; it costs what was quoted."""

    steps: tuple[StepCost, ...]
    rest: Money
    quoted: Money
    is_done: bool

    @property
    def actual(self) -> Money:
        """Of all of it."""
        return sum((one.actual for one in self.steps), self.rest)


def cost_of(
    done: Done, rates: Mapping[str, Decimal], share: Fraction
) -> tuple[Decimal, Decimal, list[Reason]]:
    """Exact dollars as quoted and as it was, of a job's share, and the reasons of the difference. A unit that was never
    quoted has no rate and costs nothing here.
    """
    by_count = Fraction(done.through, done.given) if done.given else Fraction(1)
    quoted, actual, reasons = Decimal(0), Decimal(0), list[Reason]()
    for used in done.usage:
        planned = used.quantity * rates.get(used.unit, Decimal(0)) * share.numerator / share.denominator
        if used.unit.endswith(_HOUR):
            hours = (
                Fraction(done.took.make_ready + done.took.run, 60) if done.took else Fraction(used.quantity)
            )
            ratio, words = hours / Fraction(used.quantity), _minutes(done)
        elif used.unit.endswith(_ONCE):
            ratio, words = Fraction(0 if done.is_more else 1), ""
        else:
            ratio, words = by_count, _count(done, used.unit)
        really = planned * ratio.numerator / ratio.denominator
        before = Decimal(0) if done.is_more else planned
        quoted, actual = quoted + before, actual + really
        difference = to_cents(Extended(really - before))
        if difference.cents:
            reasons.append(Reason("Made again" if done.is_more else words, difference))
    return quoted, actual, _together(reasons)


def _minutes(done: Done) -> str:
    took = done.took
    if took is None:
        return "Nobody timed it"
    apart = f", {round(took.make_ready)} of them make-ready" if took.is_apart else ""
    return f"{round(took.make_ready + took.run):,} minutes{apart}, {done.minutes or 0:,} planned"


def _count(done: Done, unit: str) -> str:
    what = "Paper" if unit.startswith(_SHEETS) else "Count"
    spoils = f"; {done.really_spoiled:,} spoiled, {done.spoiled:,} planned"
    return f"{what}: {done.through:,} instead of {done.given:,}{spoils}"


def _together(reasons: Sequence[Reason]) -> list[Reason]:
    """What says the same is one reason."""
    sums: dict[str, Money] = {}
    for one in reasons:
        sums[one.words] = sums.get(one.words, Money(0)) + one.money
    return [Reason(words, money) for words, money in sums.items()]


def job_cost(session: Session, job: Job) -> JobCost | None:
    """Of the finished operations of a print job; None before it has a quote or anything to make."""
    quote = session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).first()
    lots = session.scalars(select(LotShare.lot_id).filter_by(job_id=job.id)).all()
    main = [lot for lot in lots if session.get(MakeUp, lot) is None]
    if quote is None or not main:
        return None
    more = session.execute(select(MakeUp.of_lot_id, MakeUp.lot_id).where(MakeUp.of_lot_id.in_(main))).all()
    books = read_books(session, [(lot, *(extra for of, extra in more if of == lot)) for lot in main])
    operations = [row for book in books.values() for row in book.operations.values()]
    took = worked_at(session, [row.id for row in operations])
    names = {row.code: row for row in session.scalars(select(OperationType))}
    rates = {line.unit: line.rate.value for line in quote.snapshot.lines}
    steps = []
    for lot, book in books.items():
        share = _share(session, lot, job)
        for place, row in book.operations.items():
            planned = _done(row, took.get(row.id), is_more=place[0] > 0)
            quoted, actual, reasons = cost_of(planned, rates, share)
            if row.state is not O.DONE:
                actual, reasons = quoted, []
            kind = names[row.type]
            steps.append(
                StepCost(
                    row.ticket, kind.name, row.unit or kind.unit, planned, to_cents(Extended(quoted)),
                    to_cents(Extended(actual)), tuple(reasons),
                )
            )  # fmt: skip
    rest = quote.total - sum((one.quoted for one in steps), Money(0))
    return JobCost(tuple(steps), rest, quote.total, all(row.state in _ENDED for row in operations))


_ENDED = (O.DONE, O.SKIPPED)


def _done(row: Operation, took: Worked | None, *, is_more: bool) -> Done:
    given, made = row.given or row.quantity or 0, row.quantity or 0
    through = (row.good or 0) + (row.spoiled or 0) if row.state is O.DONE else given
    spoiled = row.spoiled or 0 if row.state is O.DONE else given - made
    return Done(row.usage or (), row.planned_minutes, given, given - made, through, spoiled, took, is_more)


def _share(session: Session, lot: int, job: Job) -> Fraction:
    """Of a run that makes several jobs."""
    shares = dict(session.execute(select(LotShare.job_id, LotShare.quantity).filter_by(lot_id=lot)).all())
    return Fraction(shares[job.id], sum(shares.values()) or 1)
