"""Commands of ``indicia purchase`` up to the award: specification, decision, request for bids, bids."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kernel import clock
from kernel.clock import SHOP_ZONE
from kernel.errors import refused_field
from kernel.money import Money
from production.frontdesk.orders.queries import job_by_number
from production.purchasing import awarding, bidding, requests
from production.purchasing.bidding import Offer
from production.purchasing.comparing import Compared, Comparison, comparison
from production.purchasing.decisions import Decided, decide, decision_to_buy
from production.purchasing.in_house import in_house
from production.purchasing.models import Choice, Way, Why
from production.purchasing.requests import Asking, House, invitation_of, request_of
from production.purchasing.rules import rules_on
from production.purchasing.spec_paper import specification_paper
from production.purchasing.specifying import specification
from production.purchasing.whole_job import follow
from store.db import Actor
from store.plant import Plant
from web.commands.plant import opened_plant
from web.commands.telling import to_json
from web.formats import exact_time

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_WHO = click.option("--person", default="console", show_default=True, help="Who does it, by name.")
_DAY = click.DateTime(["%Y-%m-%d"])
_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
_CONSOLE = Actor("console")


@click.command("spec")
@click.argument("job")
@click.option("--out", type=click.Path(path_type=Path), help="The sheet as a PDF.")
@_JSON
def spec(job: str, out: Path | None, as_json: bool) -> None:
    """What vendors are told of JOB: no money, no person, no account."""
    with opened_plant() as plant, plant.db.read_only(_CONSOLE) as session:
        row = job_by_number(session, _CONSOLE, job)
        sheet = specification(session, plant.files, row, rules_on(session, clock.today()))
    if out is not None:
        out.write_bytes(specification_paper(sheet))
    if as_json:
        click.echo(to_json(sheet, {"path": str(out) if out else None}))
        return
    click.echo(f"{sheet.job}  {sheet.title}: {sheet.quantity:,} {sheet.product}, due {sheet.due}")
    for section in sheet.sections:
        click.echo(section.title)
        for line in section.lines:
            click.echo(f"  {line.label}: {line.value}")


@click.command("decide")
@click.argument("job")
@click.argument("choice", type=click.Choice([one.value for one in Choice]))
@click.option("--why", type=click.Choice([one.value for one in Why]), required=True)
@click.option("--outside", help="Dollars expected outside.")
@click.option("--waiver", default="", help="Number of the waiver.")
@click.option("--note", default="")
@_WHO
@_JSON
def decide_command(
    job: str, choice: str, why: str, outside: str | None, waiver: str, note: str, person: str, as_json: bool
) -> None:
    """Make or buy JOB, with the price and the day in house as the shop's estimate and schedule have them."""
    price = _dollars(outside, "outside") if outside else None
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = job_by_number(uow.session, uow.actor, job)
        house = in_house(uow.session, plant.files, row, uow.now)
        made = decide(
            uow, row,
            Decided(Choice(choice), Why(why), note, house.price, price, house.day, house.words, waiver),
        )  # fmt: skip
        follow(uow, plant.files, made)
    told = {
        "job": row.number, "choice": choice, "house": _plain(house.price), "house_day": house.day,
        "outside": _plain(price), "second_person": made.needs_second,
    }  # fmt: skip
    waits = " A second person must agree." if made.needs_second else ""
    click.echo(to_json(told) if as_json else f"Job {row.number}: {choice}. {house.words}{waits}")


@click.command("ask")
@click.argument("job")
@click.option("--vendor", "vendors", multiple=True, required=True, help="Code of a vendor; several times.")
@click.option(
    "--closes",
    type=_MOMENT,
    help="Day and time at the shop, as in 2026-12-09T14:00; the soonest unless said.",
)
@click.option("--deliver-by", type=_DAY, help="The day on which the job is due, unless said.")
@click.option("--note", default="")
@_WHO
@_JSON
def ask(
    job: str,
    vendors: tuple[str, ...],
    closes: datetime | None,
    deliver_by: datetime | None,
    note: str,
    person: str,
    as_json: bool,
) -> None:
    """Ask vendors for bids on JOB, which was decided to be bought."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = job_by_number(uow.session, uow.actor, job)
        decision = decision_to_buy(uow.session, row)
        closes = closes or requests.first_closing(uow, decision)
        by = deliver_by.date() if deliver_by else row.due or closes.date()
        asking = Asking(vendors, closes.date(), f"{closes:%H:%M}", by, note)
        made = requests.post(uow, _house(plant), decision, asking)
    told = {"request": made.number, "closes_at": made.closes_at, "least_bids": made.least_bids}
    click.echo(to_json(told) if as_json else f"{made.number} closes {exact_time(made.closes_at)}.")


@click.command("bid")
@click.argument("request")
@click.option("--vendor", required=True, help="Code of a vendor that was asked.")
@click.option("--price", required=True, help="US dollars, as in 1234.50.")
@click.option("--freight", default="")
@click.option("--samples", default="")
@click.option("--delivers", type=_DAY, help="Day of delivery; the day it is needed unless said.")
@click.option(
    "--way", type=click.Choice([one.value for one in Way if one is not Way.LINK]), default=Way.MAIL.value
)
@click.option("--received", type=_MOMENT, help="When it came, at the shop; now unless said.")
@click.option("--signed-by", default="", help="Who signed it for the vendor.")
@_WHO
@_JSON
def bid(
    request: str, vendor: str, price: str, freight: str, samples: str, delivers: datetime | None, way: str,
    received: datetime | None, signed_by: str, person: str, as_json: bool,
) -> None:  # fmt: skip
    """Enter a bid that came by mail or phone; sealed until REQUEST is opened."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = request_of(uow.session, request)
        day = delivers.date() if delivers else row.deliver_by
        came = received.replace(tzinfo=SHOP_ZONE) if received else uow.now
        offer = Offer(price, day, freight, samples, signed_by=signed_by)
        bidding.place(uow, invitation_of(row, vendor), offer, way=Way(way), received_at=came)
    told = {"request": row.number, "vendor": vendor, "way": way, "received_at": came, "sealed": True}
    click.echo(to_json(told) if as_json else f"Entered, and sealed until {exact_time(row.closes_at)}.")


@click.command("open")
@click.argument("request")
@_WHO
@_JSON
def open_command(request: str, person: str, as_json: bool) -> None:
    """Open the bids of REQUEST once it has closed, and compare them."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = request_of(uow.session, request, lock=True)
        if row.opened_at is None:
            requests.open_bids(uow, row)
            uow.session.flush()
        shown = comparison(uow.session, row)
    if as_json:
        click.echo(to_json({"request": row.number, **_compared(shown)}))
        return
    for one in shown.bids:
        mark = "cheapest" if one.is_cheapest else one.invitation.out_reason
        click.echo(f"{one.invitation.vendor.code:20} ${one.total:>14}  {one.bid.delivers_on}  {mark}")


@click.command("award")
@click.argument("request")
@click.option("--vendor", required=True)
@click.option("--reason", default="", help="Why, where it is not the cheapest.")
@click.option("--few-reason", default="", help="Why fewer bids than the rule asks for are enough.")
@_WHO
@_JSON
def award(request: str, vendor: str, reason: str, few_reason: str, person: str, as_json: bool) -> None:
    """Take the bid of a vendor; all who bid are told."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = request_of(uow.session, request, lock=True)
        made = awarding.award(uow, row, vendor, reason=reason, few_reason=few_reason)
    told = {
        "request": row.number, "vendor": vendor, "total": made.total.plain, "cheapest": made.is_cheapest,
        "second_person": made.needs_second,
    }  # fmt: skip
    waits = " A second person must agree." if made.needs_second else ""
    click.echo(to_json(told) if as_json else f"{row.number}: {made.vendor.name}, ${made.total}.{waits}")


def _house(plant: Plant) -> House:
    return House(plant.files, plant.settings.secret_key())


def _dollars(text: str, field: str) -> Money:
    try:
        return Money.parse(text[:30])
    except ValueError:
        raise refused_field("MAKE_OR_BUY", field, "Write dollars and cents, as in 1234.50.") from None


def _plain(money: Money | None) -> str | None:
    return money.plain if money is not None else None


def _compared(shown: Comparison) -> dict[str, Any]:
    return {
        "least_bids": shown.least_bids, "counted": shown.counted, "bids": [_line(one) for one in shown.bids],
        "silent": [one.vendor.code for one in shown.silent],
    }  # fmt: skip


def _line(one: Compared) -> dict[str, Any]:
    bid = one.bid
    return {
        "vendor": one.invitation.vendor.code, "price": bid.price.plain, "freight": bid.freight.plain,
        "samples": bid.samples.plain, "handling": one.invitation.handling.plain, "total": one.total.plain,
        "delivers": bid.delivers_on, "days_late": one.days_late, "cheapest": one.is_cheapest,
        "out": one.invitation.out_reason or None, "way": bid.way.value,
    }  # fmt: skip
