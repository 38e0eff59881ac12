"""Amounts on a meter against the prices in force, by hand: metered letters 0.78, 1.07, flats 1.90 at 2 oz in 2025."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.findings import Severity
from kernel.money import Money, Rate, extend, to_cents
from postal.data.editions import InForce, editions
from postal.prices.metered_prices import price_finding
from postal.prices.prices import price_set

NOW, LAST_YEAR, SUMMER = (
    price_set(InForce(date(2026, 11, 20), editions())),
    price_set(InForce(date(2025, 9, 15), editions())),
    price_set(InForce(date(2026, 8, 3), editions())),
)


PARCEL = {"prices": SUMMER, "mail_class": "ground-advantage", "shape": "parcel", "ounces": "8"}


def finding(cents: int, *, prices=NOW, mail_class="first-class", shape="letter", ounces="2", pieces=10):
    return price_finding(mail_class, shape, Decimal(ounces), pieces, Money(cents), prices)


def test_ten_letters_of_two_ounces_for_five_dollars():
    said = finding(5_00)
    assert (said.code, said.severity) == ("METER_PRICE", Severity.WARN)
    assert said.message == "10 pieces of 2 oz cost $10.70; $5.00 was metered, $5.70 too little."


@pytest.mark.parametrize(
    ("cents", "more"),
    [
        (10_70, {}),  # 10 x 1.07
        (7_80, {"ounces": "1"}),
        (12_70, {"ounces": "1"}),  # nonmachinable: 10 x (0.78 + 0.49)
        (6_21, {"ounces": "1"}),  # automation 5-digit: 10 x 0.621
        (19_00, {"prices": LAST_YEAR, "shape": "flat"}),
        (3_72, {"prices": LAST_YEAR, "mail_class": "marketing"}),  # 5-digit at origin: 10 x 0.372
        (69_30, PARCEL),
        (75_00, PARCEL),
        (
            52_20,
            {"prices": LAST_YEAR, "mail_class": "media", "shape": "parcel", "ounces": "17"},
        ),  # 4.47 + 0.75
    ],
)
def test_amounts_that_are_a_price(cents, more):
    assert finding(cents, **more) is None


@pytest.mark.parametrize(
    ("cents", "more", "words"),
    [
        (15_00, {}, "$4.30 too much"),
        (
            84_01,
            PARCEL,
            "$0.01 too much",
        ),
        (
            69_29,
            PARCEL,
            "$0.01 too little",
        ),
        (3_80, {"prices": LAST_YEAR, "mail_class": "marketing"}, "is no price of"),
        (
            44_70,
            {"prices": LAST_YEAR, "mail_class": "media", "shape": "parcel", "ounces": "17"},
            "$7.50 too little",
        ),
    ],
)
def test_amounts_that_are_none_are_told_with_the_difference(cents, more, words):
    assert words in finding(cents, **more).message


@pytest.mark.parametrize(
    "more",
    [
        {"mail_class": "international"},
        {"mail_class": "ground-advantage", "shape": "parcel"},  # temporary holiday prices, not loaded whole
        {"ounces": "3.6"},
    ],
)
def test_what_has_no_price_here_is_not_compared_and_says_so(more):
    said = finding(5_00, **more)
    assert (said.severity, "not compared" in said.message) == (Severity.NOTE, True)


@given(st.integers(1, 500), st.sampled_from(["0.78", "1.07", "1.36"]), st.integers(-2000, 2000))
@settings(deadline=None)
def test_the_difference_is_to_the_cent(pieces, rate, by):
    ounces = {"0.78": "1", "1.07": "2", "1.36": "3"}[rate]
    right = to_cents(extend(Rate.of(rate), pieces))
    said = finding(right.cents + by, ounces=ounces, pieces=pieces)
    if not by:
        assert said is None
    elif said is not None:  # by chance another price of such pieces
        assert f"${Money(abs(by))} too {'much' if by > 0 else 'little'}" in said.message
