"""An approver changes how many, or who pays, and reads first what that comes to."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from billing.pricing import quote
from billing.rate_cards import card_on
from kernel.clock import business_date
from kernel.errors import AttentionNeeded, UserError
from kernel.findings import Finding
from kernel.money import ZERO, Money
from production.catalog import queries as catalog
from production.catalog.products.families import families
from production.catalog.rows import ProductRow
from production.frontdesk.artwork.versions import fixed_in_job, how_many
from production.frontdesk.drafting import approver_change, drafts, stationery_draft
from production.frontdesk.drafting.approver_change import Wanted
from production.frontdesk.orders import queries
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.preparation import print_check
from production.frontdesk.steps.base import Answers, put
from production.frontdesk.steps.spec_answers import chosen_spec, is_chosen
from production.frontdesk.steps.stationery_answers import STATIONERY
from production.jobs.models import Job, PrintJob
from production.jobs.stops import charged, charged_stops, stops_of
from production.people.second_person import confirm, consequence
from store.db import UnitOfWork
from web.acts import asks
from web.frame import Done, actor, once, plant, reading, require
from web.portal.approval_panel import OrderChange
from web.portal.approving import decision_again
from web.portal.jobs import job_as_shown
from web.portal.print_prices import made_price, shop_on

blueprint = Blueprint("order_change", __name__, url_prefix="/jobs")
nav = ()


@blueprint.post("/<number>/change-before-approval")
@require("approve")
@asks(OrderChange, again=decision_again)
def change(said: OrderChange, number: str) -> Response:
    """A new version of the order by its own steps, checked and priced anew."""
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        product = drafts.product_of(session, job)
    answers = drafts.answers_of(plant(), actor(), job)
    own = approver_change.quantity_of(answers, job)
    wanted = approver_change.Wanted(said.quantity if said.quantity != own else None, said.splits)
    changed = stationery_draft.made_anew(plant(), actor(), approver_change.as_wanted(answers, wanted))
    if approver_change.in_words(job, answers, wanted):
        confirm(
            f"{job.title} is changed before you decide.",
            _consequences(job, product, answers, wanted, changed),
            said.knowing,
        )

    def work(uow: UnitOfWork) -> Done:
        found = job_as_shown(uow, said, number)
        approver_change.change(
            uow, plant().files, found, product, answers, wanted, changed=changed, revision=job.revision
        )
        return Done(
            url_for("jobs.show", number=found.number),
            "Changed, and being checked. Proof and price come back to you in a moment.",
        )

    return once(work)


def _consequences(
    job: Job,
    product: ProductRow,
    answers: Mapping[str, Answers],
    wanted: Wanted,
    changed: Mapping[str, Answers],
) -> list[Finding]:
    told = approver_change.in_words(job, answers, wanted)
    if wanted.quantity not in (None, approver_change.quantity_of(answers, job)):
        with reading() as session:
            price = _price(session, job, product, changed, wanted.quantity or 0)
        told.append(f"It will cost ${price}." if price else "What it costs is told with the new proof.")
    told.append(
        "The requester sees what you changed. The order is checked anew; then you approve the new version."
    )
    return [consequence("ORDER_CHANGES", " ".join(told))]


def _price(
    session: Session, job: Job, product: ProductRow, answers: Mapping[str, Answers], quantity: int
) -> Money | None:
    """What so many cost, as their quote will have it; None where only the check can tell."""
    draft = drafts.blank(actor(), product)
    for step, said in answers.items():
        put(draft, step, said)
    try:
        if STATIONERY in answers:
            return made_price(session, draft, ordered=business_date(job.created_at))
        if is_chosen(draft):
            family, stops = families().family(product.code), _own_stops(session, job)
            fixes, ordered = how_many(fixed_in_job(session, job)), business_date(job.created_at)
            shop = shop_on(session, family, job.due, stops=stops, fixes=fixes, ordered=ordered)
            return shop.prices(chosen_spec(draft, shop.standards), quantity)[0][1] if shop else None
        return _by_route(session, job, quantity) if isinstance(job, PrintJob) else None
    except (AttentionNeeded, UserError):
        return None


def _own_stops(session: Session, job: Job) -> int:
    """Those that are charged, without depository copies: what prices go by adds them."""
    return charged(stop.way for stop in stops_of(session, job) if not stop.is_depository)


def _by_route(session: Session, job: Job, quantity: int) -> Money:
    item = print_item(session, job)
    plan = print_check.planned(session, job, item, item.sides or 1, quantity=quantity)
    used = print_check.expected_usage(plan, stops=charged_stops(session, job))
    names = catalog.unit_names(session)
    return quote(used, card_on(session, job.due), names=names, postage=ZERO, single_piece=None).total
