"""What became of the copies of a print job is written once, when the last of them leaves: its line in the ledger of
overs, and what the policy of its order charges beside what came out step by step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from production.catalog.overs import Overs, OversPolicy
from production.catalog.planned_usage import earned
from production.jobs.made import MadeOf, made_of
from production.jobs.models import Component, Job, LotShare, Operation, OversLine, PrintItem, Usage, UsageVoid
from production.jobs.outside import is_outside
from production.jobs.route import lots_of
from production.jobs.states import OperationState as O
from production.jobs.usage import record_usage
from production.jobs.usage_evidence import OversEvidence
from store.db import UnitOfWork

_FATES = {
    Overs.KEEP: "overs kept",
    Overs.DELIVER: "overs delivered as far as the order takes them",
    Overs.RECYCLE: "overs recycled",
}


def policy_of_job(session: Session, job: Job) -> OversPolicy | None:
    """What the order was told; None of a job that nothing is printed for."""
    query = select(PrintItem).join(Component, Component.id == PrintItem.component_id)
    item = session.scalars(query.filter(Component.job_id == job.id, Component.position == 1)).first()
    return item.policy(job.quantity or 0) if item is not None else None


def settle(uow: UnitOfWork, job: Job) -> OversLine | None:
    """The line of a job whose last copies leave, and the usage that its policy adds; None of one without a policy."""
    policy = policy_of_job(uow.session, job)
    if policy is None:
        return None
    made = made_of(uow.session, job)
    line = OversLine(
        job_id=job.id, ordered=policy.ordered, good=made.good, delivered=made.to_leave, kept=made.kept,
        recycled=made.recycled, charged=policy.charged(made.to_leave), overs=policy.overs, billed=policy.billed,
        actor=uow.actor.name, at=uow.now,
    )  # fmt: skip
    uow.session.add(line)
    evidence = OversEvidence(job.number, reason(line), made.good, made.to_leave, line.charged)
    for unit, quantity in _beside(uow.session, job, policy, made).items():
        record_usage(uow, job, unit=unit, quantity=quantity, source=f"{job.number}:overs", evidence=evidence)
    return line


def reason(line: OversLine) -> str:
    """Why so many are charged, in words."""
    by = {"ordered": "as ordered", "delivered": "as delivered", "capped": "as delivered, at most as ordered"}
    return f"charged {by[line.billed]}; {_FATES[line.overs]}"


def line_of(session: Session, job_id: int) -> OversLine | None:
    """The line of a job that has left."""
    return session.get(OversLine, job_id)


def _beside(session: Session, job: Job, policy: OversPolicy, made: MadeOf) -> dict[str, Decimal]:
    """Units of the run that the policy charges beyond what came out of each step, which is charged already: overs
    without set-up, or what an order for so many would have used.
    """
    more = policy.charged(made.to_leave) - min(made.to_leave, policy.ordered)
    if more <= 0:
        return {}
    planned: dict[str, Decimal] = defaultdict(Decimal)
    running: dict[str, Decimal] = defaultdict(Decimal)
    steps = list(_steps(session, job))
    for row, weights, at in steps:
        for one in row.usage or ():
            planned[one.unit] += earned(one.quantity, 1, 1, weights)[at]
            running[one.unit] += earned(one.quantity - one.set_up, more, policy.ordered, weights)[at]
    if made.to_leave >= policy.ordered:
        return running
    recorded = _recorded(session, job, planned)
    return {unit: quantity - recorded.get(unit, Decimal(0)) for unit, quantity in planned.items()}


def _steps(session: Session, job: Job) -> Iterator[tuple[Operation, list[int], int]]:
    """Operations of the job's runs that were done in the house, each with the shares of its lot and the job's place
    among them. Those of a make-up make what the run was planned to.
    """
    query = select(Operation).where(Operation.lot_id.in_(lots_of(job)), Operation.state != O.SKIPPED)
    rows = session.scalars(query.order_by(Operation.lot_id, Operation.step)).all()
    first = min((row.lot_id for row in rows), default=None)  # a run is laid out before its make-ups
    shares = session.scalars(select(LotShare).filter_by(lot_id=first).order_by(LotShare.position)).all()
    weights = [one.quantity for one in shares]
    for row in rows:
        if row.lot_id == first and not is_outside(session, row):
            yield row, weights, [one.job_id for one in shares].index(job.id)


def _recorded(session: Session, job: Job, units: Collection[str]) -> dict[str, Decimal]:
    query = select(Usage.unit, func.sum(Usage.quantity)).where(
        Usage.job_id == job.id, Usage.unit.in_(units), Usage.operation_id.is_not(None),
        Usage.id.not_in(select(UsageVoid.usage_id)),
    )  # fmt: skip
    return {row[0]: row[1] for row in session.execute(query.group_by(Usage.unit))}
