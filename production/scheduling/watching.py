"""What a late count, a stop or an approval that does not come puts off is told before anybody plans again."""

from __future__ import annotations

from sqlalchemy import select

from kernel import clock
from kernel.errors import UserError
from production.floor.schedule.moving import again
from production.scheduling.following import Move, follow
from production.scheduling.models import Schedule
from production.scheduling.reserving import one_at_a_time
from production.scheduling.standing import kept
from production.scheduling.work import plant_work
from store.db import Actor, Database

_PLAN = select(Schedule.ulid)


def follow_now(db: Database, actor: Actor) -> list[Move]:
    """The promises that the kept schedule moves, gone on from in its order with what is done and running now. None
    where it cannot go on so: the board says that, and somebody plans again.
    """
    with db.read_only(actor) as session:
        of = session.scalar(_PLAN)
        if of is None:
            return []
        work, standing = plant_work(session, clock.now()), kept(session).standing
    try:
        board, plan = again(work.problem, standing, work.overdue)
    except UserError:
        return []
    with db.unit_of_work(actor) as uow:
        one_at_a_time(uow.session)
        if uow.session.scalar(_PLAN) != of:  # planned again meanwhile, and followed then
            return []
        return follow(uow, work, board, plan, standing)
