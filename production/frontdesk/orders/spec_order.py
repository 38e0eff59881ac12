"""An order by specification becomes a job: the specification is kept with it as a file, beside those of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kernel.clock import business_date
from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.catalog import queries as catalog
from production.catalog.forms.queries import orderable
from production.catalog.products.spec import Spec
from production.catalog.rows import ProductRow
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.models import JobForm
from production.frontdesk.orders.print_request import due_problems
from production.jobs.consent import of_component
from production.jobs.models import Component, Job, PrintItem, PrintJob
from store.db import UnitOfWork

SPEC = "spec"
ARTWORK = "artwork"


class FormAsked(NamedTuple):
    """A form of the register by its number; of which revision, where that was said."""

    number: str
    revision: str = ""

    @classmethod
    def read(cls, text: str) -> FormAsked:
        """``DEX-104`` or ``DEX-104/3``."""
        number, _, revision = text.strip().partition("/")
        return cls(number.strip(), revision.strip())


def submit_spec(
    uow: UnitOfWork,
    spec: Spec,
    kept: GivenFile,
    artwork: Mapping[str, GivenFile],
    *,
    agency_id: int,
    requester_id: int,
    form: FormAsked | None = None,
) -> Job:
    """A new order with one print job. ``kept``: the specification as a file; ``artwork`` by name of the component.
    InvalidInput lists everything wrong with it; NotFound PRODUCT_UNKNOWN, FORM_UNKNOWN; Conflict FORM_SUPERSEDED.
    """
    revision = orderable(uow.session, agency_id, *form) if form else None
    product = catalog.product(uow.session, spec.product)
    accounts = intake.own_accounts(uow, agency_id)
    problems = [*_problems(uow, spec, artwork), *intake.account_problems(_splits(spec), accounts)]
    if problems:
        raise InvalidInput(
            f"The order is not complete. {problems[0].message}", code=problems[0].code, findings=problems,
            field=problems[0].place.column,
        )  # fmt: skip
    units = [(accounts[spec.account], 1)]
    job = intake.new_job(
        uow, PrintJob, agency_id=agency_id, requester_id=requester_id, units=units, title=spec.title.strip(),
        product=spec.product, quantity=spec.quantity, due=spec.due,
    )  # fmt: skip
    _add_components(uow, job, spec, product)
    if revision is not None:
        uow.session.add(JobForm(job_id=job.id, form_revision_id=revision.id))
    intake.submit_revision(uow, job, _files(spec, kept, artwork))
    return job


def _splits(spec: Spec) -> dict[str, int]:
    return {spec.account: 1} if spec.account else {}


def _files(spec: Spec, kept: GivenFile, artwork: Mapping[str, GivenFile]) -> dict[str, GivenFile]:
    given = {SPEC: kept}
    for position, component in enumerate(spec.components, start=1):
        given[of_component(ARTWORK, position)] = artwork[component.name]
    return given


def _problems(uow: UnitOfWork, spec: Spec, artwork: Mapping[str, GivenFile]) -> Iterator[Finding]:
    yield from intake.title_problems(spec.title)
    if spec.due is None:
        yield _problem(
            "DUE_DATE", "due", "The day it is to be there is missing.", "Write it, as in 2026-12-18."
        )
    else:
        yield from due_problems(spec.due, business_date(uow.now), shop_calendar(uow.session))
    for at, component in enumerate(spec.components):
        if component.name not in artwork:
            yield _problem(
                "FILE_MISSING", f"components.{at}", f"The file of {component.name} is missing.",
                "Name a file for every component.",
            )  # fmt: skip


def _add_components(uow: UnitOfWork, job: Job, spec: Spec, product: ProductRow) -> None:
    least, most = product.takes(spec.quantity)
    place = "; ".join(f"{one.place}: {one.quantity:,}" for one in spec.delivery) or "To be picked up"
    for position, given in enumerate(spec.components, start=1):
        part = Component(job_id=job.id, position=position, name=given.name[:40], quantity=spec.quantity)
        uow.session.add(part)
        uow.session.flush()  # its facts hang on its key
        uow.session.add(
            PrintItem(
                component_id=part.id, stock=given.stock, sheet_width_in=spec.trim[0], sheet_height_in=spec.trim[1],
                options={}, place=place[:200], least=least, most=most,
            )
        )  # fmt: skip


def _problem(code: str, column: str, message: str, remedy: str) -> Finding:
    return Finding(code, Severity.STOP, message, remedy, Place(column=column))
