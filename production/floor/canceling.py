"""A make-up that nobody has begun is canceled: nothing was made, and its run stands as it did before."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import Conflict, InvalidInput, NotFound
from production.floor.models import CountLine, MakeUp
from production.floor.quantities import end_jobs
from production.jobs import lifecycle
from production.jobs.models import Job, Lot, Operation, PrintRun
from production.jobs.route import jobs_of
from production.jobs.states import JobState, LotState
from production.jobs.states import OperationState as O
from store.db import UnitOfWork


def cancel_make_up(uow: UnitOfWork, number: str, *, reason: str) -> PrintRun:
    """By the number of its lot; its paper goes with it. NotFound; Conflict MAKE_UP once it has begun; InvalidInput
    REASON.
    """
    if not reason.strip():
        raise InvalidInput("Say why, in a few words.", code="REASON", field="reason")
    found = uow.session.execute(
        select(PrintRun, MakeUp.of_lot_id)
        .join(MakeUp, MakeUp.lot_id == PrintRun.id)
        .where(PrintRun.number == number)
    ).first()
    if found is None:
        raise NotFound("There is no make-up with this number.")
    lot, of = found
    run = uow.session.get_one(Lot, of, with_for_update=True)  # counts of its make-ups go through it
    uow.session.refresh(lot)
    operations = uow.session.scalars(
        select(Operation).filter_by(lot_id=lot.id).order_by(Operation.step)
    ).all()
    counted = select(CountLine.id).where(CountLine.operation_id.in_([one.id for one in operations])).limit(1)
    has_begun = any(one.state not in (O.WAITING, O.READY) for one in operations)
    if lot.state is not LotState.IN_PRODUCTION or has_begun or uow.session.scalars(counted).first():
        words = f"{number} has begun or ended: it cannot be canceled."
        raise Conflict(
            words, code="MAKE_UP", remedy="What it gives goes on in the run; what is too many is over."
        )
    for one in operations:
        lifecycle.advance(uow, one, "skip")
    lifecycle.advance(uow, lot, "cancel", reason=reason.strip()[:200])
    uow.session.flush()  # what is through is read from the rows
    jobs = jobs_of(uow.session, run, Job)
    if run.state is LotState.PRODUCED and all(job.state is JobState.IN_PRODUCTION for job in jobs):
        end_jobs(uow, run)
    return lot
