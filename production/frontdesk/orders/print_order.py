"""An order of something printed becomes a job with its component, or changes one."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, InvalidInput
from production.catalog.overs import policy_of
from production.catalog.rows import ProductRow
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.print_request import Checked, PrintRequest, check
from production.jobs.models import Component, Job, PrintItem, PrintJob
from production.jobs.stops import Stop, set_stops
from store.db import UnitOfWork


def submit_print(
    uow: UnitOfWork,
    request: PrintRequest,
    artwork: GivenFile | None,
    *,
    agency_id: int,
    requester_id: int,
    order_id: int | None = None,
) -> Job:
    """A print job in an order, a new one unless said, submitted. InvalidInput lists everything wrong with it."""
    checked = check(uow, agency_id, request)
    if artwork is None:
        raise InvalidInput("The file is missing.", code="FILE_MISSING")
    job = intake.new_job(
        uow, PrintJob, agency_id=agency_id, requester_id=requester_id, units=checked.units,
        title=request.title.strip(), product=request.product, quantity=request.quantity, due=request.due,
        order_id=order_id,
    )  # fmt: skip
    _make_component(uow, job, request, checked)
    intake.submit_revision(uow, job, {"artwork": artwork})
    return job


def resubmit_print(uow: UnitOfWork, request: PrintRequest, artwork: GivenFile | None, job: Job) -> None:
    """The job as it is asked for now; any approval becomes void. ``artwork``: None for the one it has."""
    checked = check(uow, job.agency_id, request)
    job.title, job.quantity, job.due = request.title.strip(), request.quantity, request.due
    intake.charge_to(uow, job, checked.units)
    remove_components(uow, job)
    _make_component(uow, job, request, checked)
    intake.submit_revision(uow, job, {"artwork": artwork} if artwork else {})


def remove_components(uow: UnitOfWork, job: Job) -> None:
    """Before others come in their place."""
    parts = select(Component.id).filter_by(job_id=job.id)
    uow.session.execute(delete(PrintItem).where(PrintItem.component_id.in_(parts)))
    uow.session.execute(delete(Component).filter_by(job_id=job.id))


def print_item(session: Session, job: Job) -> PrintItem:
    """What a print job prints; of several components the first. Conflict STATE where it is filled from the shelf."""
    query = select(PrintItem).join(Component, Component.id == PrintItem.component_id)
    found = session.scalars(
        query.filter(Component.job_id == job.id).order_by(Component.position).limit(1)
    ).first()
    if found is None:
        raise Conflict(f"{job.number} is filled from the shelf: nothing of it is printed.", code="STATE")
    return found


def _make_component(uow: UnitOfWork, job: Job, request: PrintRequest, checked: Checked) -> None:
    product: ProductRow = checked.product
    set_stops(uow, job, [Stop(request.place.strip(), request.quantity)])
    part = Component(job_id=job.id, position=1, name=product.components[0], quantity=request.quantity)
    uow.session.add(part)
    uow.session.flush()  # its facts hang on its key
    policy = policy_of(uow.session, business_date(uow.now), job.agency.code, product, request.quantity)
    uow.session.add(
        PrintItem(
            component_id=part.id, stock=request.stock, sheet_width_in=checked.sheet.width_in,
            sheet_height_in=checked.sheet.height_in, options=checked.options, place=request.place.strip(),
            least=policy.least, most=policy.most, overs=policy.overs, billed=policy.billed,
        )
    )  # fmt: skip
