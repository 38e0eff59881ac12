"""Bids on equal terms, once they are opened: price, freight, samples, our handling; the day beside the day needed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, NotFound
from kernel.money import Money
from production.purchasing.models import Bid, BidInvitation, BidRequest


@dataclass(frozen=True, slots=True)
class Compared:
    """A bid beside the others. ``total`` with our handling; ``days_late``: after the day it is needed."""

    invitation: BidInvitation
    bid: Bid
    total: Money
    days_late: int
    is_cheapest: bool

    @property
    def counts(self) -> bool:
        """Is it compared at all?"""
        return not self.invitation.out_reason


@dataclass(frozen=True, slots=True)
class Comparison:
    """Bids that count first, cheapest first; who was asked and did not bid."""

    bids: tuple[Compared, ...]
    silent: tuple[BidInvitation, ...]
    least_bids: int

    @property
    def counted(self) -> int:
        """Bids that count."""
        return sum(one.counts for one in self.bids)

    @property
    def is_few(self) -> bool:
        """Fewer than the rule asks for?"""
        return self.counted < self.least_bids

    def of(self, vendor: str) -> Compared:
        """A vendor's bid. NotFound."""
        found = next((one for one in self.bids if one.invitation.vendor.code == vendor), None)
        if found is None:
            raise NotFound(f"There is no bid of {vendor}.")
        return found


def comparison(session: Session, request: BidRequest) -> Comparison:
    """The only reader of bids. Conflict BID_SEALED before the opening."""
    if request.opened_at is None:
        raise Conflict(f"Bids of {request.number} are sealed.", code="BID_SEALED")
    newest = _newest(session, request)
    made = [
        (one, newest[one.id]) for one in request.invitations if one.id in newest and one.declined_at is None
    ]
    lines = [(one, bid, bid.total + one.handling) for one, bid in made]
    lines.sort(key=lambda line: (bool(line[0].out_reason), line[2], line[1].received_at, line[1].id))
    least = min((total for one, _, total in lines if not one.out_reason), default=None)
    compared = tuple(
        Compared(
            one, bid, total, max(0, (bid.delivers_on - request.deliver_by).days),
            not one.out_reason and total == least,
        )
        for one, bid, total in lines
    )  # fmt: skip
    with_bid = {one.id for one, _ in made}
    silent = tuple(one for one in request.invitations if one.id not in with_bid)
    return Comparison(compared, silent, request.least_bids)


def _newest(session: Session, request: BidRequest) -> dict[int, Bid]:
    query = (
        select(Bid)
        .join(BidInvitation, BidInvitation.id == Bid.invitation_id)
        .where(BidInvitation.request_id == request.id)
        .order_by(Bid.id)
    )
    return {one.invitation_id: one for one in session.scalars(query)}
