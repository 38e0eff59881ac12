"""Shares, savings and hold or mail in a browser: readable at both widths, no rule of accessibility broken."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from kernel import clock
from production.mailings.models import PresortShare, PresortStream
from production.mailroom.savings.waiting import mailing_days
from tests.e2e.conftest import sign_in
from tests.factories import PLANT
from tests.production import mailings

LONG = (
    "Notice of renewal of a professional license under the rules of the board, second reminder of this year"
)


def a_stream(plant, *, back=0):
    """A sorted stream of two agencies, as if mailed some weeks before the next mailing day."""
    jobs = [
        mailings.approved(plant, pieces=300, seed=1 + back, title=LONG),
        mailings.approved(plant, pieces=250, seed=20 + back, agency="OSR", title="Summons"),
    ]
    stream = mailings.plan(plant, mailings.build(plant, *jobs))
    if back:
        with plant.db.unit_of_work(PLANT) as uow:
            day = mailing_days(clock.today())[1] - timedelta(weeks=back)
            uow.session.get_one(PresortStream, stream.id).mailing.mail_date = day
    return stream, jobs


def test_shares_and_savings(open_page, look_twice, plant):
    stream, jobs = a_stream(plant)
    with plant.db.unit_of_work(PLANT) as uow:
        for share in uow.session.scalars(select(PresortShare)):
            share.mailed = share.pieces
    page = open_page()
    sign_in(page, "mona")
    page.goto(f"/mailroom/streams/{stream.number}")
    page.get_by_role("link", name="Shares of the jobs").click()
    page.wait_for_selector("text=The rule")
    page.locator("main details summary").first.click()
    look_twice(page, "60-shares")
    page.get_by_role("link", name="Savings", exact=True).last.click()
    look_twice(page, "61-savings")
    page.get_by_role("link", name=f"{mailings.MAIL_DATE:%B %Y}").click()
    page.get_by_role("link", name="Office of Sample Records").click()
    page.wait_for_selector("text=Jobs of Office of Sample Records")
    look_twice(page, "62-savings-month")
    page.goto(f"/mailroom/streams/{stream.number}/pieces/1")
    page.wait_for_selector("text=With its own job alone")
    agency = open_page()
    sign_in(agency, "rita")
    agency.goto(f"/jobs/{jobs[0].number}")
    agency.wait_for_selector("text=What it costs")
    look_twice(agency, "63-job-share")


def test_hold_or_mail(open_page, look_twice, plant):
    page = open_page()
    sign_in(page, "mona")
    page.goto("/mailroom/hold-or-mail")
    look_twice(page, "65-nothing-waits")
    a_stream(plant, back=1)
    a_stream(plant, back=2)
    job = mailings.approved(plant, pieces=200, title=LONG)
    page.goto("/mailroom")
    page.get_by_role("link", name="Hold or mail?").click()
    page.get_by_text("The comparable days").click()
    look_twice(page, "66-hold-or-mail")
    page.get_by_label("Why (optional)").fill("More renewals come tomorrow")
    page.get_by_role("button", name="Hold what may wait").click()
    page.wait_for_selector(f"text={job.number} waits.")
    look_twice(page, "67-held")
    page.get_by_role("button", name="Mail all tonight").click()
    page.get_by_role("button", name="I have read this: go on").click()
    page.wait_for_selector("text=is made and being sorted")
