"""What a better piece saves, in money that can be checked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from kernel.money import Money, Rate
from postal.admission.advice import advise
from postal.data.editions import InForce, editions
from postal.piece.mailpiece import Mailpiece
from tests.postal.mailings import LETTER

DAY = date(2025, 8, 1)


def piece(length: str, height: str, thickness: str = "0.02", ounces: str = "0.8", **more) -> Mailpiece:
    return Mailpiece(Decimal(length), Decimal(height), Decimal(thickness), Decimal(ounces), **more)


def test_a_good_letter_has_nothing_better():
    found = advise(LETTER, 1000, InForce(DAY, editions()))
    assert (found.cost.rate, found.cost.postage, found.better) == (Rate.of("0.672"), Money(672_00), ())


def test_a_clasp_costs_the_nonmachinable_price():
    found = advise(replace(LETTER, features=frozenset({"closure"})), 1000, InForce(DAY, editions()))
    assert found.cost.postage == Money(1088_00)
    (best,) = found.better
    assert (best.change, best.saves) == ("avoid this: clasps, strings or buttons", Money(416_00))


def test_a_few_nonmachinable_letters_pay_the_surcharge():
    found = advise(replace(LETTER, features=frozenset({"closure"})), 100, InForce(DAY, editions()))
    assert found.cost.rate == Rate.of("1.23")  # 0.74 + 0.49
    assert found.better[0].saves == Money(49_00)


def test_a_square_a_thin_and_an_upright_piece():
    square = advise(piece("6", "6", "0.02"), 800, InForce(DAY, editions()))
    assert "make it 4.61 in high" in [one.change for one in square.better]
    thin = advise(piece("9.5", "4.125", "0.008"), 800, InForce(DAY, editions()))
    assert any(one.change == "use stock that makes it 0.009 in thick" for one in thin.better)
    upright = advise(piece("4.125", "9.5"), 800, InForce(DAY, editions()))
    assert upright.verdict.shape in {"flat", ""}


def test_an_ounce_less_and_folding():
    found = advise(piece("12", "9", "0.05", "2.2"), 800, InForce(DAY, editions()))
    changes = {one.change: one.saves for one in found.better}
    assert changes["save 0.2 oz to weigh 2 oz"] == Money(216_00)  # (2.028 - 1.758) x 800
    assert changes["fold once"] == Money(1084_80)  # (2.028 - 0.672) x 800
    saves = [one.saves for one in found.better]
    assert saves == sorted(saves, reverse=True)


def test_two_faults_need_two_changes():
    bad = piece("10", "3.6", features=frozenset({"rigid", "closure"}))
    found = advise(bad, 1000, InForce(DAY, editions()))
    (best,) = found.better
    assert best.change.startswith("fold once and avoid all of this: clasps")
    assert best.saves == Money(416_00)  # 1.088 to 0.672
    single = advise(replace(bad, features=frozenset({"closure"})), 1000, InForce(DAY, editions()))
    assert len(single.better) == 1
    assert "avoid this: clasps" in single.better[0].change


def test_a_piece_that_is_none_is_told_what_would_make_it_one():
    sheet = advise(piece("11", "8.5", "0.004", "0.16"), 1000, InForce(DAY, editions()))
    assert (sheet.cost, sheet.verdict.shape) == (None, "")
    assert "thickness must be 0.007 to 0.25 in" in sheet.verdict.findings[0].message
    assert (sheet.better[0].change, sheet.better[0].cost.postage, sheet.better[0].saves) == (
        "fold twice",
        Money(672_00),
        None,
    )
    thick = advise(piece("14", "11", "0.8", "2"), 1000, InForce(DAY, editions()))
    assert [one.change for one in thick.better] == ["make it at most 0.75 in thick"]
    upright = advise(piece("3.5", "9"), 1000, InForce(DAY, editions()))
    assert upright.better[0].change == "turn the address to the longer side and make it 8.75 in long"


def test_the_nearest_change_is_told_and_no_more_of_the_same():
    heavy = advise(piece("9.5", "4.125", "0.02", "3.6"), 1000, InForce(DAY, editions()))
    assert [one.change for one in heavy.better] == ["save 0.1 oz to weigh 3.5 oz"]
    thick = advise(piece("9.5", "4.125", "0.3", "3"), 1000, InForce(DAY, editions()))
    assert [one.change for one in thick.better] == ["make it at most 0.25 in thick"]
    flat = advise(piece("14", "11", "0.5", "12"), 1000, InForce(DAY, editions()))
    assert [one.change for one in flat.better] == ["save 1 oz to weigh 11 oz"]  # not 8.5 oz


def test_what_has_no_price_or_shape_has_no_advice_in_money():
    assert advise(piece("12", "9", "0.05", "5"), 800, InForce(date(2026, 8, 1), editions())).cost is None
    refused = advise(piece("30", "20"), 800, InForce(DAY, editions()))
    assert (refused.verdict.shape, refused.cost) == ("", None)
    assert [one.change for one in refused.better] == ["make it 11.5 by 6.125 in"]


def test_nonprofit_and_marketing_prices():
    regular = advise(LETTER, 1000, InForce(DAY, editions()), product="mm")
    assert regular.cost.rate == Rate.of("0.433")
    assert advise(LETTER, 1000, InForce(DAY, editions()), product="np").cost.rate < regular.cost.rate
