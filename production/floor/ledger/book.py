"""A print run as its ledger reads it: operations, lines of counts, and its make-ups, in three statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.interfaces import ORMOption

from production.catalog.feeds import Feed
from production.floor.ledger.balance import RUN, Balance, Run, Step
from production.floor.models import CountLine, MakeUp
from production.jobs.models import Lot, Operation
from production.jobs.route import FINAL
from production.jobs.states import LotState


@dataclass(frozen=True)
class Book:
    """The run that a lot is, or makes up for: its operations by place in ``run``; ``lots``: the run's own and those of
    its make-ups, by book.
    """

    lots: tuple[int, ...]
    operations: dict[tuple[int, int], Operation]
    run: Run

    def place(self, operation: Operation) -> tuple[int, int]:
        """Book and number of an operation."""
        return self.lots.index(operation.lot_id), operation.step

    def balance(self, operation: Operation) -> Balance:
        """How it stands."""
        return self.run.balance(*self.place(operation))

    def step(self, operation: Operation) -> Step:
        """As planned and counted."""
        return self.run.at(*self.place(operation))

    def counted(self, operation: Operation, good: int, spoiled: int, held: int, taken: int) -> Book:
        """With so many more counted at a step."""
        was = self.step(operation)
        step = was._replace(
            good=was.good + good, spoiled=was.spoiled + spoiled, held=was.held + held, taken=was.taken + taken
        )
        return replace(self, run=Run(tuple(step if one is was else one for one in self.run.steps)))


# What was canceled before it began gave nothing and feeds nothing.
_MAKE_UPS = select(MakeUp.lot_id).join(Lot, Lot.id == MakeUp.lot_id).where(Lot.state != LotState.CANCELLED)


def book_of(session: Session, lot_id: int) -> Book:
    """As it stands in this transaction."""
    session.flush()
    main = session.scalars(select(MakeUp.of_lot_id).filter_by(lot_id=lot_id)).first() or lot_id
    more = session.scalars(_MAKE_UPS.where(MakeUp.of_lot_id == main).order_by(MakeUp.lot_id))
    return read_books(session, [(main, *more)])[main]


def waits_for(session: Session, operation: Operation) -> list[Operation]:
    """Steps of make-ups that feed a step of a run and are not done."""
    book = book_of(session, operation.lot_id)
    if operation.lot_id != book.lots[RUN]:
        return []
    step = book.step(operation)
    feeding = [one for feed in step.feeds for one in book.run.givers(step, feed.step)]
    return [book.operations[one.book, one.number] for one in feeding if one.book != RUN and not one.is_done]


def read_books(
    session: Session, runs: Sequence[tuple[int, ...]], *, without: Sequence[ORMOption] = ()
) -> dict[int, Book]:
    """Books of several runs by the key of the run; each is given as its lot and those of its make-ups. ``without``:
    columns of operations that are not read.
    """
    lots = [lot for run in runs for lot in run]
    counted = (
        select(CountLine.operation_id, *(func.sum(column).label(column.key) for column in _SUMMED))
        .join(Operation, Operation.id == CountLine.operation_id)
        .where(Operation.lot_id.in_(lots))
        .group_by(CountLine.operation_id)
    )
    sums = {row.operation_id: tuple(map(int, row[1:])) for row in session.execute(counted)}
    by_lot: dict[int, list[Operation]] = defaultdict(list)
    query = select(Operation).where(Operation.lot_id.in_(lots)).order_by(Operation.lot_id, Operation.step)
    for operation in session.scalars(query.options(*without)):
        by_lot[operation.lot_id].append(operation)
    return {run[RUN]: _book(run, by_lot, sums) for run in runs}


_SUMMED = (CountLine.good, CountLine.spoiled, CountLine.held, CountLine.taken)
_NONE = (0, 0, 0, 0)


def _book(
    lots: tuple[int, ...], by_lot: dict[int, list[Operation]], sums: dict[int, tuple[int, ...]]
) -> Book:
    operations = {(book, row.step): row for book, lot in enumerate(lots) for row in by_lot[lot]}
    steps = tuple(
        _step(book, row, operations, sums.get(row.id, _NONE)) for (book, _), row in operations.items()
    )
    return Book(lots, operations, Run(steps))


def _step(
    book: int, row: Operation, operations: dict[tuple[int, int], Operation], sums: tuple[int, ...]
) -> Step:
    made = row.quantity or 0
    given = row.given if row.given is not None else made
    feeds = row.feeds
    if feeds is None:  # planned before routes said it: in the proportion of the plan
        there = [need for need in row.needs if (book, need) in operations]  # cards are not inserted
        feeds = tuple(Feed.of(need, operations[book, need].quantity or 1, given) for need in there)
    good, spoiled, held, taken = sums
    return Step(
        book,
        row.step,
        feeds,
        given,
        row.setup_units or 0,
        made,
        good,
        spoiled,
        held,
        taken,
        row.state in FINAL,
    )
