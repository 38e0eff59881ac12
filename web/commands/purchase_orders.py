"""``indicia purchase order|issue|change|cancel|receive|match|settle|orders``: from an order to what is charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from kernel import clock
from kernel.clock import business_date
from kernel.errors import InvalidInput, NotFound, refused_field
from kernel.money import ZERO, Money
from postal.data.mail_days import mail_days_after
from production.catalog.shop_calendar import shop_calendar
from production.jobs.numbering import looks_like_ticket
from production.purchasing import matching, ordering, receiving
from production.purchasing.invoice_file import read_invoices
from production.purchasing.order_models import (
    InvoiceLine,
    LineTerms,
    Outcome,
    Terms,
    VendorInvoice,
)
from production.purchasing.order_queries import OrderView, case_of, order_view, orders
from production.purchasing.ordering import Wanted, find_order, vendor_of
from production.purchasing.requests import request_of
from production.stockroom.moving import item_of
from store.db import Actor, UnitOfWork
from web.commands.console import EXIT_FINDINGS
from web.commands.plant import opened_plant
from web.commands.telling import to_json

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_WHO = click.option("--person", default="console", show_default=True, help="Who does it, by name.")
_DAY = click.DateTime(["%Y-%m-%d"])
_LARGEST_FILE = 5_000_000


@click.command("order")
@click.argument("vendor", required=False, default="")
@click.option("--award", "request", default="", help="A request for bids: what is awarded is ordered.")
@click.option("--ticket", default="", help="Of an award: the step that it buys.")
@click.option(
    "--line", "lines", type=(str, int, str), multiple=True, metavar="WHAT QUANTITY PRICE",
    help="A ticket, the code of an item, or words; how many, and dollars for all of them. Several times.",
)  # fmt: skip
@click.option("--freight", default="0", help="Dollars.")
@click.option(
    "--promised",
    type=_DAY,
    default=None,
    help="The day the vendor promises; else the bid's, or the usual one.",
)
@click.option("--account", default="", help="Account of the shop that pays for what is its own.")
@click.option("--note", default="", help="Stands on the order.")
@click.option("--proof", "wants_proof", is_flag=True, help="The vendor's proof is approved first.")
@click.option("--hold", is_flag=True, help="Do not send it yet.")
@_WHO
@_JSON
def order(
    vendor: str, request: str, ticket: str, lines: Sequence[tuple[str, int, str]], freight: str,
    promised: datetime | None, account: str, note: str, *, wants_proof: bool, hold: bool, person: str, as_json: bool,
) -> None:  # fmt: skip
    """Order from VENDOR, or what was awarded, and send it unless it waits for a second person."""
    day = promised.date() if promised else None
    if bool(request) == bool(vendor):
        raise click.UsageError("Say the vendor, or --award REQUEST.")
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        if request:
            row = ordering.order_awarded(uow, request_of(uow.session, request), ticket=ticket, promised=day)
        else:
            terms = Terms((), money(freight, "freight"), day or _usual_day(uow), account, note, wants_proof)
            wanted = [_wanted(uow, *one) for one in lines]
            row = ordering.order(uow, vendor_of(uow.session, vendor), wanted, terms)
        if not hold and row.issued < row.revision and not ordering.waits(uow.session, row):
            ordering.issue(uow, row)
        view = order_view(uow.session, row, clock.today())
    _tell(view, as_json)


def _usual_day(uow: UnitOfWork) -> date:
    """By which work done outside is usually back."""
    calendar = shop_calendar(uow.session)
    return mail_days_after(business_date(uow.now), calendar.lead.outside_days, calendar.closed_for)


def _wanted(uow: UnitOfWork, what: str, quantity: int, price: str) -> Wanted:
    cost = money(price, "price")
    if looks_like_ticket(what):
        return Wanted(quantity, cost, ticket=what)
    try:
        return Wanted(quantity, cost, item=item_of(uow.session, what).code)
    except NotFound:
        return Wanted(quantity, cost, words=what)


@click.command("issue")
@click.argument("number")
@click.option("--agree", is_flag=True, help="As the second person, agree to it first.")
@_WHO
@_JSON
def issue(number: str, *, agree: bool, person: str, as_json: bool) -> None:
    """Send order NUMBER, or its newest revision, to the vendor."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = find_order(uow.session, number, lock=True)
        if agree:
            ordering.agree(uow, row)
        ordering.issue(uow, row)
        view = order_view(uow.session, row, clock.today())
    _tell(view, as_json)


@click.command("change")
@click.argument("number")
@click.option("--line", "lines", type=(int, int, str), multiple=True, metavar="LINE QUANTITY PRICE")
@click.option("--freight", default=None, help="Dollars.")
@click.option("--promised", default=None, type=_DAY)
@click.option("--reason", required=True)
@_WHO
@_JSON
def change(
    number: str, lines: Sequence[tuple[int, int, str]], freight: str | None, promised: datetime | None, reason: str,
    person: str, *, as_json: bool,
) -> None:  # fmt: skip
    """A new revision of order NUMBER; what is not said stays. Send it with ``issue``."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = find_order(uow.session, number, lock=True)
        terms = ordering.terms_of(uow.session, row)
        told = {position: LineTerms(quantity, money(price, "price")) for position, quantity, price in lines}
        if set(told) - {line.position for line in row.lines}:
            raise refused_field("PO_LINE", "line", f"Order {row.number} has {len(row.lines)} lines.")
        terms = replace(
            terms,
            lines=tuple(told.get(position, line) for position, line in enumerate(terms.lines, 1)),
            freight=terms.freight if freight is None else money(freight, "freight"),
            promised=promised.date() if promised else terms.promised,
        )
        changes = ordering.change(uow, row, terms, reason=reason)
        view = order_view(uow.session, row, clock.today())
    _tell(view, as_json, changes=changes)


@click.command("cancel")
@click.argument("number")
@click.option("--reason", required=True)
@_WHO
@_JSON
def cancel(number: str, reason: str, person: str, *, as_json: bool) -> None:
    """Buy nothing of order NUMBER."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = find_order(uow.session, number, lock=True)
        ordering.cancel(uow, row, reason=reason)
        view = order_view(uow.session, row, clock.today())
    _tell(view, as_json)


@click.command("receive")
@click.argument("number")
@click.option("--line", default=1, show_default=True, help="Position in the order.")
@click.option("--good", default=0, help="Good ones.")
@click.option("--damaged", default=0, help="Damaged ones, with --reason.")
@click.option("--reason", default="", help="What is wrong, or why no more comes.")
@click.option("--last", is_flag=True, help="Nothing more comes, though fewer are here.")
@click.option("--bin", "place", default="", help="Of stock: where it lies.")
@click.option("--note", default="", help="Number of the delivery note.")
@_WHO
@_JSON
def receive(
    number: str, line: int, good: int, damaged: int, reason: str, *, last: bool, place: str, note: str, person: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Count in what came of order NUMBER."""
    came = receiving.Came(line, good, damaged, reason, last, place)
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = find_order(uow.session, number, lock=True)
        receiving.receive(uow, row, [came], files=plant.files, note=note)
        view = order_view(uow.session, row, clock.today())
    _tell(view, as_json)


@click.command("match")
@click.argument("number", required=False)
@click.option("--invoice", default="", help="The vendor's invoice number.")
@click.option("--dated", type=_DAY, default=None, help="Day of the invoice; today unless said.")
@click.option("--line", "lines", type=(int, int, str), multiple=True, metavar="LINE QUANTITY AMOUNT")
@click.option("--freight", default="0", help="Dollars.")
@click.option("--total", default=None, help="Dollars; the sum unless said.")
@click.option(
    "--csv",
    "table",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A table of invoices.",
)
@_WHO
@_JSON
def match(
    number: str | None, invoice: str, dated: datetime | None, lines: Sequence[tuple[int, int, str]], freight: str,
    total: str | None, table: Path | None, person: str, *, as_json: bool,
) -> None:  # fmt: skip
    """Enter an invoice for order NUMBER, or those of a table, and match them with order and receipts. Ends with 2 where
    something differs.
    """
    if table is not None:
        if table.stat().st_size > _LARGEST_FILE:
            raise InvalidInput("This table is too large.", code="INVOICE_FILE")
        asked = read_invoices(table.read_bytes())
    elif number and lines:
        own = tuple(InvoiceLine(at, quantity, money(amount, "amount")) for at, quantity, amount in lines)
        extra = money(freight, "freight")
        together = sum((one.amount for one in own), extra)
        day = dated.date() if dated else clock.today()
        asked = [
            (number, matching.Asked(invoice, day, own, extra, money(total, "total") if total else together))
        ]
    else:
        raise click.UsageError("Say the order and the lines of the invoice, or --csv FILE.")
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        made = [matching.enter(uow, find_order(uow.session, of, lock=True), one) for of, one in asked]
        told = [_invoice(one) for one in made]
    _tell_invoices(told, as_json)


@click.command("settle")
@click.argument("number")
@click.option("--invoice", required=True, help="The vendor's invoice number.")
@click.option("--aspect", required=True, type=click.Choice(["price", "quantity", "freight"]))
@click.option("--line", default=0, help="Position in the order; 0 for freight.")
@click.option("--credit", default="0", help="Dollars that the vendor takes off; none: paid as invoiced.")
@click.option("--reason", required=True, help="What was agreed.")
@_WHO
@_JSON
def settle(
    number: str, invoice: str, aspect: str, line: int, credit: str, reason: str, person: str, *, as_json: bool
) -> None:
    """Say what becomes of a difference in an invoice for order NUMBER."""
    off = money(credit, "credit")
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        found = matching.find_invoice(uow.session, find_order(uow.session, number, lock=True), invoice)
        case = case_of(found, aspect, line)
        if case is None:
            raise NotFound("Nothing of the kind differs in this invoice.", code="INVOICE")
        matching.settle(
            uow, found, case, Outcome.CREDITED if off else Outcome.PAID, credit=off, reason=reason
        )
        told = _invoice(found)
    _tell_invoices([told], as_json)


@click.command("orders")
@click.option("--ended", is_flag=True, help="Those that are paid or canceled.")
@_JSON
def listing(*, ended: bool, as_json: bool) -> None:
    """Purchase orders, the newest first."""
    with opened_plant() as plant, plant.db.read_only(Actor("console")) as session:
        found = orders(session, clock.today(), is_open=not ended)
    if as_json:
        click.echo(to_json({"orders": [_order(one) for one in found]}))
        return
    for one in found:
        late = "  late" if one.is_late else ""
        click.echo(f"{one.number}  {one.vendor:30} {one.promised}  ${one.total}  {one.words}{late}")


def money(text: str, field: str) -> Money:
    """What was typed as dollars."""
    try:
        return Money.parse(text[:20])
    except ValueError as error:
        raise refused_field("PO_LINE", field, "Write dollars and cents, as in 1,234.50.") from error


def _tell(view: OrderView, as_json: bool, *, changes: Sequence[str] = ()) -> None:
    if as_json:
        click.echo(to_json(_order(view) | ({"changes": list(changes)} if changes else {})))
        return
    click.echo(f"Order {view.number} to {view.vendor}, ${view.total}: {view.words.lower()}.")
    for words in changes:
        click.echo(words)
    for line in view.lines:
        click.echo(
            f"  {line.position}  {line.words}: {line.good:,} of {line.ordered:,} {line.unit}s are here."
        )


def _order(view: OrderView) -> dict[str, Any]:
    return {
        "order": view.number, "vendor": view.vendor_code, "state": view.state.value, "revision": view.revision,
        "promised": view.promised.isoformat(), "late": view.is_late, "freight": view.freight.plain,
        "total": view.total.plain, "lines": [
            {
                "line": line.position, "what": line.what or None, "words": line.words, "unit": line.unit,
                "ordered": line.ordered, "price": line.price.plain, "good": line.good, "damaged": line.damaged,
                "invoiced": line.invoiced, "still": line.still, "closed": line.is_closed,
            }
            for line in view.lines
        ],
    }  # fmt: skip


def _invoice(one: VendorInvoice) -> dict[str, Any]:
    charged: dict[str, Money] = {}
    for part in matching.charged_parts(one) if one.matched_at else ():
        for unit, amount in part.amounts.items():
            charged[unit] = charged.get(unit, ZERO) + amount
    return {
        "order": one.order.number, "vendor": one.order.vendor.code, "invoice": one.number, "total": one.total.plain,
        "matched": one.matched_at is not None, "charged": {unit: amount.plain for unit, amount in charged.items()},
        "differences": [
            {
                "code": "INVOICE_DIFFERENCE", "aspect": case.aspect.value, "line": case.position,
                "expected": case.expected, "invoiced": case.invoiced, "over": case.over.plain, "owner": case.owner,
                "outcome": case.outcome.value if case.outcome else None, "credit": case.credit.plain,
            }
            for case in one.cases
        ],
    }  # fmt: skip


def _tell_invoices(told: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(to_json(told[0] if len(told) == 1 else {"invoices": list(told)}))
    for one in () if as_json else told:
        click.echo(
            f"Invoice {one['invoice']} of {one['vendor']}: {'matched' if one['matched'] else 'differs'}."
        )
        for case in one["differences"]:
            where = f"line {case['line']}, " if case["line"] else ""
            click.echo(
                f"  {where}{case['aspect']}: {case['invoiced']} invoiced, {case['expected']} expected."
            )
    if not all(one["matched"] for one in told):
        raise SystemExit(EXIT_FINDINGS)
