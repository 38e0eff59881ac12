"""What a better piece saves, in money that can be checked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from kernel.money import Money, Rate
from postal.mailpiece import Mailpiece
from postal.mailpiece_advice import advise
from tests.postal.mailings import LETTER

DAY = date(2025, 8, 1)


def piece(length: str, height: str, thickness: str = "0.02", ounces: str = "0.8", **more) -> Mailpiece:
    return Mailpiece(Decimal(length), Decimal(height), Decimal(thickness), Decimal(ounces), **more)


def test_a_good_letter_has_nothing_better():
    found = advise(LETTER, 1000, DAY)
    assert (found.cost.rate, found.cost.postage, found.better) == (Rate.of("0.672"), Money(672_00), ())


def test_a_clasp_costs_the_nonmachinable_price():
    found = advise(replace(LETTER, features=frozenset({"closure"})), 1000, DAY)
    assert found.cost.postage == Money(1088_00)
    (best,) = found.better
    assert (best.change, best.saves) == ("avoid this: clasps, strings or buttons", Money(416_00))


def test_a_few_nonmachinable_letters_pay_the_surcharge():
    found = advise(replace(LETTER, features=frozenset({"closure"})), 100, DAY)
    assert found.cost.rate == Rate.of("1.23")  # 0.74 + 0.49
    assert found.better[0].saves == Money(49_00)


def test_a_square_a_thin_and_an_upright_piece():
    square = advise(piece("6", "6", "0.02"), 800, DAY)
    assert "make it 4.61 in high" in [one.change for one in square.better]
    thin = advise(piece("9.5", "4.125", "0.008"), 800, DAY)
    assert any(one.change == "use stock that makes it 0.009 in thick" for one in thin.better)
    upright = advise(piece("4.125", "9.5"), 800, DAY)
    assert upright.verdict.shape in {"flat", ""}


def test_an_ounce_less_and_folding():
    found = advise(piece("12", "9", "0.05", "2.2"), 800, DAY)
    changes = {one.change: one.saves for one in found.better}
    assert changes["save 0.2 oz to weigh 2 oz"] == Money(216_00)  # (2.028 - 1.758) x 800
    assert changes["fold once"] == Money(1084_80)  # (2.028 - 0.672) x 800
    saves = [one.saves for one in found.better]
    assert saves == sorted(saves, reverse=True)


def test_what_has_no_price_or_shape_has_no_advice_in_money():
    assert advise(piece("12", "9", "0.05", "5"), 800, date(2026, 8, 1)).cost is None
    refused = advise(piece("30", "20"), 800, DAY)
    assert (refused.verdict.shape, refused.cost, refused.better) == ("", None, ())


def test_nonprofit_and_marketing_prices():
    regular = advise(LETTER, 1000, DAY, product="mm")
    assert regular.cost.rate == Rate.of("0.433")
    assert advise(LETTER, 1000, DAY, product="np").cost.rate < regular.cost.rate
