"""What the demonstration has made outside: vendors, requests for bids, the bids that came, who got the work."""

from __future__ import annotations

from functools import partial

from kernel.money import Money
from production.jobs.models import Job
from production.people.setup import SetupVersion, put
from production.purchasing import awarding, bidding, decisions, ordering, requests
from production.purchasing.bidding import Offer
from production.purchasing.decisions import Decided
from production.purchasing.in_house import in_house
from production.purchasing.models import Award, BidRequest, Choice, Why
from production.purchasing.order_models import PurchaseOrder
from production.purchasing.requests import Asking, House, invitation_of
from production.purchasing.vendors import VENDORS, VendorValue
from store.db import UnitOfWork
from web.demo.hands import Hands
from web.demo.moments import Moments
from web.demo.rows import Bid, Bought, VendorRow

_PLANNER = "polly"
_CLOSES_AT = "14:00"


def enter(hands: Hands, moments: Moments, row: VendorRow) -> None:
    """A vendor is entered."""

    def verb(uow: UnitOfWork) -> SetupVersion:
        version = put(uow, VENDORS, VendorValue(**row.model_dump(exclude={"key", "entered"})))
        assert version is not None  # it is new  # noqa: S101
        return version

    hands.act(row.key, _PLANNER, moments.at(row.entered), verb)


def buy(hands: Hands, moments: Moments, row: Bought) -> None:
    """A job is bought, as far as the row says: asked for, bids entered, opened once closed, awarded, ordered."""
    hands.act(row.key, _PLANNER, moments.at(row.asked), lambda uow: _ask(hands, uow, moments, row))
    for bid in row.bids:
        key = f"{row.key}: bid of {bid.vendor}"
        hands.act(key, _PLANNER, moments.at(bid.came), partial(_bid, hands, moments, row, bid))
    if row.opened:
        opened = moments.at(row.opened)
        hands.act(f"{row.key}: opened", _PLANNER, opened, lambda uow: _open(hands, uow, row))
    if row.awarded:
        awarded = moments.at(row.awarded)
        hands.act(f"{row.key}: awarded", _PLANNER, awarded, lambda uow: _award(hands, uow, row))
    if row.sent:
        sent = moments.at(row.sent)
        hands.act(f"{row.key}: ordered", _PLANNER, sent, lambda uow: _order(hands, uow, row))


def _ask(hands: Hands, uow: UnitOfWork, moments: Moments, row: Bought) -> BidRequest:
    job, plant = hands.made(uow.session, row.job, Job), hands.plant
    house = in_house(uow.session, plant.files, job, uow.now)
    said = Decided(
        Choice.BUY, Why(row.why), row.note, house.price, Money.parse(row.outside), house.day, house.words
    )
    closes, needed = moments.mail_day(row.closes), moments.mail_day(row.needed)
    asking = Asking(row.vendors, closes, _CLOSES_AT, needed)
    return requests.post(
        uow, House(plant.files, plant.settings.secret_key()), decisions.decide(uow, job, said), asking
    )


def _bid(hands: Hands, moments: Moments, row: Bought, bid: Bid, uow: UnitOfWork) -> BidRequest:
    request = hands.made(uow.session, row.key, BidRequest)
    offer = Offer(bid.price, moments.mail_day(bid.delivers), bid.freight)
    bidding.place(uow, invitation_of(request, bid.vendor), offer)
    return request


def _open(hands: Hands, uow: UnitOfWork, row: Bought) -> BidRequest:
    request = hands.made(uow.session, row.key, BidRequest)
    if request.opened_at is None:  # else the clock did it
        requests.open_bids(uow, request)
    return request


def _award(hands: Hands, uow: UnitOfWork, row: Bought) -> Award:
    request = hands.made(uow.session, row.key, BidRequest)
    return awarding.award(uow, request, row.vendor, reason=row.reason)


def _order(hands: Hands, uow: UnitOfWork, row: Bought) -> PurchaseOrder:
    """The whole job, at the price of the award."""
    made = ordering.order_awarded(uow, hands.made(uow.session, row.key, BidRequest))
    ordering.issue(uow, made)
    return made
