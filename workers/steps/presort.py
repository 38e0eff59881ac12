"""Sort a batch."""

from __future__ import annotations

from sqlalchemy import select

from production.mailroom.streams import planning
from production.mailroom.streams.models import PresortStream
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work


def presort(plant: Plant, work: Work) -> Record:
    """The plan of a batch; recording it releases the batch to the floor."""
    with plant.db.read_only(system_actor("presort")) as session:
        batch = session.scalars(select(PresortStream).filter_by(ulid=work.subject)).one()
        facts = planning.read_facts(session, batch)
    planned = planning.plan_batch(plant.files, facts, work.folder)
    return lambda uow: planning.record_plan(uow, planned)
