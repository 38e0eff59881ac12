"""What a script calls the steps of a job: nobody knows their tickets before it is ordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.floor.models import MakeUp
from production.frontdesk.orders.queries import job_by_number
from production.frontdesk.preparation.print_check import plan_of
from production.jobs.models import Component, Operation
from production.jobs.route import lots_of
from store.files import FileStore
from web.commands.line import CONSOLE_ACTOR


def named_steps(session: Session, files: FileStore, number: str) -> dict[str, Operation]:
    """The steps of a job by name: its work, where several do the same with the component, else with its number in the
    route. Those of a make-up begin with ``make-up``, from the second make-up on with ``make-up 2``.
    """
    job = job_by_number(session, CONSOLE_ACTOR, number)
    parts = {one.position: one.name for one in session.scalars(select(Component).filter_by(job_id=job.id))}
    component = {one.step: parts.get(one.component or 0, "") for one in plan_of(session, files, job)}
    query = select(Operation).where(Operation.lot_id.in_(lots_of(job)))
    lots: dict[int, list[Operation]] = {}  # the run was laid out before its make-ups
    for row in session.scalars(query.order_by(Operation.lot_id, Operation.step)):
        lots.setdefault(row.lot_id, []).append(row)
    make_ups = set(session.scalars(select(MakeUp.lot_id).where(MakeUp.lot_id.in_(lots))))
    names = dict(_names(next(iter(lots.values()), ()), component))
    found: dict[str, Operation] = {}
    for nth, (lot, rows) in enumerate(lots.items()):
        before = "" if lot not in make_ups else "make-up " if nth == 1 else f"make-up {nth} "
        found |= {before + names[row.step]: row for row in rows}
    return found


def _names(rows: Sequence[Operation], component: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    """By their place in the route, which a make-up keeps."""
    works = [row.made_as.work if row.made_as else row.type for row in rows]
    ways = [
        (work, f"{work} {component.get(row.step, '')}".strip(), f"{work} {row.step}")
        for work, row in zip(works, rows, strict=True)
    ]
    often = Counter(name for names in ways for name in dict.fromkeys(names))
    for row, names in zip(rows, ways, strict=True):
        yield row.step, next((name for name in names if often[name] == 1), names[-1])
