"""Rate cards in the file of the set-up: out as they stand, in as drafts that a second person agrees to."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select

from billing.models import CardState, RateCard
from billing.rate_cards import lines_of
from billing.setup import BESIDE
from kernel.errors import InvalidInput
from production.people import second_person
from production.setup import file as setup_file
from store.db import Actor
from tests.billing.ledgers import make_card
from tests.factories import PLANT

LIVE = Actor("ada")
DATA = b"unit,description,rate,minimum,pass_through\nprint.impression,Sides,0.005,2.00,no\nlist.record,A row,0.1,,no\n"
BEGUN, LATER = date(2025, 7, 1), date(2030, 7, 1)


@pytest.fixture
def exported(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, data=DATA, name="Print", effective_from=BEGUN)
    with plant.db.read_only(PLANT) as session:
        return json.loads(setup_file.export(session, BESIDE))


def take(plant, told, *, dry=False):
    file = json.dumps(told).encode()
    taken = setup_file.take_in(plant.db, LIVE, setup_file.rows_of(file, "s.json", BESIDE), dry=dry)
    return [one.outcome for one in taken if one.kind == "rate_card"]


def cards(plant):
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(select(RateCard).order_by(RateCard.effective_from))
        return [(row.effective_from, row.state, row.loaded_by) for row in rows]


def test_a_card_in_force_is_in_the_file_and_there_already(plant, exported):
    (card,) = exported["rate_card"]
    assert (card["name"], card["effective_from"]) == ("Print", "2025-07-01")
    assert card["lines"][0] == {
        "unit": "print.impression", "description": "Sides", "rate": "0.005000", "minimum": "2.00",
        "pass_through": "no",
    }  # fmt: skip
    assert take(plant, exported) == ["same"]
    assert len(cards(plant)) == 1


def test_another_card_is_a_draft_that_waits_for_a_second_person(plant, exported):
    exported["rate_card"][0]["effective_from"] = str(LATER)
    assert take(plant, exported, dry=True) == ["waits for a second person"]
    assert len(cards(plant)) == 1
    assert take(plant, exported) == ["waits for a second person"]
    assert cards(plant)[-1] == (LATER, CardState.DRAFT, "ada")
    with plant.db.read_only(PLANT) as session:
        draft = session.scalars(select(RateCard).filter_by(effective_from=LATER)).one()
        assert [line.unit for line in lines_of(session, draft)] == ["print.impression", "list.record"]
        assert draft.ulid in {one.subject for one in second_person.waiting(session)}
    assert take(plant, exported) == ["same"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card["lines"][0].update(rate="0.006"), "There is another card Print from 2025-07-01."),
        (lambda card: card["lines"][0].update(rate="cheap"), "the rate is a number of dollars"),
        (lambda card: card["lines"][0].update(unit="press.levitate"), "is no unit of work"),
        (lambda card: card["lines"].append(dict(card["lines"][0])), "is priced twice"),
        (lambda card: card.update(effective_from="soon"), '"soon" is not a day.'),
        (lambda card: card.update(lines=[]), "at least 1"),
        (lambda card: card.update(color="red"), "This is not asked here."),
    ],
)
def test_what_is_no_card_is_told_and_nothing_is_taken_in(plant, exported, change, words):
    change(exported["rate_card"][0])
    exported["agency"].append({"code": "NEW", "name": "New"})
    with pytest.raises(InvalidInput) as refused:
        take(plant, exported)
    assert any(words in one.message for one in refused.value.findings)
    assert {one.place.sheet for one in refused.value.findings} == {"rate_card"}
    with plant.db.read_only(PLANT) as session:
        told = json.loads(setup_file.export(session))
    assert told["agency"] == []
