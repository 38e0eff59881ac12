"""What is to be done for a project, by whom and by which day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from kernel.clock import business_date
from kernel.errors import Forbidden, NotFound, refused_field
from kernel.ids import named_ulid, new_ulid
from production.frontdesk.projects.models import Project, ProjectTask, Side
from production.frontdesk.projects.talking import refuse_if_ended, side_of
from production.jobs.lifecycle import note
from production.people.names import full_name
from store.db import UnitOfWork


def add(uow: UnitOfWork, project: Project, words: str, *, side: Side, due: date) -> None:
    """One more. InvalidInput PROJECT for a day that is past."""
    refuse_if_ended(project)
    if due < business_date(uow.now):
        raise refused_field("PROJECT", "due", "This day is past.", "Write today or a later day.")
    uow.session.add(
        ProjectTask(
            ulid=new_ulid(uow.now), job_id=project.id, words=words, side=side, due=due, done_at=None, done_by=""
        )
    )  # fmt: skip
    note(uow, project, "task_set" if side is Side.AGENCY else "task_taken", due=due.isoformat())


def tick_off(uow: UnitOfWork, project: Project, ulid: str) -> None:
    """It is done; nothing happens when it was before. NotFound; Forbidden to an agency for a task of the shop."""
    refuse_if_ended(project)
    task = _find(uow, project, ulid)
    if task.side is Side.SHOP and side_of(uow.actor) is Side.AGENCY:
        raise Forbidden("The shop says when its own tasks are done.")
    if task.done_at is None:
        task.done_at, task.done_by = uow.now, full_name(uow.session, uow.actor.name)
        note(uow, project, "task_done")


def _find(uow: UnitOfWork, project: Project, ulid: str) -> ProjectTask:
    query = select(ProjectTask).filter_by(job_id=project.id, ulid=named_ulid(ulid, "task"))
    task = uow.session.scalars(query.with_for_update()).first()
    if task is None:
        raise NotFound("There is no such task.")
    return task
