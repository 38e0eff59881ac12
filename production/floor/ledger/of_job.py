"""The ledger of a job: every step of its run and its make-ups, what will come out at the end, and its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.catalog.queries import operation_types
from production.floor.ledger import numbers
from production.floor.ledger.balance import RUN, Balance
from production.floor.ledger.book import Book, book_of
from production.floor.ledger.lines import numbers_at, numbers_of
from production.floor.models import MakeUp
from production.jobs.models import Component, Job, Lot, LotShare, Operation, PrintItem, PrintRun
from production.jobs.ranges import Range, words
from production.jobs.route import FINAL, lots_of

_TOLD = 20  # ranges of numbers on a page


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A step; ``makes_up``: the lot it belongs to, where that is a make-up."""

    ticket: str
    operation: str
    name: str
    unit: str
    state: str
    balance: Balance
    makes_up: str | None


@dataclass(frozen=True, slots=True)
class JobLedger:
    """``good``: what will come out for the job in the unit of its order, ``came`` what has; ``missing``, ``repeated``:
    of its numbers.
    """

    job: str
    run: str
    due: date
    ordered: int
    good: int
    came: int
    is_done: bool
    lines: tuple[LedgerLine, ...]
    missing: tuple[Range, ...]
    repeated: tuple[Range, ...]
    title: str
    least: int

    @property
    def takes_it(self) -> bool:
        """Whether the order takes what will come out without being asked."""
        return self.good >= self.least

    @property
    def missing_words(self) -> str:
        """For people."""
        return words(self.missing, limit=_TOLD)

    @property
    def repeated_words(self) -> str:
        """For people."""
        return words(self.repeated, limit=_TOLD)

    @property
    def balanced(self) -> bool:
        """in = good + spoiled + held + left at every step, none of them less than none."""
        return all(line.balance.holds for line in self.lines)

    @property
    def short(self) -> int:
        """How many fewer than ordered."""
        return max(0, self.ordered - self.good)


class Shortage(NamedTuple):
    """A job of a run that will come out short: how many of how many, of what and when."""

    job: str
    title: str
    good: int
    ordered: int
    due: date


def shortage_of(session: Session, lot_number: str) -> Shortage | None:
    """The first job of a run, or of the run that a make-up is for, that will come to fewer than are ordered."""
    lot = select(Lot.id).filter_by(number=lot_number)
    book = book_of(session, session.scalars(lot).one())
    comes, planned = book.run.comes(), book.run.at(RUN, book.run.end).made or 1
    if comes >= planned:
        return None
    query = select(Job.number, Job.title, LotShare.quantity, Job.due).join(
        LotShare, LotShare.job_id == Job.id
    )
    shares = session.execute(query.where(LotShare.lot_id == book.lots[RUN]).order_by(LotShare.position))
    return next(
        (Shortage(job, title, comes * share // planned, share, due) for job, title, share, due in shares
         if comes * share // planned < share), None,
    )  # fmt: skip


def job_ledger(session: Session, number: str) -> JobLedger:
    """Of a job that is on the floor. NotFound for one that is not there, or not there yet."""
    job = session.scalars(select(Job).filter_by(number=number)).first()
    make_ups = select(MakeUp.lot_id)
    query = (
        select(PrintRun).where(PrintRun.id.in_(lots_of(job)), PrintRun.id.not_in(make_ups)) if job else None
    )
    run = session.scalars(query.order_by(PrintRun.id)).first() if query is not None else None
    if job is None or run is None:
        raise NotFound(f"There is no job {number[:20]} on the floor that is counted.")
    book = book_of(session, run.id)
    share = select(LotShare.quantity).filter_by(lot_id=run.id, job_id=job.id)
    return _ledger(session, book, run, job, session.scalars(share).one())


def _ledger(session: Session, book: Book, run: PrintRun, job: Job, ordered: int) -> JobLedger:
    types = operation_types(session, {row.type for row in book.operations.values()})
    lots = dict(session.execute(select(Lot.id, Lot.number).where(Lot.id.in_(book.lots))).all())
    found = []
    for step, balance in book.run.balances():
        row = book.operations[step.book, step.number]
        kind = row.made_as or types[row.type]
        found.append(
            LedgerLine(
                row.ticket, kind.work, kind.name, row.unit or kind.unit, row.state.value, balance,
                lots[row.lot_id] if step.book != RUN else None,
            )
        )  # fmt: skip
    planned = book.run.at(RUN, book.run.end).made or 1
    least = (
        select(PrintItem.least)
        .join(Component, Component.id == PrintItem.component_id)
        .filter_by(job_id=job.id)
    )
    missing, repeated = _numbers(session, book.operations.values())
    return JobLedger(
        job.number, run.number, job.due, ordered, book.run.comes() * ordered // planned,
        book.run.came() * ordered // planned, all(row.state in FINAL for row in book.operations.values()),
        tuple(found), missing, repeated, job.title, session.scalars(least).first() or ordered,
    )  # fmt: skip


def _numbers(
    session: Session, operations: Iterable[Operation]
) -> tuple[tuple[Range, ...], tuple[Range, ...]]:
    """Missing and repeated ones: while they are counted those before the last, once that is done all."""
    numbered = {row.id: row for row in operations if numbers_at(row)}
    counted = numbers_of(session, numbered)
    if not counted:
        return (), ()
    ordered = next(found for row in numbered.values() if (found := numbers_at(row)))
    if any(row.state not in FINAL for row in numbered.values()):
        ordered = Range(ordered.first, max(one.last for one in counted))
    return numbers.missing(counted, ordered), numbers.repeated(counted)
