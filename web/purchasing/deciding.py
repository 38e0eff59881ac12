"""A job: made in house or bought, both prices beside each other; then vendors are asked."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, render_template, url_for
from pydantic import Field

from kernel import clock
from kernel.clock import business_date
from postal.data.mail_days import mail_days_after
from production.asked import Asked, Day, Dollars, Line, OneOf, Paragraph
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.orders.queries import job_by_number
from production.people.setup_fields import HourOfDay
from production.purchasing import decisions, queries, requests
from production.purchasing.decisions import Decided, decide, decision_to_buy
from production.purchasing.in_house import in_house
from production.purchasing.models import Choice, Why
from production.purchasing.requests import Asking, House
from production.purchasing.rules import rules_on
from production.purchasing.spec_paper import specification_paper
from production.purchasing.specifying import specification
from production.purchasing.whole_job import follow
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, actor, plant, reading, require

blueprint = Blueprint("deciding", __name__, url_prefix="/purchasing/jobs/<number>")
CHOICES = {
    Choice.MAKE.value: "Make it in house", Choice.BUY.value: "Buy it for the agency",
    Choice.WAIVER.value: "Let the agency buy it",
}  # fmt: skip
REASONS = {
    Why.CAPACITY.value: "No capacity by the day it is needed", Why.EQUIPMENT.value: "No machine that can do it",
    Why.SKILL.value: "Nobody who can do it", Why.PRICE.value: "The price", Why.DAY.value: "The day it is needed",
    Why.CONFIDENTIAL.value: "It must not leave the house", Why.OTHER.value: "Another reason",
}  # fmt: skip


class Decision(Asked):
    """Make or buy."""

    CODE = "MAKE_OR_BUY"
    choice: Annotated[Line, OneOf(CHOICES)] = Field(title="Decision")
    why: Annotated[Line, OneOf(REASONS)] = Field(title="Reason")
    house_price: Dollars | None = Field(
        None, title="Price in house, dollars", description="By the shop's estimate where there is one."
    )
    outside_price: Dollars | None = Field(
        None,
        title="Expected outside, dollars",
        description="The rules go by it: bids, waiver, second person.",
    )
    waiver_number: Line = Field("", title="Number of the waiver", max_length=60)
    note: Paragraph = Field("", title="Note", max_length=1000)


class AskVendors(Asked):
    """Bids are asked for."""

    CODE = "BID_REQUEST"
    vendors: list[Line] = Field(default_factory=list, title="Vendors", max_length=requests.MOST_VENDORS)
    closes_on: Day = Field(title="Bidding closes on")
    closes_at: HourOfDay = Field(default="14:00", title="At", description="Time at the shop, as in 14:00.")
    deliver_by: Day = Field(title="Needed here by")
    note: Paragraph = Field("", title="What vendors should know besides", max_length=2000)


@blueprint.get("")
@require("purchase")
def show(number: str, refused: Refused | None = None) -> str:
    """Both prices, the decision, the specification, and asking."""
    with reading() as session:
        job = job_by_number(session, actor(), number)
        rules = rules_on(session, clock.today())
        house = in_house(session, plant().files, job, clock.now())
        sheet = specification(session, plant().files, job, rules)
        decided = decisions.latest(session, job)
        is_bought = decided is not None and decided.choice is Choice.BUY and decisions.holds(session, decided)
        vendors = queries.vendors(session)
        bids = rules.of_amount(decided.outside_price) if decided and decided.outside_price else None
        asked, ordered = queries.bought_for(session, job)
        closed_for = shop_calendar(session).closed_for
    first = mail_days_after(clock.today(), bids.posting_days, closed_for) if bids else None
    return render_template(
        "purchasing/job.html", job=job, house=house, sheet=sheet, decided=decided, is_bought=is_bought, bids=bids,
        vendors=vendors, first=first, choices=CHOICES, reasons=REASONS, refused=refused, asked=asked, ordered=ordered,
        form=Form(Decision, refused, values={"house_price": house.price}),
        asking=Form(AskVendors, refused, values={"closes_on": first, "deliver_by": job.due}, key="ask"),
    )  # fmt: skip


@blueprint.get("/specification.pdf")
@require("purchase")
def paper(number: str) -> Response:
    """What vendors are told, on paper."""
    with reading() as session:
        job = job_by_number(session, actor(), number)
        sheet = specification(session, plant().files, job, rules_on(session, clock.today()))
    return Response(specification_paper(sheet), mimetype="application/pdf")


@blueprint.post("")
@require("purchase")
@command(Decision, again=show)
def decided(uow: UnitOfWork, said: Decision, number: str) -> Done:
    """The decision is recorded, with what the schedule says now."""
    job = job_by_number(uow.session, uow.actor, number)
    house = in_house(uow.session, plant().files, job, uow.now)
    facts = said.facts("choice", "why")
    made = decide(
        uow,
        job,
        Decided(Choice(said.choice), Why(said.why), house_day=house.day, capacity=house.words, **facts),
    )
    follow(uow, plant().files, made)
    words = "Recorded; a second person must agree." if made.needs_second else "Recorded."
    return Done(url_for(".show", number=job.number), words)


@blueprint.post("/ask")
@require("purchase")
@command(AskVendors, again=show)
def ask(uow: UnitOfWork, said: AskVendors, number: str) -> Done:
    """Vendors are asked, each by a link of its own."""
    job = job_by_number(uow.session, uow.actor, number)
    house = House(plant().files, plant().settings.secret_key())
    asking = Asking(said.vendors, said.closes_on, said.closes_at, said.deliver_by, said.note)
    made = requests.post(uow, house, decision_to_buy(uow.session, job), asking)
    day = business_date(made.closes_at)
    return Done(url_for("bids.show", number=made.number), f"{made.number} is open until {day:%B} {day.day}.")
