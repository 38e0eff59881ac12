"""Print runs: a lot for the floor from steps that are rows of the catalog. A new kind of step is a row as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.clock import business_date
from kernel.errors import InvalidInput
from kernel.ids import new_ulid
from production.catalog.planned_usage import PlannedUsage
from production.jobs import lifecycle
from production.jobs.models import Job, Lot, LotShare, Operation, PrintRun
from production.jobs.numbering import new_lot_number, ticket
from production.jobs.states import LotState
from production.jobs.states import OperationState as O
from store.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step of a run: its place (1 to 99), code of its type, places of the steps before it, how many of its unit are
    to come out and, where some are spoiled by rule, to come in; what all of that uses, and the minutes it is to take,
    where that is known.
    """

    step: int
    type: str
    quantity: int
    needs: Sequence[int] = ()
    usage: Sequence[PlannedUsage] = ()
    given: int | None = None
    minutes: int | None = None


def plan_run(
    uow: UnitOfWork, shares: Sequence[tuple[Job, int]], steps: Sequence[RunStep], *, ready_by: date
) -> PrintRun:
    """A lot for the floor: jobs with how many copies each gets, released, and the operations that make them. What needs
    nothing is ready. InvalidInput RUN_STEPS.
    """
    known = {step.step for step in steps}
    if not shares or not steps or len(known) != len(steps) or not all(0 < place < 100 for place in known):
        raise InvalidInput("A run has jobs, and steps numbered from 1 to 99, each once.", code="RUN_STEPS")
    if any(need not in known or need >= step.step for step in steps for need in step.needs):
        raise InvalidInput("A step needs steps that come before it.", code="RUN_STEPS")
    lot = PrintRun(
        ulid=new_ulid(uow.now), number=new_lot_number(uow, business_date(uow.now)), state=LotState.PLANNING,
        version=1, ready_by=ready_by, created_at=uow.now,
    )  # fmt: skip
    uow.session.add(lot)
    uow.session.flush()  # shares and operations name the lot
    for position, (job, quantity) in enumerate(shares):
        uow.session.add(LotShare(lot_id=lot.id, position=position, job_id=job.id, quantity=quantity))
        lifecycle.advance(uow, job, "release", lot=lot.number)
    uow.session.add_all(_operation(uow, lot, step) for step in steps)
    lifecycle.advance(uow, lot, "release", steps=len(steps))
    return lot


def _operation(uow: UnitOfWork, lot: Lot, step: RunStep) -> Operation:
    return Operation(
        ulid=new_ulid(uow.now), ticket=ticket(lot.number, step.step), lot_id=lot.id, type=step.type,
        state=O.WAITING if step.needs else O.READY, version=1, step=step.step, needs=tuple(step.needs),
        quantity=step.quantity, given=step.given, usage=tuple(step.usage), planned_minutes=step.minutes,
    )  # fmt: skip
