"""The approver's pages: who decides and why, forwarding, asking, changing how many or who pays, and being away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.errors import NotFound
from production.frontdesk.approving.rules import AGENCY_RULES
from production.jobs.models import Approval, ChargeSplit, Job
from production.people import setup, stand_ins
from production.people.models import Agency, Role, User
from store.db import system_actor
from tests.billing.ledgers import make_card
from tests.databases import begin
from tests.factories import make_user
from tests.web import ordering, print_ordering, spec_ordering
from tests.web.conftest import PASSWORD
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM
from workers.runtime import drain

PLANT = system_actor("test")


def put(plant, **said):
    with plant.db.unit_of_work(PLANT) as uow:
        setup.put(uow, AGENCY_RULES, AGENCY_RULES.read({"code": "r", **said}), knowing=None)


@pytest.fixture
def number(sign_in, plant, password_hash):
    """Of a mailing that was checked while a rule gives the orders of DEX to Andy alone, not to Bea."""

    def make():
        with plant.db.unit_of_work(PLANT) as uow:
            dex = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
            make_user(uow, name="bea", agency=dex, roles=(Role.APPROVER,), password_hash=password_hash)
        put(plant, agency="DEX", approvers="andy", amount_from="0.01")
        number = ordering.submit_mailing(sign_in("requester"))
        drain(plant)
        return number

    return begin(plant, "a mailing of a rule", make)


@pytest.fixture
def bea(app, number):
    """A second approver of the agency, signed in."""
    browser = app.test_client()
    browser.submit("/sign-in", name="bea", password=PASSWORD)
    return browser


def job_of(plant, number):
    with plant.db.read_only(PLANT) as session:
        job = session.scalars(select(Job).filter_by(number=number)).one()
        paid = {
            one.budget_unit.bill_code: one.weight
            for one in session.scalars(select(ChargeSplit).filter_by(job_id=job.id))
        }
        return job, paid


def test_why_this_person_and_on_to_a_colleague_with_a_question_between(sign_in, plant, number, bea) -> None:
    rita, andy = sign_in("requester"), sign_in("approver")
    url = f"/jobs/{number}/proof"
    page = andy.get(url).text
    assert "Rule r decides, because it is an order of DEX and it costs $0.01 or more." in page
    assert "Now it is with Andy Approver." in page
    assert "With Andy Approver" in bea.get("/approvals").text
    assert "Approve version" not in bea.get(url).text
    assert andy.submit(url, f"/jobs/{number}/question", question="Why now?").status_code == 303
    home = rita.get("/home").text
    assert "Andy Approver asks before deciding: Why now?" in home
    assert "Andy Approver asks" in rita.get(f"/jobs/{number}").text
    assert rita.submit(url, f"/jobs/{number}/answer", answer="It is due.").status_code == 303
    assert "asks before deciding" not in rita.get("/home").text
    assert "It is due." in andy.get(url).text
    refused = andy.submit(url, f"/jobs/{number}/forward", to="rita")
    assert (refused.status_code, "cannot approve this job" in refused.text) == (422, True)
    action, old = andy.hidden(url, f"/jobs/{number}/approve")
    put(plant, agency="DEX", approvers="andy; approver", amount_from="0.01")
    late = andy.post(action, data=old)
    assert (late.status_code, "rule of who approves this has changed" in late.text) == (409, True)
    _, old = andy.hidden(url, action)
    assert andy.submit(url, f"/jobs/{number}/forward", to="bea", words="Yours.").status_code == 303
    assert andy.post(action, data=old).status_code == 403
    assert "Look and approve" in bea.get("/approvals").text
    assert "Andy Approver forwarded it to Bea." in bea.get(url).text
    assert bea.submit(url, f"/jobs/{number}/approve").status_code == 303


def read_and_go_on(browser, url, number, **typed):
    """The change is sent, what it comes to is read, and it is sent again; gives what was read."""
    target = f"/jobs/{number}/change-before-approval"
    asked = browser.submit(url, target, **typed)
    assert asked.status_code == 409, asked.text
    _, hidden = browser.hidden(url, target)
    sent = browser.post(target, data={**hidden, **typed, "knowing": "ORDER_CHANGES"})
    assert sent.status_code == 303, sent.text
    return asked.text


def test_how_many_and_who_pays_are_changed_by_the_approver_who_then_approves(
    sign_in, plant, tmp_path
) -> None:
    """An order by specification, and one by the route of its product."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
    rita, andy = sign_in("requester"), sign_in("approver")
    numbers = (
        spec_ordering.order(rita, tmp_path, "flat_form", {"quantity": "1000"}, {"sheet": 1}, way="pick_up"),
        print_ordering.submit_print(rita, tmp_path),
    )
    drain(plant)
    told = {}
    for number in numbers:
        url = f"/jobs/{number}/proof"
        action, old = andy.hidden(url, f"/jobs/{number}/approve")
        one = told[number] = read_and_go_on(
            andy, url, number, quantity="400", **{"splits-DEX-100": "1", "splits-DEX-200": ""}
        )
        assert "400 instead of 1,000." in one
        assert "Charged to DEX-100 instead of DEX-100 (60 of 100), DEX-200 (40 of 100)." in one
        assert andy.post(action, data=old).status_code == 409  # the version that was looked at is gone
    drain(plant)
    for number in numbers:
        job, paid = job_of(plant, number)
        assert (job.quantity, paid, job.revision) == (400, {"DEX-100": 1}, 2)
        url = f"/jobs/{number}/proof"
        total = andy.get(url).text.partition("Approve version 2 for $")[2].partition("<")[0].strip()
        assert f"It will cost ${total}." in told[number]
        assert "400 instead of 1,000." in rita.get(url).text
        assert andy.submit(url, f"/jobs/{number}/approve").status_code == 303


def test_of_a_mailing_only_who_pays_is_changed_and_only_in_turn(sign_in, plant, number, bea) -> None:
    andy, url = sign_in("approver"), f"/jobs/{number}/proof"
    target = f"/jobs/{number}/change-before-approval"
    _, hidden = andy.hidden(url, target)
    new = {"splits-DEX-200": "1", "knowing": "ORDER_CHANGES"}
    same = andy.submit(url, target, **{"splits-DEX-100": "60", "splits-DEX-200": "40"})
    assert (same.status_code, "Nothing is different" in same.text) == (422, True)
    many = andy.post(target, data={**hidden, **new, "quantity": "7"})
    assert (many.status_code, "the list has good rows" in many.text) == (422, True)
    _, of_bea = bea.hidden(url, f"/jobs/{number}/proof/comments")
    assert bea.post(target, data={**of_bea, **new, "version": hidden["version"]}).status_code == 403
    read_and_go_on(andy, url, number, **{"splits-DEX-200": "1"})
    assert job_of(plant, number)[1] == {"DEX-200": 1}


def test_an_approver_names_who_stands_in_and_the_consent_says_for_whom(sign_in, plant, number, bea) -> None:
    andy, today = sign_in("approver"), clock.today()
    days = {"first_day": str(today), "last_day": str(today + timedelta(days=3))}
    for wrong in ({"stand_in": "oscar"}, {"last_day": str(today - timedelta(days=1))}):
        assert (
            andy.submit("/approvals", "/approvals/away", **{"stand_in": "bea", **days, **wrong}).status_code
            == 422
        )
    assert andy.submit("/approvals", "/approvals/away", stand_in="bea", **days).status_code == 303
    again = andy.submit("/approvals", "/approvals/away", stand_in="bea", **days)
    assert (again.status_code, "stands in already" in again.text) == (422, True)
    assert "Bea approves for you" in andy.get("/approvals").text
    page = bea.get("/approvals").text
    assert "You approve for Andy Approver" in page
    url = f"/jobs/{number}/proof"
    assert "You approve for Andy Approver" in bea.get(url).text
    assert bea.submit(url, f"/jobs/{number}/approve").status_code == 303
    with plant.db.read_only(PLANT) as session:
        row = session.scalars(select(Approval)).one()
    assert (row.approver, row.in_place_of) == ("bea", "andy")
    assert "Bea for Andy Approver" in andy.get(f"/jobs/{number}").text
    assert andy.submit("/approvals", "/approvals/back").status_code == 303
    assert "Bea approves for you" not in andy.get("/approvals").text
    with plant.db.read_only(
        PLANT
    ) as session:  # rita has the role on that day alone, and no more rights than that
        rita = session.scalars(select(User).filter_by(sign_in_name="rita")).one()
    desk = sign_in("requester")
    assert desk.get("/approvals").status_code == 403
    andy.submit("/approvals", "/approvals/away", stand_in="rita", **days)
    assert desk.get("/approvals").status_code == 200
    with plant.db.read_only(PLANT) as session:
        (row,) = stand_ins.absences(session, rita.id, today)
    with pytest.raises(NotFound), plant.db.unit_of_work(rita.as_actor()) as uow:
        stand_ins.take_back(uow, row.key)  # it is not hers to take back
    andy.submit("/approvals", "/approvals/back")
    assert desk.get("/approvals").status_code == 403


def test_the_list_of_rules_names_people_as_they_are_called(sign_in, plant) -> None:
    put(plant, agency="DEX", approvers="andy; approver", amount_from="0.01")
    page = sign_in("administrator").get("/setup/rows/approval_rule").text
    assert "Andy Approver, Anybody who may" in page
    assert "andy; approver" not in page
