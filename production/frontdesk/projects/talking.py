"""What both sides say about a project, with files; and notes of the shop to itself."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.errors import IllegalTransition, refused_field
from kernel.ids import new_ulid
from production.frontdesk.orders.intake import NAME_LENGTH, GivenFile
from production.frontdesk.projects.models import Project, ProjectFile, ProjectMessage, Side
from production.jobs.lifecycle import note
from production.jobs.states import JobState
from production.people.names import full_name
from store.db import Actor, UnitOfWork
from store.files import record_file

MOST_LETTERS, MOST_FILES = 4000, 10
OPEN = (JobState.SUBMITTED, JobState.IN_PRODUCTION)


def side_of(actor: Actor) -> Side:
    """Who is speaking."""
    return Side.SHOP if actor.agency_id is None else Side.AGENCY


def say(
    uow: UnitOfWork, project: Project, words: str, files: Sequence[GivenFile], *, is_internal: bool = False
) -> None:
    """A message to the other side, whose turn it is then; or a note of the shop, which changes nothing. InvalidInput
    without words and files; IllegalTransition once the project has ended.
    """
    refuse_if_ended(project)
    if not words.strip() and not files:
        raise refused_field("PROJECT", "words", "Say something, or give a file.")
    side = side_of(uow.actor)
    if is_internal and side is Side.SHOP:
        add_message(uow, project, words, files, side=side, is_internal=True)
        uow.audit("job", project.ulid, "project_noted", of=project.number)  # no event: agencies read those
        return
    add_message(uow, project, words, files, side=side)
    turn_to(uow, project, Side.AGENCY if side is Side.SHOP else Side.SHOP)
    note(uow, project, "project_answered" if side is Side.SHOP else "project_asked_on")


def add_message(
    uow: UnitOfWork,
    project: Project,
    words: str,
    files: Sequence[GivenFile],
    *,
    side: Side,
    is_internal: bool = False,
) -> None:
    """Words and files as they were given."""
    message = ProjectMessage(
        job_id=project.id, side=side, author=full_name(uow.session, uow.actor.name), words=words.strip(),
        is_internal=is_internal, made_at=uow.now,
    )  # fmt: skip
    uow.session.add(message)
    uow.session.flush()  # its files hang on its key
    uow.session.add_all(
        ProjectFile(
            ulid=new_ulid(uow.now), message_id=message.id, sha256=record_file(uow, one.ref),
            given_name=one.name[-NAME_LENGTH:], size=one.ref.size,
        )
        for one in files
    )  # fmt: skip


def turn_to(uow: UnitOfWork, project: Project, side: Side) -> None:
    """It waits for that side; its clock begins anew only where the turn changes."""
    if project.waits_for is not side:
        project.waits_for, project.since = side, uow.now


def refuse_if_ended(project: Project) -> None:
    """IllegalTransition once it has ended."""
    if project.state not in OPEN:
        raise IllegalTransition("This project has ended.", remedy="Ask a new question.", state=project.state)
