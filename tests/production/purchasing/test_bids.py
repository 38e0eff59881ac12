"""Bids from asking to award: what the rules of the day want, what is sealed from whom, and links that are not right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from kernel import clock
from kernel.errors import Conflict, Gone, InvalidInput, NotFound
from kernel.ids import new_ulid
from kernel.money import Money
from production.floor.runs import RunStep, plan_run
from production.jobs.states import JobKind, JobState
from production.people import second_person, setup
from production.people.second_person import Act
from production.purchasing import awarding, bidding, links, requests
from production.purchasing.checks import CHECKS
from production.purchasing.comparing import comparison
from production.purchasing.decisions import Decided, decide, holds, latest
from production.purchasing.models import Award, Bid, BidQuestion, BidRequest, Choice, VendorMail, Way, Why
from production.purchasing.ordering import issue, order_awarded, terms_of
from production.purchasing.requests import request_of
from production.purchasing.rules import BID_RULES, FILES, WORK, rules_on
from store.audit import AuditEntry
from store.db import Actor
from store.keeping.verify import Survey
from tests.databases import begin
from tests.factories import MAIL_DATE, PLANT, make_job, owners_hand
from tests.production.purchasing import bidding as shop
from tests.production.purchasing.bidding import (
    ADA,
    AFTER,
    ASKING,
    CLOSING,
    POLLY,
    by_link,
    by_phone,
    invitation,
    link,
    opened,
)

EARLY = CLOSING - timedelta(hours=2)
HIDDEN = 4_321_09  # cents that stand nowhere before the opening


@pytest.fixture
def asked(plant):
    """A request of three vendors that is open for bids."""
    begin(plant, "bids", lambda: shop.posted(plant))
    return plant


def request(session):
    return session.scalars(select(BidRequest)).one()


def refusal(call, *arguments, **named):
    with pytest.raises((Conflict, InvalidInput, NotFound, Gone)) as refused:
        call(*arguments, **named)
    return refused.value.instance_code


# --- rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cents", "bids", "days"),
    [(1, 1, 1), (4_999_99, 1, 1), (5_000_00, 3, 5), (14_999_99, 3, 5), (15_000_00, 5, 10)],
)
def test_the_amount_says_how_many_bids_and_for_how_long(plant, cents, bids, days):
    with plant.db.read_only(PLANT) as session:
        rule = rules_on(session, date(2026, 12, 1)).of_amount(Money(cents))
    assert (rule.least_bids, rule.posting_days) == (bids, days)


def test_the_rule_of_the_day_counts_and_a_day_without_one_buys_nothing(plant):
    later = {
        "code": "new", "from_amount": "5000.00", "from_day": "2027-01-01", "least_bids": "4", "posting_days": "7",
    }  # fmt: skip
    with plant.db.unit_of_work(PLANT) as uow:
        setup.put(uow, BID_RULES, BID_RULES.read(later), knowing=None)
    with plant.db.read_only(PLANT) as session:
        found = [
            rules_on(session, day).of_amount(Money(5_000_00)).least_bids
            for day in (date(2026, 12, 31), date(2027, 1, 1))
        ]
        rules = rules_on(session, date(2026, 12, 1))
        assert refusal(rules_on, session, date(2019, 1, 1)) == "PURCHASE_RULE"
    assert found == [3, 4]
    assert rules.keeping("booklet", FILES) == "" == rules.keeping("business_cards", WORK)
    assert rules.keeping("business_cards", FILES) == "Its files name people."
    assert "in house" in rules.keeping("letter", WORK)


def test_a_decision_to_buy_wants_its_price_its_waiver_and_above_an_amount_another_person(plant):
    number = shop.a_job(plant)

    def decided(who=POLLY, **facts):
        with plant.db.unit_of_work(who) as uow:
            job = uow.session.scalars(select(shop.Job).filter_by(number=number)).one()
            return decide(uow, job, Decided(**{"choice": Choice.BUY, "why": Why.CAPACITY} | facts))

    plenty, little = Money(1_000_00), Money(999_99)
    assert refusal(decided) == "MAKE_OR_BUY"
    assert refusal(decided, why=Why.OTHER, outside_price=little) == "MAKE_OR_BUY"
    assert refusal(decided, house_price=little, outside_price=plenty) == "WAIVER_NEEDED"
    assert refusal(decided, choice=Choice.WAIVER) == "WAIVER_NEEDED"
    assert decided(house_price=little, outside_price=plenty, waiver_number="W-7").needs_second is False
    assert decided(house_price=plenty, outside_price=little).needs_second is False
    assert decided(outside_price=Money(4_999_99)).needs_second is False
    row = decided(outside_price=Money(5_000_00))
    with plant.db.unit_of_work(ADA) as uow:
        assert not holds(uow.session, row)
        second_person.agree(uow, Act.MAKE_OR_BUY, row.ulid)
    with plant.db.read_only(PLANT) as session:
        assert holds(session, row)
    decided(choice=Choice.MAKE, why=Why.PRICE)
    with plant.db.read_only(PLANT) as session:
        job = session.scalars(select(shop.Job).filter_by(number=number)).one()
        assert latest(session, job).choice is Choice.MAKE
    with pytest.raises(DBAPIError), owners_hand(plant) as connection:
        connection.execute(text("UPDATE make_or_buy SET choice = 'make'"))


def test_a_request_stays_open_as_long_as_the_rule_says(plant):
    too_short = replace(ASKING, closes_on=date(2026, 12, 7))
    with pytest.raises(InvalidInput) as refused:
        shop.posted(plant, too_short)
    assert {(one.code, one.place.column) for one in refused.value.findings} == {("BID_POSTING", "closes_on")}
    assert (
        "December 8, 2026" in refused.value.findings[0].message
    )  # five working days after Tuesday the first


# --- sealed ------------------------------------------------------------------------------------------------


def everything(session):
    """Every table in full, as the scope of the plant sees it."""
    names = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    return {name: session.scalars(text(f"SELECT t::text FROM {name} t")).all() for name in sorted(names)}


def test_nobody_reads_an_amount_before_the_opening_whatever_is_asked(asked):
    with clock.at(EARLY):
        by_link(asked, link(asked, "ACME"), "4,321.09", comment="Net 30.")
        by_phone(asked, "CUTS", "4321.09", EARLY - timedelta(minutes=5), signed_by="Cut Cutter")
    for who in (PLANT, POLLY, ADA, Actor("rita", agency_id=1)):
        with asked.db.read_only(who) as session:
            assert session.scalar(text("SELECT count(*) FROM bid")) == 0
            found = {
                name: rows
                for name, rows in everything(session).items()
                if any(str(HIDDEN) in row for row in rows)
            }
            assert found == {}
            said = " ".join(str(row.details) for row in session.scalars(select(AuditEntry)))
            assert "4321" not in said and "4,321" not in said
    with owners_hand(asked) as connection:
        assert connection.scalar(text("SELECT count(*) FROM bid")) == 0
    with asked.db.read_only(PLANT) as session:
        assert refusal(comparison, session, request(session)) == "BID_SEALED"
    with clock.at(CLOSING - timedelta(seconds=1)), asked.db.unit_of_work(ADA) as uow:
        assert refusal(requests.open_bids, uow, request(uow.session)) == "BID_SEALED"
        assert requests.open_due(uow) == 0
    with pytest.raises(DBAPIError, match="opened_at"), owners_hand(asked) as connection:
        connection.execute(text("UPDATE bid_request SET opened_at = closes_at - interval '1 second'"))
    assert opened(asked) == 1
    with asked.db.read_only(POLLY) as session:
        shown = comparison(session, request(session))
        assert [one.bid.price for one in shown.bids] == [Money(HIDDEN), Money(HIDDEN)]
        assert [one.invitation.vendor.code for one in shown.bids] == ["CUTS", "ACME"]  # it came earlier
        assert shown.bids[0].bid.entered_by == "polly"


def test_a_backup_holds_sealed_bids(asked):
    with clock.at(EARLY):
        by_link(asked, link(asked, "ACME"), "4321.09")
    with asked.db.read_only(PLANT) as session:
        session.execute(text("SELECT set_config('indicia.keeping', 'on', true)"))
        assert session.scalar(text("SELECT price FROM bid")) == HIDDEN


def test_a_vendor_sees_its_own_bid_and_no_other(asked):
    with clock.at(EARLY):
        by_link(asked, link(asked, "ACME"), "4321.09")
        by_link(asked, link(asked, "ACME"), "$4,000.00", freight="USD 10.00")
        by_link(asked, link(asked, "BIND"), "5000.00")
    with asked.db.read_only(shop.STRANGER) as session:
        own = links.invitation_of(session, asked.settings.secret_key(), link(asked, "ACME"))
        assert bidding.own_bid(session, own).total == Money(4_010_00)
        assert {one.invitation_id for one in session.scalars(select(Bid))} == {own.id}
        assert bidding.own_bid(session, invitation(session, "BIND")) is None


# --- links -------------------------------------------------------------------------------------------------


def test_a_link_that_is_not_right_opens_nothing(asked):
    good, secret = link(asked, "ACME"), asked.settings.secret_key()

    def follow(token):
        with asked.db.read_only(shop.STRANGER) as session:
            return links.invitation_of(session, secret, token).vendor.code

    assert follow(good) == "ACME"
    body, seal = good.rsplit(".", 1)
    other = link(asked, "BIND").rsplit(".", 1)
    for token in (good[:-1], f"{body}.{other[1]}", f"{other[0]}.{seal}", "", "x" * 2000, f"{good}\x00"):
        assert refusal(follow, token) == "NOT_FOUND", token
    with clock.at(EARLY), asked.db.unit_of_work(POLLY) as uow:
        requests.send_link(uow, secret, invitation(uow.session, "ACME"))
    assert refusal(follow, good) == "NOT_FOUND"
    newer = link(asked, "ACME")
    assert follow(newer) == "ACME"
    with asked.db.unit_of_work(POLLY) as uow:
        requests.revoke(uow, invitation(uow.session, "ACME"))
    assert refusal(follow, newer) == "BID_LINK"
    with asked.db.read_only(PLANT) as session:
        assert invitation(session, "CUTS").token_hash is None  # without an address there is no link
        kept = [one.words for one in session.scalars(select(VendorMail))]
    assert not any(token in words for token in (good, newer) for words in kept)


def test_after_the_closing_nothing_comes_in(asked):
    token = link(asked, "ACME")
    with clock.at(CLOSING):
        assert refusal(by_link, asked, token, "10.00") == "BID_LATE"
        assert refusal(by_phone, asked, "CUTS", "10.00", CLOSING) == "BID_LATE"
        by_phone(
            asked, "CUTS", "12.00", CLOSING - timedelta(minutes=1)
        )  # came in time, entered before the opening
    opened(asked)
    with clock.at(AFTER):
        assert refusal(by_phone, asked, "CUTS", "10.00", CLOSING - timedelta(minutes=1)) == "BID_LATE"
        assert refusal(by_phone, asked, "CUTS", "10.00", AFTER + timedelta(hours=1)) == "BID"
    with pytest.raises(DBAPIError, match="row-level security"), asked.db.unit_of_work(PLANT) as uow:
        row = {
            "delivers_on": date(2026, 12, 18),
            "comment": "",
            "signed_by": "",
            "entered_by": "",
            "way": Way.MAIL,
        }
        money = {"price": Money(1), "freight": Money(0), "samples": Money(0)}
        when = {"ulid": new_ulid(uow.now), "received_at": uow.now, "recorded_at": uow.now}
        ours = invitation(uow.session, "ACME").id
        uow.session.execute(insert(Bid).inline().values(invitation_id=ours, **row, **money, **when))


@pytest.mark.parametrize(
    ("price", "field", "code"),
    [
        ("EUR 10.00", "price", "BID_CURRENCY"), ("10.005", "price", "BID_CURRENCY"), ("0.00", "price", "BID_CURRENCY"),
        ("-5.00", "price", "BID_CURRENCY"), ("", "price", "BID_CURRENCY"), ("1e9", "price", "BID_CURRENCY"),
        ("€10", "price", "BID_CURRENCY"), ("99999999999.00", "price", "BID_CURRENCY"),
    ],
)  # fmt: skip
def test_a_bid_is_us_dollars_and_cents(asked, price, field, code):
    with clock.at(EARLY), pytest.raises(InvalidInput) as refused:
        by_link(asked, link(asked, "ACME"), price)
    assert [(one.code, one.place.column) for one in refused.value.findings] == [(code, field)]


# --- questions, comparison, award --------------------------------------------------------------------------


def test_an_answer_goes_to_all_and_names_nobody(asked):
    secret = asked.settings.secret_key()
    with clock.at(EARLY):
        with asked.db.unit_of_work(shop.STRANGER) as uow:
            asking = links.invitation_of(uow.session, secret, link(asked, "ACME"))
            ulid = requests.ask(uow, asking, "Which glue?").ulid
        with asked.db.unit_of_work(POLLY) as uow:
            requests.answer(uow, ulid, "Any cold glue.")
            told = [
                (one.vendor.code, one.words)
                for one in uow.session.scalars(select(VendorMail).order_by(VendorMail.id))
                if "glue" in one.words
            ]
            assert refusal(requests.answer, uow, ulid, "Hot.") == "BID_STATE"
    assert told == [(code, "Which glue?\n\nAny cold glue.") for code in ("ACME", "BIND")]
    with asked.db.read_only(PLANT) as session:
        assert "ACME" not in str(
            session.scalars(select(AuditEntry).filter_by(subject="bid_question")).first().details
        )
        assert session.scalars(select(BidQuestion)).one().answered_by == "polly"


def test_bids_are_compared_on_equal_terms_and_a_costlier_one_is_taken_with_a_reason(asked):
    with clock.at(EARLY):
        by_link(asked, link(asked, "ACME"), "1000.00", freight="100.00")
        by_link(asked, link(asked, "BIND"), "1050.00", samples="25.00", delivers_on=date(2026, 12, 24))
        by_phone(asked, "CUTS", "900.00", EARLY)
    opened(asked)
    with clock.at(AFTER):
        with asked.db.unit_of_work(POLLY) as uow:
            row = request(uow.session)
            awarding.put_out(uow, row, "CUTS", "Not the paper asked for.")
            shown = comparison(uow.session, row)
            lines = [
                (one.invitation.vendor.code, one.total, one.days_late, one.is_cheapest) for one in shown.bids
            ]
            assert lines == [
                ("BIND", Money(1_100_00), 3, True), ("ACME", Money(1_125_00), 0, False),
                ("CUTS", Money(925_00), 0, False),
            ]  # fmt: skip
            assert shown.is_few  # two of three count
            assert refusal(awarding.award, uow, row, "ACME", few_reason="Rest is late.") == "AWARD_REASON"
            assert refusal(awarding.award, uow, row, "ACME", reason="In time.") == "AWARD_REASON"
            assert refusal(awarding.award, uow, row, "CUTS", few_reason="Cheap.") == "BID_STATE"
            taken = awarding.award(uow, row, "ACME", reason="In time.", few_reason="Nobody else is near.")
            assert not awarding.stands(uow.session, taken)
        with asked.db.unit_of_work(POLLY) as uow:
            assert refusal(awarding.agree, uow, taken.ulid) == "SECOND_PERSON"
        with asked.db.unit_of_work(ADA) as uow:
            awarding.agree(uow, taken.ulid)
            assert refusal(awarding.award, uow, request(uow.session), "BIND", few_reason="x") == "BID_STATE"
            assert refusal(awarding.put_out, uow, request(uow.session), "BIND", "Late.") == "BID_STATE"
    with asked.db.read_only(PLANT) as session:
        row = session.scalars(select(Award)).one()
        subjects = session.scalars(select(VendorMail.subject).order_by(VendorMail.id.desc()).limit(2)).all()
        assert (row.vendor.code, row.total, row.is_cheapest) == ("ACME", Money(1_125_00), False)
        number = request(session).number
        assert request_of(session, number.lower().replace("-", " ")).number == number
    assert sorted(subject.partition(": ")[2] for subject in subjects) == [
        "another bid is taken",
        "your bid is taken",
    ]


def test_what_is_awarded_is_ordered_at_its_bid_for_a_step_of_its_job(asked):
    with clock.at(EARLY):
        for code, price in (("ACME", "1000.00"), ("BIND", "1200.00"), ("CUTS", "1300.00")):
            by_phone(asked, code, price, EARLY, freight="40.00", samples="10.00")
    opened(asked)
    with clock.at(AFTER), asked.db.unit_of_work(POLLY) as uow:
        row = request(uow.session)
        job = uow.session.merge(row.job)
        steps = (RunStep(10, "outside", 10), RunStep(20, "pack", 1, needs=[10]))
        own = plan_run(uow, [(job, 10)], steps, ready_by=MAIL_DATE).number
        other = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        strange = plan_run(uow, [(other, 10)], steps, ready_by=MAIL_DATE).number
        assert refusal(order_awarded, uow, row, ticket=f"{own}-10") == "PO_AWARD"
        awarding.award(uow, row, "ACME")
        assert refusal(order_awarded, uow, row, ticket=f"{strange}-10") == "PO_LINE"
        decide(uow, job, Decided(Choice.MAKE, Why.CAPACITY))
        assert refusal(order_awarded, uow, row, ticket=f"{own}-10") == "BUY_FIRST"
        decide(uow, job, Decided(Choice.BUY, Why.EQUIPMENT, outside_price=Money(1_050_00)))
        made = order_awarded(uow, row, ticket=f"{own}-10")
        assert (made.vendor.code, terms_of(uow.session, made).total) == ("ACME", Money(1_050_00))
        assert order_awarded(uow, row, ticket=f"{own}-10") is made
        issue(uow, made)
        words = uow.session.scalars(select(VendorMail.words).order_by(VendorMail.id.desc())).first()
    assert "$1,050.00 in all; needed by" in words


def test_a_canceled_request_is_never_opened(asked):
    with clock.at(EARLY):
        by_link(asked, link(asked, "ACME"), "4321.09")
        with asked.db.unit_of_work(POLLY) as uow:
            assert refusal(requests.cancel, uow, request(uow.session), " ") == "BID_REQUEST"
            requests.cancel(uow, request(uow.session), "The agency waits.")
        assert refusal(by_link, asked, link(asked, "BIND"), "1.00") == "BID_STATE"
    assert opened(asked) == 0
    with asked.db.read_only(PLANT) as session:
        assert session.scalar(text("SELECT count(*) FROM bid")) == 0


def test_verify_names_an_award_and_a_bid_that_cannot_be(asked):
    with clock.at(EARLY):
        by_phone(asked, "CUTS", "900.00", EARLY)
    opened(asked)
    with clock.at(AFTER), asked.db.unit_of_work(POLLY) as uow:
        awarding.award(uow, request(uow.session), "CUTS", few_reason="Only one.")

    def named():
        with asked.db.read_only(PLANT) as session:
            survey = Survey(session, asked.files)
            return [len(list(check(survey))) for check in CHECKS]

    def by_hand(statement):
        with owners_hand(asked) as connection:
            connection.execute(text("SELECT pristine.past_triggers(:said)"), {"said": statement})

    assert named() == [0, 0]
    by_hand("UPDATE bid_award SET total = total - 1")
    by_hand("UPDATE bid SET received_at = received_at + interval '1 day'")
    assert named() == [1, 1]
