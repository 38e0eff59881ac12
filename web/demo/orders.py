"""Orders of the demonstration's agencies: begun, sent, approved, canceled."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import Conflict
from postal.data.mail_days import mail_days_after
from production.catalog import queries as catalog
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.approving import approvals
from production.frontdesk.choosing.answers import QUANTITY, completed, questions
from production.frontdesk.drafting import drafts
from production.frontdesk.lists.samples import SAMPLE_MAPPING
from production.frontdesk.orders import canceling, intake, print_order
from production.frontdesk.orders.intake import GivenFile, MailingRequest
from production.frontdesk.orders.models import OrderDraft, Quote
from production.frontdesk.orders.print_request import PrintRequest
from production.frontdesk.steps.base import put
from production.frontdesk.steps.mailing_answers import ORDER, OrderAnswers
from production.frontdesk.steps.spec_answers import CHOICES, DETAILS, ChoicesAnswers, DetailsAnswers
from production.jobs.models import Job
from production.mailings.list_order import ListOrder
from production.people.models import Agency, Role
from store.db import UnitOfWork
from web.demo import cast, papers
from web.demo.hands import Hands
from web.demo.moments import Moments
from web.demo.rows import Cards, Draft, Letters, Ordered, Print
from web.demo.stationery import order_cards

_WRONG_SIZE = "5x7"
_PLACE = "State office building, floor 2, mail stop 4"


def begin(hands: Hands, moments: Moments, row: Draft) -> None:
    """An order that somebody has not sent yet."""

    def verb(uow: UnitOfWork) -> OrderDraft:
        draft = drafts.begin(uow, catalog.product(uow.session, row.product))
        calendar, splits = shop_calendar(uow.session), {cast.account(row.agency): 1}
        day = calendar.earliest_due_date(moments.today)
        if row.product == intake.MAILING:
            answers: dict[str, object] = {"title": row.title, "mail_date": day, "splits": splits}
            put(draft, ORDER, OrderAnswers.model_validate(answers))
        else:
            family = families().family(row.product)
            asked = questions(family, shop_standards(uow.session), {})
            put(draft, CHOICES, ChoicesAnswers(answers=completed(asked, {QUANTITY: "500"})))
            answers = {"title": row.title, "due": day, "place": _PLACE, "splits": splits}
            put(draft, DETAILS, DetailsAnswers.model_validate(answers))
        return draft

    hands.act(row.key, row.by, moments.at(row.begun), verb)


def order(hands: Hands, moments: Moments, row: Letters | Print | Cards) -> None:
    """An order as it is sent, and what became of it."""

    def verb(uow: UnitOfWork) -> Job:
        if isinstance(row, Letters):
            return _letters(hands, uow, moments, row)
        if isinstance(row, Cards):
            return order_cards(hands, uow, row, _due(uow.session, moments, row))
        return _print(hands, uow, moments, row)

    hands.act(row.key, cast.who(row.agency, Role.REQUESTER), moments.at(row.ordered), verb)
    if row.approved:
        by = cast.who(row.agency, Role.APPROVER)
        hands.act(f"{row.key}: approved", by, moments.at(row.approved), lambda uow: _approve(hands, uow, row))
    if row.canceled:
        by = cast.who(row.agency, Role.REQUESTER)
        hands.act(f"{row.key}: canceled", by, moments.at(row.canceled), lambda uow: _cancel(hands, uow, row))


def _letters(hands: Hands, uow: UnitOfWork, moments: Moments, row: Letters) -> Job:
    office = uow.session.scalars(select(Agency.name).filter_by(code=row.agency)).one()
    letter = hands.keep(papers.letter(office, row.title, row.pages), "application/pdf")
    listed = papers.addresses(row.key, row.pieces, is_messy=row.is_messy)
    rows = hands.keep(listed, "application/octet-stream")
    request = MailingRequest(
        title=row.title,
        mail_date=_due(uow.session, moments, row),
        files={"template": GivenFile(letter, f"{row.key}.pdf"), "list": GivenFile(rows, f"{row.key}.csv")},
        splits={row.account or cast.account(row.agency): 1},
        content="general",
        options=ListOrder(mapping=dict(SAMPLE_MAPPING), matching=row.matching),
    )
    return intake.submit_mailing(uow, request, **_whose(uow))


def _print(hands: Hands, uow: UnitOfWork, moments: Moments, row: Print) -> Job:
    size = _WRONG_SIZE if row.is_wrong_size else row.options.get("size", "8.5x11")
    width, height = (float(side) for side in size.split("x"))
    artwork = hands.keep(papers.form(row.title, (width, height)), "application/pdf")
    request = PrintRequest(
        product="flat_form", title=row.title, quantity=row.quantity, due=_due(uow.session, moments, row), place=_PLACE,
        splits={row.account or cast.account(row.agency): 1}, stock=row.stock, options=row.options,
    )  # fmt: skip
    return print_order.submit_print(uow, request, GivenFile(artwork, f"{row.key}.pdf"), **_whose(uow))


def _approve(hands: Hands, uow: UnitOfWork, row: Ordered) -> Job:
    job = hands.made(uow.session, row.key, Job)
    query = select(Quote.total).filter_by(job_id=job.id, revision=job.revision)
    total = uow.session.scalars(query).first()
    if total is None:
        raise Conflict(f"Job {job.number} has no quote yet.", code="STATE", remedy="Start once more.")
    approvals.approve(uow, job, revision=job.revision, total=total)
    return job


def _cancel(hands: Hands, uow: UnitOfWork, row: Ordered) -> Job:
    job = hands.made(uow.session, row.key, Job)
    canceling.cancel(uow, job, row.reason)
    return job


def _due(session: Session, moments: Moments, row: Ordered) -> date:
    """The day that is asked for: as early as may be unless said."""
    calendar = shop_calendar(session)
    earliest = calendar.earliest_due_date(clock.business_date(moments.at(row.ordered)))
    if row.due is None:
        return earliest
    return max(earliest, mail_days_after(moments.today + timedelta(days=1), row.due - 1, calendar.closed_for))


def _whose(uow: UnitOfWork) -> dict[str, Any]:
    return {"agency_id": uow.actor.agency_id, "requester_id": uow.actor.user_id}
