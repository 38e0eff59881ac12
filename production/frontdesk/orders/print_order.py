"""An order of something printed becomes a job with its component, or changes one; a job becomes answers again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from production.catalog.rows import ProductRow
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.mailing_order import given_files, splits_of
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.print_request import Checked, PrintRequest, check
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
from production.jobs.models import Component, Job, PrintItem, PrintJob
from store.db import Actor, UnitOfWork
from store.plant import Plant


def submit(uow: UnitOfWork, draft: OrderDraft) -> Job:
    """A new job of a draft."""
    artwork = artwork_of(draft)
    return submit_print(
        uow, request_of(draft), artwork.file.given if artwork else None, agency_id=draft.agency_id,
        requester_id=draft.user_id,
    )  # fmt: skip


def submit_print(
    uow: UnitOfWork, request: PrintRequest, artwork: GivenFile | None, *, agency_id: int, requester_id: int
) -> Job:
    """A new order with one print job, submitted. InvalidInput lists everything wrong with it."""
    checked = check(uow, agency_id, request)
    if artwork is None:
        raise InvalidInput("The file is missing.", code="FILE_MISSING")
    job = intake.new_job(
        uow, PrintJob, agency_id=agency_id, requester_id=requester_id, units=checked.units,
        title=request.title.strip(), product=request.product, quantity=request.quantity, due=request.due,
    )  # fmt: skip
    _make_component(uow, job, request, checked)
    intake.submit_revision(uow, job, {"artwork": artwork})
    return job


def resubmit(uow: UnitOfWork, draft: OrderDraft, job: Job) -> None:
    """The job as the draft has it now; any approval becomes void."""
    request, artwork = request_of(draft), artwork_of(draft)
    checked = check(uow, job.agency_id, request)
    job.title, job.quantity, job.due = request.title.strip(), request.quantity, request.due
    intake.charge_to(uow, job, checked.units)
    parts = select(Component.id).filter_by(job_id=job.id)
    uow.session.execute(delete(PrintItem).where(PrintItem.component_id.in_(parts)))
    uow.session.execute(delete(Component).filter_by(job_id=job.id))
    _make_component(uow, job, request, checked)
    intake.submit_revision(uow, job, {"artwork": artwork.file.given} if artwork else {})


def answers_of(plant: Plant, actor: Actor, job: Job) -> Mapping[str, Answers]:
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
        file = given_files(session, job)["artwork"]
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


def print_item(session: Session, job: Job) -> PrintItem:
    """What a print job prints."""
    query = select(PrintItem).join(Component, Component.id == PrintItem.component_id)
    return session.scalars(query.filter(Component.job_id == job.id).order_by(Component.position)).one()


def _make_component(uow: UnitOfWork, job: Job, request: PrintRequest, checked: Checked) -> None:
    product: ProductRow = checked.product
    part = Component(job_id=job.id, position=1, name=product.components[0], quantity=request.quantity)
    uow.session.add(part)
    uow.session.flush()  # its facts hang on its key
    least, most = product.takes(request.quantity)
    uow.session.add(
        PrintItem(
            component_id=part.id, stock=request.stock, sheet_width_in=checked.sheet.width_in,
            sheet_height_in=checked.sheet.height_in, options=checked.options, place=request.place.strip(),
            least=least, most=most,
        )
    )  # fmt: skip
