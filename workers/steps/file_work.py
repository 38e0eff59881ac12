"""What is done to a long file of a component: looked at, fixed, its pages arranged."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import InvalidInput
from production.frontdesk.artwork import working
from production.frontdesk.artwork.component_file import ComponentFile
from production.frontdesk.artwork.models import Act, FileWork
from production.frontdesk.artwork.working import Done
from production.frontdesk.preparation.component_check import component_report, pages_of
from production.frontdesk.preparation.first_check import DrawnPage
from production.frontdesk.steps.component_files import keep_looked_at
from store.db import UnitOfWork, system_actor
from store.plant import Plant
from workers.registry import Record, Work

ACTOR = system_actor("file_work")


def file_work(plant: Plant, work: Work) -> Record:
    """The version that came of it with its report, and the pages of a draft's file; or why nothing did."""
    with plant.db.read_only(ACTOR) as session:
        row = session.scalars(select(FileWork).filter_by(ulid=work.subject)).one()
        one = working.opened(session, row)
        before = working.not_looked_at(session, one)
    if row.ended_at is not None:
        return lambda _uow: None

    def say(parts: int) -> None:
        work.beat()
        with plant.db.unit_of_work(ACTOR) as uow:
            working.progress(uow, row, parts)

    done = working.do(plant.files, one, row, before, say)
    is_of_draft = row.draft_id is not None and row.act is Act.SENT
    pages = _pages(plant, one, done) if is_of_draft else None

    def record(uow: UnitOfWork) -> None:
        if working.record(uow, row.id, done) and is_of_draft:
            keep_looked_at(uow, row, done, pages)

    return record


def _pages(plant: Plant, one: ComponentFile, done: Done) -> list[DrawnPage] | None:
    """As they print; None where something stops them."""
    if done.report is None:
        return None
    try:
        return pages_of(plant.files, one.sha256, component_report(done.report), one.component, one.accepted)
    except InvalidInput:
        return None
