"""What must hold of bids and awards, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from production.purchasing.models import Award, Bid, BidInvitation, BidRequest
from store.keeping.verify import Check, Open, Survey


def bids_came_in_time(survey: Survey) -> Iterator[Open]:
    """Every bid came between asking and closing, and none of an opened request was entered after its opening."""
    query = (
        select(BidRequest.number)
        .join(BidInvitation, BidInvitation.request_id == BidRequest.id)
        .join(Bid, Bid.invitation_id == BidInvitation.id)
        .where(
            or_(
                Bid.received_at >= BidRequest.closes_at,
                Bid.received_at < func.date_trunc("minute", BidRequest.posted_at),  # typed in minutes
                Bid.recorded_at > BidRequest.opened_at,
            )
        )
        .order_by(Bid.id)
    )
    for number in survey.each(survey.session.scalars(query)):
        yield Open(f"{number} has a bid from outside its time", (number,))


def awards_are_of_opened_bids(survey: Survey) -> Iterator[Open]:
    """An award takes a bid of its own request after the opening, at its price and our handling."""
    query = (
        select(BidRequest, BidInvitation, Bid, Award)
        .join(Award, Award.request_id == BidRequest.id)
        .join(Bid, Bid.id == Award.bid_id)
        .join(BidInvitation, BidInvitation.id == Bid.invitation_id)
        .order_by(Award.id)
    )
    for request, invitation, bid, award in survey.each(survey.session.execute(query)):
        if (invitation.request_id, invitation.vendor_id) != (request.id, award.vendor_id):
            yield Open(f"{request.number} takes a bid that is not its own", (request.number,))
        if request.opened_at is None or award.at < request.opened_at:
            yield Open(f"{request.number} was awarded before its opening", (request.number,))
        if award.total != bid.total + invitation.handling:
            yield Open(f"{request.number} is awarded at ${award.total}, not as compared", (request.number,))


CHECKS: tuple[Check, ...] = (bids_came_in_time, awards_are_of_opened_bids)
