"""A draft of something printed becomes a job, or changes one; a job becomes the answers of a draft again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from production.frontdesk.drafting.mailing_draft import given_files, splits_of
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.print_order import print_item, resubmit_print, submit_print
from production.frontdesk.preparation import first_check
from production.frontdesk.steps.base import Answers, drawn
from production.frontdesk.steps.print_answers import (
    ARTWORK,
    FINISHING,
    PRINT_ORDER,
    ArtworkAnswers,
    FinishingAnswers,
    PrintOrderAnswers,
    artwork_of,
    request_of,
)
from production.jobs.models import Job
from store.db import Actor, UnitOfWork
from store.files import FileStore
from store.plant import Plant

STEPS: tuple[str, ...] = (PRINT_ORDER, FINISHING, ARTWORK)


def submit(uow: UnitOfWork, _files: FileStore, draft: OrderDraft, order_id: int | None = None) -> Job:
    """A new job of a draft."""
    artwork = artwork_of(draft)
    return submit_print(
        uow, request_of(draft), artwork.file.given if artwork else None, agency_id=draft.agency_id,
        requester_id=draft.requester_id, order_id=order_id,
    )  # fmt: skip


def resubmit(uow: UnitOfWork, _files: FileStore, draft: OrderDraft, job: Job) -> None:
    """The job as the draft has it now."""
    artwork = artwork_of(draft)
    resubmit_print(uow, request_of(draft), artwork.file.given if artwork else None, job)


def afresh(_session: Session, answers: Mapping[str, Answers]) -> Mapping[str, Answers]:
    """All but the day."""
    return {**answers, PRINT_ORDER: answers[PRINT_ORDER].model_copy(update={"due": None})}


def answers_of(plant: Plant, actor: Actor, job: Job, *, revision: int | None = None) -> Mapping[str, Answers]:
    """What was answered for the job as it stands, by step; a file that can no longer be looked at is asked for anew."""
    with plant.db.read_only(actor) as session:
        item = print_item(session, job)
        order = PrintOrderAnswers(
            title=job.title,
            quantity=job.quantity or 0,
            due=job.due,
            place=item.place,
            splits=splits_of(session, job),
        )
        file = given_files(session, job, revision)["artwork"]
    found: dict[str, Answers] = {
        PRINT_ORDER: order,
        FINISHING: FinishingAnswers(stock=item.stock, options=item.options),
    }
    size = float(item.sheet_width_in), float(item.sheet_height_in)
    try:
        pages = first_check.check_artwork(plant.files, plant.files.checked_path(file.sha256), file.name, size)
    except InvalidInput:
        return found
    return found | {ARTWORK: ArtworkAnswers(file=file, pages=drawn(pages))}
