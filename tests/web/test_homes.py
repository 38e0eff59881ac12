"""The home of each role: every figure is what the list holds that it opens; an empty plant teaches."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from billing.charging import charge_job
from kernel import clock
from kernel.money import Money
from production.frontdesk.orders.models import OrderDraft, Quote
from production.frontdesk.preparation import looking
from production.jobs.models import Hold
from production.jobs.states import JobKind, JobState, LotState, Stops
from production.mailings.models import PresortShare
from production.people.models import Agency, BudgetUnit, User
from tests.billing.ledgers import make_usage, split_job
from tests.factories import CALENDAR, PLANT, keep, make_job, make_stream
from tests.web import ordering
from tests.web.lists import Page, cents, measured
from web.formats import money
from workers.runtime import drain

HOMES = {
    "requester": "/home", "approver": "/approvals", "print_operator": "/floor", "mail_operator": "/mailroom",
    "planner": "/today", "messenger": "/dock", "billing_clerk": "/billing", "administrator": "/setup",
    "director": "/overview",
}  # fmt: skip
# So many figures at least, so that none is lost without anybody noticing.
LEAST = {
    "requester": 4, "approver": 3, "print_operator": 4, "mail_operator": 10, "planner": 6, "messenger": 2,
    "billing_clerk": 3, "administrator": 3, "director": 11,
}  # fmt: skip


@pytest.fixture
def busy(app, plant):
    """Jobs in every state and of three kinds, more than a page of a list holds, late and not; streams at work, ready
    and left; charges, charges in suspense, work that is not charged; a hold.
    """
    today = clock.today()
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
        who = {
            "agency": agency,
            "requester": uow.session.scalars(select(User).filter_by(sign_in_name="rita")).one(),
            "budget_unit": uow.session.scalars(select(BudgetUnit).filter_by(agency_id=agency.id)).first(),
        }
        for number, state in enumerate(state for state in JobState for _ in range(3)):
            day = today + timedelta(days=number % 7 - 3)
            kind = JobKind.PRINT if number % 3 else JobKind.MAILING
            make_job(uow, state=state, mail_date=day, kind=kind, title=f"Job {number}", **who)
        for number in range(30):
            make_job(uow, state=JobState.IN_PRODUCTION, mail_date=today + timedelta(days=number - 3), **who)
        for number, state in enumerate((LotState.IN_PRODUCTION, LotState.PRODUCED, LotState.DISPATCHED) * 2):
            jobs = [make_job(uow, state=JobState.IN_PRODUCTION, mail_date=today, **who) for _ in range(2)]
            make_stream(uow, state=state, jobs=jobs, mail_date=today - timedelta(days=40 * (number % 2)))
        for share in uow.session.scalars(select(PresortShare)):
            share.mailed, share.share_cents, share.alone_cents = share.pieces, Money(250), Money(300)
            share.metered_cents = share.stamped_cents = share.level_cents = Money(400)
            share.alone_levels = {}
        for day in (today, today - timedelta(days=31)):
            for suspended in (False, True):
                job = make_job(uow, state=JobState.DELIVERED, mail_date=day, **who)
                if suspended:
                    split_job(uow, job, {})
                make_usage(uow, job, key="charged", on=day)
                charge_job(uow, job)
                make_usage(uow, job, key="open", on=day)
        lot = uow.session.scalars(select(PresortShare.lot_id)).first()
        keep(
            uow,
            Hold(
                lot_id=lot, stops=Stops.LEAVING, reason="by_person", words="A tray is missing", owner="mona",
                placed_at=uow.now,
            ),
        )  # fmt: skip
    return plant


def at_work(browser, role):
    if role == "print_operator":
        browser.submit("/floor", "/floor/work-center", work_center="Press 1")
    return browser


def test_every_figure_is_what_its_list_holds(busy, sign_in):
    told, held = {}, {}
    for role, home in HOMES.items():
        browser = at_work(sign_in(role), role)
        assert browser.get("/").location == home
        leads = Page(browser.get(home).text).leads
        assert len(leads) >= LEAST[role], role
        told |= {(role, lead): cents(lead.shown) for lead in leads}
        held |= {(role, lead): measured(browser, lead) for lead in leads}
        assert any(told[role, lead] for lead in leads), role
    assert held == told


def test_an_empty_plant_teaches(app, sign_in):
    for role, home in HOMES.items():
        browser = at_work(sign_in(role), role)
        page = browser.get(home)
        assert 'class="empty"' in page.text or role == "administrator", role
        for lead in Page(page.text).leads:
            assert measured(browser, lead) == cents(lead.shown), (role, lead)


def test_mail_that_the_shop_brought_in_is_on_its_way_too(app, sign_in, plant):
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
        mona = uow.session.scalars(select(User).filter_by(sign_in_name="mona")).one()
        make_job(uow, state=JobState.APPROVED, agency=agency, requester=mona, title="Cards brought in")
    assert "Cards brought in" in sign_in("requester").get("/home").text


def test_a_proof_and_its_price_wait_on_a_card_and_the_order_is_repeated(app, sign_in, plant):
    rita, andy = sign_in("requester"), sign_in("approver")
    number = ordering.submit_mailing(rita, title="Notices of renewal")
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        total = session.scalars(select(Quote.total)).one()
    card = andy.get("/approvals").text
    for words in (f"/jobs/{number}/proof/", money(total), "Charged to DEX-100", "Ordered by Rita Requester"):
        assert words in card
    (picture,) = re.findall(r'src="([^"]+/small.png)"', card)
    answer = andy.get(picture)
    assert (answer.status_code, len(answer.data) < 8_000, answer.data[:4]) == (200, True, b"\x89PNG")
    assert max(Image.open(io.BytesIO(answer.data)).size) == looking.SMALL
    assert andy.get(picture, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert sign_in("other_agency").get(picture).status_code == 404
    assert "Andy" not in rita.get("/jobs/recipients-seen").text
    assert "With Andy Approver to approve" in rita.get("/home").text
    _, hidden = rita.hidden("/drafts/new")
    again = rita.post(f"/jobs/{number}/again", data=hidden).location
    assert "Notices of renewal" in rita.get(again).text
    with plant.db.read_only(PLANT) as session:
        draft = session.scalars(select(OrderDraft).filter_by(ended_at=None)).one()
    assert set(draft.answers["files"]["value"]["files"]) == {"template"}  # people are asked for anew
    assert (
        draft.answers["order"]["value"]["mail_date"] == CALENDAR.earliest_due_date(clock.today()).isoformat()
    )
