from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Extended, Money, Rate, allocate, extend, to_cents, total
from kernel.quantities import deal_out


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**7), min_size=1, max_size=40))
def test_shares_add_to_the_whole_and_stay_within_a_cent(cents, weights):
    if sum(weights) == 0:
        with pytest.raises(ValueError, match="not all zero"):
            allocate(Money(cents), weights)
        return
    parts = allocate(Money(cents), weights)
    assert sum(part.cents for part in parts) == cents
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.cents * sum(weights) - cents * weight) < sum(weights)


def test_half_up_at_the_cent_and_at_the_fourth_decimal():
    assert to_cents(Extended(Decimal("3.385"))) == Money(339)
    assert to_cents(Extended(Decimal("-3.385"))) == Money(-339)
    assert extend(Rate.of("0.123456"), 1).value == Decimal("0.1235")


def test_worked_statement_of_postage_statement_md_section_5():
    lines = [extend(Rate.of("0.593"), 6000), extend(Rate.of("0.641"), 3000), extend(Rate.of("0.672"), 1000)]
    assert to_cents(total(lines)) == Money.parse("6,153.00")


@pytest.mark.parametrize("text", ["1.5", "", "abc", "1,23.00", "1e3", "٣", "NaN", "--1", "1.005"])
def test_money_text_is_strict(text):
    with pytest.raises(ValueError, match="money"):
        Money.parse(text)


def test_money_refuses_fractions_and_floats():
    with pytest.raises(TypeError):
        Money(1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="six decimals"):
        Rate.of("0.1234567")


def test_texts():
    assert str(Money(-123456)) == "-1,234.56"
    assert Money(-5).plain == "-0.05"
    assert str(Rate.of("0.593")) == "0.593"
    assert str(Rate.of("0.78")) == "0.78"
    assert str(Rate.of(12)) == "12.00"


@pytest.mark.parametrize(
    ("count", "weights", "parts"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (-10, [1, 1, 1], [-4, -3, -3]),
        (7, [0, 5], [0, 7]),
        (1_000, [6, 4], [600, 400]),
    ],
)
def test_a_count_is_dealt_out_as_money_is(count, weights, parts):
    assert deal_out(count, weights) == parts
    assert allocate(Money(count), weights) == [Money(part) for part in parts]
