"""Bids are asked for: one specification, invited vendors, a closing; links that are sent, replaced and revoked;
questions with answers for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE, business_date, start_of
from kernel.errors import Conflict, InvalidInput, NotFound, refused_field
from kernel.findings import Finding, of_field
from kernel.ids import new_ulid
from kernel.money import ZERO
from postal.data.mail_days import in_full, mail_days_after
from production.catalog.shop_calendar import shop_calendar
from production.jobs.models import Operation
from production.purchasing import links
from production.purchasing.letters import tell
from production.purchasing.models import BidInvitation, BidQuestion, BidRequest, MakeOrBuy, Vendor
from production.purchasing.numbers import canonical, new_request_number
from production.purchasing.rules import Rules, rules_on
from production.purchasing.specifying import specification
from store.db import UnitOfWork
from store.files import FileStore

MOST_VENDORS = 50
USUAL_HOUR = 14  # at which bidding closes, unless said; shop to confirm


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody asks vendors for."""

    vendors: Sequence[str]
    closes_on: date
    closes_at: str  # time of day at the shop, as in 14:00
    deliver_by: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """What verbs need of the plant beside its database: files of jobs, and the secret that signs links."""

    files: FileStore
    secret: str


def post(uow: UnitOfWork, house: House, decision: MakeOrBuy, asking: Asking) -> BidRequest:
    """Asks the vendors, each by an e-mail with a link of its own. ``decision``: to buy, in force. InvalidInput
    BID_REQUEST or BID_POSTING by field.
    """
    rules = rules_on(uow.session, business_date(uow.now))
    bids = rules.of_amount(decision.outside_price or ZERO)
    vendors = vendors_of(uow.session, asking.vendors)
    closes = _closing(uow, asking)
    if found := list(_problems(uow, asking, vendors, closes, bids.posting_days)):
        raise InvalidInput("Nobody was asked.", code=found[0].code, findings=found)
    operation = uow.session.get(Operation, decision.operation_id) if decision.operation_id else None
    row = BidRequest(
        ulid=new_ulid(uow.now), number=new_request_number(uow), job=decision.job, decision_id=decision.id,
        sheet=specification(uow.session, house.files, decision.job, rules, operation), note=asking.note,
        deliver_by=asking.deliver_by, least_bids=bids.least_bids, posting_days=bids.posting_days,
        rules_of=bids.from_day, posted_at=uow.now, posted_by=uow.actor.name, closes_at=closes, opened_by="",
        cancel_reason="",
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    uow.audit(
        "bid_request",
        row.ulid,
        "posted",
        number=row.number,
        job=row.job.number,
        vendors=sorted(asking.vendors),
    )
    for vendor in vendors:
        invite(uow, house.secret, row, vendor, rules)
    return row


def invite(uow: UnitOfWork, secret: str, request: BidRequest, vendor: Vendor, rules: Rules) -> BidInvitation:
    """One vendor more, in the same words as all."""
    row = BidInvitation(
        ulid=new_ulid(uow.now), request=request, vendor=vendor, handling=rules.buying.handling, turn=0,
        out_reason="", out_by="",
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    send_link(uow, secret, row)
    return row


def send_link(uow: UnitOfWork, secret: str, invitation: BidInvitation) -> None:
    """A link of its own, by e-mail; one before it opens nothing any more. Nothing for a vendor without an address."""
    request, vendor = invitation.request, invitation.vendor
    require_open(request, uow.now)
    if not vendor.email:
        return
    invitation.turn += 1
    invitation.token_hash = links.hash_of(links.make(secret, invitation))
    invitation.revoked_at = None
    uow.audit("bid_request", request.ulid, "link_sent", number=request.number, vendor=vendor.code)
    words = (
        f"Please bid on {request.sheet.title} ({request.sheet.quantity:,}, {request.sheet.product}), needed by "
        f"{in_full(request.deliver_by)}. Your page shows the specification, takes questions and your bid; a bid can be "
        f"changed until bidding closes on {_in_words(request.closes_at)}, and nobody reads it before."
    )
    tell(uow, vendor, f"Request for bids {request.number}", words, link_of=invitation)


def revoke(uow: UnitOfWork, invitation: BidInvitation) -> None:
    """Its link opens nothing any more."""
    if invitation.token_hash is not None and invitation.revoked_at is None:
        invitation.revoked_at = uow.now
        request = invitation.request
        uow.audit(
            "bid_request", request.ulid, "link_revoked", number=request.number, vendor=invitation.vendor.code
        )


def cancel(uow: UnitOfWork, request: BidRequest, reason: str) -> None:
    """Nothing is bought by this request; everybody asked is told. Bids that came stay sealed."""
    if not reason.strip():
        raise refused_field("BID_REQUEST", "reason", "Say why, in a few words.")
    if request.canceled_at is not None or request.opened_at is not None:
        raise Conflict(f"{request.number} was opened or canceled already.", code="BID_STATE")
    request.canceled_at, request.cancel_reason = uow.now, reason.strip()[:200]
    uow.audit("bid_request", request.ulid, "canceled", number=request.number, reason=request.cancel_reason)
    for one in request.invitations:
        tell(
            uow,
            one.vendor,
            f"{request.number} is canceled",
            f"No bids are taken any more. {request.cancel_reason}",
        )


def open_bids(uow: UnitOfWork, request: BidRequest) -> None:
    """From now on bids can be read: not before the closing, whoever asks. Conflict BID_SEALED or BID_STATE."""
    if uow.now < request.closes_at:
        raise Conflict(
            f"Bids of {request.number} are sealed until {_in_words(request.closes_at)}.", code="BID_SEALED",
            remedy="Nobody can open them before.",
        )  # fmt: skip
    if request.canceled_at is not None or request.opened_at is not None:
        raise Conflict(f"{request.number} was opened or canceled already.", code="BID_STATE")
    request.opened_at, request.opened_by = uow.now, uow.actor.name
    uow.audit("bid_request", request.ulid, "opened", number=request.number)


def open_due(uow: UnitOfWork) -> int:
    """Open whatever has closed, by the clock; gives how many."""
    due = select(BidRequest).where(
        BidRequest.closes_at <= uow.now, BidRequest.opened_at.is_(None), BidRequest.canceled_at.is_(None)
    )
    found = uow.session.scalars(
        due.order_by(BidRequest.id).with_for_update(of=BidRequest, skip_locked=True)
    ).all()
    for one in found:
        open_bids(uow, one)
    return len(found)


def ask(uow: UnitOfWork, invitation: BidInvitation, question: str) -> BidQuestion:
    """A vendor's question; who asks is told to nobody outside. InvalidInput BID_QUESTION."""
    require_open(invitation.request, uow.now)
    if not 1 <= len(question.strip()) <= 2000:
        raise refused_field("BID_QUESTION", "question", "Write your question, in up to 2,000 characters.")
    same = select(BidQuestion).filter_by(invitation_id=invitation.id, question=question.strip())
    if (before := uow.session.scalars(same).first()) is not None:  # sent twice
        return before
    row = BidQuestion(
        ulid=new_ulid(uow.now), invitation_id=invitation.id, question=question.strip(), asked_at=uow.now,
        answer="", answered_by="",
    )  # fmt: skip
    uow.session.add(row)
    uow.audit("bid_question", row.ulid, "asked", number=invitation.request.number)
    return row


def answer(uow: UnitOfWork, ulid: UUID, words: str) -> BidQuestion:
    """Everybody asked reads it, with the question. InvalidInput BID_QUESTION; Conflict BID_STATE, BID_LATE."""
    row = uow.session.scalars(select(BidQuestion).filter_by(ulid=ulid).with_for_update()).first()
    if row is None:
        raise NotFound("There is no such question.")
    if row.answered_at is not None:
        raise Conflict("This question has its answer already.", code="BID_STATE")
    if not 1 <= len(words.strip()) <= 4000:
        raise refused_field("BID_QUESTION", "answer", "Write the answer, in up to 4,000 characters.")
    request = uow.session.get_one(BidInvitation, row.invitation_id).request
    require_open(request, uow.now)
    row.answer, row.answered_by, row.answered_at = words.strip(), uow.actor.name, uow.now
    uow.audit("bid_question", ulid, "answered", number=request.number)
    for one in request.invitations:
        tell(uow, one.vendor, f"An answer about {request.number}", f"{row.question}\n\n{row.answer}")
    return row


def request_of(session: Session, number: str, *, lock: bool = False) -> BidRequest:
    """By its number. NotFound."""
    query = select(BidRequest).filter_by(number=canonical(number))
    found = session.scalars(query.with_for_update(of=BidRequest) if lock else query).first()
    if found is None:
        raise NotFound("There is no such request.", remedy="Its number looks like B000123-4.")
    return found


def invitation_of(request: BidRequest, vendor: str) -> BidInvitation:
    """Of a vendor that was asked, by its code. NotFound."""
    found = next((one for one in request.invitations if one.vendor.code == vendor), None)
    if found is None:
        raise NotFound(f"{vendor} was not asked for a bid.")
    return found


def require_open(request: BidRequest, now: datetime) -> None:
    """Conflict BID_LATE from the closing on, BID_STATE for one that was canceled."""
    if request.canceled_at is not None:
        raise Conflict(f"{request.number} is canceled: {request.cancel_reason}", code="BID_STATE")
    if now >= request.closes_at:
        raise Conflict(
            f"Bidding closed on {_in_words(request.closes_at)}.", code="BID_LATE", remedy="It is too late."
        )


def vendors_of(session: Session, codes: Sequence[str]) -> Sequence[Vendor]:
    """Those in use, in order of their codes."""
    query = select(Vendor).where(Vendor.code.in_(set(codes)), Vendor.is_active)
    return session.scalars(query.order_by(Vendor.code)).all()


def _closing(uow: UnitOfWork, asking: Asking) -> datetime:
    try:
        hour, minute = (int(part) for part in asking.closes_at.split(":"))
        local = start_of(asking.closes_on).astimezone(SHOP_ZONE).replace(hour=hour, minute=minute)
    except ValueError:
        raise refused_field("BID_REQUEST", "closes_at", "Write a time, as in 14:00.") from None
    return local.astimezone(uow.now.tzinfo)


def _problems(
    uow: UnitOfWork, asking: Asking, vendors: Sequence[Vendor], closes: datetime, posting_days: int
) -> list[Finding]:
    found = []
    known = {one.code for one in vendors}
    if missing := [code for code in asking.vendors if code not in known]:
        found.append(of_field("BID_REQUEST", "vendors", f"There is no vendor {missing[0]} in use."))
    if not 1 <= len(set(asking.vendors)) <= MOST_VENDORS:
        found.append(of_field("BID_REQUEST", "vendors", f"Ask one vendor or more, up to {MOST_VENDORS}."))
    first = _first_day(uow, posting_days)
    if asking.closes_on < first or closes <= uow.now:
        words = f"The rule asks for {posting_days} working days: close on {in_full(first)} or later."
        found.append(of_field("BID_POSTING", "closes_on", words))
    if asking.deliver_by <= asking.closes_on:
        found.append(of_field("BID_REQUEST", "deliver_by", "It cannot be here before bidding has closed."))
    return found


def first_closing(uow: UnitOfWork, decision: MakeOrBuy) -> datetime:
    """The soonest that the rule of bids allows, at the usual hour of the shop."""
    bids = rules_on(uow.session, business_date(uow.now)).of_amount(decision.outside_price or ZERO)
    return start_of(_first_day(uow, bids.posting_days)).astimezone(SHOP_ZONE).replace(hour=USUAL_HOUR)


def _first_day(uow: UnitOfWork, posting_days: int) -> date:
    return mail_days_after(business_date(uow.now), posting_days, shop_calendar(uow.session).closed_for)


def _in_words(moment: datetime) -> str:
    local = moment.astimezone(SHOP_ZONE)
    return f"{in_full(local.date())}, {local:%H:%M} ({local:%Z})"
