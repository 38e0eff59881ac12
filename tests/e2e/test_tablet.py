"""In a real browser: a tablet whose network is cut and whose page is killed counts everything, once."""

from __future__ import annotations

import time

from sqlalchemy import select

from production.floor.devices import enrolling
from production.floor.models import CountLine
from production.floor.runs import RunStep, plan_run
from production.jobs.models import Operation
from production.jobs.states import JobKind, JobState
from production.people.models import User
from production.people.shift_pins import set_pin
from tests.e2e.conftest import PATIENCE
from tests.factories import MAIL_DATE, PLANT, make_item, make_job
from web.auth import passwords

PIN = "740217"
TABLET = {"width": 820, "height": 1180}


def _run(uow):
    job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
    make_item(uow, job, quantity=500)
    return plan_run(uow, [(job, 500)], [RunStep(10, "print", 500)], ready_by=MAIL_DATE)


def run_and_tablet(plant):
    """Two print runs of one step, their tickets, and the secret of a tablet at Press 1 where Pat has a PIN."""
    with plant.db.unit_of_work(PLANT) as uow:
        runs = [_run(uow), _run(uow)]
        pat = uow.session.scalars(select(User).filter_by(sign_in_name="pat")).one()
        set_pin(uow, pat, passwords.hash_password(PIN))
        _, code = enrolling.add(uow, name="Press 1 tablet", work_center="press-1")
    with plant.db.unit_of_work(PLANT) as uow:
        _, secret = enrolling.redeem(uow, code)
    with plant.db.read_only(PLANT) as session:
        query = (
            select(Operation.ticket)
            .where(Operation.lot_id.in_([run.id for run in runs]))
            .order_by(Operation.id)
        )
        ticket, other = session.scalars(query)
    return ticket, other, secret


def counted(plant):
    with plant.db.read_only(PLANT) as session:
        return [(one.good, one.actor) for one in session.scalars(select(CountLine).order_by(CountLine.id))]


def wait_until(holds):
    """The server has done it, whatever the page knows of that."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come about in a minute")


def count(page, good):
    """As somebody does it on the page of a running operation."""
    form = page.locator("form[action$='/count']")
    if not form.is_visible():
        page.locator("summary", has_text="Count a part").click()
    form.get_by_label("Good (optional)").fill(good)
    form.get_by_role("button", name="Count").click()
    return form


def test_counts_made_without_a_network_arrive_once_after_the_page_was_killed(plant, chromium, server, look):
    ticket, other, secret = run_and_tablet(plant)
    tablet = chromium.new_context(base_url=server, viewport=TABLET, color_scheme="dark")
    tablet.add_cookies(
        [{"name": "indicia-tablet", "value": secret, "url": server, "httpOnly": True, "sameSite": "Strict"}]
    )
    tablet.set_default_timeout(PATIENCE)
    page = tablet.new_page()
    page.goto("/floor")
    look(page, "55-shift")
    page.get_by_label("Badge or sign-in name").fill("pat")
    page.get_by_label("PIN", exact=True).fill(PIN)
    page.keyboard.press("Enter")
    page.get_by_text("All sent").wait_for()
    page.keyboard.type(ticket)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/floor/{ticket}", timeout=PATIENCE)

    # The server does it, and its answer is lost: the tablet does not know, and sends again.
    page.route("**/floor/events", lambda route: (route.fetch(), route.abort()))
    count(page, "40").get_by_text("Kept on this tablet").wait_for()
    wait_until(lambda: counted(plant))
    assert counted(plant) == [(40, "pat")]
    tablet.set_offline(True)
    page.unroute_all()
    count(page, "7")
    page.get_by_text("2 not sent yet").wait_for()
    page.close()

    # Without a network the pages open as they were; another job is started and finished.
    page = tablet.new_page()
    page.goto(f"/floor/{ticket}")
    page.get_by_text("this page is as it was at").wait_for()
    page.goto("/floor")
    page.keyboard.type(other)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/floor/{other}")
    page.get_by_role("heading", name="Started here, not sent yet").wait_for()
    page.get_by_text("What waits").click()
    look(page, "56-away")
    page.get_by_label("Image to the left edge").fill("0.01")
    page.get_by_label("Front against back").fill("0")
    page.get_by_role("button", name="First good piece: run").click()
    page.get_by_text("4 not sent yet").wait_for()
    page.locator("[data-started]").get_by_label("Good").fill("500")
    page.locator("[data-started]").get_by_role("button", name="Finish").click()
    page.get_by_text("5 not sent yet").wait_for()
    page.close()
    assert counted(plant) == [(40, "pat")]

    tablet.set_offline(False)
    page = tablet.new_page()
    page.goto(f"/floor/{ticket}")
    page.get_by_text("All sent").wait_for()
    assert counted(plant) == [(40, "pat"), (7, "pat"), (500, "pat")]
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Operation.state).filter_by(ticket=other)).one() == "done"
    count(page, "900")
    page.locator(".kept[data-kept=bad]").wait_for()
    page.goto("/floor")
    page.get_by_text("Not done: count").wait_for()
    look(page, "57-not-done")
    page.get_by_role("button", name="Understood").click()
    page.get_by_text("Not done: count").wait_for(state="detached")
    tablet.close()
