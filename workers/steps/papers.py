"""Draw the papers of a batch."""

from __future__ import annotations

from sqlalchemy import select

from production.mailroom.papers import mailing_papers as mailroom_papers
from production.mailroom.streams.models import PresortStream
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work


def papers(plant: Plant, work: Work) -> Record:
    """Tickets, tray labels, statement preview and qualification report from the plan."""
    with plant.db.read_only(system_actor("papers")) as session:
        batch = session.scalars(select(PresortStream).filter_by(ulid=work.subject)).one()
        facts = mailroom_papers.read_facts(session, batch)
    made = mailroom_papers.make_papers(plant.files, facts, work.folder)
    return lambda uow: mailroom_papers.record_papers(uow, batch.id, made)
