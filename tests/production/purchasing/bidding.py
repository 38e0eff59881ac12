"""A job that is bought, vendors who are asked, and the hours of it: what tests of bids begin with."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from kernel import clock
from kernel.clock import SHOP_ZONE
from kernel.money import Money
from production.jobs.models import Job
from production.jobs.states import JobKind, JobState
from production.people import setup
from production.purchasing import bidding, links, requests
from production.purchasing.bidding import Offer
from production.purchasing.decisions import Decided, agree, decide
from production.purchasing.models import BidInvitation, Choice, Vendor, Way, Why
from production.purchasing.requests import Asking, House
from production.purchasing.vendors import VENDORS
from store.db import Actor, system_actor
from tests.factories import PLANT, make_agency, make_job

POLLY, ADA = Actor("polly"), Actor("ada")
STRANGER = system_actor("bid-link")
BUY = {"choice": Choice.BUY, "why": Why.EQUIPMENT, "note": "No perfect binder."}


def shop(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE)


TUESDAY, CLOSING, AFTER = shop("2026-12-01 10:00"), shop("2026-12-09 14:00"), shop("2026-12-09 14:01")
ASKING = Asking(("ACME", "BIND", "CUTS"), date(2026, 12, 9), "14:00", date(2026, 12, 21))


def house(plant):
    return House(plant.files, plant.settings.secret_key())


def a_job(plant, **facts):
    """Three vendors and a print job of an agency."""
    with plant.db.unit_of_work(PLANT) as uow:
        for code, email in (("ACME", "bids@acme.example"), ("BIND", "bids@bind.example"), ("CUTS", "")):
            given = {"code": code, "name": f"{code.title()} Works", "email": email}
            setup.put(uow, VENDORS, VENDORS.read(given), knowing=None)
        agency = make_agency(uow)
        job = make_job(
            uow, agency=agency, kind=JobKind.PRINT, state=JobState.APPROVED, title="Hunting rules", **facts
        )
        return job.number


def bought(plant, number, cents=6000_00):
    """Decided, and agreed by another person where the rule wants that."""
    with plant.db.unit_of_work(POLLY) as uow:
        job = uow.session.scalars(select(Job).filter_by(number=number)).one()
        row = decide(uow, job, Decided(**BUY, outside_price=Money(cents)))
    if row.needs_second:
        with plant.db.unit_of_work(ADA) as uow:
            agree(uow, row.ulid)
    return row


def posted(plant, asking=ASKING, at=TUESDAY):
    """A request, on Tuesday unless said; gives its number."""
    with clock.at(at):
        decision = bought(plant, a_job(plant))
        with plant.db.unit_of_work(POLLY) as uow:
            return requests.post(uow, house(plant), uow.session.merge(decision, load=False), asking).number


def invitation(session, code):
    query = select(BidInvitation).join(Vendor, Vendor.id == BidInvitation.vendor_id)
    return session.scalars(query.where(Vendor.code == code)).one()


def link(plant, code):
    """The text of a vendor's link, as its e-mail has it."""
    with plant.db.read_only(PLANT) as session:
        return links.make(plant.settings.secret_key(), invitation(session, code))


def by_link(plant, token, price, **more):
    with plant.db.unit_of_work(STRANGER) as uow:
        row = links.invitation_of(uow.session, plant.settings.secret_key(), token)
        bidding.place(uow, row, Offer(price=price, **{"delivers_on": date(2026, 12, 18)} | more))


def by_phone(plant, code, price, came, *, number="", **more):
    with plant.db.unit_of_work(POLLY) as uow:
        offer = Offer(price=price, **{"delivers_on": date(2026, 12, 18)} | more)
        own = requests.invitation_of(requests.request_of(uow.session, number), code) if number else None
        bidding.place(uow, own or invitation(uow.session, code), offer, way=Way.PHONE, received_at=came)


def opened(plant, at=CLOSING):
    with clock.at(at), plant.db.unit_of_work(system_actor("bids")) as uow:
        return requests.open_due(uow)
