"""Draw the papers of a mailing."""

from __future__ import annotations

from sqlalchemy import select

from production.mailings.models import Mailing
from production.mailroom.papers import mailing_papers as mailroom_papers
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work


def papers(plant: Plant, work: Work) -> Record:
    """Tickets, tray labels, statement preview and qualification report from the plans."""
    with plant.db.read_only(system_actor("papers")) as session:
        mailing = session.scalars(select(Mailing).filter_by(ulid=work.subject)).one()
        facts = mailroom_papers.read_facts(session, mailing)
    made = mailroom_papers.make_papers(plant.files, facts, work.folder)
    return lambda uow: mailroom_papers.record_papers(uow, mailing.id, made)
