"""A print order by specification through the plant, by the verbs of the screens: ordered, checked, approved, made,
delivered, charged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.models import Charge
from kernel import clock
from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.money import ZERO, Money
from production.catalog import queries as catalog
from production.catalog.forms.queries import orderable
from production.catalog.planning import PlannedOperation
from production.catalog.products.spec import Spec, with_copies
from production.catalog.publications import copies_for
from production.catalog.shop_calendar import shop_calendar
from production.dock.deliver import cartons_of_delivery, deliver
from production.dock.dispatch import dispatch_job
from production.dock.models import Delivery
from production.dock.packing import close_all
from production.dock.queries import delivery_row
from production.dock.stops import StopLine, stop_lines
from production.floor import operations as floor
from production.floor.ledger import lines
from production.floor.ledger.book import waits_for
from production.floor.ledger.numbers import missing
from production.frontdesk.approving import approvals
from production.frontdesk.orders import spec_order
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.models import Quote
from production.frontdesk.orders.queries import job_by_number
from production.frontdesk.orders.shelf_order import ShelfRequest, submit_shelf
from production.frontdesk.orders.spec_order import FormAsked
from production.frontdesk.preparation.print_check import plan_of
from production.frontdesk.preparation.worksheet import cartons_of
from production.jobs.models import Job, JobFile, JobFinding, LotShare, Operation, OutsideStep
from production.jobs.ranges import words
from production.jobs.route import FINAL
from production.jobs.states import JobState, OperationState, StopWay
from production.jobs.stops import charged
from production.people.models import Agency, BudgetUnit, Role, User, UserRole
from production.prepress.page_map.arranging import pick_pages
from production.stockroom.shelf import shelf_of_form
from store.db import UnitOfWork
from store.files import FileRef
from store.plant import Plant
from web.commands.line import APPROVER, CONSOLE, CONSOLE_ACTOR, first_place
from web.portal.shelf_prices import Compared, compared

Drain = Callable[[Plant], object]
WALKED = "Walked through at once, without waiting"


@dataclass(frozen=True, slots=True)
class Made:
    """What became of an order; nothing was made where something stops it."""

    job: Job
    findings: Sequence[JobFinding]
    quote: Money | None
    charges: Sequence[Charge]
    operations: Sequence[Operation]
    files: Sequence[JobFile]
    plan: Mapping[int, PlannedOperation]
    delivered: int  # pieces that were handed over

    @property
    def charged(self) -> Money:
        """In all."""
        return sum((one.cents for one in self.charges), ZERO)


def run_order(
    plant: Plant, drain: Drain, spec: Spec, folder: Path, form: FormAsked | None = None, item: str = ""
) -> Made:
    """The order to its charges, or to the findings that stop it; ``place`` says the rest. ``item``: of the shelf, by
    its code, instead of printing.
    """
    if item:
        number = _from_shelf(plant, spec, item).number
        drain(plant)
    else:
        number = place(plant, drain, spec, folder, form)
    return carry_out(plant, drain, number)


def place(plant: Plant, drain: Drain, spec: Spec, folder: Path, form: FormAsked | None = None) -> str:
    """Ordered and checked; gives the job's number. ``folder``: where the files of the specification are; ``form``: of
    the register, that it makes. InvalidInput, NotFound, Conflict for what cannot be ordered.
    """
    with plant.files.scratch_folder() as scratch:
        job = _submit(plant, spec, _artwork(spec, folder, scratch), form)
    drain(plant)
    return job.number


def carry_out(plant: Plant, drain: Drain, number: str) -> Made:
    """An order that was checked: approved, made, delivered and charged, unless something stops it."""
    if not approve(plant, number):
        return made_of_order(plant, number)
    return make(plant, drain, number)


def approve(plant: Plant, number: str) -> bool:
    """An order that was checked is approved at its price, unless something stops it."""
    found = made_of_order(plant, number)
    if found.job.state is not JobState.PROOF_READY or found.quote is None:
        return False
    with plant.db.unit_of_work(APPROVER) as uow:
        row = uow.session.get_one(Job, found.job.id)
        approvals.approve(uow, row, revision=row.revision, total=found.quote)
    return True


def make(plant: Plant, drain: Drain, number: str) -> Made:
    """An order that is approved: made, delivered and charged."""
    drain(plant)
    rest(plant, number)
    drain(plant)
    return made_of_order(plant, number)


def rest(plant: Plant, number: str) -> None:
    """What is left of an order on the floor, each step with its planned counts, then packed, delivered and handed over.
    Conflict STATE while a step waits for an outside shop; OnHold.
    """
    job = _job(plant, number)
    while ticket := _next_ticket(plant, job):
        _work(plant, ticket)
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        away = session.scalars(_operations(job).where(Operation.state.not_in(FINAL))).first()
    if away is not None:
        raise Conflict(
            f"{away.ticket} is {away.state.value.replace('_', ' ')}.", code="STATE",
            remedy="Count in what an outside shop brings, or say what became of the step; then do the rest.",
        )  # fmt: skip
    _deliver(plant, job)


def made_of_order(plant: Plant, number: str) -> Made:
    """What has become of an order until now."""
    return _made(plant, _job(plant, number))


def _job(plant: Plant, number: str) -> Job:
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        return job_by_number(session, CONSOLE_ACTOR, number)


def _artwork(spec: Spec, folder: Path, scratch: Path) -> dict[str, Path]:
    """The file of each component, beside the specification; where pages of one are named, those."""
    found = {}
    for at, given in enumerate(spec.files):
        path = folder / given.file
        if not path.is_file():
            words = f"There is no file {given.file} beside the specification."
            remedy = "Put it there, or correct its name."
            raise InvalidInput(words, code="FILE_MISSING", field=f"files.{at}.file", remedy=remedy)
        if given.pages:
            picked = scratch / f"{at}-{path.name}"
            pick_pages(path, given.pages, picked, field=f"files.{at}.pages")
            path = picked
        found[given.component] = path
    return found


def _submit(plant: Plant, spec: Spec, artwork: Mapping[str, Path], form: FormAsked | None) -> Job:
    kept = {name: GivenFile(_kept(plant, path), path.name) for name, path in artwork.items()}
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        agency, requester = _who_orders(uow, spec.agency)
        own = _completed(uow, spec, agency)
        copies = copies_for(uow.session, own.product, own.due) if own.due else ()
        whole = with_copies(own, copies)
        said = spec_order.kept_spec(plant.files, whole)
        splits = {whole.account: 1} if whole.account else {}
        wanted = spec_order.Wanted(whole, said, kept, splits, form=form, depository=len(copies))
        return spec_order.submit_spec(uow, wanted, agency_id=agency.id, requester_id=requester.id)


def shelf_of_order(plant: Plant, spec: Spec, form: FormAsked) -> Compared | None:
    """What lies on the shelf of a form that is ordered; None where the stockroom does not keep it."""
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        agency, _ = _who_orders(uow, spec.agency)
        revision, today = orderable(uow.session, agency.id, *form), clock.today()
        kept = shelf_of_form(uow.session, revision, today)
        stops = charged(StopWay(one.way) for one in spec.delivery)
        return (
            compared(uow.session, plant.files, kept, revision, spec.quantity, spec.due or today, stops)
            if kept
            else None
        )


def _from_shelf(plant: Plant, spec: Spec, item: str) -> Job:
    """All of it to the first place."""
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        agency, requester = _who_orders(uow, spec.agency)
        own = _completed(uow, spec, agency)
        (stop, *_) = spec_order.stops_of_spec(own)
        wanted = ShelfRequest(
            item, own.quantity, own.due or clock.today(), stop.place, {own.account: 1} if own.account else {}, stop.way
        )  # fmt: skip
        return submit_shelf(uow, wanted, agency_id=agency.id, requester_id=requester.id)


def _kept(plant: Plant, path: Path) -> FileRef:
    with path.open("rb") as stream:
        return plant.files.keep_stream(stream, "application/pdf")


def _who_orders(uow: UnitOfWork, code: str) -> tuple[Agency, User]:
    """The agency, the first there is unless one is named, and somebody of it who may order."""
    query = (
        select(Agency, User)
        .join(User, User.agency_id == Agency.id)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == Role.REQUESTER)
        .order_by(Agency.id, User.id)
    )
    found = uow.session.execute((query.where(Agency.code == code) if code else query).limit(1)).first()
    if found is None:
        raise NotFound(f"There is no agency {code} with a person who orders.", field="agency")
    return found[0], found[1]


def _completed(uow: UnitOfWork, spec: Spec, agency: Agency) -> Spec:
    """With what is as usual where nothing is said: title, the first open account, the earliest day."""
    accounts = select(BudgetUnit.bill_code).filter_by(agency_id=agency.id, closed_at=None)
    first = uow.session.scalars(accounts.order_by(BudgetUnit.bill_code).limit(1)).first()
    return spec.model_copy(
        update={
            "agency": agency.code,
            "title": spec.title or catalog.product(uow.session, spec.product).name,
            "account": spec.account or first or "",
            "due": spec.due or shop_calendar(uow.session).earliest_due_date(clock.today()),
        }
    )


def _next_ticket(plant: Plant, job: Job) -> str | None:
    """Of a step that is running here, else that is ready; one that an outside shop has is not done by us."""
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        away = select(OutsideStep.operation_id).where(OutsideStep.operation_id == Operation.id)
        here = _operations(job).where(Operation.state.in_((OperationState.RUNNING, OperationState.READY)))
        rows = session.scalars(here.where(~away.exists())).all()
        free = (row.ticket for row in rows if not waits_for(session, row))
        return next(free, None)


def _work(plant: Plant, ticket: str) -> None:
    """Started and finished at a machine of its class; where numbers were counted, with those that are missing."""
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        operation = floor.find_ticket(uow.session, ticket)
        if operation.state is OperationState.READY:
            floor.start(uow, ticket, work_center=first_place(uow.session, operation.type), reason=WALKED)
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        numbers = _numbers_left(uow.session, floor.find_ticket(uow.session, ticket))
        floor.finish(uow, ticket, files=plant.files, numbers=numbers)


def _numbers_left(session: Session, operation: Operation) -> str:
    counted, ordered = lines.counted_numbers(session, operation), lines.numbers_at(operation)
    return words(missing(counted, ordered)) if counted and ordered else ""


def _deliver(plant: Plant, job: Job) -> None:
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        row = uow.session.get_one(Job, job.id)
        close_all(uow, row, cartons_of(uow.session, plant.files, row))
        for stop in stop_lines(uow.session, row):
            if stop.left_at is None:
                _leave(uow, row, stop)
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        for stop in stop_lines(uow.session, uow.session.get_one(Job, job.id)):
            if (
                stop.delivery is not None and stop.received_at is None
            ):  # what is picked up is handed over as it leaves
                delivery = delivery_row(uow.session, stop.delivery)
                deliver(
                    uow, delivery, received_by="As ordered", receipt="As ordered", knowing=["CARRIER_NUMBER"]
                )


def _leave(uow: UnitOfWork, job: Job, stop: StopLine) -> Delivery:
    return dispatch_job(
        uow,
        job,
        taken_by=CONSOLE,
        place=stop.place,
        way=stop.leaves_by,
        stop=stop.position,
        known_by="the console",
    )


def _operations(job: Job) -> Select[Operation]:
    of_job = select(LotShare.lot_id).filter_by(job_id=job.id)
    return select(Operation).where(Operation.lot_id.in_(of_job)).order_by(Operation.step)


def _made(plant: Plant, job: Job) -> Made:
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        row = session.get_one(Job, job.id)
        now = {"job_id": job.id, "revision": row.revision}
        operations = session.scalars(_operations(job)).all()
        planned = plan_of(session, plant.files, row) if operations else ()
        return Made(
            row,
            session.scalars(select(JobFinding).filter_by(**now).order_by(JobFinding.id)).all(),
            session.scalars(select(Quote.total).filter_by(**now)).first(),
            session.scalars(select(Charge).filter_by(job_id=job.id).order_by(Charge.id)).all(),
            operations,
            session.scalars(select(JobFile).filter_by(**now).order_by(JobFile.role)).all(),
            {one.step: one for one in planned},
            _handed_over(session, row),
        )


def _handed_over(session: Session, job: Job) -> int:
    received = select(Delivery).filter_by(job_id=job.id).where(Delivery.received_at.is_not(None))
    return sum(one.pieces for row in session.scalars(received) for one in cartons_of_delivery(session, row))
