import threading
from datetime import date

import pytest
from sqlalchemy import text

from billing.charging import charge_job
from billing.models import CardState, RateCard
from billing.rate_cards import card_on, load_card, rate_for, read_card, withdraw_card
from kernel.errors import AttentionNeeded, Conflict
from kernel.money import Money, Rate
from tests.billing.ledgers import SAMPLE, make_card, make_usage
from tests.factories import PLANT, make_job

HEAD = b"unit,description,rate,minimum,pass_through\n"
JULY, AUGUST, NOVEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 11, 1)


def load(plant, data, *, name="Card", effective_from=JULY):
    with plant.db.unit_of_work(PLANT) as uow:
        return load_card(uow, name=name, effective_from=effective_from, data=HEAD + data, file="card.csv")


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
    load(plant, b"a,A,0.10,,no\nb,B,1,,no\n", effective_from=JULY)
    load(plant, b"a,A,0.11,,no\n", effective_from=AUGUST)
    assert rate_on(plant, "a", date(2026, 7, 31)).rate == Rate.of("0.10")
    assert rate_on(plant, "a", AUGUST).rate == Rate.of("0.11")
    assert code_of(lambda: rate_on(plant, "a", date(2026, 6, 30))) == "RATE_MISSING"
    assert (
        code_of(lambda: rate_on(plant, "b", AUGUST)) == "RATE_MISSING"
    )  # the new card replaces the whole old one


def test_loading_the_same_card_again_changes_nothing_and_another_one_is_refused(plant):
    first, _ = load(plant, b"a,A,0.10,,no\n")
    again, findings = load(plant, b"a,A,0.100000,,\n")
    assert (again.id, findings) == (first.id, [])
    other, findings = load(plant, b"a,A,0.11,,no\n")
    assert other is None
    assert [finding.code for finding in findings] == ["RATE_OVERLAP"]


def test_two_cards_may_not_price_a_unit_on_the_same_day(plant):
    load(plant, b"a,A,0.10,,no\n", name="Print", effective_from=AUGUST)
    load(plant, b"c,C,0.10,,no\n", name="Print", effective_from=NOVEMBER)
    card, findings = load(plant, b"a,A,0.10,,no\nb,B,1,,no\n", name="Mail", effective_from=JULY)
    assert card is None
    assert [finding.code for finding in findings] == ["RATE_OVERLAP"]
    assert "Print from 2026-08-01" in findings[0].message
    card, findings = load(plant, b"a,A,0.10,,no\n", name="Mail", effective_from=NOVEMBER)
    assert (card is not None, findings) == (True, [])  # by then the other card prices it no more


def test_two_cards_loaded_at_once_see_each_other(plant):
    results = []

    def run(name):
        results.append(load(plant, b"a,A,0.10,,no\n", name=name))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("Print", "Mail")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(findings) for _, findings in results) == [0, 1]


def test_an_overlap_in_the_rows_is_named_by_its_code(plant):
    load(plant, b"a,A,0.10,,no\n", name="Print")
    load(plant, b"b,B,0.10,,no\n", name="Mail")
    with plant.db.unit_of_work(PLANT) as uow:  # by hand, past the loader
        uow.session.execute(
            text(
                "INSERT INTO rate_line (card_id, unit, description, rate, minimum, pass_through) "
                "SELECT id, 'a', 'A', 1, 0, false FROM rate_card WHERE name = 'Mail'"
            )
        )
    assert code_of(lambda: rate_on(plant, "a", JULY)) == "RATE_OVERLAP"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"unit,rate\na,1\n", "DATA_HEADER"),
        (b"", "DATA_HEADER"),
        (HEAD, "DATA_EMPTY"),
        (HEAD + b"a,\xff,1,,no\n", "ENCODING"),
        (HEAD + b'a,"open,1,,no\n', "CSV_QUOTE"),
        (HEAD + b"a,A,-0.01,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,0.0000001,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,NaN,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,1e400,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,1000000,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,1,-5.00,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,1,five,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,1,,maybe\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,1.10,,yes\n", "AMOUNT_INVALID"),  # what is passed through is at cost
        (HEAD + b",A,1,,no\n", "AMOUNT_INVALID"),
        (HEAD + b"a,A,1,,no\na,A,2,,no\n", "RATE_OVERLAP"),
    ],
)
def test_bad_cards_are_findings(data, code):
    _, findings = read_card(data, file="card.csv")
    assert [finding.code for finding in findings] == [code]


def test_every_bad_row_is_named_with_its_row():
    _, findings = read_card(HEAD + b"a,A,x,,no\nb,B,1,,no\nc,C,-1,,no\n", file="card.csv")
    assert [finding.place.row for finding in findings] == [2, 4]


def test_a_card_is_withdrawn_only_before_use(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        card = make_card(uow)
        make_usage(uow, make_job(uow))
        later = make_card(uow, effective_from=NOVEMBER, data=HEAD + b"a,A,1,,no\n")
    assert rate_on(plant, "a", NOVEMBER)
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
