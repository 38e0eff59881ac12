"""What is still to do: a pure function of facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernel.clock import today
from production.catalog.setup import STOCKS
from production.mailings.setup import ShopValue
from production.people import setup
from tests.factories import PLANT
from web.setup.checklist import Facts, Guessed, State, assumptions, checklist, facts_of, next_item

SHOP = ShopValue(
    name="State Printing", origin_zip5="70802", post_office="BATON ROUGE LA 70802", permit_number="118", crid="1234567"
)  # fmt: skip
LOOKED_AT = Guessed(rows=3, unseen=0)
DONE = Facts(
    shop=SHOP, people=9, administrators=2, second_persons=3, without_password=0, agencies=2, without_account=0,
    without_approver=0, accounts=2, cards=("Rates",), work_centers=LOOKED_AT, stocks=LOOKED_AT, unmeasured_stocks=0,
    retention=LOOKED_AT, meters=5, mailer_ids=1, mail_host="mail.example", without_address=0, stand_in_prices=(),
    stand_in_lists=(),
)  # fmt: skip


def items(facts):
    return [item for _, group in checklist(facts) for item in group]


def states(facts):
    return {item.title: item.state for item in items(facts)}


def test_everything_is_done():
    assert set(states(DONE).values()) == {State.DONE}
    assert next_item(items(DONE)) is None


@pytest.mark.parametrize(
    ("title", "state", "other"),
    [
        ("Shop and permit", State.MISSING, {"shop": None}),
        ("Shop and permit", State.MISSING, {"shop": SHOP.model_copy(update={"permit_number": "SAMPLE"})}),
        ("Mailer ids", State.MISSING, {"mailer_ids": 0}),
        ("Postal prices now in force", State.MISSING, {"stand_in_prices": ("prices",)}),
        ("Labeling lists now in force", State.MISSING, {"stand_in_lists": ("L001",)}),
        ("People and roles", State.MISSING, {"second_persons": 1}),
        ("People and roles", State.MISSING, {"without_password": 2}),
        ("Agencies", State.MISSING, {"agencies": 0}),
        ("Agencies", State.MISSING, {"without_approver": 1}),
        ("Accounts", State.MISSING, {"without_account": 1}),
        ("Rates", State.MISSING, {"cards": ()}),
        ("Retention", State.GUESS, {"retention": Guessed(3, 2)}),
        ("Work centers", State.GUESS, {"work_centers": Guessed(3, 3)}),
        ("Papers", State.GUESS, {"stocks": Guessed(3, 1)}),
        ("Notices", State.MISSING, {"mail_host": ""}),
        ("Meters", State.MISSING, {"meters": 0}),
    ],
)  # fmt: skip
def test_one_thing_is_not_done(title, state, other):
    facts = replace(DONE, **other)
    assert {name: found for name, found in states(facts).items() if found is not State.DONE} == {title: state}
    assert next_item(items(facts)).title == title


def test_what_is_missing_comes_before_what_is_guessed():
    assert next_item(items(replace(DONE, retention=Guessed(3, 3), meters=0))).title == "Meters"


def test_an_empty_plant_and_papers_that_are_confirmed(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        before = facts_of(uow.session, plant.files, today(), mail_host="")
        assert setup.confirm_all(uow, STOCKS) == before.stocks.rows > 0
        after = facts_of(uow.session, plant.files, today(), mail_host="")
    assert set(states(before).values()) == {State.MISSING, State.GUESS}
    assert (states(before)["Papers"], states(after)["Papers"]) == (State.GUESS, State.DONE)
    assert before.stand_in_prices
    assert any("not for live mail" in sentence for sentence in assumptions(plant.files, today()))
