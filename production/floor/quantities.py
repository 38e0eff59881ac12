"""What a count means in a print run: copies that are not told apart. What came out of one step goes into the next.

The unit of a step, and what is charged for it, stand in the row of its type.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, IllegalTransition, InvalidInput
from kernel.ids import show_ulid
from production.catalog.answers import named
from production.catalog.models import OperationType, Product, Stock
from production.catalog.planned_usage import earned
from production.catalog.rows import ProductRow
from production.jobs import counting, lifecycle, waiting
from production.jobs.counting import OFF_QUANTITY, Count, Detail, Line, SpoilLine
from production.jobs.evidence import record_ranges
from production.jobs.models import Component, Job, JobEvent, Lot, LotShare, Operation, PrintItem
from production.jobs.route import FINAL, jobs_of, lots_of
from production.jobs.states import LotKind, LotState, OperationCode, RangeStatus, Stops
from production.jobs.states import OperationState as O
from production.jobs.usage import record_usage
from production.jobs.usage_evidence import CountEvidence
from store.db import UnitOfWork
from store.files import FileStore

_REASON = 60  # letters of a reason


class Quantities:
    """Print runs."""

    def lines(self, session: Session, operations: Collection[int]) -> Mapping[int, Line]:
        """What is to come out, in the unit of the step, and what the order of its first job says about the step."""
        query = (
            select(Operation, OperationType.unit, Stock.name, PrintItem, Product)
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
                row.quantity or 0, unit, facts=_facts(row, paper, item, product) if item and product else ()
            )
            for row, unit, paper, item, product in rows
        }

    def count(self, session: Session, operation: Operation) -> Count:
        """Of what came into the step, all that was not reported as spoiled."""
        spoiled = operation.spoiled or 0
        expected = _expected(session, operation)
        return Count(_type(session, operation).unit, expected, expected - spoiled, spoiled)

    def detail(self, session: Session, operation: Operation) -> Detail:
        """Counts, and every report of spoils."""
        query = select(JobEvent).filter_by(operation_id=operation.id, event="spoiled").order_by(JobEvent.id)
        spoils = tuple(
            SpoilLine(
                (),
                int(str(event.details["count"])),
                str(event.details["reason"]),
                event.actor,
                event.occurred_at,
                replaced_by=None,
            )
            for event in session.scalars(query)
        )
        return Detail(self.count(session, operation), spoils=spoils)

    def spoil(self, uow: UnitOfWork, operation: Operation, *, named: str, reason: str) -> str:
        """How many were spoiled. After the run only while no later step has begun: it counts what it is given."""
        number = _number(named)
        if not reason.strip() or len(reason.strip()) > _REASON:
            raise InvalidInput(f"Say why, in {_REASON} letters at most.", code="SPOIL")
        if operation.state not in (O.RUNNING, O.DONE, O.OUTCOME_UNKNOWN) or (
            operation.state is O.DONE and _has_gone_on(uow.session, operation)
        ):
            raise IllegalTransition(
                f"Nothing can be spoiled at {operation.ticket} any more, or yet: report it where it was found.",
                state=operation.state.value,
            )
        count = self.count(uow.session, operation)
        left = (operation.good or 0) if operation.state is O.DONE else count.good
        if number > left:
            raise InvalidInput(f"Only {left:,} were made here.", code="SPOIL")
        operation.spoiled = count.spoiled + number
        if operation.state is O.DONE:
            operation.good = left - number
            _ask_about_quantity(uow, uow.session.get_one(Lot, operation.lot_id))
        lifecycle.note(uow, operation, "spoiled", count=number, reason=reason.strip())
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
        """Each one that came in is good or spoiled; only a first step may give more than was asked for. The last one
        of the run ends it, and with their last lot its jobs.
        """
        expected = self.count(uow.session, operation)
        made = expected.good if good is None else good
        if made < expected.good or (made > expected.good and operation.needs):
            raise Conflict(
                f"{made:,} good and {expected.spoiled:,} spoiled are not the {expected.expected:,} that were given.",
                code="COUNT",
                remedy="Report the missing ones as spoiled, or correct the count.",
            )
        if made:
            record_ranges(uow, operation, RangeStatus.DONE, [(1, made)], unit=expected.unit)
        operation.good = made  # what follows goes by it
        _record_usage(uow, operation, made)
        _end_run(uow, operation, made)
        return Count(expected.unit, expected.expected, made, expected.spoiled)


def _facts(
    operation: Operation, paper: str, item: PrintItem, product: Product
) -> tuple[tuple[str, str], ...]:
    """The paper and its sides where it is printed; elsewhere the answer that asked for the step."""
    if operation.type == OperationCode.PRINT:
        return ("Paper", paper), ("Printed on", "both sides" if item.sides == 2 else "one side")
    asked = [one for one in ProductRow.model_validate(product).options if one.code == operation.type]
    return tuple(named(asked, item.options))


def _type(session: Session, operation: Operation) -> OperationType:
    return session.get_one(OperationType, operation.type)


def _expected(session: Session, operation: Operation) -> int:
    """What is to come out of a step for what came out of those before it."""
    planned = operation.quantity or 0
    before = _steps(session, operation, operation.needs)
    given = [(row.good, row.quantity) for row in before if row.state is O.DONE and row.good is not None]
    return min([good * planned // quantity for good, quantity in given if quantity] or [planned])


def _steps(session: Session, operation: Operation, steps: Iterable[int]) -> Sequence[Operation]:
    query = select(Operation).filter_by(lot_id=operation.lot_id).where(Operation.step.in_(tuple(steps)))
    return session.scalars(query).all()


def _has_gone_on(session: Session, operation: Operation) -> bool:
    rows = session.scalars(select(Operation).filter_by(lot_id=operation.lot_id))
    return any(operation.step in row.needs and row.state not in (O.WAITING, O.READY) for row in rows)


def _number(text: str) -> int:
    digits = text.strip().replace(",", "")
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) < 10 and int(digits)):
        raise InvalidInput("Say how many were spoiled.", code="SPOIL")
    return int(digits)


def _record_usage(uow: UnitOfWork, operation: Operation, good: int) -> None:
    """What was planned for the good ones, dealt out to the jobs of the run by their quantities."""
    planned = operation.quantity or 0
    query = select(LotShare.quantity, Job).join(Job, Job.id == LotShare.job_id)
    shares = uow.session.execute(
        query.where(LotShare.lot_id == operation.lot_id).order_by(LotShare.position)
    ).all()
    lot = uow.session.get_one(Lot, operation.lot_id)
    for used in operation.usage or ():
        parts = earned(used.quantity, good, planned, [quantity for quantity, _ in shares])
        for (_, job), part in zip(shares, parts, strict=True):
            record_usage(
                uow, job, unit=used.unit, quantity=part, source=f"{show_ulid(operation.ulid)}:{job.number}",
                evidence=CountEvidence(operation.ticket, good, planned), operation=operation, lot=lot,
            )  # fmt: skip


def _end_run(uow: UnitOfWork, operation: Operation, good: int) -> None:
    uow.session.flush()  # the operation itself is done
    unfinished = select(Operation.id).filter_by(lot_id=operation.lot_id).where(Operation.state.not_in(FINAL))
    if uow.session.scalars(unfinished.limit(1)).first() is not None:
        return
    lot = uow.session.get_one(Lot, operation.lot_id)
    lifecycle.advance(uow, lot, "finish", good=good)
    _ask_about_quantity(uow, lot)
    for job in jobs_of(uow.session, lot, Job):
        others = select(Lot.id).where(Lot.id.in_(lots_of(job)), Lot.state != LotState.PRODUCED)
        if uow.session.scalars(others.limit(1)).first() is None:
            lifecycle.advance(uow, job, "finish")
            waiting.made(uow, job)


counting.register(Quantities(), LotKind.PRINT_RUN)


def _ask_about_quantity(uow: UnitOfWork, lot: Lot) -> None:
    """Once a run is through, a hold on leaving for each job that comes to fewer or more than its order takes, by what
    came out of the last step. What was held for an earlier count is not any more.
    """
    if lot.state is not LotState.PRODUCED:
        return
    uow.session.flush()  # the last count
    steps = select(Operation).filter_by(lot_id=lot.id).order_by(Operation.step.desc())
    last = uow.session.scalars(steps.limit(1)).one()
    query = (
        select(LotShare.quantity, Job, PrintItem)
        .join(Job, Job.id == LotShare.job_id)
        .join(Component, (Component.job_id == Job.id) & (Component.position == 1))
        .join(PrintItem, PrintItem.component_id == Component.id)
    )
    for ordered, job, item in uow.session.execute(query.where(LotShare.lot_id == lot.id)).all():
        lifecycle.lift(uow, job, OFF_QUANTITY)
        made = (last.good or 0) * ordered // (last.quantity or 1)
        if not item.least <= made <= item.most:
            taken = f"{item.least:,} to {item.most:,}" if item.least < item.most else f"exactly {item.most:,}"
            words = f"{made:,} of {ordered:,} were made; the order takes {taken}. Ask the agency."
            lifecycle.hold(uow, job, reason=OFF_QUANTITY, words=words, stops=Stops.LEAVING)
