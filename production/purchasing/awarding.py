"""Whose bid is taken: with a reason where it is not the cheapest, with a second person where bids are too few."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, NotFound, refused_field
from kernel.ids import new_ulid
from production.people import second_person
from production.people.second_person import Act
from production.purchasing.comparing import comparison
from production.purchasing.decisions import is_agreed
from production.purchasing.letters import tell
from production.purchasing.models import Award, BidRequest
from store.db import UnitOfWork


def award(
    uow: UnitOfWork, request: BidRequest, vendor: str, *, reason: str = "", few_reason: str = ""
) -> Award:
    """Takes a vendor's bid and tells all who bid; an award that waits for a second person gives way. InvalidInput
    AWARD_REASON by field; Conflict BID_SEALED, BID_STATE.
    """
    compared = comparison(uow.session, request)
    line = compared.of(vendor)
    before = latest(uow.session, request)
    if before is not None and stands(uow.session, before):
        raise _awarded(request, before)
    if not line.counts:
        raise Conflict(f"This bid does not count: {line.invitation.out_reason}", code="BID_STATE")
    if not line.is_cheapest and not reason.strip():
        raise refused_field("AWARD_REASON", "reason", "Another bid costs less: say why this one is taken.")
    if compared.is_few and not few_reason.strip():
        words = (
            f"The rule asks for {compared.least_bids} bids; {compared.counted} count. Say why that is enough."
        )
        raise refused_field("AWARD_REASON", "few_reason", words)
    if before is not None:
        second_person.drop(uow, Act.AWARD, before.ulid)
    row = Award(
        ulid=new_ulid(uow.now), request_id=request.id, bid=line.bid, vendor=line.invitation.vendor, total=line.total,
        is_cheapest=line.is_cheapest, reason=reason.strip()[:200], few_reason=few_reason.strip()[:200],
        needs_second=compared.is_few, actor=uow.actor.name, at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    uow.audit("bid_request", request.ulid, "awarded", number=request.number, vendor=vendor)
    if row.needs_second:
        second_person.ask(uow, Act.AWARD, row.ulid)
    else:
        _tell_all(uow, request, row)
    return row


def agree(uow: UnitOfWork, ulid: UUID) -> Award:
    """The second person's yes; now vendors are told. NotFound; Conflict SECOND_PERSON."""
    row = uow.session.scalars(select(Award).filter_by(ulid=ulid)).first()
    if row is None:
        raise NotFound("There is no such award.")
    second_person.agree(uow, Act.AWARD, ulid)
    _tell_all(uow, uow.session.get_one(BidRequest, row.request_id), row)
    return row


def latest(session: Session, request: BidRequest) -> Award | None:
    """The newest award, whether or not anybody has agreed."""
    query = select(Award).filter_by(request_id=request.id).order_by(Award.id.desc()).limit(1)
    return session.scalars(query).first()


def stands(session: Session, row: Award) -> bool:
    """Is it in force?"""
    return not row.needs_second or is_agreed(session, Act.AWARD, row.ulid)


def put_out(uow: UnitOfWork, request: BidRequest, vendor: str, reason: str) -> None:
    """A bid does not count, for a reason; without one it counts again. Conflict BID_STATE after the award."""
    line = comparison(uow.session, request).of(vendor)
    before = latest(uow.session, request)
    if before is not None and stands(uow.session, before):
        raise _awarded(request, before)
    if not reason.strip() and not line.invitation.out_reason:
        raise refused_field("BID", "reason", "Say why it does not count.")
    if len(reason) > 200:
        raise refused_field("BID", "reason", "Write at most 200 characters.")
    line.invitation.out_reason, line.invitation.out_by = reason.strip(), uow.actor.name
    act = "disqualified" if reason.strip() else "counts_again"
    uow.audit("bid_request", request.ulid, act, number=request.number, vendor=vendor, reason=reason.strip())


def _awarded(request: BidRequest, row: Award) -> Conflict:
    return Conflict(f"{request.number} is awarded to {row.vendor.name}.", code="BID_STATE")


def _tell_all(uow: UnitOfWork, request: BidRequest, row: Award) -> None:
    """Who bid is told; what others asked for is told to nobody."""
    for line in comparison(uow.session, request).bids:
        vendor = line.invitation.vendor
        is_taken = vendor.id == row.vendor_id
        words = (
            f"Your bid on {request.sheet.title} is taken. An order follows; please do not begin before you have it."
            if is_taken
            else f"Another bid on {request.sheet.title} is taken. Thank you for yours."
        )
        tell(
            uow,
            vendor,
            f"{request.number}: {'your bid is taken' if is_taken else 'another bid is taken'}",
            words,
        )
