"""What it costs to take something from the shelf, beside having it printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.pricing import quote
from billing.rate_cards import card_on
from kernel import clock
from kernel.errors import AttentionNeeded, UserError
from kernel.money import ZERO, Money
from production.catalog import queries as catalog
from production.catalog.forms.models import FormRevision, JobForm
from production.catalog.forms.queries import orderable
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.products.spec import read_spec
from production.frontdesk.orders.spec_order import SPEC, FormAsked
from production.frontdesk.preparation import shelf_check
from production.frontdesk.preparation.print_check import expected_usage
from production.frontdesk.steps import from_shelf
from production.frontdesk.steps.base import Ordering, said
from production.frontdesk.steps.shelf_answers import shelf_of_draft
from production.frontdesk.steps.spec_answers import DETAILS, DetailsAnswers, chosen_spec, is_chosen
from production.jobs.models import Job, JobFile
from production.jobs.states import StopWay
from production.jobs.stops import charged
from production.stockroom.shelf import OnShelf, on_shelf, remarks, shelf_item, shelf_of_form
from store.files import FileStore
from web.frame import plant
from web.portal.print_prices import shop_on


@dataclass(frozen=True, slots=True)
class Compared:
    """An item with so many of it: what picking costs, and printing as the job ``like`` was; None where nobody can tell.
    ``remarks``: what speaks for one or the other.
    """

    kept: OnShelf
    quantity: int
    fits: bool
    picked: Money | None
    printed: Money | None
    like: str
    remarks: Sequence[str]


def compared(
    session: Session,
    files: FileStore,
    kept: OnShelf,
    form: FormRevision | None,
    quantity: int,
    day: date,
    stops: int = 1,
) -> Compared:
    """Both prices by the rate card of a day, delivered to so many places; ``form``: None where printing is priced
    elsewhere.
    """
    fits = kept.fits(quantity)
    printed, like = printing(session, files, form, quantity, day, stops) if form and quantity else (None, "")
    return Compared(
        kept, quantity, fits, picking(session, kept, quantity, day, stops) if fits else None, printed, like,
        remarks(kept, clock.today()),
    )  # fmt: skip


def picking(session: Session, kept: OnShelf, quantity: int, day: date, stops: int = 1) -> Money | None:
    """What so many from the shelf cost, as their quote will have it; None where the card lacks a price."""
    used = expected_usage(shelf_check.planned(session, kept, quantity), setup=0, stops=stops)
    try:
        names = catalog.unit_names(session)
        return quote(used, card_on(session, day), names=names, postage=ZERO, single_piece=None).total
    except AttentionNeeded:
        return None


def printing(
    session: Session, files: FileStore, form: FormRevision, quantity: int, day: date, stops: int = 1
) -> tuple[Money | None, str]:
    """What so many cost printed as the last job that made the form, and its number; None where none did."""
    query = (
        select(Job.number, JobFile.sha256)
        .join(JobForm, JobForm.job_id == Job.id)
        .join(
            JobFile, (JobFile.job_id == Job.id) & (JobFile.revision == Job.revision) & (JobFile.role == SPEC)
        )
        .where(JobForm.form_revision_id == form.id)
        .order_by(Job.id.desc())
    )
    found = session.execute(query.limit(1)).first()
    if found is None:
        return None, ""
    spec = read_spec(files.checked_path(found.sha256).read_bytes())
    try:
        shop = shop_on(session, families().family(spec.product), day, stops=stops)
        if shop is None:
            return None, ""
        again = spec.model_copy(update={"delivery": (), "numbering": None})
        return shop.prices(again, quantity)[0][1], found.number
    except (AttentionNeeded, UserError):
        return None, ""


def shelf_prices_of(ordering: Ordering, code: str, view: Any) -> Mapping[str, object]:
    """What the page of a step shows of the shelf, by name."""
    return _SHOWN[code](ordering, view) if code in _SHOWN else {}


def _of_step(ordering: Ordering, view: from_shelf.View) -> Mapping[str, object]:
    """The item that is tried."""
    if view.tried is None:
        return {"compared": None}
    with ordering.reading() as session:
        form = shelf_item(session, ordering.draft.agency_id, view.tried.code).form
        return {"compared": compared(session, plant().files, view.tried, form, view.quantity, clock.today())}


def _of_review(ordering: Ordering, _view: object) -> Mapping[str, object]:
    """The price of an order from the shelf; of a form that is to be printed, what lies there of it."""
    draft, today = ordering.draft, clock.today()
    answers, details = shelf_of_draft(draft), said(draft, DETAILS, DetailsAnswers)
    with ordering.reading() as session:
        if answers is not None:
            item = shelf_item(session, draft.agency_id, answers.item)
            (kept,) = on_shelf(session, [item], today)
            stops = charged([StopWay(answers.way)])
            return {"price": picking(session, kept, answers.quantity, answers.due or today, stops)}
        if not (is_chosen(draft) and details and details.form):
            return {}
        try:
            form = orderable(session, draft.agency_id, *FormAsked.read(details.form))
        except UserError:
            return {}
        kept_form = shelf_of_form(session, form, today)
        if kept_form is None or not kept_form.on_hand:
            return {}
        quantity = chosen_spec(draft, shop_standards(session)).quantity
        return {
            "shelf": compared(
                session, plant().files, kept_form, None, quantity, details.due or today, details.charged_stops
            )
        }


_SHOWN = {"from_shelf": _of_step, "review": _of_review}
