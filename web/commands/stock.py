"""``indicia stock``: what lies in the stockroom, received, issued and counted from the console."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import click

from kernel import clock
from kernel.errors import refused_field
from kernel.money import Rate
from production.floor.operations import find_ticket
from production.frontdesk.preparation.worksheet import paper_needs
from production.stockroom import moving, queries
from production.stockroom.counting import count as count_lot
from production.stockroom.counting_in import count_in
from production.stockroom.labels import looks_like_label
from production.stockroom.models import StockLot, StockMove
from production.stockroom.needs import NeedLine, need_lines
from production.stockroom.reordering import advice
from store.db import Actor, UnitOfWork
from web.commands.plant import opened_plant
from web.commands.telling import to_json
from web.stock.issuing import job_of

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_WHO = click.option("--person", default="console", show_default=True, help="Who does it, by name.")


@click.group()
def stock() -> None:
    """The stockroom: receive, issue, count, list."""


@stock.command("list")
@click.option("--find", default="", help="Words of code or name.")
@_JSON
def list_items(find: str, as_json: bool) -> None:
    """Every item, low ones first."""
    with opened_plant() as plant, plant.db.read_only(Actor("console")) as session:
        lines = queries.stock_list(session, words=tuple(find.lower().split()))
    if as_json:
        click.echo(to_json({"items": [_item(one) for one in lines]}))
        return
    for one in lines:
        low = "  low" if one.is_low else ""
        click.echo(f"{one.code:20} {one.on_hand:>10,} {one.unit:8} ${one.value}  {one.name}{low}")


def _item(line: queries.StockLine) -> dict[str, Any]:
    return {
        "code": line.code, "name": line.name, "kind": line.kind.value, "unit": line.unit, "owner": line.owner or None,
        "bin": line.bin, "on_hand": line.on_hand,
        "reserved": line.reserved, "available": line.free, "reorder_point": line.reorder_point, "low": line.is_low,
        "recalled": line.is_recalled, "value": line.value.plain,
    }  # fmt: skip


@stock.command("reorder")
@_JSON
def reorder(as_json: bool) -> None:
    """What to buy again, how many and by when, with why."""
    with opened_plant() as plant, plant.db.read_only(Actor("console")) as session:
        found = advice(session, clock.today())
    told = [
        {
            "code": one.code, "owner": one.owner or None, "quantity": one.quantity, "unit": one.unit,
            "free": one.free, "coming": one.coming, "by": one.by.isoformat(), "why": list(one.why),
        }
        for one in found
    ]  # fmt: skip
    if as_json:
        click.echo(to_json({"items": told}))
        return
    for one in found:
        click.echo(f"{one.code:20} {one.quantity:>10,} {one.unit:8} by {one.by}  {' '.join(one.why)}")


@stock.command("receive")
@click.argument("item")
@click.argument("quantity", type=int)
@click.option("--cost", required=True, help="Dollars for one, up to six decimals.")
@click.option("--bin", "place", default="", help="Its usual bin unless said.")
@click.option("--source", default="", help="Order or delivery note.")
@_WHO
@_JSON
def receive(item: str, quantity: int, cost: str, place: str, source: str, person: str, as_json: bool) -> None:
    """A delivery of ITEM becomes a lot with a number of its own."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        lot = moving.receive(uow, item, quantity, unit_cost=_rate(cost), into=place, source=source)
    told = {"lot": lot.number, "item": lot.item.code, "bin": lot.bin, "on_hand": lot.item.on_hand}
    click.echo(to_json(told) if as_json else f"Lot {lot.number}: {quantity:,} of {lot.item.name}.")


def _rate(text: str) -> Rate:
    try:
        return Rate(Decimal(text[:20]))
    except (InvalidOperation, ValueError) as error:
        words = "Write dollars for one, with up to six decimals, as in 0.038."
        raise refused_field("STOCK_COST", "cost", words) from error


@stock.command("issue")
@click.argument("ticket")
@click.argument("what", required=False)
@click.argument("quantity", type=int, required=False)
@click.option("--return", "is_back", is_flag=True, help="Bring the rest back into lot WHAT.")
@click.option("--reason", default="", help="Why another quantity than planned.")
@_WHO
@_JSON
def issue(
    ticket: str,
    what: str | None,
    quantity: int | None,
    is_back: bool,
    reason: str,
    person: str,
    as_json: bool,
) -> None:
    """QUANTITY of WHAT (a lot, or an item from its oldest lots) to the job of TICKET.

    Without WHAT: all that the estimate planned and that was not issued yet.
    """
    if what is not None and quantity is None:
        raise click.UsageError("Say how many.")
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        operation = find_ticket(uow.session, ticket)
        job = job_of(uow.session, operation)
        to = moving.Occasion(reason, job, operation)
        needs = paper_needs(uow.session, plant.files, job)
        if what is None or quantity is None:
            lines = need_lines(uow.session, job, needs)
            made = [one for line in lines for one in _planned(uow, line, to)]
        elif is_back:
            made = [moving.give_back(uow, what, quantity, job=job, reason=reason)]
        elif looks_like_label(what):
            made = [moving.issue_lot(uow, what, quantity, to)]
        else:
            made = moving.issue_item(uow, what, quantity, to)
        told = [_move(uow.session.get_one(StockLot, one.lot_id), one) for one in made]
        left = [_need(line) for line in need_lines(uow.session, job, needs)]
    if as_json:
        click.echo(to_json({"job": job.number, "moves": told, "planned": left}))
        return
    for one in told:
        click.echo(f"{one['lot']}: {one['quantity']:+,} of {one['item']}")
    click.echo(
        f"Job {job.number}: {sum(one['left'] for one in left):,} sheets of the plan are still to issue."
    )


def _planned(uow: UnitOfWork, line: NeedLine, to: moving.Occasion) -> list[StockMove]:
    if not line.left:
        return []
    if line.item is None:
        raise moving.short(line.need.paper, 0, line.left)
    return moving.issue_item(uow, line.item.code, line.left, to)


def _move(lot: StockLot, one: StockMove) -> dict[str, Any]:
    return {"lot": lot.number, "item": lot.item.code, "quantity": one.quantity, "value": str(one.value)}


def _need(line: NeedLine) -> dict[str, Any]:
    return {
        "paper": line.need.paper, "size": [f"{side:f}" for side in line.need.size], "sheets": line.need.sheets,
        "item": line.item.code if line.item else None, "issued": line.issued, "left": line.left, "short": line.short,
    }  # fmt: skip


@stock.command("count-in")
@click.argument("ticket")
@click.argument("item")
@click.argument("counted", type=int)
@click.option("--reason", default="", help="Where less is there than is needed, or more than the books hold.")
@_WHO
@_JSON
def count_in_command(ticket: str, item: str, counted: int, reason: str, person: str, as_json: bool) -> None:
    """COUNTED of ITEM lie at the machine for the job of TICKET, all of it: the books follow, and the work goes on."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        operation = find_ticket(uow.session, ticket)
        job = job_of(uow.session, operation)
        more = count_in(uow, job, operation, item, counted, reason=reason)
    told = {"job": job.number, "item": item, "counted": counted, "issued_more": more}
    click.echo(to_json(told) if as_json else f"Job {job.number}: {counted:,} counted in, {more:+,} issued.")


@stock.command("count")
@click.argument("lot")
@click.argument("counted", type=int)
@click.option("--reason", default="", help="Why it differs.")
@_WHO
@_JSON
def count(lot: str, counted: int, reason: str, person: str, as_json: bool) -> None:
    """COUNTED of LOT lie there. A large difference is entered when a second person counts the same."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        done = count_lot(uow, lot, counted, reason=reason)
    is_open = done.difference is None
    told = {
        "lot": done.lot.number, "on_hand": done.lot.on_hand, "difference": done.difference, "second_person": is_open,
    }  # fmt: skip
    words = "A second person must count it too." if is_open else f"Entered, {done.difference:+,}."
    click.echo(to_json(told) if as_json else f"Lot {done.lot.number}: {words}")
