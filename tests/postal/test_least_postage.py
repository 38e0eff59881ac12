"""Least postage against an oracle that tries every number of pieces in every group."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.money import Money
from postal.explain import explain_piece
from postal.presort import plan_presort
from postal.presort_plan import PieceColumns, PresortPlan
from postal.rule_book import RuleBook, rule_book
from tests.postal.mailings import LAST_YEAR, LETTER, columns, rules_on, shuffled
from tests.postal.test_every_plan import STIFF, book

# Two AADCs of the stand-in with several prefixes, one prefix no list has, one far away.
ZIPS = [70801, 70802, 70701, 70112, 70113, 70001, 71101, 34012, 34013, 10001]


def with_minimums(rules: RuleBook, *minimums: int) -> RuleBook:
    """The same plan with small minimums, so that every choice can be tried."""
    levels = tuple(
        replace(level, minimum=minimum)
        for level, minimum in zip(rules.plan.levels, (*minimums, 1), strict=True)
    )
    return replace(rules, plan=replace(rules.plan, levels=levels, minimum_pieces=1, minimum_lb=""))


def cheapest(counts: dict[int, int], rules: RuleBook, prices: list[Decimal]) -> Decimal:
    """Least postage by trying everything: for each group every number of pieces it may hand on."""
    levels = rules.plan.levels

    def key(level, zip5: int):
        if level.key == "zip5":
            return zip5
        if level.key == "all":
            return 0
        row = rules.lists.by_name[level.list].destination(zip5)
        return None if row < 0 else row

    # a set of alternatives: {pieces handed on: least cost so far}; it stands for the ZIPs it came from
    alternatives = [({count: Decimal(0)}, zip5) for zip5, count in counts.items()]
    for level, price in zip(levels, prices, strict=True):
        groups = defaultdict(list)
        passing = []
        for found, zip5 in alternatives:
            where = key(level, zip5)
            (passing if where is None else groups[where]).append((found, zip5))
        for members in groups.values():
            together: dict[int, Decimal] = {0: Decimal(0)}
            for found, _ in members:
                joined: dict[int, Decimal] = {}
                for one, cost in together.items():
                    for other, more in found.items():
                        total = cost + more
                        joined[one + other] = min(total, joined.get(one + other, total))
                together = joined
            handed: dict[int, Decimal] = {}
            for there, cost in together.items():
                for kept in [0, *range(level.minimum, there + 1)]:
                    total = cost + kept * price
                    handed[there - kept] = min(total, handed.get(there - kept, total))
            passing.append((handed, members[0][1]))
        alternatives = passing
    return sum((found[0] for found, _ in alternatives), Decimal(0))


def sorted_least(pieces: PieceColumns, rules: RuleBook, mailpiece=LETTER) -> PresortPlan:
    return plan_presort(pieces, rules, mailpiece=mailpiece, mailer_line="X", policy="least")


def lawful(plan: PresortPlan, rules: RuleBook) -> None:
    per_group = np.bincount(plan.group_of_piece, minlength=len(plan.groups.level))
    for row in np.flatnonzero(per_group).tolist():
        assert per_group[row] >= plan.levels[int(plan.groups.level[row])].minimum
    assert sorted(plan.source.tolist()) == list(range(plan.pieces))
    for level, rule in enumerate(rules.plan.levels):
        here = plan.level_of_piece == level
        if rule.key == "list":
            destination = rules.lists.by_name[rule.list].destinations(plan.zip5[here])
            assert np.array_equal(destination, plan.groups.key[plan.group_of_piece[here]])


small = st.dictionaries(st.sampled_from(ZIPS), st.integers(1, 12), min_size=1)


@settings(max_examples=150, deadline=None)
@given(small, st.integers(2, 6), st.integers(2, 9))
def test_automation_letters_cost_no_more_than_the_best_of_all_sorts(counts, five, aadc):
    rules = with_minimums(rules_on(), five, aadc)
    pieces = columns(counts)
    plan = sorted_least(pieces, rules)
    prices = [level.rate.value for level in plan.levels[:-1]]
    paid = sum(level.rate.value * level.pieces for level in plan.levels[:-1])
    assert paid == cheapest(counts, rules, prices)
    assert plan.postage <= plan.top_down_postage
    lawful(plan, rules)


@settings(max_examples=120, deadline=None)
@given(small, st.integers(2, 5), st.integers(2, 8), st.integers(2, 12))
def test_four_nested_levels(counts, five, three, adc):
    rules = with_minimums(book("mm-letter-nonmachinable"), five, three, adc)
    plan = sorted_least(columns(counts), rules, STIFF)
    prices = [level.rate.value for level in plan.levels[:-1]]
    paid = sum(level.rate.value * level.pieces for level in plan.levels[:-1])
    assert paid == cheapest(counts, rules, prices)
    lawful(plan, rules)


@settings(max_examples=60, deadline=None)
@given(small, st.integers(2, 5), st.integers(2, 8))
def test_levels_of_one_price(counts, five, adc):
    rules = with_minimums(book("fcm-letter-nonmachinable"), five, 3, adc)
    plan = sorted_least(columns(counts), rules, STIFF)
    prices = [level.rate.value for level in plan.levels[:-1]]
    assert sum(level.rate.value * level.pieces for level in plan.levels[:-1]) == cheapest(
        counts, rules, prices
    )


def test_ten_pieces_held_back_from_a_zip_bring_the_aadc_to_its_minimum():
    plan = sorted_least(columns({70801: 360, 70802: 100, 70806: 40}), rules_on())
    assert plan.level_counts == {"5D": 350, "AADC": 150, "MAADC": 0, "SP": 0}
    assert plan.top_down_postage == Money(307_56)  # 360 x 0.593 + 140 x 0.672
    assert plan.postage == Money(303_70)  # 350 x 0.593 + 150 x 0.641
    held_back = np.flatnonzero((plan.zip5 == 70801) & (plan.level_of_piece == 1))
    said = " ".join(explain_piece(plan, int(held_back[0]) + 1).sentences)
    assert "the mailing costs less with it in a coarser group" in said


def test_a_whole_zip_is_given_up_only_when_that_pays():
    # 150 pieces of the only full ZIP: kept, 149 x 0.672 + 150 x 0.593 = 189.078; given up, 299 x 0.641 = 191.659
    kept = sorted_least(columns({70801: 150, 70802: 149, 71101: 300}), rules_on())
    assert kept.level_counts == {"5D": 450, "AADC": 0, "MAADC": 149, "SP": 0}


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(ZIPS), st.one_of(st.integers(1, 149), st.integers(150, 420)), min_size=2),
    st.integers(0, 99),
)
def test_at_real_minimums_it_is_lawful_never_dearer_and_blind_to_order(counts, seed):
    pieces = columns({70805: 500, **counts})
    plan, rules = sorted_least(pieces, rules_on()), rules_on()
    lawful(plan, rules)
    assert plan.postage <= plan.top_down_postage
    other = shuffled(pieces, seed)
    again = sorted_least(other, rules)
    assert pieces.ids[plan.source].tolist() == other.ids[again.source].tolist()
    assert Counter(plan.level_of_piece.tolist()) == Counter(again.level_of_piece.tolist())


def test_it_needs_every_price_and_levels_that_nest():
    live = rule_book("fcm-letter-automation", LAST_YEAR, origin_zip5=70802, allow_test_only=True)
    scf = rule_book("mm-letter-automation", LAST_YEAR, origin_zip5=70802, allow_test_only=True, entry="DSCF")
    assert sorted_least(columns({70801: 600}), live).postage == Money(355_80)
    with pytest.raises(InvalidInput) as refused:
        sorted_least(columns({70801: 600, 70802: 50}), scf)
    assert refused.value.instance_code == "LEAST_POSTAGE"
