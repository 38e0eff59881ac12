"""Lines of counts: the one way anything is counted at a step of a print run. Lines are added and never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput
from production.floor.ledger.balance import RUN
from production.floor.ledger.book import Book, book_of
from production.floor.ledger.numbers import read_numbers, refuse_twice
from production.floor.models import CountLine
from production.jobs.models import Operation
from production.jobs.ranges import Range, size
from store.db import UnitOfWork

REASON = 60  # letters of a reason
BY_STANDARD = "Set-up and running waste, by the standard"
_MOST = 10**9  # a thousand times the longest run of a state's shop; shop to confirm


@dataclass(frozen=True, slots=True)
class Counted:
    """What somebody counted: each less than none where it takes back. ``taken``: put in beyond the plan."""

    good: int = 0
    spoiled: int = 0
    held: int = 0
    taken: int = 0
    reason: str = ""
    work_center: str | None = None
    numbers: tuple[Range, ...] | None = None
    occurred_at: datetime | None = None  # where it was not now

    @property
    def is_nothing(self) -> bool:
        """Whether it would change nothing."""
        return not (self.good or self.spoiled or self.held or self.taken)

    @property
    def told(self) -> dict[str, Any]:
        """For the history: what is not none."""
        said = {
            name: getattr(self, name)
            for name in ("good", "spoiled", "held", "taken", "reason", "work_center")
        }
        return {name: value for name, value in said.items() if value}


def add(uow: UnitOfWork, operation: Operation, counted: Counted, book: Book | None = None) -> CountLine:
    """A line at a step; ``book``: as it stands, where that was read already. Conflict COUNT_OVER where more would come
    out than came in, at this step or a later one; InvalidInput COUNT for what nobody can have counted, or without its
    reason.
    """
    _refuse_unlikely(counted)
    if counted.taken and operation.needs:
        raise InvalidInput(
            f"{operation.ticket} is given what comes before it: nothing can be put in there.", code="COUNT"
        )
    before = book or book_of(uow.session, operation.lot_id)
    after = before.counted(operation, counted.good, counted.spoiled, counted.held, counted.taken)
    _refuse_over(before, after, operation)
    line = CountLine(
            operation_id=operation.id, good=counted.good, spoiled=counted.spoiled, held=counted.held,
            taken=counted.taken, numbers=counted.numbers, reason=counted.reason.strip(),
            work_center=counted.work_center or operation.work_center, actor=uow.actor.name,
            occurred_at=counted.occurred_at or uow.now, recorded_at=uow.now,
        )  # fmt: skip
    uow.session.add(line)
    step = after.step(operation)
    operation.good, operation.spoiled = step.good, step.spoiled
    uow.session.flush()  # its key is told with the act
    return line


def of_numbers(session: Session, operation: Operation, text: str, counted: Counted) -> Counted:
    """What was counted by its numbers: so many are good. InvalidInput COUNT_UNIT where nothing is numbered here."""
    ordered = numbers_at(operation)
    if ordered is None:
        raise InvalidInput(
            f"{operation.ticket} counts {operation.unit or 'what it makes'}s that have no numbers.",
            code="COUNT_UNIT", remedy="Count how many there are.",
        )  # fmt: skip
    numbers = read_numbers(text, ordered)
    refuse_twice(counted_numbers(session, operation), numbers, counted.reason)
    if counted.good and counted.good != size(numbers):
        raise InvalidInput(f"{counted.good:,} good are not {size(numbers):,} numbers.", code="COUNT")
    return replace(counted, good=size(numbers), numbers=numbers)


def numbers_at(operation: Operation) -> Range | None:
    """First and last number of what a step gives; None where it has none."""
    if operation.first_piece is None or operation.last_piece is None:
        return None
    return Range(operation.first_piece, operation.last_piece)


def counted_numbers(session: Session, operation: Operation) -> list[Range]:
    """As they were counted, line by line, without what was taken back."""
    return numbers_of(session, [operation.id])


def numbers_of(session: Session, operations: Collection[int]) -> list[Range]:
    """Those of several steps."""
    query = select(CountLine.operation_id, CountLine.good, CountLine.numbers).order_by(CountLine.id)
    found: list[tuple[int, Range]] = []
    for operation, good, numbers in session.execute(query.where(CountLine.operation_id.in_(operations))):
        for one in numbers or ():
            if good < 0:  # a line that takes one back names the same ranges
                found.remove((operation, one))
            else:
                found.append((operation, one))
    return [one for _, one in found]


def lines_of(session: Session, operation: Operation) -> list[CountLine]:
    """Every line of a step, oldest first."""
    query = select(CountLine).filter_by(operation_id=operation.id).order_by(CountLine.id)
    return list(session.scalars(query))


def _refuse_unlikely(counted: Counted) -> None:
    numbers = (counted.good, counted.spoiled, counted.held, counted.taken)
    if counted.is_nothing or max(map(abs, numbers)) > _MOST:
        raise InvalidInput("Say how many, in whole numbers.", code="COUNT")
    if len(counted.reason.strip()) > REASON:
        raise InvalidInput(f"Say why, in {REASON} letters at most.", code="COUNT")
    if (min(numbers) < 0 or counted.taken or counted.held) and not counted.reason.strip():
        raise InvalidInput(
            "Say why: a correction, what is held and what is put in have a reason.", code="COUNT"
        )


def _refuse_over(before: Book, book: Book, operation: Operation) -> None:
    """No step may have given more than came to it; what was so before is not this line's fault."""
    known = {step[:2]: balance.holds for step, balance in before.run.balances()}
    for step, balance in book.run.balances():
        if balance.holds or not known[step[:2]]:
            continue
        at = book.operations[step.book, step.number]
        out = balance.good + balance.spoiled + balance.held
        here = "" if at is operation else f" at {at.ticket}"
        remedy = "Count again, or correct what came before."
        if step.book == RUN and not step.feeds:
            remedy = "Count again, or put in more paper first."
        raise Conflict(
            f"{out:,}{here} are more than the {balance.into:,} that came in"
            f" ({balance.good:,} good, {balance.spoiled:,} spoiled, {balance.held:,} held).",
            code="COUNT_OVER", remedy=remedy,
        )  # fmt: skip
