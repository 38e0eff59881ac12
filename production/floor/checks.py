"""What must hold of counts, for ``indicia verify``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import defer

from production.floor.ledger.book import Book, read_books
from production.floor.models import MakeUp
from production.jobs.models import Operation, PrintRun
from store.keeping.verify import Check, Open, Survey

_AT_ONCE = 2_000  # runs
_UNREAD = (defer(Operation.made_as), defer(Operation.usage))  # documents of some kilobytes


def counts_balance(survey: Survey) -> Iterator[Open]:
    """At every step of a print run in = good + spoiled + held + left, none less than none; what an operation says of
    itself is the sum of its lines.
    """
    make_ups: dict[int, list[int]] = defaultdict(list)
    for lot, of_lot in survey.session.execute(
        select(MakeUp.lot_id, MakeUp.of_lot_id).order_by(MakeUp.lot_id)
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


CHECKS: tuple[Check, ...] = (counts_balance,)
