"""Print runs: a lot for the floor from steps that are rows of the catalog. A new kind of step is a row as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import InvalidInput
from kernel.ids import new_ulid
from production.catalog.feeds import Feed, carried
from production.catalog.models import OperationType, Place
from production.catalog.pace import Pace
from production.catalog.planned_usage import PlannedUsage
from production.catalog.planning import FloorCounts, PlannedOperation
from production.catalog.queries import operation_types
from production.catalog.rows import OperationTypeRow
from production.floor.models import MakeUp
from production.jobs import lifecycle
from production.jobs.models import Job, Lot, LotShare, Operation, PrintRun
from production.jobs.numbering import new_lot_number, ticket
from production.jobs.states import JobState, LotState
from production.jobs.states import OperationState as O
from store.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step of a run: its place (1 to 99), code of its type, places of the steps before it, how many of its unit are
    to come out and, where some are spoiled by rule, to come in; what all of that uses, and the minutes it is to take,
    where that is known. ``setup``: of what comes in, spoiled at set-up; ``feeds``: what becomes of what the steps
    before it give, else as the plan's own proportion; ``lag``: minutes to wait for them; ``unit``: where it is not
    that of its type; ``pace``: the standard of its minutes.
    """

    step: int
    type: str
    quantity: int
    needs: Sequence[int] = ()
    usage: Sequence[PlannedUsage] = ()
    given: int | None = None
    minutes: int | None = None
    setup: int = 0
    feeds: Sequence[Feed] | None = None
    lag: int = 0
    unit: str | None = None
    pace: Pace | None = None


def steps_of(session: Session, plan: Sequence[PlannedOperation]) -> list[RunStep]:
    """What people of the floor do of a plan. A step that makes nothing (49 sheets, pads of 50) is left out."""
    done = [one for one in plan if one.place is Place.FLOOR and (one.floor or one).made]
    types, known = operation_types(session, {one.code for one in done}), {one.step: one for one in done}
    units: dict[int, str] = {}
    found = []
    for one in done:
        needs = [need for need in one.needs if need in known]
        arriving = next((units[need] for need in needs), None)
        counts = one.floor or FloorCounts(one.given, one.made, one.setup, ())
        units[one.step] = counts.unit or carried(types[one.code].unit, arriving)
        lags = [types[known[need].code].lag_minutes for need in needs] if counts.lag is None else [counts.lag]
        found.append(
            RunStep(
                one.step, one.code, counts.made, needs, one.usage, counts.given, one.minutes, counts.setup,
                counts.feeds if one.floor else None, max(lags, default=0), units[one.step], one.pace,
            )
        )  # fmt: skip
    return found


def plan_run(
    uow: UnitOfWork, shares: Sequence[tuple[Job, int]], steps: Sequence[RunStep], *, ready_by: date
) -> PrintRun:
    """A lot for the floor: jobs with how many copies each gets, released, and the operations that make them. What needs
    nothing is ready. InvalidInput RUN_STEPS.
    """
    lot = lay_out(uow, shares, steps, ready_by=ready_by)
    for job, _ in shares:
        lifecycle.advance(uow, job, "release", lot=lot.number)
    lifecycle.advance(uow, lot, "release", steps=len(steps))
    return lot


def plan_make_up(
    uow: UnitOfWork, of: PrintRun, shares: Sequence[tuple[Job, int]], steps: Sequence[RunStep], *, reason: str
) -> PrintRun:
    """A lot of its own that makes more for a run, by steps of it with their numbers; what it gives goes on in the run,
    whose jobs are in production again. InvalidInput RUN_STEPS.
    """
    lot = lay_out(uow, shares, steps, ready_by=of.ready_by)
    uow.session.add(
        MakeUp(
            lot_id=lot.id, of_lot_id=of.id, pieces=sum(pieces for _, pieces in shares), reason=reason,
            ordered_by=uow.actor.name, ordered_at=uow.now,
        )
    )  # fmt: skip
    twins = {row.step: row for row in uow.session.scalars(select(Operation).filter_by(lot_id=of.id))}
    for row in uow.session.scalars(select(Operation).filter_by(lot_id=lot.id)):
        twin = twins[row.step]  # what was approved is printed, as the run began
        row.file_sha256, row.pages, row.made_as = twin.file_sha256, twin.pages, twin.made_as
    for job, _ in shares:
        if job.state is JobState.PRODUCED:
            lifecycle.advance(uow, job, "rework", reason=reason)
    lifecycle.advance(uow, lot, "release", steps=len(steps), run=of.number)
    return lot


def lay_out(
    uow: UnitOfWork, shares: Sequence[tuple[Job, int]], steps: Sequence[RunStep], *, ready_by: date
) -> PrintRun:
    """A lot in planning, with its shares and operations. InvalidInput RUN_STEPS."""
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
    types = operation_types(uow.session, {step.type for step in steps})
    uow.session.add_all(_operation(uow, lot, step, types) for step in steps)
    uow.session.flush()
    return lot


def _operation(uow: UnitOfWork, lot: Lot, step: RunStep, types: Mapping[str, OperationType]) -> Operation:
    return Operation(
        ulid=new_ulid(uow.now), ticket=ticket(lot.number, step.step), lot_id=lot.id, type=step.type,
        state=O.WAITING if step.needs else O.READY, version=1, step=step.step, needs=tuple(step.needs),
        quantity=step.quantity, given=step.given, usage=tuple(step.usage), planned_minutes=step.minutes,
        setup_units=step.setup, feeds=None if step.feeds is None else tuple(step.feeds), lag_minutes=step.lag,
        unit=step.unit, pace=step.pace, made_as=OperationTypeRow.model_validate(types[step.type]),
    )  # fmt: skip
