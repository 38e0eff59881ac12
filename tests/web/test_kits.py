"""Kits: made of past orders of one's agency, ordered as one order, removed without their orders."""

from __future__ import annotations

import pypdf
import pytest
from sqlalchemy import select, update

from production.catalog.models import Product
from production.frontdesk.orders.models import OrderDraft
from production.jobs.models import ChargeSplit, Job, JobFile
from production.people.models import BudgetUnit
from store.audit import AuditEntry
from tests.databases import begin
from tests.factories import PLANT
from tests.web import ordering, print_ordering
from tests.web.print_ordering import due
from tests.web.spec_ordering import on, press_card
from tests.web.spec_ordering import order as spec_order
from tests.web.test_stationery import ANA, NEW, ORDER, enter


@pytest.fixture
def ordered(sign_in, plant, tmp_path):
    """Numbers of a form by its route, a flat form by specification, and cards of Ana Ruiz: DEX ordered them."""

    def make():
        press_card(plant)
        page = enter(sign_in("administrator"), tmp_path).location
        sign_in("approver").submit(page, f"{page}/approve")
        rita, new = sign_in("requester"), f"{NEW}/{page.rpartition('/')[2]}"
        card = on(rita.submit(new, new, **ANA, **ORDER, quantity="100", due=due().isoformat()))
        return [
            print_ordering.submit_print(rita, tmp_path),
            spec_order(rita, tmp_path, "flat_form", {"quantity": "500"}, {"sheet": 1}),
            on(rita.submit(card, card)).rpartition("/")[2],
        ]

    return begin(plant, "things of a kit", make)


def jobs(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Job).order_by(Job.id)).all()


def kit_of(browser, ordered, name="New employee"):
    """The step of an order of a kit of these."""
    url = browser.submit("/library/kits", name=name, jobs=ordered).location
    return url, browser.submit(url, f"{url}/order").location


def test_a_kit_is_one_order_sent_at_once(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    assert all(number in rita.get("/library/kits").text for number in ordered)
    url, step = kit_of(rita, ordered)
    assert "It is one order of 3 things" in rita.get(url).text
    page = rita.get(step).text
    for words in ("Leave request form", "Hunting rules", "Cards of the new office", 'value="500"'):
        assert words in page, words
    assert "Ana Ruiz" not in page  # whose card it is, is asked for
    shared = {"due": due().isoformat(), "place": "Annex, floor 3", "way": "pick_up", "splits-DEX-200": "1"}
    shared |= {"splits-DEX-100": "", "quantity-2": "600", "quantity-3": "40"}
    answer = rita.submit(step, step, **shared)
    assert "Name: it is missing" in answer.text
    assert "Leave request form is delivered to the door." in answer.text
    shared["way"] = "deliver"
    assert 'value="Annex, floor 3"' in answer.text
    named = {"values-3-name": "Bo Tran", "values-3-phone": "2255550101", "values-3-email": "bo@example.gov"}
    review = on(rita.submit(step, step, **shared, **named))
    page = rita.get(review).text
    for words in ("40, Business cards: Bo Tran", "600, Flat form", "1,000, Office form", "with its proof"):
        assert words in page, words
    number = on(rita.submit(review, review)).rpartition("/")[2]
    new = jobs(plant)[3:]
    assert [(job.title, job.quantity) for job in new] == [
        ("Leave request form", 1000), ("Hunting rules", 600), ("Cards of the new office", 40),
    ]  # fmt: skip
    assert {(job.order_id, job.due) for job in new} == {(new[0].order_id, due())}
    assert new[0].number == number
    with plant.db.read_only(PLANT) as session:
        paid = session.scalars(
            select(ChargeSplit).where(ChargeSplit.job_id.in_([job.id for job in new]))
        ).all()
        assert [split.budget_unit.bill_code for split in paid] == ["DEX-200"] * 3
    whole = rita.get(f"/jobs/{number}").text
    assert "The whole order" in whole
    assert "The mailing waits" not in whole
    assert new[2].number in whole
    assert "Bo Tran" in artwork_text(plant, new[2])
    rita.submit(url, f"{url}/remove")
    assert rita.get(url).status_code == 404
    with plant.db.read_only(PLANT) as session:
        query = select(AuditEntry.act).filter_by(subject="kit").order_by(AuditEntry.number)
        assert session.scalars(query).all() == ["made", "ordered", "removed"]
    assert len(jobs(plant)) == 6


def artwork_text(plant, job):
    with plant.db.read_only(PLANT) as session:
        query = select(JobFile.sha256).filter_by(job_id=job.id, role="artwork.1")
        sha256 = session.scalars(query).one()
    return pypdf.PdfReader(plant.files.checked_path(sha256)).pages[0].extract_text()


def test_one_thing_that_cannot_be_ordered_keeps_all_of_it_back(sign_in, plant, ordered) -> None:
    """The account is closed between review and sending: no job is made."""
    rita = sign_in("requester")
    _, step = kit_of(rita, ordered[:2])
    typed = {"due": due().isoformat(), "place": "Annex", "way": "deliver", "splits-DEX-200": "1"}
    too_many = rita.submit(step, step, **typed, **{"quantity-1": "2000000"})
    assert "Order 1 to 1,000,000" in too_many.text
    review = on(rita.submit(step, step, **typed))
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(update(BudgetUnit).filter_by(bill_code="DEX-200").values(closed_at=uow.now))
    assert on(rita.submit(review, review)) == step
    assert "Account DEX-200 is closed" in rita.get(step).text
    assert len(jobs(plant)) == 3


def test_what_is_wrong_is_said_and_what_was_ticked_stays(sign_in, plant, ordered) -> None:
    rita = sign_in("requester")
    answer = rita.submit("/library/kits", name=" ", jobs=ordered[:1])
    assert (answer.status_code, "Fill this in" in answer.text) == (422, True)
    assert f'value="{ordered[0]}" checked' in answer.text
    assert "Tick one or more" in rita.submit("/library/kits", name="Empty").text
    rita.submit("/library/kits", name="Twice", jobs=ordered)
    assert "There is a kit Twice already" in rita.submit("/library/kits", name="Twice", jobs=ordered).text
    assert rita.submit("/library/kits", name="x", jobs=["27-999999-9"]).status_code == 404
    mailing = ordering.submit_mailing(rita)
    assert f'value="{mailing}"' not in rita.get("/library/kits").text
    told = rita.submit("/library/kits", name="x", jobs=[mailing]).text
    assert "is a mailing. Order it by itself" in told


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
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(OrderDraft).filter_by(ended_at=None)).all() == []
