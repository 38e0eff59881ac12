"""Reads of purchasing for its screens. None of them reads a bid: that is for ``comparing`` alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from production.jobs.models import Job, LotShare, Operation
from production.people.second_person import Act, Agreement
from production.purchasing.models import (
    Award,
    BidInvitation,
    BidQuestion,
    BidRequest,
    Choice,
    MakeOrBuy,
    Vendor,
)
from production.purchasing.order_models import PurchaseLine, PurchaseOrder

MOST = 200
OPEN, CLOSED, TO_AWARD, WAITS, AWARDED, CANCELED = (
    "open_for_bids", "closed", "to_award", "second_person", "awarded", "canceled",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request as lists show it. ``state``: one of the words above; ``questions`` without an answer."""

    request: BidRequest
    state: str
    questions: int
    vendor: str  # whose bid is taken


def request_lines(session: Session, now: datetime) -> list[RequestLine]:
    """The newest requests, what closes first on top."""
    requests = session.scalars(select(BidRequest).order_by(BidRequest.id.desc()).limit(MOST)).all()
    keys = [one.id for one in requests]
    awards = {
        one.request_id: one
        for one in session.scalars(select(Award).where(Award.request_id.in_(keys)).order_by(Award.id))
    }
    asked = (
        select(BidInvitation.request_id, func.count())
        .join(BidQuestion, BidQuestion.invitation_id == BidInvitation.id)
        .where(BidInvitation.request_id.in_(keys), BidQuestion.answered_at.is_(None))
        .group_by(BidInvitation.request_id)
    )
    questions = dict(session.execute(asked).all())
    waiting = set(session.scalars(select(Agreement.subject).filter_by(act=Act.AWARD, agreed_at=None)))
    lines = [
        RequestLine(
            one, _state(one, awards.get(one.id), waiting, now), questions.get(one.id, 0),
            awards[one.id].vendor.name if one.id in awards else "",
        )
        for one in requests
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.request.closes_at, line.request.id))


def bought_for(session: Session, job: Job) -> tuple[Sequence[BidRequest], Sequence[PurchaseOrder]]:
    """Requests for bids on a job, and orders of steps of its runs, the newest first."""
    requests = select(BidRequest).filter_by(job_id=job.id).order_by(BidRequest.id.desc())
    lines = (
        select(PurchaseLine.order_id)
        .join(Operation, Operation.id == PurchaseLine.operation_id)
        .join(LotShare, LotShare.lot_id == Operation.lot_id)
        .where(LotShare.job_id == job.id)
    )
    orders = select(PurchaseOrder).where(PurchaseOrder.id.in_(lines)).order_by(PurchaseOrder.id.desc())
    return session.scalars(requests).all(), session.scalars(orders).all()


def state_of(session: Session, request: BidRequest, award: Award | None, now: datetime) -> str:
    """How a request stands."""
    waiting = set(session.scalars(select(Agreement.subject).filter_by(act=Act.AWARD, agreed_at=None)))
    return _state(request, award, waiting, now)


def _state(request: BidRequest, award: Award | None, waiting: set[UUID], now: datetime) -> str:
    if request.canceled_at is not None:
        return CANCELED
    if request.opened_at is None:
        return OPEN if now < request.closes_at else CLOSED
    if award is None:
        return TO_AWARD
    return WAITS if award.ulid in waiting else AWARDED


def questions(session: Session, request: BidRequest) -> Sequence[BidQuestion]:
    """All of a request, in the order they were asked."""
    query = select(BidQuestion).join(BidInvitation, BidInvitation.id == BidQuestion.invitation_id)
    return session.scalars(
        query.filter(BidInvitation.request_id == request.id).order_by(BidQuestion.id)
    ).all()


def to_ask(session: Session) -> Sequence[MakeOrBuy]:
    """The newest decisions to buy a job for which nobody has been asked yet, in force or not."""
    newest = select(func.max(MakeOrBuy.id)).group_by(MakeOrBuy.job_id, MakeOrBuy.operation_id)
    asked = select(BidRequest.decision_id).where(BidRequest.canceled_at.is_(None))
    query = select(MakeOrBuy).where(
        MakeOrBuy.id.in_(newest), MakeOrBuy.choice == Choice.BUY, MakeOrBuy.id.not_in(asked)
    )
    return session.scalars(query.order_by(MakeOrBuy.id.desc()).limit(MOST)).all()


def vendors(session: Session) -> Sequence[Vendor]:
    """Those in use, by name."""
    return session.scalars(select(Vendor).filter_by(is_active=True).order_by(Vendor.name, Vendor.code)).all()


def asked_of(session: Session, vendor: Vendor) -> list[tuple[BidInvitation, Award | None]]:
    """What a vendor was asked for, newest first, with the award of each."""
    query = select(BidInvitation).filter_by(vendor_id=vendor.id).order_by(BidInvitation.id.desc()).limit(MOST)
    found = session.scalars(query).all()
    keys = [one.request_id for one in found]
    awards = session.scalars(select(Award).where(Award.request_id.in_(keys)).order_by(Award.id))
    by_request = {one.request_id: one for one in awards}
    return [(one, by_request.get(one.request_id)) for one in found]
