"""The ticket of a print run, issued when it is released and again when something of it changes."""

from __future__ import annotations

from sqlalchemy import select

from kernel import clock
from production.frontdesk.tickets import issuing
from production.jobs.models import PrintRun
from store.db import UnitOfWork, system_actor
from store.plant import Plant
from workers.registry import Record, Work

ACTOR = system_actor("ticket")


def ticket(plant: Plant, work: Work) -> Record:
    """The next issue; nothing where the last one still says how it is."""
    with plant.db.read_only(ACTOR) as session:
        run = session.scalars(select(PrintRun).filter_by(ulid=work.subject)).one()
        drawn = issuing.draw(session, plant.files, run, work.folder, at=clock.now())

    def record(uow: UnitOfWork) -> None:
        if drawn is not None:
            issuing.record(uow, uow.session.get_one(PrintRun, run.id), drawn)

    return record
