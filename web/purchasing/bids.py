"""A request for bids: who was asked, questions, bids that came by mail or phone; opened, comparison and award."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from flask import Blueprint, Response, render_template, url_for
from pydantic import Field

from kernel import clock
from kernel.clock import SHOP_ZONE, start_of
from kernel.errors import NotFound, refused_field
from kernel.ids import parse_ulid, show_ulid
from production.asked import Asked, Day, Line, OneOf, Paragraph
from production.asked import Why as WhyText
from production.people.setup_fields import HourOfDay
from production.purchasing import awarding, bidding, order_queries, ordering, queries, requests
from production.purchasing.bidding import WAYS, Offer
from production.purchasing.comparing import comparison
from production.purchasing.models import Way
from production.purchasing.requests import invitation_of, request_of
from production.purchasing.spec_paper import specification_paper
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require
from web.purchasing.home import STATES

blueprint = Blueprint("bids", __name__, url_prefix="/purchasing/requests/<number>")
_OTHER_WAYS = {way.value: words for way, words in WAYS.items() if way is not Way.LINK}
_Vendor = Annotated[Line, Field(max_length=20)]
_Amount = Annotated[Line, Field(max_length=30)]


class EnterBid(Asked):
    """A bid that came on another way than the link."""

    CODE = "BID"
    vendor: _Vendor = Field(title="Vendor")
    way: Annotated[Line, OneOf(_OTHER_WAYS)] = Field(title="How it came")
    received_on: Day = Field(title="Received on")
    received_at: HourOfDay = Field(title="At", description="Time at the shop, as in 09:30.")
    price: _Amount = Field(title="Price, US dollars")
    freight: _Amount = Field("", title="Freight")
    samples: _Amount = Field("", title="Samples")
    delivers_on: Day = Field(title="Delivers on")
    signed_by: Line = Field("", title="Signed by, for the vendor", max_length=200)
    comment: Paragraph = Field("", title="Comment", max_length=bidding.LONGEST_COMMENT)


class Answer(Asked):
    """An answer for all."""

    CODE = "BID_QUESTION"
    answer: Paragraph = Field(title="Answer, to everybody asked", max_length=4000)


class Cancel(Asked):
    """The request ends without bids."""

    CODE = "BID_REQUEST"
    reason: WhyText = Field(title="Why it is canceled", description="Vendors read it.")


class PutOut(Asked):
    """A bid does not count; without a reason it counts again."""

    CODE = "BID"
    reason: Line = Field(
        "", title="Why it does not count", max_length=200, description="Empty: it counts again."
    )


class TakeBid(Asked):
    """The award."""

    CODE = "AWARD_REASON"
    vendor: _Vendor = Field(title="Take the bid of")
    reason: Line = Field(
        "", title="Why this one", max_length=200, description="Needed where another costs less."
    )
    few_reason: Line = Field(
        "",
        title="Why so few bids are enough",
        max_length=200,
        description="Needed under the number of the rule.",
    )


class Order(Asked):
    """What was awarded is ordered."""

    CODE = "PO_LINE"
    ticket: Line = Field("", max_length=30, title="What is bought")
    promised: Day = Field(title="Promised for", description="The day of the bid, unless another is agreed.")


@blueprint.get("")
@require("purchase")
def show(number: str, refused: Refused | None = None) -> str:
    """All of a request; amounts only once it is opened."""
    with reading() as session:
        row = request_of(session, number)
        award = awarding.latest(session, row)
        state = queries.state_of(session, row, award, clock.now())
        asked = queries.questions(session, row)
        shown = comparison(session, row) if row.opened_at is not None else None
        ordered = order_queries.order_of_award(session, row.id)
        steps = order_queries.outside_steps(session, row.job) if state == queries.AWARDED else ()
    names = [(one.vendor.code, one.vendor.name) for one in row.invitations]
    bidders = (
        [(one.invitation.vendor.code, one.invitation.vendor.name) for one in shown.bids] if shown else []
    )
    now = clock.now().astimezone(SHOP_ZONE)
    came = {"received_on": now.date(), "received_at": f"{now:%H:%M}", "delivers_on": row.deliver_by}
    forms = {
        "enter": Form(EnterBid, refused, values=came, options={"vendor": names}, key="enter"),
        "cancel": Form(Cancel, refused, key="cancel"),
        "award": Form(TakeBid, refused, options={"vendor": bidders}, key="award"),
        "order": Form(
            Order, refused, values={"promised": award.bid.delivers_on if award else None},
            options={"ticket": [("", "The whole job"), *((one.ticket, f"The step {one.ticket}") for one in steps)]},
            key="order",
        ),
    }  # fmt: skip
    answers = {
        one.id: Form(
            Answer,
            refused,
            action=url_for(".answer", number=row.number, ulid=show_ulid(one.ulid)),
            key=f"a{one.id}",
        )
        for one in asked
        if one.answered_at is None
    }
    outs = {
        one.invitation.id: Form(
            PutOut, refused, action=url_for(".put_out", number=row.number, vendor=one.invitation.vendor.code),
            values={"reason": one.invitation.out_reason}, key=f"o{one.invitation.id}",
        )
        for one in (shown.bids if shown else ())
    }  # fmt: skip
    return render_template(
        "purchasing/request.html", row=row, state=state, states=STATES, award=award, questions=asked, shown=shown,
        forms=forms, answers=answers, outs=outs, refused=refused, ways=WAYS, ordered=ordered,
    )  # fmt: skip


@blueprint.get("/specification.pdf")
@require("purchase")
def paper(number: str) -> Response:
    """What vendors were told, on paper."""
    with reading() as session:
        row = request_of(session, number)
    made = specification_paper(row.sheet, number=row.number, deliver_by=row.deliver_by)
    return Response(made, mimetype="application/pdf")


@blueprint.post("/bid")
@require("purchase")
@command(EnterBid, again=show)
def enter(uow: UnitOfWork, said: EnterBid, number: str) -> Done:
    """Entered by a person, and as sealed as the others; the vendor is told."""
    row = request_of(uow.session, number)
    if not said.received_at:
        raise refused_field("BID", "received_at", "Write the time, as in 09:30.")
    hour, minute = (int(part) for part in said.received_at.split(":"))
    came: datetime = start_of(said.received_on).astimezone(SHOP_ZONE).replace(hour=hour, minute=minute)
    offer = Offer(said.price, said.delivers_on, said.freight, said.samples, said.comment, said.signed_by)
    bidding.place(uow, invitation_of(row, said.vendor), offer, way=Way(said.way), received_at=came)
    return Done(url_for(".show", number=row.number), "Entered, and sealed until the opening.")


@blueprint.post("/questions/<ulid>")
@require("purchase")
@command(Answer, again=show)
def answer(uow: UnitOfWork, said: Answer, number: str, ulid: str) -> Done:
    """Everybody asked reads it."""
    try:
        requests.answer(uow, parse_ulid(ulid), said.answer)
    except ValueError:
        raise NotFound("There is no such question.") from None
    return Done(url_for(".show", number=number), "Answered, to everybody who was asked.")


@blueprint.post("/vendors/<vendor>/link")
@require("purchase")
@command(Asked, again=show)
def send_link(uow: UnitOfWork, _said: Asked, number: str, vendor: str) -> Done:
    """A new link; the one before opens nothing any more."""
    invitation = invitation_of(request_of(uow.session, number), vendor)
    requests.send_link(uow, plant().settings.secret_key(), invitation)
    return Done(url_for(".show", number=number), f"A new link goes to {invitation.vendor.name}.")


@blueprint.post("/vendors/<vendor>/revoke")
@require("purchase")
@command(Asked, again=show)
def revoke(uow: UnitOfWork, _said: Asked, number: str, vendor: str) -> Done:
    """The link opens nothing any more."""
    invitation = invitation_of(request_of(uow.session, number), vendor)
    requests.revoke(uow, invitation)
    return Done(
        url_for(".show", number=number), f"The link of {invitation.vendor.name} opens nothing any more."
    )


@blueprint.post("/vendors/<vendor>/out")
@require("purchase")
@command(PutOut, again=show)
def put_out(uow: UnitOfWork, said: PutOut, number: str, vendor: str) -> Done:
    """A bid does not count, or counts again."""
    awarding.put_out(uow, request_of(uow.session, number), vendor, said.reason)
    return Done(url_for(".show", number=number), "Noted." if said.reason else "It counts again.")


@blueprint.post("/open")
@require("purchase")
@command(Asked, again=show)
def open_now(uow: UnitOfWork, _said: Asked, number: str) -> Done:
    """Once it has closed; the clock does the same by itself."""
    requests.open_bids(uow, request_of(uow.session, number, lock=True))
    return Done(url_for(".show", number=number), "The bids are opened.")


@blueprint.post("/cancel")
@require("purchase")
@command(Cancel, again=show)
def cancel(uow: UnitOfWork, said: Cancel, number: str) -> Done:
    """Everybody asked is told."""
    requests.cancel(uow, request_of(uow.session, number, lock=True), said.reason)
    return Done(url_for(".show", number=number), "Canceled; vendors are told.")


@blueprint.post("/award")
@require("purchase")
@command(TakeBid, again=show)
def award(uow: UnitOfWork, said: TakeBid, number: str) -> Done:
    """A bid is taken; vendors are told once it is in force."""
    row = request_of(uow.session, number, lock=True)
    made = awarding.award(uow, row, said.vendor, reason=said.reason, few_reason=said.few_reason)
    words = "A second person must agree." if made.needs_second else "Vendors are told."
    return Done(url_for(".show", number=row.number), f"{made.vendor.name}: taken. {words}")


@blueprint.post("/order")
@require("purchase")
@command(Order, again=show)
def order(uow: UnitOfWork, said: Order, number: str) -> Done:
    """Entered at the price of its bid; it is looked at and sent on its page."""
    row = request_of(uow.session, number, lock=True)
    made = ordering.order_awarded(uow, row, ticket=said.ticket, promised=said.promised)
    return Done(
        url_for("purchase_orders.show", number=made.number),
        f"Order {made.number} is entered. Send it when it is complete.",
    )
