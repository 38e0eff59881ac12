"""How many of a print job were made, and how many of them its order takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.jobs.models import Component, Job, Lot, LotShare, Operation, PrintItem
from production.jobs.states import LotState


@dataclass(frozen=True, slots=True)
class MadeOf:
    """Good copies of a job; ``kept``: those that stay in the shop, by the policy of its order; ``recycled``: those that
    are thrown away by it.
    """

    good: int
    kept: int
    recycled: int = 0

    @property
    def to_leave(self) -> int:
        """What goes to its places."""
        return self.good - self.kept - self.recycled


def made_of(session: Session, job: Job) -> MadeOf:
    """Of one job."""
    return made_of_all(session, [job.id])[job.id]


def made_of_all(session: Session, jobs: Collection[int]) -> Mapping[int, MadeOf]:
    """Jobs by key, by the counts of the last step of their run, those of its make-ups among them, in copies of the
    order. Of a job without a run, which was taken in made, its quantity.
    """
    counts = (
        select(LotShare.job_id, LotShare.quantity, Operation.step, Operation.good, Operation.quantity)
        .join(Lot, Lot.id == LotShare.lot_id)
        .join(Operation, Operation.lot_id == LotShare.lot_id)
        .where(LotShare.job_id.in_(jobs), Lot.state != LotState.CANCELLED)
        .order_by(LotShare.job_id, Operation.step.desc(), LotShare.lot_id)
    )
    good: dict[int, int] = {}
    for job, rows in groupby(session.execute(counts), key=lambda row: row[0]):
        # A run was laid out before its make-ups, so that its own row comes first; a make-up may end at an earlier step.
        (_, ordered, end, came, planned), *others = rows
        whole = (came or 0) + sum(row[3] or 0 for row in others if row[2] == end)
        good[job] = whole * ordered // (planned or 1)
    takes = (
        select(Job.id, Job.quantity, PrintItem)
        .outerjoin(Component, (Component.job_id == Job.id) & (Component.position == 1))
        .outerjoin(PrintItem, PrintItem.component_id == Component.id)
    )
    found = {}
    for job, quantity, item in session.execute(takes.where(Job.id.in_(jobs))):
        made = good.get(job, quantity or 0)
        policy = item.policy(quantity or 0) if item is not None else None
        found[job] = MadeOf(made, policy.kept(made), policy.recycled(made)) if policy else MadeOf(made, 0)
    return found
