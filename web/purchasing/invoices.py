"""Invoices of vendors: entered, what differs, and what becomes of it."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, render_template, url_for
from pydantic import Field
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import NotFound, refused_field
from kernel.ids import named_ulid, show_ulid
from kernel.money import ZERO, Money
from production.asked import Asked, Day, Dollars, File, Line, Needed, OneOf, Why
from production.purchasing import matching, order_queries
from production.purchasing.invoice_file import read_invoices
from production.purchasing.order_models import InvoiceCase, InvoiceLine, Outcome, VendorInvoice
from production.purchasing.order_queries import OrderView
from production.purchasing.ordering import find_order
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("purchase_invoices", __name__, url_prefix="/purchasing/invoices")
ASPECTS = {"price": "Price", "quantity": "Quantity", "freight": "Freight"}
OUTCOMES = {"paid": "Paid as invoiced", "credited": "The vendor takes some off", "came": "The rest has come"}
_LARGEST_FILE = 5_000_000


class Invoice(Asked):
    """What a vendor asks to be paid for an order."""

    CODE = "INVOICE"
    number: Annotated[Needed, Field(max_length=40)] = Field(
        title="Invoice number", description="As the vendor wrote it."
    )
    dated: Day = Field(title="Dated")
    quantity: dict[str, Line] = Field(default_factory=dict, max_length=100, title="Quantity")
    amount: dict[str, Line] = Field(default_factory=dict, max_length=100, title="Amount")
    freight: Dollars = Field(ZERO, title="Freight")
    total: Dollars = Field(title="Total", description="As it stands on the invoice; no sales tax is paid.")


class Settled(Asked):
    """What becomes of a difference."""

    CODE = "INVOICE"
    outcome: Annotated[Line, OneOf({one: OUTCOMES[one] for one in ("credited", "paid")})] = Field(
        title="What is agreed"
    )
    credit: Dollars = Field(ZERO, title="Credit", description="What the vendor takes off, in dollars.")
    reason: Why = Field(title="How it was agreed", description="Such as the number of the credit note.")


class Table(Asked):
    """Many invoices at once."""

    CODE = "INVOICE_FILE"
    file: File = Field(
        title="Table of invoices",
        description="CSV: order, invoice, dated, line, quantity, amount, freight, total.",
    )


@blueprint.get("")
@require("see_purchases")
def listing(refused: Refused | None = None) -> str:
    """Invoices with differences, the oldest first."""
    with reading() as session:
        found = order_queries.open_invoices(session)
    return render_template(
        "purchasing/invoices.html",
        invoices=found,
        aspects=ASPECTS,
        form=Form(Table, refused),
        refused=refused,
    )


@blueprint.post("")
@require("see_purchases")
@command(Table, again=listing)
def take(uow: UnitOfWork, said: Table) -> Done:
    """All of a table, or none."""
    data = said.file.stream.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise Table.refusal("file", "This table is too large.")
    made = [
        matching.enter(uow, find_order(uow.session, of, lock=True), one) for of, one in read_invoices(data)
    ]
    open_ = sum(one.matched_at is None for one in made)
    return Done(url_for(".listing"), f"{len(made):,} invoices are entered; {open_:,} of them differ.")


@blueprint.get("/of/<number>")
@require("see_purchases")
def entering(number: str, refused: Refused | None = None) -> str:
    """The form for an invoice, with what came and is not invoiced yet."""
    with reading() as session:
        order = order_queries.order_view(session, find_order(session, number), clock.today())
    return render_template(
        "purchasing/invoice_form.html", order=order, form=_form(order, refused), refused=refused
    )


@blueprint.post("/of/<number>")
@require("see_purchases")
@command(Invoice, again=entering)
def enter(uow: UnitOfWork, said: Invoice, number: str) -> Done:
    """Matched at once."""
    row = find_order(uow.session, number, lock=True)
    lines = tuple(line for one in row.lines if (line := _line(said, one.position)))
    made = matching.enter(uow, row, matching.Asked(said.number, said.dated, lines, said.freight, said.total))
    say = "It agrees with order and receipts." if made.matched_at else "It differs: see what, and settle it."
    return Done(url_for(".show", ulid=show_ulid(made.ulid)), f"Invoice {made.number} is entered. {say}")


@blueprint.get("/<ulid>")
@require("see_purchases")
def show(ulid: str, refused: Refused | None = None, **_where: str) -> str:
    """An invoice with its differences and what is charged for it."""
    with reading() as session:
        invoice = _invoice(session, ulid)
        charged: dict[str, Money] = {}
        for part in matching.charged_parts(invoice) if invoice.matched_at else ():
            for unit, money in part.amounts.items():
                charged[unit] = charged.get(unit, ZERO) + money
        return render_template(
            "purchasing/invoice.html", invoice=invoice, order=invoice.order, aspects=ASPECTS, outcomes=OUTCOMES,
            charged=charged, refused=refused, forms=_forms(invoice, refused),
        )  # fmt: skip


@blueprint.post("/<ulid>/cases/<case>")
@require("see_purchases")
@command(Settled, again=show)
def settle(uow: UnitOfWork, said: Settled, ulid: str, case: str) -> Done:
    """What was agreed about a difference."""
    invoice = _invoice(uow.session, ulid)
    find_order(uow.session, invoice.order.number, lock=True)
    wanted = named_ulid(case, "difference")
    found = next((one for one in invoice.cases if one.ulid == wanted), None)
    if found is None:
        raise NotFound("There is no such difference.", code="INVOICE")
    matching.settle(uow, invoice, found, Outcome(said.outcome), credit=said.credit, reason=said.reason)
    say = (
        "The invoice is matched, and what it costs is charged."
        if invoice.matched_at
        else "Settled; others are open."
    )
    return Done(url_for(".show", ulid=ulid), say)


def _invoice(session: Session, ulid: str) -> VendorInvoice:
    return matching.invoice_with(session, named_ulid(ulid, "invoice"))


def _forms(invoice: VendorInvoice, refused: Refused | None) -> dict[int, Form]:
    return {
        case.id: Form(Settled, refused, key=f"case-{case.id}", action=_act(invoice, case))
        for case in invoice.cases
    }


def _act(invoice: VendorInvoice, case: InvoiceCase) -> str:
    return url_for(".settle", ulid=show_ulid(invoice.ulid), case=show_ulid(case.ulid))


def _form(order: OrderView, refused: Refused | None) -> Form:
    """Filled with what came and is not invoiced."""
    quantity, amount = {}, {}
    for line in order.lines:
        left = max(0, line.good - line.invoiced)
        quantity[str(line.position)] = f"{left}" if left else ""
        amount[str(line.position)] = line.cost_of(left).plain if left else ""
    values = {"quantity": quantity, "amount": amount, "dated": clock.today()}
    return Form(Invoice, refused, values=values)


def _line(said: Invoice, position: int) -> InvoiceLine | None:
    """A line as typed; None where nothing is asked for it."""
    key = str(position)
    quantity, amount = said.quantity.get(key, "").replace(",", ""), said.amount.get(key, "")
    if not quantity and not amount:
        return None
    if not (quantity.isascii() and quantity.isdigit() and len(quantity) < 10):
        raise refused_field("INVOICE", f"quantity-{key}", "This is not a whole number.")
    try:
        return InvoiceLine(position, int(quantity), Money.parse(amount))
    except ValueError as error:
        raise refused_field("INVOICE", f"amount-{key}", "Write dollars and cents, as in 1,234.50.") from error
