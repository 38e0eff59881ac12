"""What must hold of counts and of working time, for ``indicia verify``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased, defer

from production.catalog.models import OperationType, Place
from production.floor.ledger.book import Book, read_books
from production.floor.models import FloorSpell, MakeUp, SpellKind
from production.jobs.models import Lot, Operation, PrintRun
from production.jobs.states import LotState, OperationState
from store.keeping.verify import Check, Open, Survey

_AT_ONCE = 2_000  # runs
_UNREAD = (defer(Operation.made_as), defer(Operation.usage))  # documents of some kilobytes


def counts_balance(survey: Survey) -> Iterator[Open]:
    """At every step of a print run in = good + spoiled + held + left, none less than none; what an operation says of
    itself is the sum of its lines.
    """
    make_ups: dict[int, list[int]] = defaultdict(list)
    for lot, of_lot in survey.session.execute(
        select(MakeUp.lot_id, MakeUp.of_lot_id)
        .join(Lot, Lot.id == MakeUp.lot_id)
        .where(Lot.state != LotState.CANCELLED)
        .order_by(MakeUp.lot_id)
    ):
        make_ups[of_lot].append(lot)
    query = select(PrintRun.id).where(PrintRun.id.not_in(select(MakeUp.lot_id))).order_by(PrintRun.id)
    runs = [(lot, *make_ups[lot]) for lot in survey.session.scalars(query).all()]
    for start in range(0, len(runs), _AT_ONCE):
        for book in read_books(survey.session, runs[start : start + _AT_ONCE], without=_UNREAD).values():
            survey.examined += len(book.operations)
            yield from _open(book)


def _open(book: Book) -> Iterator[Open]:
    for step, balance in book.run.balances():
        row = book.operations[step.book, step.number]
        if not balance.holds:
            words = f"{balance.into:,} in, {balance.good:,} good, {balance.spoiled:,} spoiled, {balance.held:,} held"
            yield Open(f"operation {row.ticket} does not balance: {words}", (row.ticket,))
        if (row.good or 0, row.spoiled or 0) != (balance.good, balance.spoiled):
            yield Open(f"operation {row.ticket} says other counts than its lines", (row.ticket,))


def working_time_is_whole(survey: Survey) -> Iterator[Open]:
    """What runs has somebody at it, what does not has nobody; nobody is at the same machine of an operation twice at
    once; what was finished since working time is kept has some.
    """
    survey.examined = survey.session.scalar(select(func.count()).select_from(FloorSpell)) or 0
    counts = FloorSpell.taken_back_at.is_(None)
    is_open = (
        select(FloorSpell.id)
        .where(FloorSpell.operation_id == Operation.id, counts, FloorSpell.ended_at.is_(None))
        .correlate(Operation)
    )
    lead = is_open.where(FloorSpell.kind != SpellKind.HELP).exists()
    known = select(FloorSpell.id).where(FloorSpell.operation_id == Operation.id).correlate(Operation).exists()
    since = select(func.min(FloorSpell.began_recorded_at)).scalar_subquery()
    runs, is_done = Operation.state == OperationState.RUNNING, Operation.state == OperationState.DONE
    one, other = aliased(FloorSpell), aliased(FloorSpell)
    twice = (
        select(one.operation_id)
        .join(other, (other.operation_id == one.operation_id) & (other.work_center == one.work_center))
        .where(
            one.id < other.id, one.person == other.person,
            one.taken_back_at.is_(None), other.taken_back_at.is_(None),
            or_(one.ended_at.is_(None), one.ended_at > other.began_at),
            or_(other.ended_at.is_(None), other.ended_at > one.began_at),
        )
    )  # fmt: skip
    faults: tuple[tuple[str, ColumnElement[bool]], ...] = (
        ("runs, and nobody is at it", runs & ~lead),
        ("does not run, and somebody is at it", ~runs & is_open.exists()),
        ("has somebody twice at once", Operation.id.in_(twice)),
        ("is finished, and nobody worked at it", is_done & (Operation.started_at >= since) & ~known),
    )
    for words, fault in faults:
        query = select(Operation.ticket).join(OperationType, OperationType.code == Operation.type)
        found = query.where(OperationType.place == Place.FLOOR, fault).order_by(Operation.ticket)
        for ticket in survey.session.scalars(found):
            yield Open(f"operation {ticket} {words}", (ticket,))


CHECKS: tuple[Check, ...] = (counts_balance, working_time_is_whole)
