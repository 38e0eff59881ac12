"""What an earlier order was made of, as it stands today: for the comparison before it is ordered again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.money import Extended
from postal.money.plan_figures import PlanFigures
from production.catalog.forms.models import FormRevision, FormState, JobForm
from production.catalog.models import Stock
from production.catalog.piece_weight import envelopes
from production.catalog.rows import ProductRow
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.drafting.what_changed import LastTime
from production.frontdesk.orders.models import Quote
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.orders.print_request import option_problems
from production.frontdesk.steps.print_answers import FINISHING
from production.jobs.consent import is_given
from production.jobs.models import ChargeSplit, Component, Job, JobFile, PrintItem, PrintJob
from production.mailings.models import LetterJob, MailJob
from production.mailings.postage_now import postage_now
from production.mailings.shop import shop_in_force, shop_profile, shop_rules
from store.files import FileStore, StoredFile


def last_time(session: Session, job: Job, product: ProductRow) -> LastTime:
    """What a job was ordered as, and what of it has changed since."""
    today = clock.today()
    form, in_use = _form(session, job)
    return LastTime(
        product=product.name, is_offered=product.is_active, form=form, form_now=in_use,
        refused=list(_refused(session, job, product)), closed=_closed(session, job), removed=_removed(session, job),
        ordered=clock.business_date(job.created_at), due=job.due,
        earliest=shop_calendar(session).earliest_due_date(today),
    )  # fmt: skip


def last_quote(session: Session, job: Job) -> Quote | None:
    """The offer that its present version had."""
    return session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).first()


def postage_of(
    session: Session, files: FileStore, job: Job, then: PlanFigures
) -> Mapping[str, Extended | None]:
    """What the levels of its mailing pay on the earliest day that can be asked for now."""
    assert isinstance(job, MailJob)  # nothing else has postage  # noqa: S101
    facts, profile = job.facts, shop_profile(session)
    on = shop_calendar(session).earliest_due_date(clock.today())
    rules = shop_rules(profile, facts.sort_plan, shop_in_force(files, profile, on))
    piece = envelopes()[facts.envelope].mailpiece(thickness_in=facts.thickness_in, weight_oz=facts.weight_oz)
    return postage_now(rules, piece, then)


def _form(session: Session, job: Job) -> tuple[str, str]:
    """The form it made and the revision in use, in words."""
    query = select(FormRevision).join(JobForm, JobForm.form_revision_id == FormRevision.id)
    made = session.scalars(query.where(JobForm.job_id == job.id)).first()
    if made is None:
        return "", ""
    same = {"agency_id": made.agency_id, "number": made.number, "state": FormState.IN_USE}
    in_use = session.scalars(select(FormRevision).filter_by(**same)).first()
    return _named(made), _named(in_use) if in_use else ""


def _named(form: FormRevision) -> str:
    return f"{form.number}, revision {form.revision}"


def _refused(session: Session, job: Job, product: ProductRow) -> Iterator[str]:
    """Choices of the order that are none any more, and what can be done."""
    if isinstance(job, PrintJob):
        gone = select(Stock.name).join(PrintItem, PrintItem.stock == Stock.code).join(Component)
        gone = gone.where(Component.job_id == job.id, Stock.is_active.is_(False))
        for name in session.scalars(gone.distinct()):
            yield f"{name} is not offered any more. Choose another paper."
        if FINISHING in product.steps:
            item = print_item(session, job)
            found = option_problems(session, product, item.stock, item.options)
            yield from (f"{one.message} {one.remedy}" for one in found if one.code == "OPTION_CLASH")
    if isinstance(job, LetterJob) and job.envelope not in envelopes():
        yield "Its envelope is not offered any more. Choose another one."


def _closed(session: Session, job: Job) -> Sequence[str]:
    splits = session.scalars(
        select(ChargeSplit).filter_by(job_id=job.id).order_by(ChargeSplit.budget_unit_id)
    )
    return [split.budget_unit.bill_code for split in splits if split.budget_unit.closed_at is not None]


def _removed(session: Session, job: Job) -> Mapping[str, date]:
    query = (
        select(JobFile.given_name, JobFile.role, StoredFile.purged_at)
        .join(StoredFile, StoredFile.sha256 == JobFile.sha256)
        .where(JobFile.job_id == job.id, JobFile.revision == job.revision, StoredFile.purged_at.is_not(None))
        .order_by(JobFile.role)
    )
    kept = [
        (name, at) for name, role, at in session.execute(query) if at and is_given(role) and role != "list"
    ]
    return {name: clock.business_date(at) for name, at in kept}
