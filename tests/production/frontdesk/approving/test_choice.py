"""Which rule decides, and whose turn it is: values alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.money import Money
from production.frontdesk.approving.choice import Facts, choose
from production.frontdesk.approving.models import Act
from production.frontdesk.approving.rules import AGENCY_RULES
from production.frontdesk.approving.turns import Done, Person, turn_of

DAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, 15, tzinfo=UTC)
JOB = Facts("DEX", "print", "booklet", frozenset({"DEX-100", "DEX-200"}), Money.parse("500.00"))


def rule(code="r", **other):
    return AGENCY_RULES.read({"code": code, **other})


def chosen(*rules, facts=JOB, on=DAY):
    found = choose(rules, facts, on)
    return found.rule.code if found else None


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        ({}, True),
        ({"agency": "DEX"}, True),
        ({"agency": "OSR"}, False),
        ({"agency": "DEX", "account": "DEX-200"}, True),
        ({"agency": "DEX", "account": "DEX-300"}, False),
        ({"product": "booklet"}, True),
        ({"product": "poster"}, False),
        ({"kind": "print"}, True),
        ({"kind": "mailing"}, False),
        ({"amount_from": "500.00"}, True),
        ({"amount_from": "500.01"}, False),
        ({"amount_to": "500.00"}, True),
        ({"amount_to": "499.99"}, False),
        ({"amount_from": "400.00", "amount_to": "600.00"}, True),
        ({"since": "2026-12-01"}, True),
        ({"since": "2026-12-02"}, False),
        ({"until": "2026-12-01"}, True),
        ({"until": "2026-11-30"}, False),
    ],
)  # fmt: skip
def test_a_rule_fits_what_it_says(other, fits):
    assert (chosen(rule(**other)) == "r") == fits


def test_the_rule_that_says_most_decides_and_tells_why():
    plain = rule("a", agency="DEX")
    exact = rule("z", agency="DEX", amount_from="100.00", account="DEX-100")
    found = choose([plain, exact], JOB, DAY)
    assert found.rule is exact
    assert found.why == ("it is an order of DEX", "account DEX-100 pays", "it costs $100.00 or more")
    assert found.ties == ()
    assert choose([], JOB, DAY) is None


def test_of_two_that_say_as_much_the_first_by_code_decides_and_the_other_is_named():
    found = choose([rule("b", product="booklet"), rule("a", kind="print"), rule("c")], JOB, DAY)
    assert (found.rule.code, found.ties) == ("a", ("b",))


def test_of_two_that_say_as_much_the_one_that_asks_for_an_approval_decides():
    without = rule("a", agency="DEX", amount_to="900.00", is_without=True)
    assert chosen(without, rule("b", agency="DEX", amount_from="100.00")) == "b"
    assert chosen(without, rule("b", agency="DEX")) == "a"


@given(
    st.permutations(
        [rule("a", agency="DEX"), rule("b", kind="print"), rule("c", agency="DEX", kind="print"), rule("d")]
    )
)
def test_the_order_of_the_rules_does_not_matter(rules):
    assert chosen(*rules) == "c"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"account": "DEX-100"}, "say which"),
        ({"amount_from": "2.00", "amount_to": "1.00"}, "more than"),
        ({"since": "2026-12-02", "until": "2026-12-01"}, "before the first"),
        ({"is_without": True}, "only for one agency"),
        ({"agency": "DEX", "amount_to": "9.00", "is_without": True, "approvers": "andy"}, "nobody named"),
        ({"act_after": 3}, "belong together"),
        ({"at_silence": "return"}, "belong together"),
        ({"act_after": 3, "at_silence": "forward"}, "to whom"),
        ({"act_after": 3, "at_silence": "approve"}, "one agency"),
        ({"approvers": "andy; andy"}, "once"),
        ({"approvers": "andy", "is_in_order": True}, "at least two"),
    ],
)
def test_what_is_no_rule(other, words):
    with pytest.raises(InvalidInput) as refused:
        rule(**other)
    assert words in " ".join(one.message for one in refused.value.findings)


# --- whose turn --------------------------------------------------------------------------------------------


def person(name, limit=None, stand_in="", is_approver=True):
    return Person(name, is_approver, Money.parse(limit) if limit else None, stand_in)


PEOPLE = {one.name: one for one in (person("andy"), person("bea"), person("carl", "100.00"))}


def done(act, actor, goes_to="", in_place_of="", hours=1):
    return Done(act, actor, in_place_of, goes_to, "", AT + timedelta(hours=hours))


def turn(*acts, steps=(), people=PEOPLE, total="500.00", barred=()):
    steps = rule(approvers="; ".join(steps), is_in_order=len(steps) > 1).steps
    return turn_of(steps, acts, people, total=Money.parse(total), barred=barred, asked_at=AT)


def test_anybody_who_may_where_nobody_is_named():
    assert turn().able == {"andy": "", "bea": ""}
    assert turn(total="100.00").able == {"andy": "", "bea": "", "carl": ""}
    assert turn(barred=("andy",)).able == {"bea": ""}


def test_one_after_the_other_and_nobody_twice():
    first = turn(steps=("andy", "approver"))
    assert (first.able, first.step, first.is_last, first.since) == ({"andy": ""}, 1, False, AT)
    second = turn(done(Act.GIVEN, "andy"), steps=("andy", "approver"))
    assert (second.able, second.step, second.is_last) == ({"bea": ""}, 2, True)
    assert second.since == AT + timedelta(hours=1)


def test_whom_it_was_forwarded_to_and_then_the_next_step():
    forwarded = turn(done(Act.FORWARDED, "andy", "bea"), steps=("andy", "approver"))
    assert (forwarded.able, forwarded.step) == ({"bea": ""}, 1)
    after = turn(done(Act.FORWARDED, "andy", "bea"), done(Act.GIVEN, "bea"), steps=("andy", "approver"))
    assert (after.able, after.forwarded) == ({"andy": ""}, None)


def test_a_question_takes_nobodys_turn():
    assert turn(done(Act.ASKED, "andy"), done(Act.ANSWERED, "rita")).able == {"andy": "", "bea": ""}


def test_who_stands_in_acts_in_that_place_within_both_limits():
    away = PEOPLE | {
        "andy": person("andy", stand_in="dee"),
        "dee": person("dee", "600.00", is_approver=False),
    }
    assert turn(steps=("andy",), people=away).able == {"andy": "", "dee": "andy"}
    assert turn(steps=("andy",), people=away, total="600.01").able == {"andy": ""}
    limited = away | {"andy": person("andy", "400.00", "dee")}
    assert turn(steps=("andy",), people=limited).able == {}


def test_nobody_approves_what_they_ordered_not_even_by_who_stands_in():
    away = PEOPLE | {"andy": person("andy", stand_in="bea"), "bea": person("bea", is_approver=False)}
    assert turn(steps=("andy",), people=away, barred=("andy",)).able == {}
    assert turn(steps=("andy",), people=away, barred=("bea",)).able == {"andy": ""}


def test_who_approved_for_another_has_had_a_turn_and_so_has_the_other():
    away = PEOPLE | {"andy": person("andy", stand_in="dee"), "dee": person("dee")}
    after = turn(done(Act.GIVEN, "dee", in_place_of="andy"), steps=("andy", "approver"), people=away)
    assert after.able == {"bea": ""}
