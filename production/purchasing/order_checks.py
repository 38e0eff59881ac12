"""What must hold of purchase orders, for ``indicia verify``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import func, select

from kernel.clock import business_date
from kernel.ids import show_ulid
from kernel.money import ZERO, Money
from production.jobs.models import Usage
from production.jobs.usage import Unit
from production.jobs.usage_evidence import InvoiceEvidence
from production.purchasing.matching import charged_parts
from production.purchasing.order_models import (
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseRevision,
    VendorInvoice,
)
from production.purchasing.order_rules import order_rule
from store.keeping.verify import Check, Open, Survey

_BOUGHT = (Unit.OUTSIDE_COST, Unit.OUTSIDE_FREIGHT, Unit.OUTSIDE_FEE)


def outside_cost_is_its_invoices(survey: Survey) -> Iterator[Open]:
    """What jobs are charged for work done outside is what matched invoices come to, and nothing of others."""
    used: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    query = (
        select(Usage.unit, Usage.quantity, Usage.evidence).where(Usage.unit.in_(_BOUGHT)).order_by(Usage.id)
    )
    for unit, quantity, evidence in survey.each(survey.session.execute(query)):
        if isinstance(evidence, InvoiceEvidence):
            used[evidence.invoice, unit] += quantity
    for invoice in survey.each(survey.session.scalars(select(VendorInvoice).order_by(VendorInvoice.id))):
        owed: dict[str, Money] = {}
        for part in charged_parts(invoice) if invoice.matched_at else ():
            for unit, money in part.amounts.items():
                owed[unit] = owed.get(unit, ZERO) + money
        for unit in _BOUGHT:
            have = used.pop((show_ulid(invoice.ulid), unit), Decimal(0))
            want = Decimal(owed.get(unit, ZERO).cents) / 100
            if have != want:
                yield Open(
                    f"order {invoice.order.number}: {unit} is {have} in usage, by its invoice {want}", ()
                )
    for invoice_id, unit in used:
        yield Open(f"{unit} names the invoice {invoice_id}, which nobody has entered", ())


def receipts_are_within_orders(survey: Survey) -> Iterator[Open]:
    """No more came good than was ordered and may be over."""
    good, last = func.sum(PurchaseReceipt.good), func.max(PurchaseReceipt.at)
    query = (
        select(PurchaseOrder.number, PurchaseLine.position, PurchaseRevision.terms, good, last)
        .join(PurchaseLine, PurchaseLine.order_id == PurchaseOrder.id)
        .join(PurchaseReceipt, PurchaseReceipt.line_id == PurchaseLine.id)
        .join(
            PurchaseRevision,
            (PurchaseRevision.order_id == PurchaseOrder.id)
            & (PurchaseRevision.number == PurchaseOrder.issued),
        )
        .group_by(PurchaseOrder.id, PurchaseLine.position, PurchaseRevision.order_id, PurchaseRevision.number)
        .order_by(PurchaseOrder.id, PurchaseLine.position)
    )
    for number, position, terms, came, at in survey.each(survey.session.execute(query)):
        ordered = terms.lines[position - 1].quantity
        if came > order_rule(business_date(at)).most(ordered):
            yield Open(
                f"order {number}: {came:,} of line {position} came, {ordered:,} are ordered", (number,)
            )


def a_need_is_ordered_once(survey: Survey) -> Iterator[Open]:
    """A step of a run stands in one order at most that is not canceled."""
    query = (
        select(PurchaseLine.operation_id, PurchaseOrder.number)
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.order_id)
        .where(PurchaseOrder.canceled_at.is_(None), ~PurchaseLine.is_canceled)
        .order_by(PurchaseLine.id)
    )
    known: dict[int, str] = {}
    for operation, number in survey.each(survey.session.execute(query)):
        if operation in known:
            yield Open(f"orders {known[operation]} and {number} buy the same step", (number,))
        if operation is not None:
            known[operation] = number


CHECKS: tuple[Check, ...] = (outside_cost_is_its_invoices, receipts_are_within_orders, a_need_is_ordered_once)
