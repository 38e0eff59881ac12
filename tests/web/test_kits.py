"""Kits: made of past orders of one's agency, ordered all or none, removed without their orders."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from production.catalog.models import Product
from production.frontdesk.orders.models import OrderDraft
from production.jobs.models import Job
from store.audit import AuditEntry
from tests.factories import PLANT
from tests.web import print_ordering


@pytest.fixture
def ordered(form, mailing):
    """Numbers of a printed form and of a mailing of DEX."""
    return [form, mailing]


def open_drafts(plant):
    with plant.db.read_only(PLANT) as session:
        return sorted(session.scalars(select(OrderDraft.product).filter_by(ended_at=None)))


def test_a_kit_is_made_ordered_at_once_and_removed(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    page = rita.get("/library/kits").text
    assert all(number in page for number in ordered)
    url = rita.submit("/library/kits", name="New employee", jobs=ordered).location
    page = rita.get(url).text
    for words in ("New employee", "Leave request form", "Renewal notices", "begins 2 orders"):
        assert words in page, words
    assert "New employee" in sign_in("approver").get("/library/kits").text
    answer = rita.submit(url, f"{url}/order", follow=True)
    assert "2 orders are begun" in answer.text
    assert open_drafts(plant) == ["letter", print_ordering.FORM]
    assert rita.submit(url, f"{url}/remove", follow=True).text.count("is removed") == 1
    assert rita.get(url).status_code == 404
    with plant.db.read_only(PLANT) as session:
        acts = session.scalars(
            select(AuditEntry.act).filter_by(subject="kit").order_by(AuditEntry.number)
        ).all()
        assert len(session.scalars(select(Job)).all()) == 2
    assert acts == ["made", "ordered", "removed"]


def test_what_is_wrong_is_said_and_what_was_ticked_stays(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    answer = rita.submit("/library/kits", name=" ", jobs=ordered[:1])
    assert (answer.status_code, "Fill this in" in answer.text) == (422, True)
    assert f'value="{ordered[0]}" checked' in answer.text
    assert "Tick one or more" in rita.submit("/library/kits", name="Empty").text
    rita.submit("/library/kits", name="Twice", jobs=ordered)
    assert "There is a kit Twice already" in rita.submit("/library/kits", name="Twice", jobs=ordered).text
    assert rita.submit("/library/kits", name="x", jobs=["27-999999-9"]).status_code == 404


def test_another_agencys_orders_and_kits_are_not_there(sign_in, plant, ordered) -> None:
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    url = rita.submit("/library/kits", name="Ours", jobs=ordered).location
    _, hidden = oscar.hidden("/drafts/new")
    assert oscar.get(url).status_code == 404
    assert "Ours" not in oscar.get("/library/kits").text
    for address, data in (
        ("/library/kits", {"name": "x", "jobs": ordered}),
        (f"{url}/order", {}),
        (f"{url}/remove", {}),
    ):
        assert oscar.post(address, data=hidden | data).status_code == 404, address


def test_a_kit_with_something_that_is_not_offered_begins_nothing(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    url = rita.submit("/library/kits", name="Old", jobs=ordered).location
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(
            update(Product).where(Product.code == print_ordering.FORM).values(is_active=False)
        )
    assert "Not offered any more" in rita.get(url).text
    answer = rita.submit(url, f"{url}/order")
    assert (answer.status_code, "Make the kit anew without it" in answer.text) == (409, True)
    assert open_drafts(plant) == []
