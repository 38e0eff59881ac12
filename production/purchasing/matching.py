"""Invoices against orders and receipts: what differs over tolerance is a case, what agrees is charged once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, IllegalTransition, NotFound, refused_field
from kernel.ids import new_ulid, show_ulid
from kernel.money import ZERO, Money, allocate
from production.jobs.models import Job, LotShare, Operation
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import InvoiceEvidence
from production.purchasing.order_models import (
    Aspect,
    InvoiceCase,
    InvoiceLine,
    Outcome,
    PurchaseOrder,
    VendorInvoice,
)
from production.purchasing.order_rules import OrderRule, order_rule
from production.purchasing.ordering import came_of, free_jobs, terms_of
from store import outbox
from store.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class Difference:
    """What an invoice says otherwise than order and receipts: dollars, or how many; ``over``: what it is worth to the
    vendor, less than none where the vendor asks for less.
    """

    aspect: Aspect
    position: int
    words: str
    expected: str
    invoiced: str
    over: Money

    @property
    def sentence(self) -> str:
        """For people."""
        sign = "" if self.aspect is Aspect.QUANTITY else "$"
        against = "are here" if self.aspect is Aspect.QUANTITY else "are ordered"
        return f"{self.words}: {sign}{self.invoiced} invoiced, {sign}{self.expected} {against}."


@dataclass(frozen=True, slots=True)
class Asked:
    """An invoice as it is written."""

    number: str
    dated: date
    lines: tuple[InvoiceLine, ...]
    freight: Money
    total: Money


def enter(uow: UnitOfWork, row: PurchaseOrder, asked: Asked) -> VendorInvoice:
    """An invoice is taken in and matched. The same said twice is one. InvalidInput INVOICE, INVOICE_SUM; Conflict
    INVOICE_TWICE for another one of the same vendor and number.
    """
    number = " ".join(asked.number.split())
    same = select(VendorInvoice).filter_by(vendor_id=row.vendor_id)
    known = uow.session.scalars(same.where(func.lower(VendorInvoice.number) == number.lower())).first()
    if (
        known is not None
        and known.order_id == row.id
        and _as_asked(known) == (asked.lines, asked.freight, asked.total)
    ):
        return known
    if known is not None:
        raise Conflict(
            f"Invoice {known.number} of {row.vendor.name} was entered on {business_date(known.entered_at):%m/%d/%Y}.",
            code="INVOICE_TWICE", field="number", remedy="Look whether the vendor sent it twice.",
        )  # fmt: skip
    _refuse_asked(row, number, asked)
    invoice = VendorInvoice(
        ulid=new_ulid(uow.now), order_id=row.id, order=row, vendor_id=row.vendor_id, number=number, dated=asked.dated,
        lines=asked.lines, freight=asked.freight, total=asked.total, entered_by=uow.actor.name, entered_at=uow.now,
        matched_by="", cases=[],
    )  # fmt: skip
    uow.session.add(invoice)
    uow.audit("vendor_invoice", invoice.ulid, "entered", order=row.number, cents=asked.total.cents)
    uow.session.flush()
    match(uow, invoice)
    return invoice


def match(uow: UnitOfWork, invoice: VendorInvoice) -> list[Difference]:
    """Compared with order and receipts as they are now: what differs is a case, what is none any more is settled; with
    the last of them the invoice is charged.
    """
    found = list(compared(uow.session, invoice, order_rule(business_date(uow.now))))
    differ = {(one.aspect, one.position) for one in found}
    known = {(case.aspect, case.position): case for case in invoice.cases}
    for one in found:
        if (one.aspect, one.position) not in known:
            invoice.cases.append(
                InvoiceCase(
                    ulid=new_ulid(uow.now), aspect=one.aspect, position=one.position, expected=one.expected,
                    invoiced=one.invoiced, over=one.over, owner=invoice.order.made_by, credit=ZERO, reason="",
                    settled_by="",
                )
            )  # fmt: skip
            uow.audit(
                "vendor_invoice", invoice.ulid, "differs", order=invoice.order.number, aspect=one.aspect.value
            )
    for key, case in known.items():
        if key not in differ and case.outcome is None:
            _end(uow, case, Outcome.CAME, ZERO, "Order and receipts agree with it now")
    uow.session.flush()
    _charge_if_settled(uow, invoice)
    return found


def match_again(uow: UnitOfWork, row: PurchaseOrder) -> None:
    """Invoices of an order that are not charged yet, since something has come or has been changed; and whether all of
    it is settled.
    """
    open_ = select(VendorInvoice).filter_by(order_id=row.id, matched_at=None).order_by(VendorInvoice.id)
    for invoice in uow.session.scalars(open_).all():
        match(uow, invoice)
    settle_order(uow, row)


def settle(
    uow: UnitOfWork,
    invoice: VendorInvoice,
    case: InvoiceCase,
    outcome: Outcome,
    *,
    credit: Money,
    reason: str,
) -> None:
    """What becomes of a difference: paid as invoiced, or the vendor takes some off. InvalidInput INVOICE, REASON;
    Conflict SECOND_PERSON for who entered the invoice, IllegalTransition when it is settled already.
    """
    if case.outcome is not None:
        raise IllegalTransition("This difference is settled already.", state=case.outcome.value)
    if not reason.strip():
        raise refused_field("REASON", "reason", "Say what was agreed, in a few words.")
    if outcome is Outcome.CAME or (outcome is Outcome.CREDITED) != bool(credit):
        raise refused_field(
            "INVOICE", "credit", "Say what the vendor takes off, or that it is paid as invoiced."
        )
    most = _amount(invoice, case.position)
    if not ZERO <= credit <= most:
        raise refused_field("INVOICE", "credit", f"Write an amount from 0 to ${most}.")
    if outcome is Outcome.PAID and uow.actor.name == invoice.entered_by:
        raise Conflict(
            "You entered this invoice: another person agrees to pay what differs.", code="SECOND_PERSON"
        )
    _end(uow, case, outcome, credit, reason.strip()[:400])
    uow.audit(
        "vendor_invoice", invoice.ulid, "case_settled", order=invoice.order.number, aspect=case.aspect.value,
        outcome=outcome.value, credit=credit.cents,
    )  # fmt: skip
    uow.session.flush()
    _charge_if_settled(uow, invoice)
    settle_order(uow, invoice.order)


def look_after(uow: UnitOfWork, invoice: VendorInvoice, case: InvoiceCase, owner: str) -> None:
    """Somebody else looks after a difference."""
    case.owner = owner
    uow.audit("vendor_invoice", invoice.ulid, "case_given", order=invoice.order.number, to=owner)


def find_invoice(session: Session, row: PurchaseOrder, number: str) -> VendorInvoice:
    """An invoice of an order by its number. NotFound INVOICE."""
    query = select(VendorInvoice).filter_by(order_id=row.id)
    query = query.where(func.lower(VendorInvoice.number) == " ".join(number.split()).lower())
    found = session.scalars(query).first()
    if found is None:
        raise NotFound(f"Order {row.number} has no invoice {number[:40]}.", code="INVOICE")
    return found


def invoice_with(session: Session, ulid: UUID) -> VendorInvoice:
    """The invoice of a public id. NotFound INVOICE."""
    found = session.scalars(select(VendorInvoice).filter_by(ulid=ulid)).first()
    if found is None:
        raise NotFound("There is no such invoice.", code="INVOICE")
    return found


def compared(session: Session, invoice: VendorInvoice, rule: OrderRule) -> Iterator[Difference]:
    """What the invoice, with those before it, says otherwise than order and receipts, over tolerance."""
    row = invoice.order
    terms, came = terms_of(session, row, row.issued or row.revision), came_of(session, row)
    earlier = session.scalars(
        select(VendorInvoice).filter_by(order_id=row.id).where(VendorInvoice.id < invoice.id)
    ).all()
    for asked in invoice.lines:
        line, told = row.lines[asked.position - 1], terms.lines[asked.position - 1]
        expected = told.cost_of(asked.quantity)
        over = asked.amount - expected
        if abs(over.cents) > rule.tolerated(expected).cents:
            yield Difference(Aspect.PRICE, asked.position, line.words, str(expected), str(asked.amount), over)
        before = sum(
            one.quantity for other in earlier for one in other.lines if one.position == asked.position
        )
        here = came[asked.position][0]
        if before + asked.quantity > here:
            much = before + asked.quantity - here
            yield Difference(
                Aspect.QUANTITY, asked.position, line.words, f"{here:,}", f"{before + asked.quantity:,}",
                told.cost_of(min(much, asked.quantity)),
            )  # fmt: skip
    freight = sum((one.freight for one in earlier), invoice.freight)
    if invoice.freight and freight - terms.freight > rule.freight_dollars:
        over = min(freight - terms.freight, invoice.freight)
        yield Difference(Aspect.FREIGHT, 0, "Freight", str(terms.freight), str(freight), over)


def owed(invoice: VendorInvoice) -> tuple[dict[int, Money], Money]:
    """What is paid of each line and of freight, credits taken off."""
    taken_off: dict[int, Money] = {}
    for case in invoice.cases:
        taken_off[case.position] = taken_off.get(case.position, ZERO) + case.credit
    lines = {one.position: one.amount - taken_off.get(one.position, ZERO) for one in invoice.lines}
    return lines, invoice.freight - taken_off.get(0, ZERO)


def settle_order(uow: UnitOfWork, row: PurchaseOrder) -> None:
    """Once every line is closed and what came of it is invoiced and charged, the order has ended, and its jobs can be
    billed.
    """
    if row.settled_at is not None or not all(line.is_closed for line in row.lines):
        return
    invoices = uow.session.scalars(select(VendorInvoice).filter_by(order_id=row.id)).all()
    paid: dict[int, int] = {}
    for one in (line for invoice in invoices for line in invoice.lines):
        paid[one.position] = paid.get(one.position, 0) + one.quantity
    came = came_of(uow.session, row)
    short = [line for line in row.lines if paid.get(line.position, 0) < came[line.position][0]]
    if short or any(invoice.matched_at is None for invoice in invoices):
        return
    row.settled_at = uow.now
    uow.audit("purchase_order", row.ulid, "settled", of=row.number)
    uow.session.flush()
    for line in row.lines:
        for job in free_jobs(uow, line):
            outbox.request(uow, "charge", job.ulid, order=row.id)


@dataclass(frozen=True, slots=True)
class ChargedPart:
    """What of an invoice is charged for a step of a run, by unit."""

    position: int
    operation: Operation
    amounts: Mapping[str, Money]


def charged_parts(invoice: VendorInvoice) -> Iterator[ChargedPart]:
    """What is owed for each step, its part of freight, and the fee by the rule of the day on which it matched. What is
    bought for stock is charged when it is issued.
    """
    lines, freight = owed(invoice)
    rule = order_rule(business_date(invoice.matched_at or invoice.entered_at))
    lines = lines or {line.position: ZERO for line in invoice.order.lines}  # a bill for freight alone
    shares = allocate(freight, [cost.cents or 1 for cost in lines.values()])
    for (position, cost), part in zip(lines.items(), shares, strict=True):
        operation = invoice.order.lines[position - 1].operation
        if operation is not None:
            amounts = {Unit.OUTSIDE_COST: cost, Unit.OUTSIDE_FREIGHT: part, Unit.OUTSIDE_FEE: rule.fee(cost)}
            yield ChargedPart(position, operation, {unit.value: money for unit, money in amounts.items()})


def _charge_if_settled(uow: UnitOfWork, invoice: VendorInvoice) -> None:
    """Usage of what is owed, at cost, once: its key is the invoice's."""
    if invoice.matched_at is not None or any(case.outcome is None for case in invoice.cases):
        return
    invoice.matched_at, invoice.matched_by = uow.now, uow.actor.name
    for part in charged_parts(invoice):
        _use(uow, invoice, part)
    uow.audit("vendor_invoice", invoice.ulid, "matched", order=invoice.order.number)
    uow.session.flush()
    settle_order(uow, invoice.order)


def _use(uow: UnitOfWork, invoice: VendorInvoice, part: ChargedPart) -> None:
    """Dealt out to the jobs of the run by their quantities."""
    query = select(LotShare.quantity, Job).join(Job, Job.id == LotShare.job_id)
    query = query.where(LotShare.lot_id == part.operation.lot_id).order_by(LotShare.position)
    jobs = uow.session.execute(query).all()
    evidence = InvoiceEvidence(invoice.order.number, show_ulid(invoice.ulid), part.position)
    for unit, money in part.amounts.items():
        for (_, job), share in zip(jobs, allocate(money, [quantity for quantity, _ in jobs]), strict=True):
            record_usage(
                uow, job, unit=unit, quantity=Decimal(share.cents) / 100, operation=part.operation, evidence=evidence,
                source=f"{show_ulid(invoice.ulid)}:{part.position}:{job.number}",
            )  # fmt: skip


def _end(uow: UnitOfWork, case: InvoiceCase, outcome: Outcome, credit: Money, reason: str) -> None:
    case.outcome, case.credit, case.reason = outcome, credit, reason
    case.settled_by, case.settled_at = uow.actor.name, uow.now


def _amount(invoice: VendorInvoice, position: int) -> Money:
    """What can still be taken off a line, or off freight."""
    lines, freight = owed(invoice)
    return lines[position] if position else freight


def _as_asked(invoice: VendorInvoice) -> tuple[tuple[InvoiceLine, ...], Money, Money]:
    return invoice.lines, invoice.freight, invoice.total


def _refuse_asked(row: PurchaseOrder, number: str, asked: Asked) -> None:
    if not row.issued or row.canceled_at is not None:
        raise IllegalTransition(f"Order {row.number} was never sent, or is canceled.", state="not sent")
    if not 0 < len(number) <= 40:
        raise refused_field("INVOICE", "number", "Write the vendor's invoice number, 40 letters at most.")
    positions = [one.position for one in asked.lines]
    known = {line.position for line in row.lines}
    if len(set(positions)) != len(positions) or not set(positions) <= known:
        raise refused_field("INVOICE", "lines", "Name each line of the order once.")
    amounts = [asked.freight, asked.total, *(one.amount for one in asked.lines)]
    if min(amounts) < ZERO or any(one.quantity < 1 for one in asked.lines):
        raise refused_field("INVOICE", "total", "Amounts and quantities are not less than nothing.")
    together = sum((one.amount for one in asked.lines), asked.freight)
    if together != asked.total:
        words = f"Lines and freight are ${together} together, not ${asked.total}."
        raise refused_field(
            "INVOICE_SUM", "total", words, "Look at the invoice again; sales tax is not paid."
        )
