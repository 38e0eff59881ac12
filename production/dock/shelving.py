"""Overs that an agency keeps go into the stockroom as a lot of its own, when the rest of their job leaves."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.money import Rate
from production.catalog.forms.models import FormRevision, JobForm
from production.jobs.models import Job
from production.people.setup import put
from production.stockroom.items import ITEMS, ItemValue
from production.stockroom.models import ItemKind, StockItem, StockLot
from production.stockroom.moving import receive
from store.db import UnitOfWork


def shelve(uow: UnitOfWork, job: Job, count: int) -> StockLot:
    """A lot of the agency's item of the form that the job makes, else of an item of the job. Its cost is nothing: what
    of the job is charged was charged with it.
    """
    query = select(FormRevision).join(JobForm, JobForm.form_revision_id == FormRevision.id)
    form = uow.session.scalars(query.where(JobForm.job_id == job.id)).first()
    code = _kept_already(uow.session, job, form) or _new_item(uow, job, form)
    return receive(uow, code, count, unit_cost=Rate(Decimal(0)), source=f"Overs of job {job.number}")


def _kept_already(session: Session, job: Job, form: FormRevision | None) -> str | None:
    if form is None:
        return None
    query = select(StockItem.code).filter_by(
        form_revision_id=form.id, agency_id=job.agency_id, is_active=True
    )
    return session.scalars(query.order_by(StockItem.id)).first()


def _new_item(uow: UnitOfWork, job: Job, form: FormRevision | None) -> str:
    agency = job.agency.code
    item = ItemValue(
        code=f"OV-{job.number}", name=job.title[:200], agency=agency, unit="piece",
        kind=(ItemKind.FORM if form else ItemKind.INSERT).value,
        form=f"{agency}/{form.number}/{form.revision}" if form else "",
    )  # fmt: skip
    put(uow, ITEMS, item, why=f"Overs of job {job.number} are kept.", knowing=None)
    uow.session.flush()
    return item.code
