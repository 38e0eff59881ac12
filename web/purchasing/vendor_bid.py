"""The page of a vendor: no account, a link of its own; the specification, questions with answers, and its bid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import Response as Answer
from pydantic import Field
from werkzeug.wrappers import Response

from kernel import clock
from production.asked import Asked, Day, Line, Paragraph
from production.purchasing import bidding, links, queries, requests
from production.purchasing.bidding import Offer
from production.purchasing.models import BidInvitation
from production.purchasing.spec_paper import specification_paper
from store.db import UnitOfWork, system_actor
from web.acts import asks
from web.auth.attempts import address, limiter
from web.forms import Form, Refused
from web.frame import plant

blueprint = Blueprint("vendor_bid", __name__, url_prefix="/bids/<token>")
VISITOR = system_actor("bid-link")
_Amount = Annotated[Line, Field(max_length=30)]
# Strangers come here; a vendor needs a few pages. Shop to confirm.
_limited = limiter.shared_limit("120 per 5 minutes", scope="bid-link", key_func=address)


class OwnBid(Asked):
    """What the vendor asks."""

    CODE = "BID"
    REFUSED = "The bid was not taken."
    price: _Amount = Field(title="Price, US dollars", description="For everything, as in 1,234.50.")
    freight: _Amount = Field("", title="Freight to us, US dollars")
    samples: _Amount = Field("", title="Samples or proofs, US dollars")
    delivers_on: Day = Field(title="You deliver on")
    comment: Paragraph = Field("", title="Comment", max_length=bidding.LONGEST_COMMENT)
    signed_by: Annotated[Line, Field(min_length=1, max_length=200)] = Field(title="Your name")


class Question(Asked):
    """A question about the work."""

    CODE = "BID_QUESTION"
    question: Paragraph = Field(title="Your question", max_length=2000)


@blueprint.get("")
@_limited
def show(token: str, refused: Refused | None = None) -> str:
    """While bidding is open; nothing afterwards."""
    with plant().db.read_only(VISITOR) as session:
        invitation = links.invitation_of(session, plant().settings.secret_key(), token)
        row = invitation.request
        requests.require_open(row, clock.now())
        own = bidding.own_bid(session, invitation)
        asked = [
            one
            for one in queries.questions(session, row)
            if one.answered_at or one.invitation_id == invitation.id
        ]
    facts = ("price", "freight", "samples", "delivers_on", "comment", "signed_by")
    values = {name: getattr(own, name) for name in facts} if own else {"delivers_on": row.deliver_by}
    return render_template(
        "purchasing/vendor_bid.html", row=row, invitation=invitation, own=own, questions=asked, token=token,
        form=Form(OwnBid, refused, values=values, key="bid"), question=Form(Question, refused, key="question"),
        refused=refused, is_alone=True,
    )  # fmt: skip


@blueprint.get("/specification.pdf")
@_limited
def paper(token: str) -> Answer:
    """What is asked for, on paper."""
    with plant().db.read_only(VISITOR) as session:
        row = links.invitation_of(session, plant().settings.secret_key(), token).request
        requests.require_open(row, clock.now())
    made = specification_paper(row.sheet, number=row.number, deliver_by=row.deliver_by)
    return Answer(made, mimetype="application/pdf")


@blueprint.post("")
@_limited
@asks(OwnBid, again=show)
def bid(said: OwnBid, token: str) -> Response:
    """A bid, in place of one before."""
    offer = Offer(said.price, said.delivers_on, said.freight, said.samples, said.comment, said.signed_by)
    return _done(
        token, lambda uow, own: bidding.place(uow, own, offer), "Your bid is in, sealed until the opening."
    )


@blueprint.post("/questions")
@_limited
@asks(Question, again=show)
def ask(said: Question, token: str) -> Response:
    """The answer goes to everybody asked; who asked is told to nobody."""
    words = "Your question is with us. Everybody asked will read the answer."
    return _done(token, lambda uow, own: requests.ask(uow, own, said.question), words)


@blueprint.post("/decline")
@_limited
@asks(Asked, again=show)
def decline(_said: Asked, token: str) -> Response:
    """No bid; one made before does not count any more."""
    return _done(token, bidding.decline, "Thank you for telling us. You can still bid until the closing.")


def _done(token: str, work: Callable[[UnitOfWork, BidInvitation], object], words: str) -> Response:
    """Not kept under a one-time key: its answer would name the link. Said twice, it stands as said last."""
    with plant().db.unit_of_work(VISITOR) as uow:
        work(uow, links.invitation_of(uow.session, plant().settings.secret_key(), token))
    flash(words, "success")
    return redirect(url_for(".show", token=token), code=303)
