"""A draft of an order from the shelf becomes a job, or changes one; a job becomes the answers of a draft again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from production.frontdesk.drafting.mailing_draft import splits_of
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.shelf_order import ShelfRequest, resubmit_shelf, submit_shelf
from production.frontdesk.steps.base import Answers
from production.frontdesk.steps.shelf_answers import FROM_SHELF, ShelfAnswers, shelf_of_draft
from production.jobs.models import Job
from production.jobs.stops import stops_of
from production.stockroom.picking import pick_of
from store.db import Actor, UnitOfWork
from store.files import FileStore
from store.plant import Plant

STEPS: tuple[str, ...] = (FROM_SHELF,)


def _request(draft: OrderDraft) -> ShelfRequest:
    answers = shelf_of_draft(draft)
    assert answers is not None  # a draft begins with it  # noqa: S101
    return answers.request


def submit(uow: UnitOfWork, _files: FileStore, draft: OrderDraft) -> Job:
    """A new job of a draft."""
    return submit_shelf(uow, _request(draft), agency_id=draft.agency_id, requester_id=draft.requester_id)


def resubmit(uow: UnitOfWork, _files: FileStore, draft: OrderDraft, job: Job) -> None:
    """The job as the draft has it now."""
    resubmit_shelf(uow, _request(draft), job)


def afresh(_session: Session, answers: Mapping[str, Answers]) -> Mapping[str, Answers]:
    """All but the day."""
    return {**answers, FROM_SHELF: answers[FROM_SHELF].model_copy(update={"due": None})}


def answers_of(plant: Plant, actor: Actor, job: Job, *, revision: int | None = None) -> Mapping[str, Answers]:
    """What was answered for the job as it stands; of an earlier revision too, for no file was given."""
    del revision
    with plant.db.read_only(actor) as session:
        item, (stop, *_) = pick_of(session, job), stops_of(session, job)
        answers = ShelfAnswers(
            item=item.code if item else "-", quantity=job.quantity or 0, due=job.due, place=stop.place,
            way=stop.way.value, splits=splits_of(session, job),
        )  # fmt: skip
    return {FROM_SHELF: answers}
