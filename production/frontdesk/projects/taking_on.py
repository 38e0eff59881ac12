"""Somebody of the shop looks after a project, from taking it on to its end."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import InvalidInput
from production.frontdesk.projects.models import Project
from production.frontdesk.projects.talking import refuse_if_ended
from production.jobs.lifecycle import advance, note
from production.jobs.models import Usage
from production.jobs.states import JobState
from production.people.names import full_name
from store import outbox
from store.db import UnitOfWork


def take_on(uow: UnitOfWork, project: Project) -> None:
    """The actor looks after it from now on, in place of whoever did."""
    refuse_if_ended(project)
    project.owner_id, project.owner = uow.actor.user_id, full_name(uow.session, uow.actor.name)
    if project.state is JobState.SUBMITTED:
        advance(uow, project, "take_on", who=project.owner)
    else:
        note(uow, project, "taken_over", who=project.owner)


def conclude(uow: UnitOfWork, project: Project) -> None:
    """The end of it: its hours are charged, if there are any. InvalidInput PROJECT while nobody has taken it on."""
    refuse_if_ended(project)
    if project.owner_id is None:
        raise InvalidInput("Nobody has taken this on yet.", code="PROJECT")
    used = uow.session.scalars(select(Usage.id).filter_by(job_id=project.id).limit(1)).first()
    if used is None:
        advance(uow, project, "end")
    else:
        advance(uow, project, "conclude")
        outbox.request(uow, "charge", project.ulid)
