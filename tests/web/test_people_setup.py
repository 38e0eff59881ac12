"""People as rows of the set-up: tables of them, first passwords, stand-ins, limits, and what needs a second person."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.errors import Forbidden, InvalidInput
from kernel.money import Money
from production.frontdesk.approving import approvals
from production.frontdesk.orders.models import Quote
from production.jobs.models import Job
from production.people import setup
from production.people.approval_rules import APPROVAL_RULES, ApprovalRuleValue
from production.people.models import Role, User
from production.people.persons import PEOPLE
from store.db import system_actor
from web.policies import VERBS, may

PLANT = system_actor("test")
TODAY = clock.today()
FIRST, LAST = "2026-01-01", "2026-01-02"


def change(plant, name, actor=PLANT, **other):
    with plant.db.unit_of_work(actor) as uow:
        value = PEOPLE.find(uow.session, name)
        row = PEOPLE.read(value.model_dump(mode="json") | other)
        return setup.put(uow, PEOPLE, row, knowing=None)


def actor_of(plant, name):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(User).filter_by(sign_in_name=name)).one().as_actor()


def test_a_table_of_people_and_their_first_passwords(app, sign_in) -> None:
    ada = sign_in("administrator")
    table = (
        "Name,Sign-in name,Agency,Roles\nNina New,Nina@Example.gov,BTM,requester; approver\n"
        "Otto Office,otto,,print operator\n"
    )
    assert "Take 2 in" in ada.submit("/setup/tables/person", text=table).text
    ada.submit("/setup/tables/person", text=table, go="yes")
    assert app.test_client().submit("/sign-in", name="otto", password="").status_code == 401
    assert "2 cannot sign in yet" in ada.get("/people").text
    action, hidden = ada.hidden("/people", "/people/first-passwords")
    told = ada.post(action, data=hidden)
    assert told.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(told.text)))
    assert [row["Sign-in name"] for row in rows] == ["nina@example.gov", "otto"]
    again = ada.post(action, data=hidden, follow_redirects=True)
    assert rows[0]["First password"] not in again.text
    assert "Nobody is without a password" in again.text
    nina = app.test_client()
    assert (
        nina.submit("/sign-in", name="nina@example.gov", password=rows[0]["First password"]).status_code
        == 303
    )
    assert nina.get("/jobs").location == "/account"  # first a password of her own


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Nina,nina,NONE,requester", "row 2, column agency"),
        ("Nina,nina,BTM,king", "row 2, column roles"),
        ("Nina,nina,BTM,billing clerk", "not for agency people"),
        ("Nina,ni na,BTM,requester", "without blanks"),
        (",nina,BTM,requester", "Fill this in."),
    ],
)
def test_what_is_wrong_is_told_by_row(sign_in, row, words) -> None:
    answer = sign_in("administrator").submit(
        "/setup/tables/person", text=f"Name,Sign-in name,Agency,Roles\n{row}\n"
    )
    assert answer.status_code == 422
    assert words in answer.text


def test_whoever_stands_in_approves_from_day_to_day(app, plant, sign_in) -> None:
    rita = sign_in("requester")
    assert rita.get("/approvals").status_code == 403
    days = {"stand_in_from": str(TODAY), "stand_in_until": str(TODAY + timedelta(days=3))}
    change(plant, "andy", stand_in="rita", **days)
    assert rita.get("/approvals").status_code == 200
    change(plant, "andy", stand_in="rita", **dict.fromkeys(days, str(TODAY - timedelta(days=1))))
    assert rita.get("/approvals").status_code == 403
    page = sign_in("administrator").get("/setup/rows/person/andy").text
    assert 'value="rita"' in page


@pytest.mark.parametrize(
    ("name", "other", "words"),
    [
        ("andy", {"stand_in": "rita"}, "belong together"),
        ("andy", {"stand_in": "nobody", "stand_in_from": FIRST, "stand_in_until": LAST}, "Nobody else"),
        ("andy", {"stand_in": "oscar", "stand_in_from": FIRST, "stand_in_until": LAST}, "same agency"),
        ("rita", {"stand_in": "andy", "stand_in_from": FIRST, "stand_in_until": LAST}, "Only an approver"),
        ("andy", {"stand_in": "rita", "stand_in_from": LAST, "stand_in_until": FIRST}, "before the first"),
        ("andy", {"agency": "OSR"}, "Nobody changes sides"),
        ("ada", {"is_shut_out": True}, "Nobody would be left"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_person(app, plant, name, other, words) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(plant, name, **other)
    assert words in " ".join(one.message for one in refused.value.findings)


def test_an_administrator_is_made_by_two(app, plant, sign_in) -> None:
    version = change(plant, "mona", actor_of(plant, "ada"), roles=["mail_operator", "administrator"])
    assert version.in_force_at is None
    ada, bill = sign_in("administrator"), sign_in("billing_clerk")
    assert "Another person must agree: Bill Clerk" in ada.get("/setup/rows/person/mona").text
    page = "/second-person"
    assert "Administrator" in bill.get(page).text or "administrator" in bill.get(page).text
    target = next(
        line.split('"')[1]
        for line in bill.get(page).text.split("action=")[1:]
        if "/second-person/setup/" in line
    )
    _, hidden = bill.hidden(page, target)
    assert bill.post(target, data=hidden).status_code == 303
    assert Role.ADMINISTRATOR in actor_of(plant, "mona").roles
    refused = ada.submit(
        "/people/new", full_name="New", sign_in_name="new", roles="administrator",
        new_password="quite another sentence", again="quite another sentence",
    )  # fmt: skip
    assert (refused.status_code, "Enter the person first" in refused.text) == (422, True)


def test_nobody_approves_above_their_limit_and_is_told_whom_to_ask(app, plant, sign_in, mailing) -> None:
    with plant.db.unit_of_work(PLANT) as uow:
        setup.put(uow, APPROVAL_RULES, ApprovalRuleValue(limit=Money(1)))
    andy, desk = actor_of(plant, "andy"), sign_in("approver")
    page = desk.get("/approvals").text
    assert "Above your limit of $0.01." in page
    assert "Look and approve" not in page
    assert 'class="waiting"' not in page

    def approve():
        with plant.db.unit_of_work(andy) as uow:
            job = uow.session.scalars(select(Job).filter_by(number=mailing)).one()
            quote = uow.session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).one()
            approvals.approve(uow, job, revision=job.revision, total=quote.total)

    with pytest.raises(Forbidden) as refused:
        approve()
    assert refused.value.instance_code == "APPROVAL_LIMIT"
    assert "Nobody else of your agency" in refused.value.remedy
    change(plant, "andy", approval_limit="100,000.00")
    assert "Look and approve" in desk.get("/approvals").text
    approve()


def test_new_roles_do_their_own_work_and_no_more(app, plant, sign_in) -> None:
    director, messenger, planner = (sign_in(role) for role in ("director", "messenger", "planner"))
    assert director.get("/mailroom/savings").status_code == 200
    assert director.get("/jobs").status_code == 403
    assert messenger.get("/dock").status_code == 200
    assert messenger.get("/mailroom").status_code == 403
    assert planner.get("/setup/rows/work_center").status_code == 200
    assert planner.get("/setup/rows/person").status_code == 403
    assert planner.get("/setup/tables/everything").status_code == 403
    names = [verb for verb in VERBS if may(actor_of(plant, "dora"), verb)]
    assert names == ["oversee", "see_savings_months", "see_status", "see_help"]


def test_machines_papers_and_meters(app, plant, sign_in) -> None:
    ada = sign_in("administrator")
    ada.submit(
        "/setup/rows/work_center/new",
        code="press-2",
        name="Press 2",
        work_center_class="press",
        is_active="yes",
    )
    assert "press-2" in ada.get("/setup/rows/work_center").text
    url = "/setup/rows/work_center/cutter-1"
    last = ada.submit(url, name="Cutter 1", work_center_class="cutter", source="looked at")
    assert (last.status_code, "No other cutter is in use" in last.text) == (409, True)
    stock = {
        "name": "24 lb bond", "grade": "bond", "basis_lb": "24", "basic_width_in": "17", "basic_height_in": "22",
        "caliper_in": "0.0045", "sheets": "8.5 x 11 long; 11 x 17 short", "is_active": "yes", "source": "measured",
    }  # fmt: skip
    assert ada.submit("/setup/rows/stock/new", code="ledger24", **stock).status_code == 303
    page = ada.get("/setup/rows/stock/ledger24").text
    assert "8.5 x 11 long; 11 x 17 short" in page
    wrong = ada.submit("/setup/rows/stock/ledger24", **stock | {"sheets": "letter", "basis_lb": "heavy"})
    assert (wrong.status_code, "Write width x height" in wrong.text) == (422, True)
    assert (
        ada.submit("/setup/rows/meter/new", serial_number="M-6", name="Meter 6", is_active="yes").status_code
        == 303
    )
    mona = sign_in("mail_operator")
    assert "Meter 6" in mona.get("/metering").text
    ada.submit("/setup/rows/meter/M-6", name="Meter 6")
    assert "Meter 6" not in mona.get("/metering").text
