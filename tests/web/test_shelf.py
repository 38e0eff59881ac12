"""Orders that are filled from the shelf: ordered, approved, picked, packed, sent, charged."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from billing.models import Charge
from kernel.money import Rate
from production.catalog.forms.register import FORMS
from production.jobs.models import Job, Operation
from production.jobs.states import JobState
from production.people import setup
from production.people.models import User
from production.stockroom import moving
from production.stockroom.items import ITEMS
from production.stockroom.models import StockItem, StockMove
from tests.billing.ledgers import make_card
from tests.factories import PLANT
from tests.web.print_ordering import due
from tests.web.spec_ordering import on
from tests.web.test_forms_register import FORM
from web.commands import print_line
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM
from workers.runtime import drain

ITEM = {
    "code": "F104",
    "name": "Leave request",
    "kind": "form",
    "unit": "piece",
    "form": "DEX-104/1",
    "bin": "C-1",
}


@pytest.fixture
def shelf(plant, sign_in):
    """1,000 finished forms of the shop's in two lots, 2.5 cents each, and envelopes that the agency owns."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
        setup.put(uow, FORMS, FORMS.read(FORM), knowing=None)
        uow.session.flush()
        setup.put(uow, ITEMS, ITEMS.read(ITEM | {"form": "DEX/DEX-104/1"}), knowing=None)
        own = {"code": "E-DEX", "name": "Our envelopes", "kind": "envelope", "unit": "piece", "agency": "DEX"}
        setup.put(uow, ITEMS, ITEMS.read(own), knowing=None)
        for quantity, cost in ((400, "0.01"), (600, "0.035")):
            moving.receive(uow, "F104", quantity, unit_cost=Rate.of(cost))
        moving.receive(uow, "E-DEX", 500, unit_cost=Rate.of("0.04"))
    return plant


def test_an_order_is_filled_from_the_shelf(shelf, sign_in):
    rita, andy, pat = sign_in("requester"), sign_in("approver"), sign_in("print_operator")
    assert "Order from the shelf" in rita.get("/forms/DEX/DEX-104/1").text
    begin = "/drafts/new/shelf"
    tried = rita.get(f"{begin}?item=F104&quantity=500").text
    assert "500 from the shelf" in tried
    assert "$20.75" in tried  # 500 at 2.5 cents, picking 3.50, a stop 4.75
    typed = {
        "item": "F104", "quantity": "1,200", "due": due().isoformat(), "place": "Room 12", "way": "deliver",
        "splits-DEX-100": "100",
    }  # fmt: skip
    assert "1,000 of Leave request are free" in rita.submit(begin, **typed).text
    review = on(rita.submit(begin, **typed | {"quantity": "500"}))
    assert "$20.75" in rita.get(review).text
    number = on(rita.submit(review, review)).rsplit("/", 1)[1]
    drain(shelf)
    shown = rita.get(f"/jobs/{number}").text
    assert "From the shelf" in shown
    assert "$20.75" in shown
    page = f"/jobs/{number}/proof"
    assert "$20.75" in andy.get(page).text
    assert andy.submit(page, f"/jobs/{number}/approve").status_code == 303
    drain(shelf)
    assert "500 reserved" in pat.get("/stock").text
    with shelf.db.read_only(PLANT) as session:
        ticket = session.scalars(select(Operation.ticket)).one()
    assert ticket in pat.get("/stock/picks").text
    assert pat.get(f"/floor/{ticket}").status_code == 200
    pick = f"/stock/picks/{ticket}"
    assert "100" in pat.get(pick).text
    assert pat.submit(pick, quantity="501").status_code == 409  # more than were ordered
    assert "500 picked" in pat.submit(pick, quantity="500", follow=True).text
    with shelf.db.read_only(PLANT) as session:
        assert session.scalars(select(StockItem.on_hand).filter_by(code="F104")).one() == 500
        issued = session.scalars(select(StockMove).filter_by(kind="issue").order_by(StockMove.id)).all()
        assert [(one.quantity, one.value) for one in issued] == [(-400, -10), (-100, Decimal("-2.5"))]
        assert session.scalars(select(Job.state)).one() is JobState.PRODUCED
    print_line._deliver(shelf, _job(shelf, number))
    drain(shelf)
    with shelf.db.read_only(PLANT) as session:
        charged = session.scalars(select(Charge).order_by(Charge.id)).all()
        assert sum(one.cents.cents for one in charged) == 2075
    again = on(rita.submit(f"/jobs/{number}/again"))
    assert 'value="500"' in rita.get(again).text
    own = rita.get("/our-stock").text
    assert "Our envelopes" in own
    assert "DEX-104, revision 1, kept by the shop" in own
    assert "Have it sent" in own
    assert "Nothing to buy again" in pat.get("/stock/reorder").text
    oscar = sign_in("other_agency")
    assert "Nothing is kept for you" in oscar.get("/our-stock").text
    assert "F104" not in oscar.get(f"{begin}?item=F104").text
    assert "Nothing lies on your shelf" in oscar.get(begin).text
    with shelf.db.read_only(PLANT) as session:
        other = session.scalars(select(User).filter_by(sign_in_name="oscar")).one().as_actor()
        own = session.scalars(select(User).filter_by(sign_in_name="rita")).one().as_actor()
    for actor, seen in ((other, 0), (own, 2)):
        with shelf.db.read_only(actor) as session:
            assert len(session.scalars(select(StockItem)).all()) == seen


def _job(plant, number):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Job).filter_by(number=number)).one()
