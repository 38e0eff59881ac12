"""Bids: by the vendor's own link until the closing, or on another way and entered by a person; sealed until opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, InvalidInput
from kernel.findings import Finding, of_field
from kernel.ids import new_ulid
from kernel.money import ZERO, Money
from production.purchasing.letters import tell
from production.purchasing.models import Bid, BidInvitation, BidRequest, Way
from production.purchasing.requests import require_open
from store.db import UnitOfWork

MOST = Money(10_000_000_00)
LONGEST_COMMENT = 2000
WAYS = {
    Way.LINK: "Link", Way.MAIL: "Letter", Way.EMAIL: "E-mail", Way.PHONE: "Phone", Way.HAND: "Hand delivery",
}  # fmt: skip
_USD = re.compile(r"^\s*(USD|US(?=\$))\s*", re.IGNORECASE)
_FIELDS = ("price", "freight", "samples")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a vendor offers, money as it was written."""

    price: str
    delivers_on: date
    freight: str = ""
    samples: str = ""
    comment: str = ""
    signed_by: str = ""


def place(
    uow: UnitOfWork,
    invitation: BidInvitation,
    offer: Offer,
    *,
    way: Way = Way.LINK,
    received_at: datetime | None = None,
) -> None:
    """A bid, in place of one before it. ``received_at``: of what came on another way than the link, by who enters it.
    InvalidInput BID_CURRENCY or BID by field; Conflict BID_LATE after the closing or once bids are opened.
    """
    request = _locked(uow, invitation)
    came = received_at if received_at is not None else uow.now
    if way is Way.LINK:
        require_open(request, uow.now)
    else:
        _require_in_time(uow, request, came)
    amounts = _read(offer, business_date(uow.now))
    ulid = new_ulid(uow.now)
    row = {
        "ulid": ulid, "invitation_id": invitation.id, **amounts, "delivers_on": offer.delivers_on,
        "comment": offer.comment.strip(), "way": way, "signed_by": offer.signed_by.strip(),
        "entered_by": "" if way is Way.LINK else uow.actor.name, "received_at": came, "recorded_at": uow.now,
    }  # fmt: skip
    invitation.declined_at = None
    uow.session.flush()
    # What is written cannot be read back before it is opened: nothing is returned.
    uow.session.execute(insert(Bid).inline().values(row))
    if way is not Way.LINK:
        words = f"A bid of yours on {request.sheet.title} was entered at the plant, as it came by {WAYS[way].lower()}."
        tell(
            uow,
            invitation.vendor,
            f"{request.number}: your bid was entered",
            f"{words} If it is not yours, call us.",
        )
    uow.audit("bid", ulid, "received", number=request.number, vendor=invitation.vendor.code, way=way.value)


def decline(uow: UnitOfWork, invitation: BidInvitation) -> None:
    """The vendor does not bid; a bid that it made before does not count any more."""
    request = _locked(uow, invitation)
    require_open(request, uow.now)
    invitation.declined_at = uow.now
    uow.audit("bid_request", request.ulid, "declined", number=request.number, vendor=invitation.vendor.code)


def own_bid(session: Session, invitation: BidInvitation) -> Bid | None:
    """What a vendor's link shows the vendor; nothing to anybody else before it is opened, for row security."""
    query = select(Bid).filter_by(invitation_id=invitation.id)
    return session.scalars(query.order_by(Bid.id.desc()).limit(1)).first()


def _locked(uow: UnitOfWork, invitation: BidInvitation) -> BidRequest:
    """Opening and bidding come one by one."""
    query = select(BidRequest).filter_by(id=invitation.request_id).with_for_update(of=BidRequest)
    return uow.session.scalars(query.execution_options(populate_existing=True)).one()


def _require_in_time(uow: UnitOfWork, request: BidRequest, came: datetime) -> None:
    if request.canceled_at is not None:
        raise Conflict(f"{request.number} is canceled: {request.cancel_reason}", code="BID_STATE")
    if came > uow.now or came < request.posted_at.replace(second=0, microsecond=0):  # typed in minutes
        words = "A bid cannot have come before it was asked for, or later than now."
        raise InvalidInput(words, code="BID", findings=[of_field("BID", "received_at", words)])
    if came >= request.closes_at or request.opened_at is not None:
        raise Conflict(
            f"Bidding on {request.number} has closed.", code="BID_LATE",
            remedy="What comes later, or is entered after the opening, does not count.",
        )  # fmt: skip


def _read(offer: Offer, today: date) -> dict[str, Money]:
    """Amounts by field, everything wrong told at once."""
    amounts: dict[str, Money] = {}
    found: list[Finding] = []
    for name in _FIELDS:
        typed = getattr(offer, name).strip()
        try:
            amounts[name] = _dollars(typed) if typed or name == "price" else ZERO
        except ValueError:
            words = "Write US dollars and cents, as in 1,234.50: no other currency, nothing under a cent."
            found.append(of_field("BID_CURRENCY", name, words))
    if "price" in amounts and not amounts["price"]:
        found.append(of_field("BID_CURRENCY", "price", "A bid has a price over zero."))
    if offer.delivers_on <= today:
        found.append(of_field("BID", "delivers_on", "Write the day of delivery, after today."))
    if len(offer.comment) > LONGEST_COMMENT:
        found.append(of_field("BID", "comment", f"Write at most {LONGEST_COMMENT:,} characters."))
    if found:
        raise InvalidInput("The bid was not taken.", code=found[0].code, findings=found)
    return amounts


def _dollars(typed: str) -> Money:
    """ValueError for what is not US dollars and cents from zero to the most."""
    amount = Money.parse(_USD.sub("", typed)[:30])
    if not ZERO <= amount <= MOST:
        raise ValueError(typed)
    return amount
