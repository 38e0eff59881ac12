"""Reads of purchase orders for screens and commands, and the record of a vendor, computed from what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.money import ZERO, Money
from production.catalog.models import OperationType
from production.jobs.models import Job, Operation
from production.jobs.outside import VENDOR
from production.jobs.route import FINAL, lots_of
from production.people.second_person import Act, Agreement
from production.purchasing.models import Award
from production.purchasing.order_models import (
    InvoiceCase,
    LineTerms,
    Outcome,
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseRevision,
    VendorInvoice,
)

MOST = 200


class State(StrEnum):
    """How an order stands."""

    WAITS = "waits"  # for a second person
    TO_SEND = "to_send"
    SENT = "sent"
    PART = "part"
    HERE = "here"  # all that comes is here; invoices are still to come or to be settled
    SETTLED = "settled"
    CANCELED = "canceled"


WORDS = {
    State.WAITS: "Waits for a second person",
    State.TO_SEND: "To be sent",
    State.SENT: "Sent",
    State.PART: "Part of it is here",
    State.HERE: "Here, to be paid",
    State.SETTLED: "Here and paid",
    State.CANCELED: "Canceled",
}


@dataclass(frozen=True, slots=True)
class LineView:
    """A line as ordered, what came and what was invoiced. ``what``: ticket or code of the item."""

    position: int
    words: str
    what: str
    unit: str
    ordered: int
    price: Money
    good: int
    damaged: int
    invoiced: int
    is_closed: bool
    is_stock: bool

    def cost_of(self, quantity: int) -> Money:
        """Of so many of them."""
        return LineTerms(self.ordered, self.price).cost_of(quantity)

    @property
    def still(self) -> int:
        """What is still to come."""
        return 0 if self.is_closed else max(0, self.ordered - self.good)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as pages and commands show it."""

    number: str
    vendor: str
    vendor_code: str
    state: State
    revision: int
    promised: date
    freight: Money
    total: Money
    lines: tuple[LineView, ...]
    is_late: bool
    made_by: str
    open_cases: int
    is_sent: bool  # the vendor has some revision of it

    @property
    def is_out(self) -> bool:
        """The vendor has it, and something is still to come."""
        return self.is_sent and any(line.still for line in self.lines)

    @property
    def words(self) -> str:
        """Its state."""
        return WORDS[self.state]


def order_of_award(session: Session, request: int) -> PurchaseOrder | None:
    """The order in force of what a request awarded."""
    query = select(PurchaseOrder).join(Award, Award.id == PurchaseOrder.award_id)
    return session.scalars(
        query.where(Award.request_id == request, PurchaseOrder.canceled_at.is_(None))
    ).first()


def outside_steps(session: Session, job: Job) -> Sequence[Operation]:
    """Steps of a job's runs that are done outside and not over."""
    query = select(Operation).join(OperationType, OperationType.code == Operation.type)
    query = query.where(OperationType.work_center_class == VENDOR, Operation.state.not_in(FINAL))
    return session.scalars(query.where(Operation.lot_id.in_(lots_of(job))).order_by(Operation.id)).all()


def order_view(session: Session, row: PurchaseOrder, today: date) -> OrderView:
    """One order."""
    return _views(session, [row], today)[0]


def orders(
    session: Session, today: date, *, vendor: int | None = None, is_open: bool = True
) -> list[OrderView]:
    """Orders that have not ended, or those that have, the newest first; at most ``MOST``."""
    query = select(PurchaseOrder).order_by(PurchaseOrder.id.desc()).limit(MOST)
    still = PurchaseOrder.canceled_at.is_(None) & PurchaseOrder.settled_at.is_(None)
    query = query.where(still if is_open else ~still)
    if vendor is not None:
        query = query.where(PurchaseOrder.vendor_id == vendor)
    return _views(session, session.scalars(query).all(), today)


def open_invoices(session: Session) -> Sequence[VendorInvoice]:
    """Invoices that are not charged yet, with what differs, the oldest first."""
    query = select(VendorInvoice).filter_by(matched_at=None).order_by(VendorInvoice.id).limit(MOST)
    return session.scalars(query).all()


def invoices_of(session: Session, row: PurchaseOrder) -> Sequence[VendorInvoice]:
    """Of an order, as they were entered."""
    return session.scalars(select(VendorInvoice).filter_by(order_id=row.id).order_by(VendorInvoice.id)).all()


def revisions_of(session: Session, row: PurchaseOrder) -> Sequence[PurchaseRevision]:
    """Of an order, the newest first."""
    query = select(PurchaseRevision).filter_by(order_id=row.id)
    return session.scalars(query.order_by(PurchaseRevision.number.desc())).all()


def receipts_of(session: Session, row: PurchaseOrder) -> Sequence[tuple[PurchaseLine, PurchaseReceipt]]:
    """Of an order, the newest first, each with its line."""
    query = select(PurchaseReceipt).where(PurchaseReceipt.line_id.in_([line.id for line in row.lines]))
    lines = {line.id: line for line in row.lines}
    return [(lines[one.line_id], one) for one in session.scalars(query.order_by(PurchaseReceipt.id.desc()))]


def _views(session: Session, rows: Sequence[PurchaseOrder], today: date) -> list[OrderView]:
    keys = [row.id for row in rows]
    revisions = select(PurchaseRevision).where(PurchaseRevision.order_id.in_(keys))
    terms = {(one.order_id, one.number): one.terms for one in session.scalars(revisions)}
    sums = select(PurchaseReceipt.line_id, func.sum(PurchaseReceipt.good), func.sum(PurchaseReceipt.damaged))
    sums = sums.join(PurchaseLine, PurchaseLine.id == PurchaseReceipt.line_id).where(
        PurchaseLine.order_id.in_(keys)
    )
    came = {
        line: (int(good), int(bad))
        for line, good, bad in session.execute(sums.group_by(PurchaseReceipt.line_id))
    }
    asked = select(Agreement.subject).where(
        Agreement.act == Act.PURCHASE_ORDER, Agreement.agreed_at.is_(None)
    )
    waiting = set(session.scalars(asked.where(Agreement.subject.in_([row.ulid for row in rows]))))
    invoiced: dict[tuple[int, int], int] = defaultdict(int)
    cases: dict[int, int] = defaultdict(int)
    for invoice in session.scalars(select(VendorInvoice).where(VendorInvoice.order_id.in_(keys))):
        cases[invoice.order_id] += sum(case.outcome is None for case in invoice.cases)
        for line in invoice.lines:
            invoiced[invoice.order_id, line.position] += line.quantity
    found = []
    for row in rows:
        newest = terms[row.id, row.revision]
        lines = tuple(
            LineView(
                line.position, line.words, _what(line), line.unit, told.quantity, told.price,
                *came.get(line.id, (0, 0)), invoiced[row.id, line.position], line.is_closed, line.item_id is not None,
            )
            for line, told in zip(row.lines, newest.lines, strict=True)
        )  # fmt: skip
        state = _state(row, lines, is_waiting=row.ulid in waiting)
        found.append(
            OrderView(
                row.number, row.vendor.name, row.vendor.code, state, row.revision, newest.promised, newest.freight,
                newest.total, lines, state in (State.SENT, State.PART) and newest.promised < today, row.made_by,
                cases[row.id], row.issued > 0 and row.canceled_at is None,
            )
        )  # fmt: skip
    return found


def _what(line: PurchaseLine) -> str:
    return line.operation.ticket if line.operation else line.item.code if line.item else ""


def _state(row: PurchaseOrder, lines: Sequence[LineView], *, is_waiting: bool) -> State:
    if row.canceled_at or row.settled_at:
        return State.CANCELED if row.canceled_at else State.SETTLED
    if row.issued < row.revision:
        return State.WAITS if is_waiting else State.TO_SEND
    if all(line.is_closed for line in lines):
        return State.HERE
    return State.PART if any(line.good or line.damaged for line in lines) else State.SENT


@dataclass(frozen=True, slots=True)
class VendorRecord:
    """How a vendor keeps its word. Counted are lines of which nothing more comes: ``kept`` came by the promised day,
    ``days_late`` all others together; ``over`` and ``short``: lines of which more or less came than was ordered.
    ``differences``: what invoices asked over what was ordered and came, ``credited`` of that.
    """

    orders: int
    lines: int
    kept: int
    days_late: int
    over: int
    short: int
    good: int
    damaged: int
    differences: Money
    credited: Money
    spent: Money

    @property
    def kept_percent(self) -> int | None:
        """Of the lines, None before the first."""
        return round(100 * self.kept / self.lines) if self.lines else None

    @property
    def faults_percent(self) -> float | None:
        """Of the pieces that came, to one decimal."""
        came = self.good + self.damaged
        return round(100 * self.damaged / came, 1) if came else None


def vendor_record(session: Session, vendor_id: int) -> VendorRecord:
    """From its orders, receipts and invoices."""
    rows = session.scalars(select(PurchaseOrder).filter_by(vendor_id=vendor_id, canceled_at=None)).all()
    rows = [row for row in rows if row.issued]
    keys = [row.id for row in rows]
    revisions = select(PurchaseRevision).where(PurchaseRevision.order_id.in_(keys))
    terms = {(one.order_id, one.number): one.terms for one in session.scalars(revisions)}
    receipts = _by_line(session, keys)
    ended = [
        (terms[row.id, row.issued], line, receipts.get(line.id, []))
        for row in rows
        for line in row.lines
        if line.is_closed and not line.is_canceled
    ]
    late = [max(0, (_day(came) - told.promised).days) if came else 0 for told, _, came in ended]
    against = [
        sum(one.good for one in came) - told.lines[line.position - 1].quantity for told, line, came in ended
    ]
    invoices = session.scalars(select(VendorInvoice).where(VendorInvoice.order_id.in_(keys))).all()
    cases = [case for invoice in invoices for case in invoice.cases if case.outcome is not Outcome.CAME]
    everything = [one for came in receipts.values() for one in came]
    credited = _sum(case.credit for case in cases)
    return VendorRecord(
        orders=len(rows), lines=len(ended), kept=late.count(0), days_late=sum(late), over=sum(n > 0 for n in against),
        short=sum(n < 0 for n in against), good=sum(one.good for one in everything),
        damaged=sum(one.damaged for one in everything), differences=_sum(case.over for case in cases),
        credited=credited, spent=_sum(one.total for one in invoices if one.matched_at) - credited,
    )  # fmt: skip


def _by_line(session: Session, orders: Sequence[int]) -> Mapping[int, list[PurchaseReceipt]]:
    query = select(PurchaseReceipt).join(PurchaseLine, PurchaseLine.id == PurchaseReceipt.line_id)
    found: dict[int, list[PurchaseReceipt]] = defaultdict(list)
    for one in session.scalars(query.where(PurchaseLine.order_id.in_(orders)).order_by(PurchaseReceipt.id)):
        found[one.line_id].append(one)
    return found


def _day(came: Sequence[PurchaseReceipt]) -> date:
    last: datetime = came[-1].at
    return business_date(last)


def _sum(parts: Iterable[Money]) -> Money:
    return sum(parts, ZERO)


def case_of(invoice: VendorInvoice, aspect: str, position: int) -> InvoiceCase | None:
    """A difference of an invoice, by what differs in which line."""
    return next((one for one in invoice.cases if (one.aspect, one.position) == (aspect, position)), None)
