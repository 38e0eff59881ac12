"""Automation, machinable or both, against an oracle that tries every split of every ZIP over all of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.money import Money, Rate
from postal.data.editions import InForce, editions
from postal.prices.prices import PriceCell, PriceSet
from postal.sorting.best_mailings import BestMailings, best_mailings
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.rule_book import RuleBook, rule_book
from tests.postal.mailings import LAST_YEAR, LETTER, columns, rules_on, shuffled
from tests.postal.sorting.test_least_postage import shares

# Invented prices: no source gives those of First-Class machinable letters. In the second row the machinable AADC
# price is lower than that of automation mixed AADC, as it has been in Marketing Mail.
COSTLIER = ("0.690", "0.720")
CROSSED = ("0.650", "0.720")
ZIPS = [70801, 70802, 70112, 71101, 34012]


def machinable_rules(prices: tuple[str, str]) -> RuleBook:
    """Machinable letters with two made prices."""
    rules = rule_book(
        "fcm-letter-machinable", InForce(LAST_YEAR, editions(), allow_test_only=True), origin_zip5=70802
    )
    tables = dict(rules.prices.tables)
    cells = tuple(
        PriceCell(level, None, Rate.of(price), "not_in_force")
        for level, price in zip(("AADC", "mixed AADC"), prices, strict=True)
    )
    name = "fcm-letter-machinable"
    tables[name] = replace(next(iter(tables.values())), id=name, cells=cells, effective_to=None)
    return replace(rules, prices=PriceSet(rules.prices.edition, rules.on, tables))


def small(rules: RuleBook, mailing: int, *minimums: int) -> RuleBook:
    levels = tuple(
        replace(level, minimum=minimum)
        for level, minimum in zip(rules.plan.levels, (*minimums, 1), strict=True)
    )
    return replace(rules, plan=replace(rules.plan, levels=levels, minimum_pieces=mailing))


def chosen(pieces: PieceColumns, automation: RuleBook, machinable: RuleBook) -> BestMailings:
    return best_mailings(pieces, automation, machinable, mailpiece=LETTER, mailer_line="X")


def oracle(
    with_point: dict[int, int], without: dict[int, int], automation: RuleBook, machinable: RuleBook, prices
) -> Decimal:
    """Least postage over every split; a group, or a mailing, is empty or has its minimum."""
    single = Decimal("0.74")
    area = automation.lists.by_name["L801"].destinations
    places: dict[str, int] = {"A": automation.plan.minimum_pieces, "M": machinable.plan.minimum_pieces}
    automatic = [Decimal("0.593"), Decimal("0.641"), Decimal("0.672")]
    other = [Decimal(price) for price in prices]
    best: dict[tuple, Decimal] = {(): Decimal(0)}
    for zip5 in {**with_point, **without}:
        row = int(area(np.array([zip5], np.int32))[0])
        ways = {"s": (single, ()), "m1": (other[1], ("M",)), "a2": (automatic[2], ("A",))}
        five = automation.plan.levels[0].minimum
        ways["a0"] = (automatic[0], ("A", f"z{zip5}"))
        places[f"z{zip5}"] = five
        if row >= 0:
            ways["a1"], ways["m0"] = (automatic[1], ("A", f"a{row}")), (other[0], ("M", f"m{row}"))
            places[f"a{row}"] = automation.plan.levels[1].minimum
            places[f"m{row}"] = machinable.plan.levels[0].minimum
        for count, names in (
            (with_point.get(zip5, 0), list(ways)),
            (without.get(zip5, 0), [name for name in ways if name[0] != "a"]),
        ):
            grown: dict[tuple, Decimal] = {}
            for filled, cost in best.items():
                for share in shares(count, len(names)):
                    now, total = dict(filled), cost
                    for name, more in zip(names, share, strict=True):
                        total += more * ways[name][0]
                        for group in ways[name][1] if more else ():
                            now[group] = min(places[group], now.get(group, 0) + more)
                    state = tuple(sorted(now.items()))
                    grown[state] = min(total, grown.get(state, total))
            best = grown
    return min(cost for filled, cost in best.items() if all(n >= places[group] for group, n in filled))


@pytest.mark.parametrize("prices", [COSTLIER, CROSSED])
@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.sampled_from(ZIPS), st.integers(1, 4), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(ZIPS), st.integers(1, 2), min_size=1, max_size=2),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(2, 4),
    st.integers(2, 4),
)
def test_no_split_costs_less(prices, with_point, without, mailing, least, five, aadc):
    automation = small(rules_on(), mailing, five, aadc)
    machinable = small(machinable_rules(prices), least, aadc)
    pieces = columns(with_point, without)
    found = chosen(pieces, automation, machinable)
    paid = sum(
        level.rate.value * level.pieces for plan in found.plans for level in plan.levels if level.pieces
    )
    assert paid == oracle(with_point, without, automation, machinable, prices)
    assert sorted(row for rows in found.rows for row in rows.tolist()) == list(range(len(pieces)))
    for plan in found.plans:
        assert not plan.is_under_minimum or len(found.plans) == 1


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(st.sampled_from(ZIPS), st.integers(100, 400), min_size=3),
    st.dictionaries(st.sampled_from(ZIPS), st.integers(1, 300), min_size=1),
    st.integers(0, 9),
    st.sampled_from([COSTLIER, CROSSED]),
)
def test_at_real_minimums_it_is_never_costlier_and_blind_to_order(with_point, without, seed, prices):
    pieces, machinable = columns(with_point, without), machinable_rules(prices)
    found = chosen(pieces, rules_on(), machinable)
    least = min(way.postage.cents for way in found.alternatives if way.postage)
    assert found.postage.cents - least in {0, 1}  # compared before the cent, and each mailing is rounded
    other = shuffled(pieces, seed)
    again = chosen(other, rules_on(), machinable)
    assert [sorted(pieces.ids[rows].tolist()) for rows in found.rows] == [
        sorted(other.ids[rows].tolist()) for rows in again.rows
    ]


def test_forty_pieces_bring_the_machinable_mailing_to_its_minimum():
    pieces = columns({70801: 2000, 10001: 60}, {70112: 460})
    found = chosen(pieces, rules_on(), machinable_rules(COSTLIER))
    assert found.filled_up == 40
    assert [plan.level_counts for plan in found.plans] == [
        {"5D": 2000, "AADC": 0, "MAADC": 20, "SP": 0},
        {"AADC": 460, "MAADC": 40, "SP": 0},
    ]
    # 2,000 x 0.593 + 20 x 0.672 = 1,199.44; 460 x 0.69 + 40 x 0.72 = 346.20
    assert found.postage == Money(1545_64)
    assert [way.postage for way in found.alternatives] == [
        Money(1566_72),  # 2,000 x 0.593 + 60 x 0.672 + 460 x 0.74
        Money(1740_60),  # 2,460 x 0.69 + 60 x 0.72
        Money(1545_64),
    ]


def test_a_list_without_gaps_is_one_mailing_and_a_short_one_cannot_be_two():
    whole = chosen(columns({70801: 700}), rules_on(), machinable_rules(COSTLIER))
    assert (len(whole.plans), len(whole.alternatives)) == (1, 1)
    short = chosen(columns({70801: 520}, {70112: 100}), rules_on(), machinable_rules(COSTLIER))
    assert len(short.plans) == 1
    assert short.alternatives[-1].postage is None


def test_a_missing_machinable_price_stops_by_name():
    live = rule_book(
        "fcm-letter-machinable", InForce(LAST_YEAR, editions(), allow_test_only=True), origin_zip5=70802
    )
    with pytest.raises(InvalidInput, match="fcm-letter-machinable, AADC") as refused:
        chosen(columns({70801: 700}, {70801: 600}), rules_on(), live)
    assert refused.value.instance_code == "RATE_MISSING"


def test_an_order_of_prices_that_is_not_covered_is_refused():
    with pytest.raises(InvalidInput) as refused:
        chosen(columns({70801: 700}, {70801: 600}), rules_on(), machinable_rules(("0.60", "0.72")))
    assert refused.value.instance_code == "LEAST_POSTAGE"
