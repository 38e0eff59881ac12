"""An order by specification becomes a job: the specification is kept with it as a file, beside those of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import InvalidInput, UserError
from kernel.findings import Finding, of_field
from postal.data.mail_days import in_full
from production.catalog import queries as catalog
from production.catalog.forms.models import FormRevision, JobForm
from production.catalog.forms.queries import orderable
from production.catalog.overs import policy_of
from production.catalog.products.ordered import share_problems
from production.catalog.products.spec import Spec
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.frontdesk.estimates.gangs import Gang
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.print_order import remove_components
from production.frontdesk.orders.print_request import due_problems
from production.jobs.consent import of_component
from production.jobs.models import Component, Job, PrintItem, PrintJob
from production.jobs.states import StopWay
from production.jobs.stops import Stop, places_in_words, set_stops
from production.people.models import BudgetUnit
from store.db import UnitOfWork
from store.documents import Versioned
from store.files import FileStore

SPEC = "spec"
ARTWORK = "artwork"
GANGED = "gang"  # how several names stand in the file of artwork
GANG: Versioned[Gang] = Versioned(Gang)
NAMED = "names"  # who stands in it, of stationery


class FormAsked(NamedTuple):
    """A form of the register by its number; of which revision, where that was said."""

    number: str
    revision: str = ""

    @classmethod
    def read(cls, text: str) -> FormAsked:
        """``DEX-104`` or ``DEX-104/3``."""
        number, _, revision = text.strip().partition("/")
        return cls(number.strip(), revision.strip())


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as it is given. ``kept``: the specification as a file; ``artwork`` by name of the component; ``splits``:
    bill code to weight; ``answers`` by question, where it was chosen so; ``form`` of the register, that it makes;
    ``gang``: of several names in one file (``GANG``); ``names``: who they are; ``depository``: how many of the last
    places get copies that a rule adds.
    """

    spec: Spec
    kept: GivenFile
    artwork: Mapping[str, GivenFile]
    splits: Mapping[str, int]
    answers: Mapping[str, str] = field(default_factory=dict)
    form: FormAsked | None = None
    gang: GivenFile | None = None
    names: GivenFile | None = None
    depository: int = 0

    @property
    def files(self) -> dict[str, GivenFile]:
        """By role."""
        given = {SPEC: self.kept}
        for position, component in enumerate(self.spec.components, start=1):
            given[of_component(ARTWORK, position)] = self.artwork[component.name]
        more = {GANGED: self.gang, NAMED: self.names}
        return given | {role: file for role, file in more.items() if file is not None}


def kept_spec(files: FileStore, spec: Spec) -> GivenFile:
    """The specification as a file that is kept."""
    text = spec.model_dump_json(by_alias=True, exclude_none=True).encode()
    return GivenFile(files.keep_bytes(text, "application/json"), "spec.json")


def submit_spec(
    uow: UnitOfWork, wanted: Wanted, *, agency_id: int, requester_id: int, order_id: int | None = None
) -> Job:
    """A print job in an order, a new one unless said. InvalidInput lists everything wrong with it; NotFound
    PRODUCT_UNKNOWN, FORM_UNKNOWN; Conflict FORM_SUPERSEDED.
    """
    spec, units = wanted.spec, _check(uow, wanted, agency_id)
    job = intake.new_job(
        uow, PrintJob, agency_id=agency_id, requester_id=requester_id, units=units, title=spec.title.strip(),
        product=spec.product, quantity=spec.quantity, due=spec.due, order_id=order_id,
    )  # fmt: skip
    _add_components(uow, job, wanted)
    _name_form(uow, job, wanted.form)
    intake.submit_revision(uow, job, wanted.files)
    return job


def resubmit_spec(uow: UnitOfWork, wanted: Wanted, job: Job) -> None:
    """The job as it is asked for now; any approval becomes void. Errors as for a new one."""
    spec, units = wanted.spec, _check(uow, wanted, job.agency_id)
    assert spec.due is not None  # checked  # noqa: S101
    job.title, job.quantity, job.due = spec.title.strip(), spec.quantity, spec.due
    intake.charge_to(uow, job, units)
    remove_components(uow, job)
    _add_components(uow, job, wanted)
    _name_form(uow, job, wanted.form)
    intake.submit_revision(uow, job, wanted.files, is_whole=True)


def form_problems(session: Session, agency_id: int, said: str) -> Iterator[Finding]:
    """Why the form that was said cannot be ordered; nothing where none was."""
    try:
        if said:
            orderable(session, agency_id, *FormAsked.read(said))
    except UserError as refusal:
        yield of_field(refusal.instance_code, "form", refusal.sentence, refusal.remedy)


def form_of(session: Session, job: Job) -> FormRevision | None:
    """The form of the register that a job makes."""
    query = select(FormRevision).join(JobForm, JobForm.form_revision_id == FormRevision.id)
    return session.scalars(query.where(JobForm.job_id == job.id)).first()


def _name_form(uow: UnitOfWork, job: Job, form: FormAsked | None) -> None:
    uow.session.execute(delete(JobForm).filter_by(job_id=job.id))
    if form is not None:
        revision = orderable(uow.session, job.agency_id, *form)
        uow.session.add(JobForm(job_id=job.id, form_revision_id=revision.id))


def _check(uow: UnitOfWork, wanted: Wanted, agency_id: int) -> list[tuple[BudgetUnit, int]]:
    """The accounts that pay, with their weights."""
    accounts = intake.own_accounts(uow, agency_id)
    problems = [
        *_problems(uow, wanted.spec, wanted.artwork),
        *intake.account_problems(wanted.splits, accounts),
    ]
    if problems:
        raise InvalidInput(
            f"The order is not complete. {problems[0].message}", code=problems[0].code, findings=problems,
            field=problems[0].place.column,
        )  # fmt: skip
    return [(accounts[code], weight) for code, weight in wanted.splits.items()]


def _problems(uow: UnitOfWork, spec: Spec, artwork: Mapping[str, GivenFile]) -> Iterator[Finding]:
    yield from intake.title_problems(spec.title)
    if spec.due is None:
        yield of_field(
            "DUE_DATE", "due", "The day it is to be there is missing.", "Write it, as in 2026-12-18."
        )
    else:
        yield from due_problems(spec.due, business_date(uow.now), shop_calendar(uow.session))
    yield from stop_problems(spec, shop_calendar(uow.session))
    for at, component in enumerate(spec.components):
        if component.name not in artwork:
            yield of_field(
                "FILE_MISSING", f"components.{at}", f"The file of {component.name} is missing.",
                "Name a file for every component.",
            )  # fmt: skip


def _add_components(uow: UnitOfWork, job: Job, wanted: Wanted) -> None:
    spec = wanted.spec
    product, day = catalog.product(uow.session, spec.product), business_date(uow.now)
    policy = policy_of(uow.session, day, job.agency.code, product, spec.quantity)
    stops = stops_of_spec(spec, wanted.depository)
    set_stops(uow, job, stops)
    place = places_in_words(stops)
    for position, given in enumerate(spec.components, start=1):
        part = Component(job_id=job.id, position=position, name=given.name[:40], quantity=spec.quantity)
        uow.session.add(part)
        uow.session.flush()  # its facts hang on its key
        uow.session.add(
            PrintItem(
                component_id=part.id, stock=given.stock, sheet_width_in=spec.trim[0], sheet_height_in=spec.trim[1],
                options=dict(wanted.answers), place=place[:200],
                least=policy.least, most=policy.most, overs=policy.overs, billed=policy.billed,
            )
        )  # fmt: skip


def stops_of_spec(spec: Spec, depository: int = 0) -> list[Stop]:
    """Where it goes, depository copies to the last places; without a place it is picked up."""
    own = len(spec.delivery) - depository
    given = [
        Stop(one.place, one.quantity, StopWay(one.way), one.day, at >= own)
        for at, one in enumerate(spec.delivery)
    ]
    return given or [Stop("Print shop", spec.quantity, StopWay.PICK_UP)]


def stop_problems(spec: Spec, calendar: ShopCalendar) -> Iterator[Finding]:
    """Shares that are not the quantity together, and days that cannot be."""
    yield from share_problems(spec)
    for at, one in enumerate(spec.delivery):
        if one.day and spec.due and one.day < spec.due:
            yield of_field(
                "DUE_DATE", f"delivery.{at}", f"{one.place}: it is made for {in_full(spec.due)}.",
                "Name that day or a later one.",
            )  # fmt: skip
        elif one.day and (closed := calendar.closed_for(one.day)):
            words = f"Nothing is delivered on {in_full(one.day)}: {closed}."
            yield of_field("DUE_DATE", f"delivery.{at}", words, "Name another day.")
