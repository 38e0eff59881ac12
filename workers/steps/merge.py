"""Merge one segment or reprint of a stream."""

from __future__ import annotations

from sqlalchemy import select

from production.jobs.models import Operation
from production.mailroom.streams import segments
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work


def merge(plant: Plant, work: Work) -> Record:
    """The print file of one merge operation, checked page by page."""
    with plant.db.read_only(system_actor("merge")) as session:
        operation = session.scalars(select(Operation).filter_by(ulid=work.subject)).one()
        facts = segments.read_facts(session, operation)
    merged = segments.merge_segment(plant.files, facts, work.folder)
    return lambda uow: segments.record_merge(uow, merged)
