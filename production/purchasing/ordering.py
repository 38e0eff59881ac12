"""Purchase orders: entered, changed by revisions, issued once another person has agreed where a rule asks for it,
canceled. A need is ordered once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound, refused_field
from kernel.ids import damm, new_ulid
from kernel.money import Money
from postal.data.mail_days import in_full
from production.catalog.models import OperationType
from production.floor import operations as floor
from production.jobs import lifecycle, outside
from production.jobs.models import Job, Lot, Operation
from production.jobs.route import FINAL, jobs_of, lots_of
from production.jobs.states import OperationState as O
from production.jobs.states import Stops
from production.people import second_person
from production.people.second_person import Act
from production.purchasing.awarding import latest, stands
from production.purchasing.decisions import decision_to_buy
from production.purchasing.letters import tell
from production.purchasing.models import Award, BidRequest, MakeOrBuy, Vendor
from production.purchasing.order_models import (
    LineTerms,
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseRevision,
    Terms,
)
from production.purchasing.order_rules import order_rule
from production.purchasing.rules import rules_on
from production.purchasing.whole_job import buy_whole
from production.stockroom import coming
from production.stockroom.moving import MOST, item_of
from store import counters
from store.db import UnitOfWork

_FARTHEST = 300  # days that an order may promise ahead: the schedule knows the hours of a year
_MOST_DOLLARS = Money(10_000_000_00)  # of one order


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be bought: a step of a run by its ticket, an item of the stockroom by its code, or what words say. The
    price is for all of the quantity.
    """

    quantity: int
    price: Money
    ticket: str = ""
    item: str = ""
    words: str = ""


def order(
    uow: UnitOfWork, vendor: Vendor, wanted: Sequence[Wanted], terms: Terms, *, award: Award | None = None
) -> PurchaseOrder:
    """A new order, not sent yet; ``terms`` without their lines. The same said twice is one order. InvalidInput PO_LINE,
    PO_DAY; Conflict PO_TWICE where a step or an award is ordered already.
    """
    terms = replace(terms, lines=tuple(LineTerms(one.quantity, one.price) for one in wanted))
    _refuse_terms(uow, terms)
    if not vendor.is_active:
        raise Conflict(f"{vendor.name} is out of use.", code="VENDOR", field="vendor")
    lines = [_line(uow, position, one) for position, one in enumerate(wanted, 1)]
    if award is None and not vendor.contract_number:
        _refuse_without_bids(uow, lines, terms)
    if same := _already(uow.session, vendor, lines, terms, award):
        return same
    digits = f"{counters.next_block(uow, 'purchase_order'):06d}"
    row = PurchaseOrder(
        ulid=new_ulid(uow.now), number=f"P{digits}-{damm(digits)}", vendor_id=vendor.id, vendor=vendor,
        award_id=award.id if award else None, revision=1, issued=0, made_by=uow.actor.name, made_at=uow.now,
        issued_by="", canceled_by="", cancel_reason="", lines=lines,
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    uow.audit("purchase_order", row.ulid, "entered", of=row.number, cents=terms.total.cents)
    _revise(uow, row, terms, (), "")
    return row


def add(uow: UnitOfWork, row: PurchaseOrder, one: Wanted) -> None:
    """One more line, as a revision. Errors as ``order``; IllegalTransition once canceled or settled."""
    _refuse_ended(row)
    terms = terms_of(uow.session, row)
    line = _line(uow, len(row.lines) + 1, one)
    if line.operation is not None and (taken := _buying(uow.session, [line.operation.id])):
        raise _twice(taken)
    _refuse_terms(uow, replace(terms, lines=(LineTerms(one.quantity, one.price),)))
    row.lines.append(line)
    terms = replace(terms, lines=(*terms.lines, LineTerms(one.quantity, one.price)))
    row.revision += 1
    uow.audit("purchase_order", row.ulid, "changed", of=row.number, revision=row.revision, reason="")
    second_person.drop(uow, Act.PURCHASE_ORDER, row.ulid)
    _revise(uow, row, terms, (f"{line.words}: {one.quantity:,} {line.unit}s for ${one.price} are added",), "")


def order_awarded(
    uow: UnitOfWork, request: BidRequest, *, ticket: str = "", promised: date | None = None
) -> PurchaseOrder:
    """What an award says: its vendor, price and freight, for the step named or decided about, else the whole job, whose
    run then gives way to one outside. Conflict PO_AWARD where there is none in force, BUY_FIRST where another
    decision took the place of buying, RUN_OUTSIDE where the run is begun; else as ``order``.
    """
    award = latest(uow.session, request)
    if award is None or not stands(uow.session, award):
        raise Conflict(f"{request.number} is not awarded, or waits for a second person.", code="PO_AWARD")
    decision = uow.session.get_one(MakeOrBuy, request.decision_id)
    about = uow.session.get(Operation, decision.operation_id) if decision.operation_id else None
    decision_to_buy(uow.session, request.job, about)
    if ticket:
        step = floor.find_ticket(uow.session, ticket)
    elif about is not None:
        step = about
    else:
        step = buy_whole(uow, request.job)
    if step.lot_id not in uow.session.scalars(lots_of(request.job)).all():
        raise refused_field("PO_LINE", "ticket", f"{step.ticket} is no step of job {request.job.number}.")
    bid = award.bid
    wanted = Wanted(step.quantity or request.sheet.quantity, bid.price + bid.samples, ticket=step.ticket)
    terms = Terms((), bid.freight, promised or bid.delivers_on)
    return order(uow, award.vendor, [wanted], terms, award=award)


def change(uow: UnitOfWork, row: PurchaseOrder, terms: Terms, *, reason: str) -> tuple[str, ...]:
    """Other terms for the same lines, as a revision to be sent; gives what is otherwise. A line of none is taken out.
    InvalidInput PO_LINE, PO_DAY, REASON; IllegalTransition once canceled or settled.
    """
    _refuse_ended(row)
    if not reason.strip():
        raise refused_field("REASON", "reason", "Say why, in a few words.")
    before, came = terms_of(uow.session, row), came_of(uow.session, row)
    _refuse_terms(uow, terms)
    if len(terms.lines) != len(row.lines) or not any(line.quantity for line in terms.lines):
        raise InvalidInput(
            "Say quantity and price of each line; cancel the order to order nothing.", code="PO_LINE"
        )
    for line, told in zip(row.lines, terms.lines, strict=True):
        here = sum(came[line.position])
        if told.quantity < here:
            words = f"{here:,} of {line.words} have come: no fewer can be ordered."
            raise refused_field("PO_LINE", "quantity", words)
    changes = tuple(differences(row, before, terms))
    if not changes:
        raise InvalidInput("Nothing is otherwise than before.", code="PO_LINE")
    row.revision += 1
    uow.audit(
        "purchase_order",
        row.ulid,
        "changed",
        of=row.number,
        revision=row.revision,
        reason=reason.strip()[:200],
    )
    second_person.drop(uow, Act.PURCHASE_ORDER, row.ulid)
    _revise(uow, row, terms, changes, reason.strip()[:200])
    return changes


def issue(uow: UnitOfWork, row: PurchaseOrder) -> None:
    """The newest revision is what the vendor has: steps go out, stock is expected, and jobs are not billed before the
    invoice. Conflict SECOND_PERSON while nobody has agreed; IllegalTransition when it is sent already or ended.
    """
    _refuse_ended(row)
    if row.issued == row.revision:
        raise IllegalTransition(f"Order {row.number} is sent already.", state="issued")
    if waits(uow.session, row):
        raise Conflict(
            f"Order {row.number} waits for a second person.", code="SECOND_PERSON",
            remedy='A billing clerk or an administrator agrees to it under "Second person".',
        )  # fmt: skip
    terms = terms_of(uow.session, row)
    row.issued, row.issued_by, row.issued_at = row.revision, uow.actor.name, uow.now
    for line, told in zip(row.lines, terms.lines, strict=True):
        if line.operation is not None and told.quantity:
            _send_out(uow, line.operation, terms, told)
        elif line.operation is not None:
            _take_back(uow, row, line, "taken out of the order")
        line.is_closed = line.is_closed or not told.quantity
    expect_stock(uow, row)
    uow.audit("purchase_order", row.ulid, "issued", of=row.number, revision=row.revision)
    revision = uow.session.get_one(PurchaseRevision, (row.id, row.revision))
    tell(uow, row.vendor, f"Order {row.number}, revision {row.revision}", in_words(row, revision))
    uow.session.flush()


def agree(uow: UnitOfWork, row: PurchaseOrder) -> None:
    """Another person has looked at it: it can be issued. Conflict SECOND_PERSON."""
    second_person.agree(uow, Act.PURCHASE_ORDER, row.ulid)


def cancel(uow: UnitOfWork, row: PurchaseOrder, *, reason: str) -> None:
    """Nothing of it is bought; its needs can be ordered anew. Conflict PO_STARTED once something has come."""
    _refuse_ended(row)
    if not reason.strip():
        raise refused_field("REASON", "reason", "Say why, in a few words.")
    if any(sum(came) for came in came_of(uow.session, row).values()):
        raise Conflict(
            f"Something of order {row.number} has come.", code="PO_STARTED",
            remedy="Change the quantity to what has come, or close the lines with the last receipt.",
        )  # fmt: skip
    row.canceled_by, row.canceled_at, row.cancel_reason = uow.actor.name, uow.now, reason.strip()[:200]
    second_person.drop(uow, Act.PURCHASE_ORDER, row.ulid)
    for line in row.lines:
        _take_back(uow, row, line, row.cancel_reason)
    expect_stock(uow, row)
    uow.audit("purchase_order", row.ulid, "canceled", of=row.number, reason=row.cancel_reason)
    uow.session.flush()


def waits(session: Session, row: PurchaseOrder) -> bool:
    """Must another person agree before it is sent?"""
    return second_person.asked(session, Act.PURCHASE_ORDER, row.ulid) is not None


def vendor_of(session: Session, code: str) -> Vendor:
    """The vendor of that code. NotFound VENDOR."""
    row = session.scalars(select(Vendor).filter_by(code=code.strip())).first()
    if row is None:
        raise NotFound(f"There is no vendor {code.strip()[:20]}.", code="VENDOR", field="vendor")
    return row


def find_order(session: Session, text: str, *, lock: bool = False) -> PurchaseOrder:
    """The order of a number as typed or scanned. NotFound PO."""
    typed = "".join(text.split()).upper().replace("-", "").removeprefix("P")
    query = select(PurchaseOrder).filter_by(number=f"P{typed[:-1]}-{typed[-1:]}")
    if lock:
        query = query.with_for_update(of=PurchaseOrder).execution_options(populate_existing=True)
    row = session.scalars(query).first()
    if row is None:
        raise NotFound(f"There is no order {text.strip()[:20]}.", code="PO")
    return row


def order_with(session: Session, ulid: UUID) -> PurchaseOrder:
    """The order of a public id."""
    return session.scalars(select(PurchaseOrder).filter_by(ulid=ulid)).one()


def terms_of(session: Session, row: PurchaseOrder, revision: int | None = None) -> Terms:
    """The newest terms, or those of a revision."""
    return session.get_one(PurchaseRevision, (row.id, revision or row.revision)).terms


def came_of(session: Session, row: PurchaseOrder) -> dict[int, tuple[int, int]]:
    """Good and damaged ones that have come, by position."""
    query = select(PurchaseReceipt.line_id, func.sum(PurchaseReceipt.good), func.sum(PurchaseReceipt.damaged))
    query = query.where(PurchaseReceipt.line_id.in_([line.id for line in row.lines]))
    sums = {
        key: (int(good), int(bad))
        for key, good, bad in session.execute(query.group_by(PurchaseReceipt.line_id))
    }
    return {line.position: sums.get(line.id, (0, 0)) for line in row.lines}


def expect_stock(uow: UnitOfWork, row: PurchaseOrder) -> None:
    """What is still to come of items, told to the stockroom; nothing of an order not sent, or canceled."""
    still: dict[int, int] = {}
    if row.issued and row.canceled_at is None:
        terms, came = terms_of(uow.session, row, row.issued), came_of(uow.session, row)
        for line, told in zip(row.lines, terms.lines, strict=False):  # what is added is not sent yet
            if line.item_id is not None and not line.is_closed:
                still[line.item_id] = still.get(line.item_id, 0) + max(
                    0, told.quantity - came[line.position][0]
                )
        coming.expect(uow, row.number, still, terms.promised)
    else:
        coming.expect(uow, row.number, {}, business_date(uow.now))


def differences(row: PurchaseOrder, before: Terms, after: Terms) -> list[str]:
    """What a revision changes, in words."""
    found = []
    for line, was, now in zip(row.lines, before.lines, after.lines, strict=True):
        if was.quantity != now.quantity:
            found.append(f"{line.words}: {was.quantity:,} {line.unit}s become {now.quantity:,}")
        if was.price != now.price:
            found.append(f"{line.words}: ${was.price} becomes ${now.price}")
    if before.freight != after.freight:
        found.append(f"Freight: ${before.freight} becomes ${after.freight}")
    if before.promised != after.promised:
        found.append(f"Promised: {before.promised:%m/%d/%Y} becomes {after.promised:%m/%d/%Y}")
    if before.account != after.account:
        found.append(f"Account: {before.account or 'none'} becomes {after.account or 'none'}")
    if before.note != after.note:
        found.append("The note has changed")
    if before.wants_proof != after.wants_proof:
        found.append("A proof is asked for" if after.wants_proof else "No proof is asked for")
    return found


def in_words(row: PurchaseOrder, revision: PurchaseRevision) -> str:
    """A revision as an e-mail says it."""
    terms = revision.terms
    parts = [f"We order from {row.vendor.name}, order {row.number}:"]
    parts += [
        f"{line.words}: {told.quantity:,} {line.unit}s for ${told.price}"
        for line, told in zip(row.lines, terms.lines, strict=False)
        if told.quantity
    ]
    parts.append(f"Freight ${terms.freight}; ${terms.total} in all; needed by {in_full(terms.promised)}.")
    parts += ["Send us a proof first, and go on when we have approved it."] if terms.wants_proof else []
    parts += [f"Changed since the revision before: {words}." for words in revision.changes]
    return "\n".join([*parts, *([terms.note] if terms.note else [])])


def _revise(uow: UnitOfWork, row: PurchaseOrder, terms: Terms, changes: tuple[str, ...], reason: str) -> None:
    """A revision, and the question to a second person where its amount asks for one."""
    uow.session.add(
        PurchaseRevision(
            order_id=row.id, number=row.revision, terms=terms, changes=changes, reason=reason, made_by=uow.actor.name,
            made_at=uow.now,
        )
    )  # fmt: skip
    agreed = terms_of(uow.session, row, row.issued).total if row.issued else Money(0)
    if terms.total >= order_rule(business_date(uow.now)).second_person_from and terms.total > agreed:
        second_person.ask(uow, Act.PURCHASE_ORDER, row.ulid)
    uow.session.flush()


def _line(uow: UnitOfWork, position: int, one: Wanted) -> PurchaseLine:
    """What is bought, with its row locked where it is a step or an item of ours."""
    told = {"position": position, "is_closed": False, "is_canceled": False}
    if not 0 < one.quantity <= MOST:
        raise refused_field("PO_LINE", "quantity", f"Write a quantity from 1 to {MOST:,}.")
    if one.ticket:
        operation = floor.find_ticket(uow.session, one.ticket)
        uow.session.refresh(operation, with_for_update=True)
        kind = uow.session.get_one(OperationType, operation.type)
        if kind.work_center_class != outside.VENDOR or operation.state in FINAL:
            words = f"{operation.ticket} is done already." if operation.state in FINAL else ""
            words = words or f"{operation.ticket}, {kind.name.lower()}, is not done outside."
            raise refused_field(
                "PO_LINE", "ticket", words, "Name the ticket of a step that an outside shop does."
            )
        jobs = jobs_of(uow.session, uow.session.get_one(Lot, operation.lot_id), Job)
        words = one.words.strip() or f"{jobs[0].title}, {kind.name.lower()}"
        return PurchaseLine(
            operation_id=operation.id,
            operation=operation,
            words=words[:200],
            unit=operation.unit or kind.unit,
            **told,
        )
    if one.item:
        item = item_of(uow.session, one.item)
        return PurchaseLine(
            item_id=item.id, item=item, words=(one.words.strip() or item.name)[:200], unit=item.unit, **told
        )
    if not one.words.strip():
        raise refused_field("PO_LINE", "words", "Say what is bought: a ticket, an item, or in words.")
    return PurchaseLine(words=one.words.strip()[:200], unit="piece", **told)


def _already(
    session: Session, vendor: Vendor, lines: Sequence[PurchaseLine], terms: Terms, award: Award | None
) -> PurchaseOrder | None:
    """The order that these terms are, where it was given before. Conflict PO_TWICE for another one of the same need."""
    steps = [line.operation_id for line in lines if line.operation_id is not None]
    taken = _buying(session, steps)
    if taken is None and award is not None:
        taken = session.scalars(select(PurchaseOrder).filter_by(award_id=award.id, canceled_at=None)).first()
    is_stock = not steps and award is None
    query = select(PurchaseOrder).filter_by(vendor_id=vendor.id, canceled_at=None, settled_at=None)
    for row in (
        session.scalars(query.order_by(PurchaseOrder.id.desc())) if is_stock else [taken] if taken else []
    ):
        told = [(line.operation_id, line.item_id, line.words) for line in row.lines]
        is_same = told == [(line.operation_id, line.item_id, line.words) for line in lines]
        is_new = not any(sum(came) for came in came_of(session, row).values())
        if (
            is_same
            and row.vendor_id == vendor.id
            and terms_of(session, row, 1) == terms
            and (is_new or not is_stock)
        ):
            return row
    if taken is not None:
        raise _twice(taken)
    return None


def _buying(session: Session, steps: Sequence[int]) -> PurchaseOrder | None:
    """The first order that buys one of these operations."""
    query = select(PurchaseOrder).join(PurchaseLine, PurchaseLine.order_id == PurchaseOrder.id)
    query = query.where(PurchaseLine.operation_id.in_(steps), ~PurchaseLine.is_canceled)
    return session.scalars(query.order_by(PurchaseOrder.id)).first()


def _twice(taken: PurchaseOrder) -> Conflict:
    return Conflict(
        f"Order {taken.number} to {taken.vendor.name} buys this already.", code="PO_TWICE", field="ticket",
        remedy="Change that order, or cancel it first.",
    )  # fmt: skip


def _send_out(uow: UnitOfWork, operation: Operation, terms: Terms, told: LineTerms) -> None:
    outside.send_out(uow, operation, due=terms.promised, cost=told.price)
    if operation.state is O.READY:
        floor.start(uow, operation.ticket, work_center=outside.VENDOR)
    lot = uow.session.get_one(Lot, operation.lot_id)
    for job in jobs_of(uow.session, lot, Job):
        if not outside.awaits_invoice(uow.session, job):
            words = "The invoice for work done outside is not here yet."
            lifecycle.hold(uow, job, reason=outside.AWAITS_INVOICE, words=words, stops=Stops.BILLING)
            uow.session.flush()


def _take_back(uow: UnitOfWork, row: PurchaseOrder, line: PurchaseLine, reason: str) -> None:
    """A line is not bought any more."""
    line.is_canceled = line.is_closed = True
    operation = line.operation
    if operation is not None and outside.is_outside(uow.session, operation):
        outside.call_back(uow, operation, reason=reason)
        if operation.state is O.RUNNING:
            floor.give_back(uow, operation.ticket, reason=f"Order {row.number}: {reason}")
    uow.session.flush()
    free_jobs(uow, line)


def free_jobs(uow: UnitOfWork, line: PurchaseLine) -> list[Job]:
    """The jobs of a line whose outside work is all paid or not bought any more: they can be billed."""
    if line.operation is None:
        return []
    freed = []
    for job in jobs_of(uow.session, uow.session.get_one(Lot, line.operation.lot_id), Job):
        if outside.awaits_invoice(uow.session, job) and not _open_orders(uow.session, job):
            lifecycle.lift(uow, job, outside.AWAITS_INVOICE)
            freed.append(job)
    return freed


def _open_orders(session: Session, job: Job) -> bool:
    """Is something for a job ordered and not settled?"""
    query = (
        select(PurchaseOrder.id)
        .join(PurchaseLine, PurchaseLine.order_id == PurchaseOrder.id)
        .join(Operation, Operation.id == PurchaseLine.operation_id)
        .where(Operation.lot_id.in_(lots_of(job)), ~PurchaseLine.is_canceled)
        .where(
            PurchaseOrder.issued > 0, PurchaseOrder.canceled_at.is_(None), PurchaseOrder.settled_at.is_(None)
        )
    )
    return session.scalars(query.limit(1)).first() is not None


def _refuse_without_bids(uow: UnitOfWork, lines: Sequence[PurchaseLine], terms: Terms) -> None:
    """Conflict PO_BIDS where work costs so much that the rule of bids asks for several."""
    work = [told.price for line, told in zip(lines, terms.lines, strict=True) if line.operation is not None]
    rule = rules_on(uow.session, business_date(uow.now)).of_amount(sum(work, Money(0))) if work else None
    if rule is not None and rule.least_bids > 1:
        raise Conflict(
            f"From ${rule.from_amount} on, {rule.least_bids} bids are asked for.", code="PO_BIDS", field="price",
            remedy="Ask for bids, and order what is awarded.",
        )  # fmt: skip


def _refuse_ended(row: PurchaseOrder) -> None:
    if row.canceled_at is not None or row.settled_at is not None:
        state = "canceled" if row.canceled_at is not None else "settled"
        raise IllegalTransition(f"Order {row.number} is {state}.", state=state)


def _refuse_terms(uow: UnitOfWork, terms: Terms) -> None:
    amounts = [terms.freight, *(line.price for line in terms.lines)]
    if not terms.lines or min(amounts) < Money(0) or terms.total > _MOST_DOLLARS:
        raise refused_field(
            "PO_LINE", "price", f"Write amounts from 0 to ${_MOST_DOLLARS} for lines that are bought."
        )
    if any(not 0 <= line.quantity <= MOST for line in terms.lines):
        raise refused_field("PO_LINE", "quantity", f"Write a quantity from 0 to {MOST:,}.")
    ahead = (terms.promised - business_date(uow.now)).days
    if not 0 <= ahead <= _FARTHEST:
        words = (
            "The promised day is past."
            if ahead < 0
            else f"The promised day is more than {_FARTHEST} days away."
        )
        raise refused_field("PO_DAY", "promised", words, "Write a day from today on.")
