from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.pricing import POSTAGE_PERMIT, RateLine, Share, dollars, price, quote, share_postage, split
from kernel.errors import AttentionNeeded, InvalidInput
from kernel.money import Money, Rate
from production.frontdesk.orders.snapshot import QuotedShare, QuoteSnapshot
from production.jobs.usage import Unit
from store.columns import Document


def line(unit, rate, minimum=0, pass_through=False):
    return RateLine(unit, unit.title(), Rate.of(rate), Money(minimum), pass_through, card="FY27")


CARD = {
    "print.impression": line("print.impression", "0.022"),
    "fold_insert.piece": line("fold_insert.piece", "0.0185", minimum=500),
    POSTAGE_PERMIT: line(POSTAGE_PERMIT, "1", pass_through=True),
}


def test_the_unit_of_permit_postage_is_productions():
    assert Unit.PERMIT_POSTAGE.value == POSTAGE_PERMIT


@pytest.mark.parametrize(
    ("unit", "quantity", "extended", "cents"),
    [
        ("print.impression", 1, "0.0220", 2),
        ("print.impression", 25, "0.5500", 55),
        ("print.impression", Decimal("102.5"), "2.2550", 226),  # half a cent goes up
        ("fold_insert.piece", 10, "0.1850", 500),  # the minimum
        ("fold_insert.piece", 1000, "18.5000", 1850),
    ],
)
def test_price(unit, quantity, extended, cents):
    (priced,) = price([(unit, quantity)], CARD, {})
    assert (f"{priced.extended.value:f}", priced.money.cents) == (extended, cents)


@given(st.decimals("0.000001", "999", places=6), st.decimals("0.0001", "99999", places=4))
def test_price_is_half_up_at_four_decimals_and_then_at_the_cent(rate, quantity):
    (priced,) = price([("x", quantity)], {"x": line("x", str(rate))}, {})
    exact = Fraction(rate) * Fraction(quantity)
    four = (exact * 10_000 + Fraction(1, 2)).__floor__()  # half up, reckoned in whole numbers
    assert priced.extended.value == Decimal(four).scaleb(-4)
    assert priced.money.cents == (four + 50) // 100


@pytest.mark.parametrize("quantity", [0, -1, Decimal("-0.0001"), Decimal("NaN"), Decimal(10) ** 10])
def test_quantities_that_cannot_be_charged(quantity):
    with pytest.raises(InvalidInput) as caught:
        price([("print.impression", quantity)], CARD, {})
    assert caught.value.instance_code == "AMOUNT_INVALID"


def test_a_missing_rate_stops_with_the_name_of_the_unit():
    with pytest.raises(AttentionNeeded, match="a price for Press wash") as caught:
        price([("press.wash", 1)], CARD, {"press.wash": "Press wash"})
    assert caught.value.instance_code == "RATE_MISSING"


def test_a_quote_freezes_lines_totals_and_parts():
    snapshot = quote(
        [("print.impression", 2000), ("fold_insert.piece", 1000)],
        CARD,
        names={},
        postage=Money(59301),
        single_piece=Money(78000),
        shares=[Share("B2", 1), Share("B1", 2)],
    )
    assert [(row.unit, row.quantity, str(row.rate), row.money.cents) for row in snapshot.lines] == [
        ("print.impression", 2000, "0.022", 4400),
        ("fold_insert.piece", 1000, "0.0185", 1850),
        ("postage.permit", Decimal("593.01"), "1.00", 59301),
    ]
    assert snapshot.total == Money(4400 + 1850 + 59301)
    assert (snapshot.postage, snapshot.single_piece) == (Money(59301), Money(78000))
    assert snapshot.rate_card == "FY27"
    assert Document(QuoteSnapshot).process_bind_param(snapshot, None)["value"]["plan"] is None
    # line by line, as the charges will be: 4400 -> 2933+1467, 1850 -> 1233+617, 59301 -> 39534+19767
    assert snapshot.shares == (
        QuotedShare("B1", 2, Money(2933 + 1233 + 39534)),
        QuotedShare("B2", 1, Money(1467 + 617 + 19767)),
    )


@given(
    st.integers(0, 10**9),
    st.dictionaries(st.text("AB12", min_size=1, max_size=4), st.integers(1, 10**6), min_size=1, max_size=8),
)
def test_a_split_adds_to_the_whole_in_any_order(cents, weights):
    shares = [Share(code, weight) for code, weight in weights.items()]
    parts = split(Money(cents), shares)
    assert sum(part.cents for part in parts.values()) == cents
    assert parts == split(Money(cents), shares[::-1])
    whole = sum(weights.values())
    assert all(
        abs(parts[code].cents - Fraction(cents * weight, whole)) < 1 for code, weight in weights.items()
    )


LEVELS = ("five_digit", "aadc", "mixed_aadc", "single")
PRICES = dict(zip(LEVELS, map(Rate.of, ("0.593", "0.641", "0.672", "0.78")), strict=True))


@given(
    st.lists(
        st.dictionaries(st.sampled_from(LEVELS), st.integers(0, 50_000)).filter(
            lambda d: sum(d.values()) > 0
        ),
        min_size=1,
        max_size=12,
    )
)
def test_shares_of_postage_add_to_the_statement(levels):
    jobs = [(f"27-{place:06d}-0", counts) for place, counts in enumerate(levels, start=1)]
    exact = {
        number: sum(Fraction(PRICES[level].value) * pieces for level, pieces in counts.items())
        for number, counts in jobs
    }
    total = ((sum(exact.values()) * 100) + Fraction(1, 2)).__floor__()  # the statement: half up to the cent
    parts = share_postage(Money(total), jobs, PRICES)
    assert sum(part.cents for part in parts.values()) == total
    assert share_postage(Money(total), jobs[::-1], PRICES) == parts
    assert all(abs(parts[number].cents - exact[number] * 100) <= 1 for number, _ in jobs)


def test_equal_remainders_go_to_the_lower_job_number():
    jobs = [("27-000002-5", {"aadc": 1}), ("27-000001-8", {"aadc": 1}), ("27-000003-2", {"aadc": 1})]
    parts = share_postage(Money(100), jobs, {"aadc": Rate.of("0.333333")})
    assert {number: part.cents for number, part in parts.items()} == {
        "27-000001-8": 34, "27-000002-5": 33, "27-000003-2": 33
    }  # fmt: skip


def test_a_level_without_a_price_is_named():
    with pytest.raises(AttentionNeeded, match="flat_5d") as caught:
        share_postage(Money(1), [("27-000001-8", {"flat_5d": 1})], PRICES)
    assert caught.value.instance_code == "PRICE_MISSING"
    assert share_postage(Money(59), [("27-000001-8", {"flat_5d": 0, "aadc": 1})], PRICES)


def test_dollars_are_exact():
    assert str(dollars(Money(61235))) == "612.3500"
    assert dollars(Money(1)) == Decimal("0.01")
