"""The bell, the page of notices and the choices, as people use them."""

from __future__ import annotations

import re

from sqlalchemy import select

from production.notices.models import Notice
from store.db import system_actor
from tests.web import ordering
from workers.runtime import drain

PLANT = system_actor("test")


def address_of(browser, words: str) -> str:
    """Where the notice with these words leads."""
    found = re.search(r'class="notice-says" href="([^"]+)">' + words, browser.get("/notices").text)
    assert found, words
    return found[1]


def test_a_notice_is_counted_read_by_going_there_and_settled_by_the_answer(sign_in, plant):
    rita, andy, oscar = sign_in("requester"), sign_in("approver"), sign_in("other_agency")
    number = ordering.submit_mailing(rita, title="Renewal letters")
    drain(plant)
    page = andy.get("/approvals").text
    assert '<span class="waiting">1<span class="usa-sr-only"> new</span></span>' in page
    assert f"{number} Renewal letters waits for your approval" in page
    assert "Renewal letters" not in oscar.get("/notices?show=all").text
    went = andy.get(address_of(andy, f"{number} Renewal letters waits"))
    assert (went.status_code, went.location) == (303, f"/jobs/{number}")
    assert "Nothing is new" in andy.get("/notices").text
    andy.submit(f"/jobs/{number}", f"/jobs/{number}/approve")
    assert "Settled" in andy.get("/notices?show=all").text
    assert f"{number} Renewal letters was approved" in rita.get("/notices").text
    rita.submit("/notices", "/notices/read")
    assert "Nothing is new" in rita.get("/notices").text


def test_another_persons_notice_is_not_there(sign_in, plant):
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    ordering.submit_mailing(rita, title="Renewal letters")
    drain(plant)
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
    assert "waits for your approval" not in andy.get("/notices?show=all").text
    with plant.db.read_only(PLANT) as session:
        assert "approval_asked" in session.scalars(select(Notice.kind)).all()  # it was told, and is not shown
