"""The bell, the page of notices and the choices, as people use them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from kernel import clock
from production.notices import links
from production.notices.kinds import KINDS
from production.notices.models import Notice
from production.people.models import AGENCY_ROLES, User
from store.db import Actor, system_actor
from tests.databases import begin
from tests.web import ordering
from tests.web.conftest import PASSWORD
from web.policies import may
from workers.runtime import drain

PLANT = system_actor("test")


@pytest.fixture
def asked(sign_in, plant):
    """The number of a job that waits for Andy, and the address that his e-mail leads to."""

    def make():
        number = ordering.submit_mailing(sign_in("requester"), title="Renewal letters")
        drain(plant)
        with plant.db.read_only(PLANT) as session:
            notice = session.scalars(select(Notice).filter_by(kind="approval_asked")).one()
            andy = session.scalars(select(User).filter_by(sign_in_name="andy")).one()
        token = links.make(plant.settings.secret_key(), notice.ulid, andy.ulid)
        return number, f"/notices/mail/{token}"

    return begin(plant, "approval asked", make)


def address_of(browser, words: str) -> str:
    """Where the notice with these words leads."""
    found = re.search(r'class="notice-says" href="([^"]+)">' + words, browser.get("/notices").text)
    assert found, words
    return found[1]


def test_a_notice_is_counted_read_by_going_there_and_settled_by_the_answer(sign_in, asked):
    number, _ = asked
    rita, andy, oscar = sign_in("requester"), sign_in("approver"), sign_in("other_agency")
    page = andy.get("/approvals").text
    assert '<span class="waiting">1<span class="usa-sr-only"> new</span></span>' in page
    assert f"{number} Renewal letters waits for your approval" in page
    assert "Renewal letters" not in oscar.get("/notices/all").text
    went = andy.get(address_of(andy, f"{number} Renewal letters waits"))
    assert (went.status_code, went.location) == (303, f"/jobs/{number}/proof")
    assert "Nothing is new" in andy.get("/notices").text
    andy.submit(f"/jobs/{number}/proof", f"/jobs/{number}/approve")
    assert "Settled" in andy.get("/notices/all").text
    assert f"{number} Renewal letters was approved" in rita.get("/notices").text
    rita.submit("/notices", "/notices/read")
    assert "Nothing is new" in rita.get("/notices").text


def test_another_persons_notice_is_not_there(sign_in, asked):
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    address = address_of(sign_in("approver"), "27")
    assert oscar.get(address).status_code == 404
    assert rita.get(address).status_code == 404


def test_what_somebody_switches_off_is_not_shown_and_what_cannot_be_stays(sign_in, plant):
    andy = sign_in("approver")
    page = andy.get("/notices/choices").text
    assert 'value="approval_asked" checked' in page
    assert 'value="approval_voided"' not in page
    andy.submit("/notices/choices", on_page=[], **{"by_mail-approval_voided": "never"})
    assert 'value="approval_asked" checked' not in andy.get("/notices/choices").text
    ordering.submit_mailing(sign_in("requester"))
    drain(plant)
    assert "waits for your approval" not in andy.get("/notices/all").text
    with plant.db.read_only(PLANT) as session:
        assert "approval_asked" in session.scalars(select(Notice.kind)).all()  # it was told, and is not shown


def test_the_link_of_an_e_mail_opens_the_approval_after_the_sign_in(client, asked):
    number, address = asked
    refused = client.get(address)
    assert refused.location.startswith("/sign-in?next=")
    came = client.submit(refused.location, "/sign-in", name="andy", password=PASSWORD)
    assert came.location == address
    page = client.get(address, follow_redirects=True)
    assert page.request.path == f"/jobs/{number}/proof"
    assert f'action="/jobs/{number}/approve"' in page.text
    assert client.get(f"{address}x").status_code == 404


def test_a_link_is_for_one_person_and_for_some_days(sign_in, asked):
    _, address = asked
    assert sign_in("requester").get(address).status_code == 404
    later = clock.now() + links.VALID + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        page = sign_in("approver").get(address)
    assert page.status_code == 410
    assert "older than 14 days" in page.text
    assert 'aria-label="Main"' in page.text  # the way on


def test_who_ordered_asks_for_the_approval_from_the_order(sign_in, asked):
    number, _ = asked
    rita, andy = sign_in("requester"), sign_in("approver")
    for _ in "12":
        told = rita.submit(f"/jobs/{number}", f"/jobs/{number}/ask-approval", follow=True)
        assert "Andy Approver will see that you asked." in told.text
    says = f'">{number} Renewal letters still waits for your approval</a>'
    assert andy.get("/notices").text.count(says) == 2  # under the bell, and in the list


def test_who_may_not_approve_alone_asks_the_plant_for_an_approver(sign_in, plant, asked):
    number, _ = asked
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.scalars(select(User).filter_by(sign_in_name="andy")).one().disabled_at = uow.now
    told = sign_in("requester").submit(f"/jobs/{number}", f"/jobs/{number}/ask-approval", follow=True)
    assert "The plant will see that you need an approver." in told.text
    assert "Department of Examples asks for an approver" in sign_in("administrator").get("/notices").text


def test_there_are_no_caught_e_mails_where_nothing_is_caught(sign_in):
    assert sign_in("requester").get("/demo-mail").status_code == 404


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_what_a_notice_leads_to_is_open_to_those_who_get_it(house, kind):
    path = kind.path.format(
        number="27-000001-6", label="FY2027-11", form="DEX/DEX-104/3", template="X", draft="X", quote="1"
    )
    endpoint, _ = house.url_map.bind("localhost").match(path, method="GET")
    verb = house.view_functions[endpoint].verb
    for role in kind.to:
        agency = 1 if role in AGENCY_ROLES else None
        assert may(Actor("somebody", 1, agency, frozenset({role.value})), verb), role
