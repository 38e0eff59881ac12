"""Sort a mailing."""

from __future__ import annotations

from sqlalchemy import select

from production.mailings.models import Mailing
from production.mailroom.streams import planning
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work


def presort(plant: Plant, work: Work) -> Record:
    """A plan of each stream; recording them releases the streams to the floor."""
    with plant.db.read_only(system_actor("presort")) as session:
        mailing = session.scalars(select(Mailing).filter_by(ulid=work.subject)).one()
        facts = planning.read_facts(session, mailing)
    made = planning.sort_mailing(plant.files, facts, work.folder)
    return lambda uow: planning.record_plans(uow, facts, made)
