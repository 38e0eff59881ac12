import threading
from datetime import date

import pytest
from sqlalchemy import text

from billing.charging import charge_job
from billing.models import CardState, RateCard
from billing.rate_cards import (
    approve_card,
    card_on,
    compare,
    load_card,
    publish_card,
    rate_for,
    read_card,
    withdraw_card,
)
from kernel.errors import AttentionNeeded, Conflict, IllegalTransition, Unconfirmed
from kernel.money import Money, Rate
from store.db import Actor
from tests.billing.ledgers import PUBLISHING, SAMPLE, make_card, make_usage, publish
from tests.factories import PLANT, make_job

HEAD = b"unit,description,rate,minimum,pass_through\n"
JULY, AUGUST, NOVEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 11, 1)


def load(plant, data, *, name="Card", effective_from=JULY):
    with plant.db.unit_of_work(PLANT) as uow:
        card, findings = load_card(
            uow, name=name, effective_from=effective_from, data=HEAD + data, file="card.csv"
        )
        if card is not None:
            publish(uow, card)
        return card, findings


def rate_on(plant, unit, on):
    with plant.db.read_only(PLANT) as session:
        return rate_for(session, unit, on)


def code_of(act):
    with pytest.raises((AttentionNeeded, Conflict)) as caught:
        act()
    return caught.value.instance_code


def test_the_sample_card_loads_and_prices_every_unit(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow)
    with plant.db.read_only(PLANT) as session:
        card = card_on(session, NOVEMBER)
    assert card["print.impression"].rate == Rate.of("0.022")
    assert card["fold_insert.piece"].minimum == Money(500)
    assert {unit for unit, line in card.items() if line.pass_through} == {"postage.permit", "postage.metered"}
    assert len(card) == len(SAMPLE.read_text().splitlines()) - 1
    assert card["job.setup"].card == "State Printing from 2026-07-01"


def test_a_rate_is_that_of_its_day(plant):
    load(plant, b"job.setup,A,0.10,,no\nlist.record,B,1,,no\n", effective_from=JULY)
    load(plant, b"job.setup,A,0.11,,no\nlist.record,B,2,,no\n", effective_from=AUGUST)
    assert rate_on(plant, "job.setup", date(2026, 7, 31)).rate == Rate.of("0.10")
    assert rate_on(plant, "job.setup", AUGUST).rate == Rate.of("0.11")
    assert code_of(lambda: rate_on(plant, "job.setup", date(2026, 6, 30))) == "RATE_MISSING"
    assert rate_on(plant, "list.record", AUGUST).rate == Rate.of(
        "2"
    )  # the new card replaces the whole old one


def test_loading_the_same_card_again_changes_nothing_and_another_one_is_refused(plant):
    first, _ = load(plant, b"job.setup,A,0.10,,no\n")
    again, findings = load(plant, b"job.setup,A,0.100000,,\n")
    assert (again.id, findings) == (first.id, [])
    other, findings = load(plant, b"job.setup,A,0.11,,no\n")
    assert other is None
    assert [finding.code for finding in findings] == ["RATE_OVERLAP"]


def test_two_cards_may_not_price_a_unit_on_the_same_day(plant):
    load(plant, b"job.setup,A,0.10,,no\n", name="Print", effective_from=AUGUST)
    card, findings = load(
        plant, b"job.setup,A,0.10,,no\nlist.record,B,1,,no\n", name="Mail", effective_from=JULY
    )
    assert card is None
    assert [finding.code for finding in findings] == ["RATE_OVERLAP"]
    assert "Print from 2026-08-01" in findings[0].message
    card, findings = load(plant, b"list.record,B,0.10,,no\n", name="Mail", effective_from=NOVEMBER)
    assert (card is not None, findings) == (True, [])


def test_two_cards_loaded_at_once_see_each_other(plant):
    results = []

    def run(name):
        results.append(load(plant, b"job.setup,A,0.10,,no\n", name=name))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("Print", "Mail")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(findings) for _, findings in results) == [0, 1]


def test_an_overlap_in_the_rows_is_named_by_its_code(plant):
    load(plant, b"job.setup,A,0.10,,no\n", name="Print")
    load(plant, b"list.record,B,0.10,,no\n", name="Mail")
    with plant.db.unit_of_work(PLANT) as uow:  # by hand, past the loader
        uow.session.execute(
            text(
                "INSERT INTO rate_line (card_id, unit, description, rate, minimum, pass_through) "
                "SELECT id, 'job.setup', 'A', 1, 0, false FROM rate_card WHERE name = 'Mail'"
            )
        )
    assert code_of(lambda: rate_on(plant, "job.setup", JULY)) == "RATE_OVERLAP"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"unit,rate\njob.setup,1\n", "DATA_HEADER"),
        (b"", "DATA_HEADER"),
        (HEAD, "DATA_EMPTY"),
        (HEAD + b"job.setup,\xff,1,,no\n", "ENCODING"),
        (HEAD + b'job.setup,"open,1,,no\n', "CSV_QUOTE"),
        (HEAD + b"job.setup,A,-0.01,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,0.0000001,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,NaN,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,1e400,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,1000000,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,1,-5.00,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,1,five,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,1,,maybe\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,1.10,,yes\n", "AMOUNT_INVALID"),  # what is passed through is at cost
        (HEAD + b",A,1,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"job.setup,A,1,,no\njob.setup,A,2,,no\n", "RATE_OVERLAP"),
    ],
)
def test_bad_cards_are_findings(data, code):
    _, findings = read_card(data, known={"job.setup", "list.record"}, file="card.csv")
    assert [finding.code for finding in findings] == [code]


def test_every_bad_row_is_named_with_its_row():
    _, findings = read_card(
        HEAD + b"job.setup,A,x,,no\nlist.record,B,1,,no\npresort.piece,C,-1,,no\n",
        known={"job.setup", "list.record", "presort.piece"},
        file="card.csv",
    )
    assert [finding.place.row for finding in findings] == [2, 4]


def test_a_card_is_withdrawn_only_before_use(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        card = make_card(uow)
        make_usage(uow, make_job(uow))
        later = make_card(uow, effective_from=NOVEMBER, data=SAMPLE.read_bytes().replace(b",0.022,", b",1,"))
    assert rate_on(plant, "print.impression", NOVEMBER).rate == Rate.of(1)
    with plant.db.unit_of_work(PLANT) as uow:
        withdraw_card(uow, uow.session.get(RateCard, later.id))
    assert rate_on(plant, "print.impression", NOVEMBER)
    with plant.db.unit_of_work(PLANT) as uow:
        make_usage(uow, job := make_job(uow))
        charge_job(uow, job)
    with plant.db.unit_of_work(PLANT) as uow:
        assert code_of(lambda: withdraw_card(uow, uow.session.get(RateCard, card.id))) == "RATE_USED"
    with plant.db.read_only(PLANT) as session:
        assert {c.id: c.state for c in session.query(RateCard)} == {
            card.id: CardState.PUBLISHED, later.id: CardState.WITHDRAWN
        }  # fmt: skip


def test_a_card_goes_from_draft_to_its_day_by_two(plant):
    """Compared on last quarter's work, approved by another, published with its consequences read."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, data=HEAD + b"job.setup,Setup,10,,no\nlist.record,Record,0.01,,no\n")
        make_usage(uow, make_job(uow), unit="job.setup", quantity="7", on=date(2026, 9, 30))
        make_usage(uow, make_job(uow), unit="job.setup", quantity="5", on=date(2026, 10, 1))
    new = HEAD + b"job.setup,Setup,12.50,,no\nlist.record,Record,0.01,,no\npresort.piece,Piece,0.02,,no\n"
    with plant.db.unit_of_work(Actor("bill")) as uow:
        draft, findings = load_card(
            uow, name="State Printing", effective_from=date(2026, 12, 1), data=new, file="card.csv"
        )
        uow.session.flush()
        assert findings == []
        lines = compare(uow.session, draft, date(2026, 11, 20))
        assert [(line.unit, line.quantity, line.cost_before, line.cost_after) for line in lines] == [
            ("job.setup", 7, Money(7000), Money(8750)),
            ("list.record", 0, Money(0), Money(0)),
            ("presort.piece", 0, Money(0), Money(0)),
        ]
        assert lines[2].old is None
    assert rate_on(plant, "job.setup", date(2026, 12, 1)).rate == Rate.of(10)  # a draft prices nothing

    def act(name, verb, **more):
        with plant.db.unit_of_work(Actor(name)) as uow:
            verb(uow, uow.session.get(RateCard, draft.id), **more)

    with pytest.raises(IllegalTransition):
        act("bill", publish_card, knowing=PUBLISHING)
    assert code_of(lambda: act("bill", approve_card)) == "SECOND_PERSON"
    act("ada", approve_card)
    with pytest.raises(Unconfirmed) as shown:
        act("bill", publish_card, knowing=())
    assert "2 of 3 prices change for work from December 1, 2026" in shown.value.findings[0].message
    act("bill", publish_card, knowing=[one.code for one in shown.value.findings])
    assert rate_on(plant, "job.setup", date(2026, 12, 1)).rate == Rate.of("12.50")


def test_a_unit_that_disappears_or_is_unknown_stops_the_card(plant):
    load(plant, b"job.setup,A,1,,no\nlist.record,B,1,,no\n")
    card, findings = load(plant, b"job.setup,A,2,,no\nlist.recrd,B,1,,no\n", effective_from=AUGUST)
    assert (card, [finding.code for finding in findings]) == (None, ["RATE_UNKNOWN"])
    card, findings = load(plant, b"job.setup,A,2,,no\n", effective_from=AUGUST)
    assert (card, [finding.code for finding in findings]) == (None, ["RATE_GONE"])
    assert "list.record has a price in Card from 2026-07-01 and none here." in findings[0].message
