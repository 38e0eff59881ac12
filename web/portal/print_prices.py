"""What print work costs while it is chosen: by the standards of the shop and the rate card of a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from billing.pricing import RateLine, fixes_charged
from billing.print_rates import charge_by
from billing.quoting import prices_on
from billing.rate_cards import card_on
from kernel import clock
from kernel.clock import business_date
from kernel.errors import AttentionNeeded, UserError
from kernel.findings import stops
from kernel.money import ZERO, Money
from production.catalog.parts import Option
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import Family, families
from production.catalog.publications import Demand, Publication, copies_for, demands
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.frontdesk.artwork.holder import of_draft
from production.frontdesk.artwork.versions import fixed, how_many
from production.frontdesk.choosing.prices import Shop, priced
from production.frontdesk.choosing.twins import twins
from production.frontdesk.choosing.worked import Worked
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.preparation.spec_plan import planned
from production.frontdesk.publishing.answers import answered
from production.frontdesk.stationery.ordering import Terms, specified
from production.frontdesk.steps import choices, kit, stationery
from production.frontdesk.steps.base import Ordering, said
from production.frontdesk.steps.kit_answers import kit_of
from production.frontdesk.steps.spec_answers import (
    DETAILS,
    DetailsAnswers,
    chosen_spec,
    enclosed_piece,
    files_of,
    is_chosen,
    is_mailed,
)
from production.frontdesk.steps.stationery_answers import made_spec, stationery_of
from production.jobs.models import Job
from production.jobs.states import StopWay
from production.jobs.usage import Unit
from production.people.models import Agency
from production.scheduling.models import Schedule
from production.scheduling.promising import Promise, promise_of
from store.db import system_actor
from web.frame import plant
from web.portal.mailing_prices import mailing_at_most

SCHEDULER = system_actor("schedule")  # the schedule is the plant's: no agency reads it


def shop_on(
    session: Session,
    family: Family,
    day: date,
    *,
    stops: int = 1,
    fixes: int = 0,
    ordered: date | None = None,
    is_publication: bool = True,
) -> Shop | None:
    """What prices of a family go by, delivered to so many places and those of depository copies (of what is made for
    names there are none), with so many fixes of files; ``ordered``: on which day, where ``day`` is the one by which it
    is needed. None where the card of the day has no price for some of the work.
    """
    try:
        prices = prices_on(session, day)
    except AttentionNeeded:
        return None
    calendar = shop_calendar(session)

    def is_rush(way: Alternative) -> bool:
        return ordered is not None and calendar.is_rush(ordered, day, way.minutes, buys_paper=way.buys_paper)

    copies = copies_for(session, family.code, day) if is_publication else ()
    driven = stops + len(copies)
    charge = charge_by(prices.card, prices.names, stops=driven, fixes=fixes, is_rush=is_rush)
    return Shop(family, families(), prices.standards, charge, copies)


def panel(
    shop: Shop | None,
    calendar: ShopCalendar,
    asked: tuple[Option, ...],
    answers: Mapping[str, str],
    day: date | None = None,
) -> dict[str, object]:
    """What the panel of completed answers shows, by name. No price where a person must tell it; what costs less only
    where the address asks for it.
    """
    try:
        found = priced(shop, asked, answers) if shop else None
        less = twins(shop, asked, answers) if shop and "less" in request.args else None
    except AttentionNeeded:
        found = less = None
    usual = promise = None
    if found and found.worked:
        promise = promised(found.worked.estimate.chosen, day)
        usual = calendar.usual_day(clock.today(), found.worked.minutes, buys_paper=bool(found.worked.bought))
    return {"priced": found, "on": day or clock.today(), "usual": usual, "promise": promise, "twins": less}


def promised(way: Alternative, due: date | None) -> Promise | None:
    """What the plant can promise of a way, as the schedule stands; None where none is kept or it has no room. Whose
    work stands on it is told to nobody.
    """
    with plant().db.read_only(SCHEDULER) as session:
        if session.get(Schedule, 1) is None:
            return None
        try:
            return promise_of(session, tuple(planned(way)), due, clock.now(), buys_paper=way.buys_paper)
        except UserError:
            return None


def price_of_a_fix(session: Session, day: date) -> RateLine | None:
    """What fixing a file costs by the card of a day; None where that is nothing."""
    card = card_on(session, day)
    return card[Unit.FILE_FIX] if fixes_charged(1, card) else None


def worked(shop: Shop | None, answers: Mapping[str, str]) -> Worked | None:
    """The whole estimate of completed answers; None where there is no price."""
    try:
        return shop.worked(shop.spec(answers)) if shop else None
    except (AttentionNeeded, UserError):
        return None


def prices_of(ordering: Ordering, code: str, view: Any) -> Mapping[str, object]:
    """What the page of a step shows of prices, by name: nothing but on those that have some."""
    return _SHOWN[code](ordering, view) if code in _SHOWN else {}


def _of_choices(ordering: Ordering, view: choices.View) -> Mapping[str, object]:
    """The panel of what is tried."""
    day = day_of(ordering)
    with ordering.reading() as session:
        shop = _shop(session, view.family, ordering)
        calendar = shop_calendar(session)
    return panel(shop, calendar, view.asked, view.answers, day)


def _of_review(ordering: Ordering, _view: object) -> Mapping[str, object]:
    """The price of an order by specification, and what its mailing comes to at most; none for what is priced with its
    proof.
    """
    if kit_of(ordering.draft) is not None:
        return _of_kit(ordering)
    if stationery_of(ordering.draft) is not None:
        with ordering.reading() as session:
            return {"price": made_price(session, ordering.draft), "asked": ()}
    if not is_chosen(ordering.draft):
        return {"price": None, "asked": ()}
    with ordering.reading() as session:
        family = families().family(ordering.product.code)
        shop = _shop(session, family, ordering)
        asked = asked_of(session, ordering, shop)
        if shop is None:
            return {"price": None, "asked": asked}
        spec = chosen_spec(ordering.draft, shop.standards)
        mailing = None
        if is_mailed(ordering.draft):
            mailing = mailing_at_most(session, ordering, enclosed_piece(spec, shop.standards))
        calendar = shop_calendar(session)
    way = shop.cheapest(spec)
    return {
        "price": shop.price(way),
        "rush": next((line for line in shop.charge(way) if line.unit == Unit.RUSH), None),
        "usual": calendar.usual_day(clock.today(), way.minutes, buys_paper=way.buys_paper),
        "promise": promised(way, day_of(ordering)),
        "mailing": mailing,
        "is_mailed": is_mailed(ordering.draft),
        "asked": asked,
        "copies": shop.copies,
        "quantity": spec.quantity,
    }


def rules_of(ordering: Ordering) -> list[Demand]:
    """What rules ask of an order that is about to be sent."""
    if not is_chosen(ordering.draft):
        return []
    with ordering.reading() as session:
        family = families().family(ordering.product.code)
        return asked_of(session, ordering, _shop(session, family, ordering))


def asked_of(session: Session, ordering: Ordering, shop: Shop | None) -> list[Demand]:
    """What a person answers before the order is sent, at the price that its page shows; without a price, what is asked
    at any. What the check asks besides is answered before it is approved.
    """
    agency = session.get_one(Agency, ordering.draft.agency_id)
    spec = chosen_spec(ordering.draft, shop.standards if shop else shop_standards(session))
    cost = shop.price(shop.cheapest(spec)) if shop else ZERO
    copies = sum(one.quantity for one in shop.copies) if shop else 0
    order = Publication(ordering.product.code, agency.name, spec.quantity, cost, day_of(ordering), copies)
    return answered(demands(session, order))


def _of_kit(ordering: Ordering) -> Mapping[str, object]:
    """What each thing of a kit comes to, and all of them where each has a price."""
    each = [(one.draft.title, _of_review(one, None)["price"]) for one in kit.parts(ordering)]
    known = [price for _, price in each if isinstance(price, Money)]
    return {"price": sum(known, Money(0)) if len(known) == len(each) else None, "each": each, "asked": ()}


def _of_stationery(ordering: Ordering, view: stationery.View) -> Mapping[str, object]:
    """What comes of the people that were typed, as far as they can be printed, and how several names are ganged."""
    people = view.look.people.people
    nothing = {"price": None, "gang": None}
    if not people or stops(view.look.findings):
        return nothing
    terms = Terms(view.template.name, "-", clock.today(), "-")
    try:
        with ordering.reading() as session:
            shop = shop_on(session, families().family(view.template.product), terms.due, is_publication=False)
        if shop is None:
            return nothing
        spec, gang = specified(view.template, people, terms, shop.standards)
        return {"price": shop.price(shop.cheapest(spec)), "gang": gang}
    except (AttentionNeeded, UserError):
        return nothing


def made_price(session: Session, draft: OrderDraft, *, ordered: date | None = None) -> Money | None:
    """Of stationery as it was made, by the card of its day; ``ordered``: when, today unless said. None where the card
    lacks a price.
    """
    answers = stationery_of(draft)
    if answers is None or answers.made is None or answers.due is None:
        return None
    spec = made_spec(plant().files, answers.made)
    stops_driven = sum(one.way != StopWay.PICK_UP.value for one in spec.delivery)
    try:
        family = families().family(spec.product)
        shop = shop_on(
            session, family, answers.due, stops=stops_driven, ordered=ordered or clock.today(),
            is_publication=False,
        )  # fmt: skip
        return shop.price(shop.cheapest(spec)) if shop else None
    except (AttentionNeeded, UserError):
        return None


def _shop(session: Session, family: Family, ordering: Ordering) -> Shop | None:
    """As the order of a draft goes by it so far; rush only once somebody has said the day."""
    draft, details = ordering.draft, said(ordering.draft, DETAILS, DetailsAnswers)
    changed = session.get(Job, draft.job_id) if draft.job_id else None
    in_use = [one.file.sha256 for one in files_of(draft).values()]
    ordered = business_date(changed.created_at) if changed else clock.today()
    return shop_on(
        session, family, day_of(ordering), stops=_stops_of(ordering),
        fixes=how_many(fixed(session, of_draft(draft), in_use)),
        ordered=ordered if details and details.due else None,
    )  # fmt: skip


def _stops_of(ordering: Ordering) -> int:
    """How many places are driven or sent to; one while nobody has said."""
    details = said(ordering.draft, DETAILS, DetailsAnswers)
    return details.charged_stops if details else 1


def day_of(ordering: Ordering) -> date:
    """The day whose rate card counts: that by which it is needed, as its quote will have it."""
    details = said(ordering.draft, DETAILS, DetailsAnswers)
    return (details.due if details else None) or clock.today()


_SHOWN: Mapping[str, Callable[[Ordering, Any], Mapping[str, object]]] = {
    "choices": _of_choices,
    "stationery": _of_stationery,
    "review": _of_review,
}
