"""The barcode sorter's steps: bin plan, run log, presort of what was read."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.mailings.models import PresortStream
from production.mailroom.sorter import logs, runs
from production.mailroom.sorter import presort as sorter_presort
from production.mailroom.sorter.models import SorterLog
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work

_ACTOR = system_actor("sorter")


def plan(plant: Plant, work: Work) -> Record:
    """The bin plan of a run, from the density it expects."""
    with plant.db.read_only(_ACTOR) as session:
        facts = runs.read_facts(session, _stream(session, work))
    made = runs.make_bins(plant.files, facts)
    return lambda uow: runs.record_bins(uow, made)


def log(plant: Plant, work: Work) -> Record:
    """A run log, read in a limited child process."""
    with plant.db.read_only(_ACTOR) as session:
        given = session.scalars(select(SorterLog).filter_by(ulid=work.subject)).one()
        facts = logs.read_facts(session, given)
    read = logs.read_log(plant.files, facts, work.folder)
    return lambda uow: logs.record_log(uow, read)


def presort(plant: Plant, work: Work) -> Record:
    """The plan of a closed run; recording it sends the stream on its way to the dock."""
    with plant.db.read_only(_ACTOR) as session:
        facts = sorter_presort.read_facts(session, _stream(session, work))
    made = sorter_presort.plan_reads(plant.files, facts, work.folder)
    return lambda uow: sorter_presort.record_reads(uow, made)


def _stream(session: Session, work: Work) -> PresortStream:
    return session.scalars(select(PresortStream).filter_by(ulid=work.subject)).one()
