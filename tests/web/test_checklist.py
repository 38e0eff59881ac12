"""What is still to do: a pure function of facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kernel.clock import today
from production.catalog.setup import STOCKS
from production.catalog.shop_calendar import CLOSED_DAYS
from production.mailings.setup import ShopValue
from production.people import setup
from production.people.setup import Tally, tallies
from production.sample import PEOPLE as SAMPLE_PEOPLE
from production.sample import load_sample
from production.setup.kinds import KINDS
from store.keeping import backup
from tests.factories import PLANT
from web.formats import exact_time
from web.setup.checklist import Facts, State, assumptions, checklist, facts_of, next_item

SHOP = ShopValue(
    name="State Printing", origin_zip5="70802", post_office="BATON ROUGE LA 70802", permit_number="118", crid="1234567"
)  # fmt: skip
ROWS = {kind.code: Tally(rows=3) for kind in KINDS}
DONE = Facts(
    shop=SHOP, rows=ROWS, people=9, administrators=2, second_persons=3, without_password=0, without_account=0,
    without_approver=0, accounts=2, cards=("Rates",), unmeasured_stocks=0, unpriced=(), meters=5, mailer_ids=1,
    backed_up_at=datetime(2026, 11, 30, 3, 2, tzinfo=UTC), mail_host="mail.example", without_address=0,
    stand_in_prices=(), stand_in_lists=(),
)  # fmt: skip


def kind(code, *tally):
    """The facts in which one kind has other rows."""
    return {"rows": ROWS | {code: Tally(*tally)}}


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
        ("Agencies", State.MISSING, kind("agency", 0)),
        ("Agencies", State.MISSING, {"without_approver": 1}),
        ("Accounts", State.MISSING, {"without_account": 1}),
        ("Rates", State.MISSING, {"cards": ()}),
        ("Retention", State.GUESS, kind("retention", 3, 2)),
        ("Work centers", State.GUESS, kind("work_center", 3, 3)),
        ("Papers", State.GUESS, kind("stock", 3, 1)),
        ("Envelopes", State.GUESS, kind("envelope", 3, 1)),
        ("Set-up times and speeds", State.GUESS, kind("standard", 20, 19)),
        ("Presses", State.GUESS, kind("press", 5, 5)),
        ("Papers for the presses", State.GUESS, kind("press_paper", 12, 1)),
        ("Bindery", State.GUESS, kind("bindery", 21, 2)),
        ("Envelopes for printed work", State.GUESS, kind("press_envelope", 4, 4)),
        ("Cartons", State.GUESS, kind("carton", 1, 1)),
        ("Rules of estimates", State.GUESS, kind("estimating", 1, 1)),
        ("Prices of print work", State.MISSING, {"unpriced": ("Hand work, hours",)}),
        ("Closed days", State.GUESS, kind("closed_day", 15, 15)),
        ("Lead times", State.GUESS, kind("lead_time", 1, 1)),
        ("Shifts", State.GUESS, kind("shift", 1, 1)),
        ("Cut-offs", State.MISSING, kind("cut_off", 0)),
        ("Backup", State.MISSING, {"backed_up_at": None}),
        ("Notices", State.MISSING, {"mail_host": ""}),
        ("Meters", State.MISSING, {"meters": 0}),
    ],
)  # fmt: skip
def test_one_thing_is_not_done(title, state, other):
    facts = replace(DONE, **other)
    assert {name: found for name, found in states(facts).items() if found is not State.DONE} == {title: state}
    assert next_item(items(facts)).title == title


def test_what_is_missing_comes_before_what_is_guessed():
    assert next_item(items(replace(DONE, **kind("retention", 3, 3), meters=0))).title == "Meters"


def test_an_empty_plant_and_papers_that_are_confirmed(plant):
    def facts(session):
        return facts_of(session, plant.files, today(), rows=tallies(session, KINDS), mail_host="")

    with plant.db.unit_of_work(PLANT) as uow:
        before = facts(uow.session)
        assert setup.confirm_all(uow, STOCKS) == before.rows["stock"].rows > 0
        after = facts(uow.session)
    assert set(states(before).values()) == {State.MISSING, State.GUESS}
    assert (states(before)["Papers"], states(after)["Papers"]) == (State.GUESS, State.DONE)
    assert before.stand_in_prices
    assert any("not for live mail" in sentence for sentence in assumptions(plant.files, today()))


def test_every_kind_is_counted_as_its_rows_stand(plant):
    """What one statement counts is what each kind reads, in an empty plant and in one with something of all."""
    with plant.db.unit_of_work(PLANT) as uow:
        for is_empty in (True, False):
            if not is_empty:
                load_sample(uow, password_hash=lambda: "x")
                first = CLOSED_DAYS.rows(uow.session)[0]
                setup.put(uow, CLOSED_DAYS, first.model_copy(update={"source": "The governor"}))
                uow.session.flush()
            found = tallies(uow.session, KINDS)
            assert {code: one.rows for code, one in found.items()} == {
                one.code: len(one.rows(uow.session)) for one in KINDS
            }
        assert (found["agency"], found["meter"], found["shop"]) == (Tally(3, 0), Tally(5, 0), Tally(1, 0))
        assert found["person"] == Tally(len(SAMPLE_PEOPLE), 0)
        assert found["stock"].unseen == found["stock"].rows > 0
        assert found["closed_day"].unseen == found["closed_day"].rows - 1


def test_the_last_backup_is_said(plant):
    manifest = backup.Manifest(
        made_at=datetime(2026, 11, 30, tzinfo=UTC), schema="0001", audit_count=7, audit_hash="", file_count=3,
        file_bytes=9, parts={},
    )  # fmt: skip
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(backup.last_made()) is None
    backup.note_made(plant.db, manifest)
    with plant.db.read_only(PLANT) as session:
        made = session.scalar(backup.last_made())
        found = facts_of(session, plant.files, today(), rows=tallies(session, KINDS), mail_host="")
    assert found.backed_up_at == made
    item = next(item for item in items(found) if item.title == "Backup")
    assert (item.state, exact_time(made) in item.words) == (State.DONE, True)
