"""What the page of an operation tells of its working time: who is at it, for how long, and what was measured."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.models import WorkCenter
from production.floor.models import FirstPiece, FloorSpell, SpellKind
from production.floor.operations import dry_at, made_as
from production.floor.working import spells
from production.floor.working.measured import measured, newest
from production.floor.working.minutes import Worked
from production.floor.working.pausing import reasons
from production.jobs.counting import Count
from production.jobs.models import Operation


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody at one of its machines: what they do since when."""

    work_center: str  # its code
    place: str
    person: str
    kind: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AtWork:
    """``machines``: what is done at each, the one of the reader first; ``helpers``: who helps; ``reasons``: why it may
    have to stand; ``checks``: names of what is measured of its first piece, with the last that was; ``dry_at``: until
    when it waits, where that is not over.
    """

    machines: Sequence[Here]
    helpers: Sequence[Here]
    worked: Worked
    reasons: Sequence[str]
    measured: Sequence[FirstPiece]
    dry_at: datetime | None

    @property
    def minutes(self) -> int:
        """Of making ready and running, begun ones whole."""
        return math.ceil(self.worked.make_ready + self.worked.run)

    @property
    def stops(self) -> bool:
        """What was measured keeps it from running."""
        return any(row.stops for row in self.measured)


def at_work(session: Session, operation: Operation, *, work_center: str, now: datetime) -> AtWork:
    """As it stands now, for somebody at a machine with that name."""
    rows = spells.open_spells(session, operation, with_help=True)
    names: dict[str, str] = {}
    if rows:
        codes = {row.work_center for row in rows}
        query = select(WorkCenter.code, WorkCenter.name).where(WorkCenter.code.in_(codes))
        names = {row.code: row.name for row in session.execute(query)}
    here = [
        Here(row.work_center, names[row.work_center], row.person, row.kind.value, row.reason, row.began_at)
        for row in rows
    ]
    machines = [one for one in here if one.kind != SpellKind.HELP]
    until = dry_at(session, operation)
    return AtWork(
        sorted(machines, key=lambda one: one.place != work_center),
        [one for one in here if one.kind == SpellKind.HELP],
        spells.worked_at(session, [operation.id]).get(operation.id, Worked()),
        reasons(made_as(session, operation)),
        newest(measured(session, operation)),
        until if until and until > now else None,
    )


def doing(session: Session, tickets: Collection[str]) -> dict[str, tuple[str, str]]:
    """What is done at operations that run, with the reason of a pause; of one at several machines what runs first."""
    query = (
        select(Operation.ticket, FloorSpell.kind, FloorSpell.reason)
        .join(FloorSpell, FloorSpell.operation_id == Operation.id)
        .where(
            Operation.ticket.in_(tickets),
            FloorSpell.ended_at.is_(None),
            FloorSpell.taken_back_at.is_(None),
            FloorSpell.kind != SpellKind.HELP,
        )
        .order_by(FloorSpell.kind, FloorSpell.id)  # make-ready, pause, run: the last one stays
    )
    return {ticket: (kind.value, reason) for ticket, kind, reason in session.execute(query)}


def minutes_left(worked: Worked, count: Count, planned: int | None) -> int | None:
    """Until it is done: as fast as it ran so far, else what is left of its plan; None where nobody can say."""
    if count.counted and worked.run:
        return math.ceil(worked.run / count.counted * max(0, count.left))
    if planned is None:
        return None
    return max(0, math.ceil(Fraction(planned) - worked.make_ready - worked.run))
