"""A job that an outside shop makes whole: its run gives way to one of a single step there; and back again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select

from kernel.errors import Conflict
from production.floor.models import CountLine, MakeUp
from production.floor.runs import RunStep, lay_out
from production.jobs import lifecycle, tickets
from production.jobs.models import Job, LotShare, Operation, PrintRun
from production.jobs.route import lots_of
from production.jobs.states import LotState
from production.jobs.states import OperationState as O
from store.db import UnitOfWork

TYPE = "outside"  # as shipped
_STEP = 99  # no step of a plan that works on a component


def send_out_whole(uow: UnitOfWork, job: Job) -> Operation:
    """The one step of the run that an outside shop makes, counted as the order counts; the step that is there where it
    was sent out before. Conflict RUN_OUTSIDE where nothing is released, something is begun,
    or other jobs are made with it.
    """
    run = _only(job, _runs(uow, job))
    operations = _operations(uow, run)
    if is_whole_outside(operations):
        return operations[0]
    _refuse_begun(uow, run, operations)
    (made,) = _instead(uow, job, run, operations, [RunStep(_STEP, TYPE, _copies(uow, run))])
    numbered = next((one for one in reversed(operations) if one.first_piece is not None), made)
    made.first_piece, made.last_piece = numbered.first_piece, numbered.last_piece
    return made


def take_in_house(uow: UnitOfWork, job: Job) -> bool:
    """The steps as they were laid out before it was sent out; False for a job that was not. Conflict RUN_OUTSIDE once
    the outside shop has begun.
    """
    runs = _runs(uow, job)
    if not any(is_whole_outside(_operations(uow, one)) for one in runs):
        return False
    run = _only(job, runs)
    operations = _operations(uow, run)
    _refuse_begun(uow, run, operations)
    laid_out = (
        select(PrintRun)
        .join(LotShare, LotShare.lot_id == PrintRun.id)
        .where(LotShare.job_id == job.id, PrintRun.state == LotState.CANCELLED)
        .where(PrintRun.id.not_in(select(MakeUp.lot_id)))
        .order_by(PrintRun.id.desc())
    )
    earlier = (_operations(uow, one) for one in uow.session.scalars(laid_out).all())
    before = next(one for one in earlier if not is_whole_outside(one))
    made = _instead(uow, job, run, operations, [_as_laid_out(one) for one in before])
    for row, one in zip(made, before, strict=True):
        row.file_sha256, row.pages, row.made_as = one.file_sha256, one.pages, one.made_as
        row.first_piece, row.last_piece = one.first_piece, one.last_piece
    return True


def is_whole_outside(operations: Sequence[Operation]) -> bool:
    """Is a run of these operations made by an outside shop alone, in place of one in house?"""
    return [(one.type, one.step) for one in operations] == [(TYPE, _STEP)]


def _runs(uow: UnitOfWork, job: Job) -> Sequence[PrintRun]:
    """Those of a job that are on the floor, locked."""
    query = select(PrintRun).where(PrintRun.id.in_(lots_of(job)), PrintRun.state == LotState.IN_PRODUCTION)
    return uow.session.scalars(query.order_by(PrintRun.id).with_for_update(of=PrintRun)).all()


def _only(job: Job, runs: Sequence[PrintRun]) -> PrintRun:
    if len(runs) != 1:
        words = "has a make-up under way" if runs else "is not on the floor"
        raise Conflict(
            f"Job {job.number} {words}: it cannot be made outside as a whole.", code="RUN_OUTSIDE", field="ticket",
            remedy="Name the ticket of the step that is bought, or wait until the job is released.",
        )  # fmt: skip
    return runs[0]


def _operations(uow: UnitOfWork, run: PrintRun) -> Sequence[Operation]:
    query = select(Operation).filter_by(lot_id=run.id).order_by(Operation.step)
    return uow.session.scalars(query.execution_options(populate_existing=True)).all()


def _refuse_begun(uow: UnitOfWork, run: PrintRun, operations: Sequence[Operation]) -> None:
    counted = exists().where(CountLine.operation_id.in_([one.id for one in operations]))
    begun = next((one for one in operations if one.state not in (O.WAITING, O.READY)), None)
    others = select(LotShare.job_id).filter_by(lot_id=run.id)
    if begun is not None or uow.session.scalar(select(counted)):
        words = f"{(begun or operations[0]).ticket} has begun: the run goes on where it is."
    elif len(uow.session.scalars(others).all()) > 1:
        words = f"{run.number} makes other jobs too: it goes on where it is."
    else:
        return
    raise Conflict(
        words, code="RUN_OUTSIDE", field="ticket", remedy="Name the ticket of the step that is bought."
    )


def _instead(
    uow: UnitOfWork, job: Job, run: PrintRun, operations: Sequence[Operation], steps: Sequence[RunStep]
) -> Sequence[Operation]:
    """The operations of a run that takes the place of another, which nobody has begun."""
    for one in operations:
        lifecycle.advance(uow, one, "skip")
    lot = lay_out(uow, [(job, _copies(uow, run))], steps, ready_by=run.ready_by)
    lifecycle.advance(uow, run, "cancel", reason=f"Run {lot.number} takes its place")
    lifecycle.advance(uow, lot, "release", steps=len(steps), run=run.number)
    tickets.ask(uow, lot)
    return _operations(uow, lot)


def _copies(uow: UnitOfWork, run: PrintRun) -> int:
    return uow.session.scalars(select(LotShare.quantity).filter_by(lot_id=run.id)).one()


def _as_laid_out(one: Operation) -> RunStep:
    return RunStep(
        one.step, one.type, one.quantity or 0, one.needs, one.usage or (), one.given, one.planned_minutes,
        one.setup_units or 0, one.feeds, one.lag_minutes or 0, one.unit, one.pace,
    )  # fmt: skip
