"""What a count means in a print run: copies that are not told apart. What came out of one step goes into the next.

The unit of a step, and what is charged for it, stand in the row of its type.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, IllegalTransition, InvalidInput
from kernel.ids import show_ulid
from production.catalog.answers import named
from production.catalog.models import OperationType, Product, Stock
from production.catalog.overs import OversPolicy
from production.catalog.planned_usage import earned
from production.catalog.rows import ProductRow
from production.floor.ledger import lines
from production.floor.ledger.balance import RUN
from production.floor.ledger.book import Book, book_of
from production.floor.ledger.lines import BY_STANDARD, REASON, Counted, lines_of
from production.jobs import counting, lifecycle, waiting
from production.jobs.counting import OFF_QUANTITY, Count, Detail, Line, SpoilLine
from production.jobs.models import Component, Job, Lot, LotShare, Operation, PrintItem
from production.jobs.outside import is_outside
from production.jobs.route import FINAL, jobs_of, lots_of
from production.jobs.states import LotKind, LotState, OperationCode, Stops
from production.jobs.states import OperationState as O
from production.jobs.usage import record_usage, times_voided
from production.jobs.usage_evidence import CountEvidence
from production.stockroom.picking import PICK, settle
from store.db import UnitOfWork
from store.files import FileStore

_COUNTED = (O.RUNNING, O.DONE, O.OUTCOME_UNKNOWN)


class Quantities:
    """Print runs."""

    def lines(self, session: Session, operations: Collection[int]) -> Mapping[int, Line]:
        """What is to come out, in the unit of the step, and what the order of its first job says about the step."""
        query = (
            select(Operation, OperationType, Stock.name, PrintItem, Product)
            .join(OperationType, OperationType.code == Operation.type)
            .outerjoin(LotShare, (LotShare.lot_id == Operation.lot_id) & (LotShare.position == 0))
            .outerjoin(Component, (Component.job_id == LotShare.job_id) & (Component.position == 1))
            .outerjoin(PrintItem, PrintItem.component_id == Component.id)
            .outerjoin(Stock, Stock.code == PrintItem.stock)
            .outerjoin(Job, Job.id == LotShare.job_id)
            .outerjoin(Product, Product.code == Job.product)
        )
        rows = session.execute(query.where(Operation.id.in_(operations)))
        return {
            row.id: Line(
                row.quantity or 0,
                row.unit or kind.unit,
                facts=_facts(kind.work, paper, item, product) if item and product else (),
            )
            for row, kind, paper, item, product in rows
        }

    def count(self, session: Session, operation: Operation) -> Count:
        """What came in, and what will have come out good once all of it is worked."""
        return _count(session, book_of(session, operation.lot_id), operation)

    def detail(self, session: Session, operation: Operation) -> Detail:
        """Counts, and every report of spoils."""
        spoils = tuple(
            SpoilLine((), line.spoiled, line.reason, line.actor, line.occurred_at, replaced_by=None)
            for line in lines_of(session, operation)
            if line.spoiled
        )
        return Detail(self.count(session, operation), spoils=spoils)

    def spoil(self, uow: UnitOfWork, operation: Operation, *, named: str, reason: str) -> str:
        """How many were spoiled. After the run only while no later step has begun: it counts what it is given."""
        number = _number(named)
        if not reason.strip() or len(reason.strip()) > REASON:
            raise InvalidInput(f"Say why, in {REASON} letters at most.", code="SPOIL")
        if operation.state not in _COUNTED or (
            operation.state is O.DONE and _has_gone_on(uow.session, operation)
        ):
            raise IllegalTransition(
                f"Nothing can be spoiled at {operation.ticket} any more, or yet: report it where it was found.",
                state=operation.state.value,
            )
        book = book_of(uow.session, operation.lot_id)
        count = _count(uow.session, book, operation)
        if operation.state is O.DONE and number > count.counted:
            raise InvalidInput(f"Only {count.counted:,} were made here.", code="SPOIL")
        was_good = number if operation.state is O.DONE else min(max(0, number - count.left), count.counted)
        line = lines.add(uow, operation, Counted(-was_good, number, reason=reason), book)
        lifecycle.note(uow, operation, "spoiled", count=number, reason=reason.strip(), line=line.id)
        if operation.state is O.DONE:
            _ask_about_quantity(uow, operation.lot_id)
        return f"{number:,} {count.unit if number == 1 else count.unit + 's'}"

    def replace(self, uow: UnitOfWork, lot: Lot) -> Operation:  # noqa: ARG002  nothing is written
        """Copies are alike: enough are made, none is replaced."""
        raise Conflict(f"Spoiled copies of {lot.number} are not made again one by one.", code="SPOIL")

    def done(
        self,
        uow: UnitOfWork,
        operation: Operation,
        *,
        good: int | None,
        files: FileStore,  # noqa: ARG002  no plan
    ) -> Count:
        """The last count of a step. What its standard spoils is spoiled where nobody reported any; the rest is left.
        The last step of the run ends it, and with their last lot its jobs.
        """
        book = book_of(uow.session, operation.lot_id)
        step, balance = book.step(operation), book.balance(operation)
        made = book.run.comes_out(step, balance.into) if good is None else good
        rest = balance.into - made - balance.spoiled - balance.held
        waste = 0 if balance.spoiled and good is not None else min(rest, book.run.waste(step, balance.into))
        found = Counted(
            made - balance.good,
            max(0, waste),
            reason=BY_STANDARD if waste > 0 or made < balance.good else "",
            occurred_at=operation.finished_at,
        )
        if not found.is_nothing:
            lines.add(uow, operation, found, book)
        operation.good = made  # also none
        if operation.type == PICK:
            settle(uow, operation, made)
        _record_usage(uow, operation, made, book)
        _end_run(uow, operation, made)
        return self.count(uow.session, operation)


def _count(session: Session, book: Book, operation: Operation) -> Count:
    step, balance = book.step(operation), book.balance(operation)
    coming = book.run.coming(step)
    good = balance.good if step.is_done else book.run.comes_out(step, coming)
    unit, expected = operation.unit or _type(session, operation).unit, book.run.yields(step, coming)
    return Count(
        unit, expected, good, balance.spoiled, balance.into, balance.good, balance.held, balance.left
    )


def _facts(work: str, paper: str, item: PrintItem, product: Product) -> tuple[tuple[str, str], ...]:
    """The paper and its sides where it is printed; elsewhere the answer that asked for the step."""
    if work == OperationCode.PRINT:
        return ("Paper", paper), ("Printed on", "both sides" if item.sides == 2 else "one side")
    asked = [one for one in ProductRow.model_validate(product).options if one.code == work]
    return tuple(named(asked, item.options))


def _type(session: Session, operation: Operation) -> OperationType:
    return session.get_one(OperationType, operation.type)


def _has_gone_on(session: Session, operation: Operation) -> bool:
    rows = session.scalars(select(Operation).filter_by(lot_id=operation.lot_id))
    return any(operation.step in row.needs and row.state not in (O.WAITING, O.READY) for row in rows)


def _number(text: str) -> int:
    digits = text.strip().replace(",", "")
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) < 10 and int(digits)):
        raise InvalidInput("Say how many were spoiled.", code="SPOIL")
    return int(digits)


def _record_usage(uow: UnitOfWork, operation: Operation, good: int, book: Book) -> None:
    """What was planned for the good ones, dealt out to the jobs of the run by their quantities. A make-up is charged
    for what the run itself has not earned of the same step: never more than was planned.
    """
    if is_outside(uow.session, operation):
        return  # the invoice of the outside shop says what it cost
    run = book.operations[RUN, operation.step]
    planned, before = run.quantity or 0, 0
    if run is not operation:
        before = (
            sum(row.good or 0 for (_, number), row in book.operations.items() if number == run.step) - good
        )
    query = select(LotShare.quantity, Job).join(Job, Job.id == LotShare.job_id)
    shares = uow.session.execute(query.where(LotShare.lot_id == run.lot_id).order_by(LotShare.position)).all()
    weights = [quantity for quantity, _ in shares]
    lot = uow.session.get_one(Lot, operation.lot_id)
    again = times_voided(uow.session, operation)
    for used in run.usage or ():
        now = earned(used.quantity, before + good, planned, weights)
        earlier = earned(used.quantity, before, planned, weights)
        for (_, job), part, was in zip(shares, now, earlier, strict=True):
            if part - was > 0:
                source = f"{show_ulid(operation.ulid)}:{job.number}"
                record_usage(
                    uow, job, unit=used.unit, quantity=part - was, source=source + (f":{again}" if again else ""),
                    evidence=CountEvidence(operation.ticket, good, planned), operation=operation, lot=lot,
                )  # fmt: skip


def _end_run(uow: UnitOfWork, operation: Operation, good: int) -> None:
    uow.session.flush()  # the operation itself is done
    unfinished = select(Operation.id).filter_by(lot_id=operation.lot_id).where(Operation.state.not_in(FINAL))
    if uow.session.scalars(unfinished.limit(1)).first() is not None:
        return
    lot = uow.session.get_one(Lot, operation.lot_id)
    lifecycle.advance(uow, lot, "finish", good=good)
    end_jobs(uow, lot)


def end_jobs(uow: UnitOfWork, lot: Lot) -> None:
    """What is said of the jobs of a run that is through: those without another lot under way are made."""
    _ask_about_quantity(uow, lot.id)
    for job in jobs_of(uow.session, lot, Job):
        others = select(Lot.id).where(Lot.id.in_(lots_of(job)), Lot.state != LotState.PRODUCED)
        if uow.session.scalars(others.limit(1)).first() is None:
            lifecycle.advance(uow, job, "finish")
            waiting.made(uow, job)


counting.register(Quantities(), LotKind.PRINT_RUN)


def _ask_about_quantity(uow: UnitOfWork, lot_id: int) -> None:
    """Once a run is through with its make-ups, a hold on leaving for each job that comes to fewer or more than its
    order takes, by what came out of the last step. What was held for an earlier count is not any more.
    """
    book = book_of(uow.session, lot_id)
    states = select(Lot.state).where(Lot.id.in_(book.lots))
    if any(state is not LotState.PRODUCED for state in uow.session.scalars(states)):
        return
    planned = book.run.at(RUN, book.run.end).made or 1
    query = (
        select(LotShare.quantity, Job, PrintItem)
        .join(Job, Job.id == LotShare.job_id)
        .join(Component, (Component.job_id == Job.id) & (Component.position == 1))
        .outerjoin(PrintItem, PrintItem.component_id == Component.id)
    )
    for ordered, job, item in uow.session.execute(query.where(LotShare.lot_id == book.lots[RUN])).all():
        lifecycle.lift(uow, job, OFF_QUANTITY)
        made = book.run.came() * ordered // planned
        # Of the shelf as many as ordered.
        policy = item.policy(ordered) if item else OversPolicy(ordered, ordered, ordered)
        if not policy.takes(made):
            least, most = policy.least, policy.most
            taken = f"{least:,} to {most:,}" if least < most else f"exactly {most:,}"
            words = f"{made:,} of {ordered:,} were made; the order takes {taken}. Ask the agency."
            lifecycle.hold(uow, job, reason=OFF_QUANTITY, words=words, stops=Stops.LEAVING)
