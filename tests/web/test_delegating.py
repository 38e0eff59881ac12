"""Ordering for a colleague and handing a draft over: who did what stays visible, and neither approves."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from production.people.models import Agency, Role
from store.audit import AuditEntry
from store.db import system_actor
from tests.factories import make_user
from tests.web import ordering
from tests.web.conftest import PASSWORD
from workers.runtime import drain

PLANT = system_actor("test")


@pytest.fixture
def otto(app, plant, password_hash):
    """A second requester of the agency, who approves too."""
    with plant.db.unit_of_work(PLANT) as uow:
        dex = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
        roles = (Role.REQUESTER, Role.APPROVER)
        make_user(uow, name="otto", agency=dex, roles=roles, password_hash=password_hash)
    browser = app.test_client()
    browser.submit("/sign-in", name="otto", password=PASSWORD)
    return browser


def test_a_draft_is_handed_over_and_ordered_in_the_name_of_who_began_it(sign_in, plant, otto) -> None:
    rita = sign_in("requester")
    columns = ordering.upload(rita, ordering.order(rita)).location
    review = ordering.keep_boxes(rita, ordering.confirm_columns(rita, columns).location).location
    draft = review.rsplit("/", 1)[0]
    page = f"{draft}/colleague"
    assert page in rita.get(review).text
    refused = rita.submit(page, f"{draft}/hand-over", handed_to="oscar")
    assert (refused.status_code, "Nobody else of your agency orders" in refused.text) == (422, True)
    assert sign_in("other_agency").get(page).status_code == 404
    assert rita.submit(page, f"{draft}/hand-over", handed_to="otto").status_code == 303
    assert rita.get(review).status_code == 404
    assert "Rita Requester handed you a draft: Renewal notices" in otto.get("/notices").text
    assert otto.submit(page, f"{draft}/for", ordered_for="rita").status_code == 303
    assert "This is an order of <strong>Rita Requester</strong>" in otto.get(review).text
    number = otto.submit(review, review).location.rsplit("/", 1)[1]
    drain(plant)
    assert "Ordered by</dt><dd>Rita Requester" in rita.get(f"/jobs/{number}").text
    assert "entered by Otto" in rita.get(f"/jobs/{number}").text
    assert "ordered" in rita.get("/notices").text
    assert "Approve version" not in otto.get(f"/jobs/{number}/proof").text  # who entered it never approves it
    with plant.db.read_only(PLANT) as session:
        (entry,) = session.scalars(select(AuditEntry).filter_by(subject="order_draft", act="handed_over"))
        assert (entry.actor, entry.details["to"]) == ("rita", "otto")
