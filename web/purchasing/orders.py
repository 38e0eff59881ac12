"""Purchase orders: the list, a new one, and one with its lines, what came, what was invoiced, and what can be done."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from flask import Blueprint, Response, render_template, request, url_for
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.clock import business_date
from kernel.errors import refused_field
from kernel.money import Money
from production.asked import Asked, Count, Day, Dollars, Line, OneOf, Paragraph, Why
from production.mailings.shop import ShopProfile
from production.purchasing import order_queries, ordering
from production.purchasing.models import Vendor
from production.purchasing.order_models import LineTerms, Terms
from production.purchasing.order_paper import order_paper
from production.purchasing.order_queries import OrderView, State
from production.purchasing.ordering import Wanted, find_order
from production.purchasing.proofing import answer_proof, proof_came, proofs_of
from production.stockroom.models import StockItem
from production.stockroom.moving import MOST
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("purchase_orders", __name__, url_prefix="/purchasing/orders")
# How a state looks.
LOOKS = {
    State.WAITS: "waiting", State.TO_SEND: "due", State.SENT: "sent", State.PART: "running", State.HERE: "ready",
    State.SETTLED: "done", State.CANCELED: "cancelled",
}  # fmt: skip


class Need(Asked):
    """Something to buy."""

    CODE = "PO_LINE"
    ticket: Line = Field(
        "", max_length=30, title="Ticket of the step", description="Of work that an outside shop does."
    )
    item: Line = Field("", max_length=40, title="Item of the stockroom")
    words: Line = Field("", max_length=200, title="What it is", description="Where it is neither.")
    quantity: Annotated[Count, Field(ge=1, le=MOST)] = Field(title="How many")
    price: Dollars = Field(title="Price of all of them", description="Dollars, without freight.")

    def wanted(self) -> Wanted:
        """For the verb."""
        return Wanted(self.quantity, self.price, self.ticket, self.item, self.words)


class NewOrder(Need):
    """An order to a vendor."""

    vendor: Line = Field(title="Vendor", min_length=1, max_length=20)
    freight: Dollars = Field(Money(0), title="Freight")
    promised: Day = Field(title="Promised for", description="The day the vendor names.")
    account: Line = Field("", max_length=60, title="Account", description="Of what the shop pays itself.")
    wants_proof: bool = Field(default=False, title="The vendor's proof is approved first")
    note: Paragraph = Field("", max_length=1000, title="Note", description="The vendor reads it.")


class Change(Asked):
    """Other terms."""

    CODE = "PO_LINE"
    quantity: dict[str, Line] = Field(default_factory=dict, max_length=100, title="How many")
    price: dict[str, Line] = Field(default_factory=dict, max_length=100, title="Price")
    freight: Dollars = Field(title="Freight")
    promised: Day = Field(title="Promised for")
    reason: Why = Field(title="Why it changes")


class Cancel(Asked):
    """Nothing of it is bought."""

    reason: Why = Field(title="Why")


class Proof(Asked):
    """A proof of the vendor is here."""

    CODE = "VENDOR_PROOF"
    note: Annotated[Line, Field(min_length=1, max_length=200)] = Field(
        title="Where it is", description="Such as: by e-mail of today, or in the tray of the buyer."
    )


class Answer(Asked):
    """What is said to a proof."""

    CODE = "VENDOR_PROOF"
    verdict: Annotated[Line, OneOf({"approve": "It is as it was approved", "back": "It goes back"})] = Field(
        title="How it is"
    )
    words: Line = Field("", max_length=200, title="What is wrong")


@blueprint.get("")
@require("see_purchases")
def listing() -> str:
    """Orders that have not ended, or those that have."""
    ended = request.args.get("show") == "ended"
    with reading() as session:
        found = order_queries.orders(session, clock.today(), is_open=not ended)
    tabs = [(url_for(".listing"), "Open", None), (url_for(".listing", show="ended"), "Ended", None)]
    return render_template("purchasing/orders.html", orders=found, looks=LOOKS, tabs=tabs, ended=ended)


@blueprint.get("/new")
@require("purchase")
def new(refused: Refused | None = None) -> str:
    """The form for an order."""
    with reading() as session:
        form = Form(
            NewOrder,
            refused,
            values={name: request.args.get(name, "")[:40] for name in ("ticket", "item", "quantity")},
            options=_choices(session),
        )
    return render_template("purchasing/new_order.html", form=form, refused=refused)


@blueprint.post("/new")
@require("purchase")
@command(NewOrder, again=new)
def enter(uow: UnitOfWork, said: NewOrder) -> Done:
    """Entered; it is looked at and sent on its page."""
    terms = Terms((), said.freight, said.promised, said.account, said.note, said.wants_proof)
    row = ordering.order(uow, ordering.vendor_of(uow.session, said.vendor), [said.wanted()], terms)
    return Done(
        url_for(".show", number=row.number), f"Order {row.number} is entered. Send it when it is complete."
    )


@blueprint.get("/<number>")
@require("see_purchases")
def show(number: str, refused: Refused | None = None) -> str:
    """An order, and what can be done with it."""
    with reading() as session:
        row = find_order(session, number)
        view = order_queries.order_view(session, row, clock.today())
        forms = {
            "change": _change_form(view, refused),
            "cancel": Form(Cancel, refused, key="cancel"),
            "proof": Form(Proof, refused, key="proof"),
            "answer": Form(Answer, refused, key="answer"),
            "need": Form(Need, refused, key="need", options=_choices(session)),
        }
        return render_template(
            "purchasing/order.html", order=view, row=row, forms=forms, refused=refused, look=LOOKS[view.state],
            revisions=order_queries.revisions_of(session, row), receipts=order_queries.receipts_of(session, row),
            invoices=order_queries.invoices_of(session, row), proofs=proofs_of(session, row),
            terms=ordering.terms_of(session, row),
        )  # fmt: skip


@blueprint.post("/<number>/lines")
@require("purchase")
@command(Need, again=show)
def add(uow: UnitOfWork, said: Need, number: str) -> Done:
    """One more line."""
    ordering.add(uow, find_order(uow.session, number, lock=True), said.wanted())
    return Done(url_for(".show", number=number), "Added to the order.")


@blueprint.post("/<number>/issue")
@require("purchase")
@command(Asked, again=show)
def issue(uow: UnitOfWork, _said: Asked, number: str) -> Done:
    """The vendor has it from now on."""
    row = find_order(uow.session, number, lock=True)
    ordering.issue(uow, row)
    return Done(url_for(".show", number=row.number), f"Order {row.number} is sent to {row.vendor.name}.")


@blueprint.post("/<number>/proof")
@require("purchase")
@command(Proof, again=show)
def proof(uow: UnitOfWork, said: Proof, number: str) -> Done:
    """The vendor's proof is here."""
    proof_came(uow, find_order(uow.session, number, lock=True), note=said.note)
    return Done(url_for(".show", number=number), "Compare it with what was approved, and answer it.")


@blueprint.post("/<number>/proof/answer")
@require("purchase")
@command(Answer, again=show)
def answer(uow: UnitOfWork, said: Answer, number: str) -> Done:
    """It is approved, or goes back."""
    row, is_approved = find_order(uow.session, number, lock=True), said.verdict == "approve"
    answer_proof(uow, row, is_approved=is_approved, words=said.words)
    say = "The proof is approved." if is_approved else "The proof goes back. Tell the vendor what is wrong."
    return Done(url_for(".show", number=row.number), say)


@blueprint.get("/<number>/order.pdf")
@require("see_purchases")
def paper(number: str) -> Response:
    """The newest revision as the vendor has it."""
    with reading() as session:
        row = find_order(session, number)
        revision = order_queries.revisions_of(session, row)[0]
        shop = session.get(ShopProfile, 1)
        made = order_paper(
            row, revision, shop=shop.name if shop else "The shop", on=business_date(revision.made_at)
        )
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="order-{row.number}.pdf"'
    return answer


@blueprint.post("/<number>/change")
@require("purchase")
@command(Change, again=show)
def change(uow: UnitOfWork, said: Change, number: str) -> Done:
    """A revision, to be sent like the first."""
    row = find_order(uow.session, number, lock=True)
    terms = ordering.terms_of(uow.session, row)
    lines = tuple(_told(said, position, line) for position, line in enumerate(terms.lines, 1))
    terms = replace(terms, lines=lines, freight=said.freight, promised=said.promised)
    ordering.change(uow, row, terms, reason=said.reason)
    return Done(
        url_for(".show", number=row.number),
        f"Revision {row.revision} is entered. The vendor does not have it yet.",
    )


@blueprint.post("/<number>/cancel")
@require("purchase")
@command(Cancel, again=show)
def cancel(uow: UnitOfWork, said: Cancel, number: str) -> Done:
    """Nothing of it is bought."""
    row = find_order(uow.session, number, lock=True)
    ordering.cancel(uow, row, reason=said.reason)
    return Done(url_for(".show", number=row.number), f"Order {row.number} is canceled.")


def _choices(session: Session) -> dict[str, list[tuple[str, str]]]:
    vendors = session.execute(
        select(Vendor.code, Vendor.name).filter_by(is_active=True).order_by(Vendor.name)
    )
    items = (
        select(StockItem.code, StockItem.name)
        .filter_by(is_active=True)
        .order_by(StockItem.name, StockItem.code)
    )
    return {
        "vendor": [("", "Choose one"), *((code, name) for code, name in vendors)],
        "item": [("", "No item"), *((code, f"{name} ({code})") for code, name in session.execute(items))],
    }


def _change_form(view: OrderView, refused: Refused | None) -> Form:
    quantity = {str(line.position): f"{line.ordered}" for line in view.lines}
    price = {str(line.position): line.price.plain for line in view.lines}
    values = {"quantity": quantity, "price": price, "freight": view.freight.plain, "promised": view.promised}
    return Form(Change, refused, values=values, key="change")


def _told(said: Change, position: int, line: LineTerms) -> LineTerms:
    """Quantity and price of a line as typed; what is left empty stays."""
    key = str(position)
    quantity, price = said.quantity.get(key, "").replace(",", ""), said.price.get(key, "")
    if quantity and not (quantity.isascii() and quantity.isdigit() and len(quantity) < 10):
        raise refused_field("PO_LINE", f"quantity-{key}", "This is not a whole number.")
    try:
        return LineTerms(
            int(quantity) if quantity else line.quantity, Money.parse(price) if price else line.price
        )
    except ValueError as error:
        raise refused_field("PO_LINE", f"price-{key}", "Write dollars and cents, as in 1,234.50.") from error
