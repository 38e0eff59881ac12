"""Least postage against two oracles: one tries every number of pieces in every group and trusts that groups nest,
the other tries every split of every ZIP over all its groups and trusts nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.money import Money, Rate
from postal.data.editions import InForce, editions
from postal.sorting.explain import explain_piece
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PieceColumns, PresortPlan
from postal.sorting.rule_book import RuleBook, rule_book
from tests.postal.mailings import LAST_YEAR, LETTER, columns, rules_on, shuffled
from tests.postal.test_every_plan import FLAT, STIFF, book

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


def groups_of(zip5: int, rules: RuleBook) -> list[tuple[int, int]]:
    """(level, group) that a ZIP may go to."""
    found = []
    for index, level in enumerate(rules.plan.levels):
        if level.entry == "DSCF" and not rules.earns_entry("DSCF", np.array([zip5], np.int32))[0]:
            continue
        row = zip5 if level.key == "zip5" else 0
        if level.key == "list":
            row = rules.lists.by_name[level.list].destination(zip5)
        found += [(index, row)] if row >= 0 else []
    return found


def shares(pieces: int, ways: int):
    """Every way to share pieces out."""
    if ways == 1:
        yield (pieces,)
        return
    for first in range(pieces + 1):
        yield from ((first, *rest) for rest in shares(pieces - first, ways - 1))


def every_split(counts: dict[int, int], rules: RuleBook, prices: list[Decimal]) -> Decimal:
    """Least postage with no thought of nesting: ZIP by ZIP every way to share out its pieces; of the groups only
    how full they are is kept, up to their minimum.
    """
    minimums = [level.minimum for level in rules.plan.levels]
    groups = {zip5: groups_of(zip5, rules) for zip5 in counts}
    last_zip = {g: zip5 for zip5 in counts for g in groups[zip5]}
    best: dict[tuple, Decimal] = {(): Decimal(0)}
    for zip5, pieces in counts.items():
        grown: dict[tuple, Decimal] = {}
        for filled, cost in best.items():
            for share in shares(pieces, len(groups[zip5])):
                now, total = dict(filled), cost
                for g, more in zip(groups[zip5], share, strict=True):
                    total += more * prices[g[0]]
                    if more:
                        now[g] = min(minimums[g[0]], now.get(g, 0) + more)
                done = [g for g in groups[zip5] if last_zip[g] == zip5]
                if all(now.pop(g, minimums[g[0]]) >= minimums[g[0]] for g in done):
                    state = tuple(sorted(now.items()))
                    grown[state] = min(total, grown.get(state, total))
        best = grown
    return best[()]


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
def test_at_real_minimums_it_is_lawful_never_costlier_and_blind_to_order(counts, seed):
    pieces = columns({70805: 500, **counts})
    plan, rules = sorted_least(pieces, rules_on()), rules_on()
    lawful(plan, rules)
    assert plan.postage <= plan.top_down_postage
    other = shuffled(pieces, seed)
    again = sorted_least(other, rules)
    assert pieces.ids[plan.source].tolist() == other.ids[again.source].tolist()
    assert Counter(plan.level_of_piece.tolist()) == Counter(again.level_of_piece.tolist())


def scf_of_one_prefix(rules: RuleBook, prefix: int = 708) -> RuleBook:
    """The rules with an SCF that serves less than its AADC, as SCFs do."""
    name = rules.plan.scf_list
    scf = rules.lists.by_name[name]
    served = scf.destination_of.copy()
    served[served == served[prefix]] = -1
    served[prefix] = 0
    lists = {**rules.lists.by_name, name: replace(scf, destination_of=served)}
    return replace(rules, lists=replace(rules.lists, by_name=lists))


few = st.dictionaries(st.sampled_from([70801, 70802, 70701, 70112, 34012]), st.integers(1, 6), min_size=1)


@pytest.mark.parametrize("plan_id", ["mm-letter-automation", "np-letter-automation", "mm-letter-machinable"])
@settings(max_examples=30, deadline=None)
@given(few, st.integers(2, 4), st.integers(2, 5), st.booleans())
def test_entry_at_the_scf(plan_id, counts, five, aadc, is_smaller):
    rules = book(plan_id, entry="DSCF")
    rules = scf_of_one_prefix(rules) if is_smaller else rules
    minimums = [aadc if level.price_level == "AADC" else five for level in rules.plan.levels[:-1]]
    rules = with_minimums(rules, *minimums)
    plan = sorted_least(columns(counts), rules)
    prices = [level.rate.value for level in plan.levels[:-1]]
    paid = sum(level.rate.value * level.pieces for level in plan.levels[:-1])
    assert paid == every_split(counts, rules, prices)
    assert plan.postage <= plan.top_down_postage
    lawful(plan, rules)


@settings(max_examples=25, deadline=None)
@given(few, st.integers(2, 3), st.integers(2, 4), st.integers(2, 5))
def test_nonmachinable_letters_at_the_scf_have_seven_levels(counts, five, three, adc):
    rules = scf_of_one_prefix(book("mm-letter-nonmachinable", entry="DSCF"))
    rules = with_minimums(rules, five, three, adc, five, three, adc)
    plan = sorted_least(columns({zip5: min(n, 4) for zip5, n in counts.items()}), rules, STIFF)
    counts = {zip5: min(n, 4) for zip5, n in counts.items()}
    prices = [level.rate.value for level in plan.levels[:-1]]
    paid = sum(level.rate.value * level.pieces for level in plan.levels[:-1])
    assert paid == every_split(counts, rules, prices)


@settings(max_examples=30, deadline=None)
@given(few, st.integers(2, 4), st.integers(2, 5))
def test_the_two_oracles_agree(counts, five, aadc):
    rules = with_minimums(rules_on(), five, aadc)
    prices = [Decimal("0.593"), Decimal("0.641"), Decimal("0.672")]
    assert cheapest(counts, rules, prices) == every_split(counts, rules, prices)


@pytest.mark.parametrize("plan_id", ["mm-letter-carrier-route", "np-flat-carrier-route"])
@pytest.mark.parametrize("entry", ["origin", "DSCF"])
@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from([70801, 70112]), st.integers(1, 5)), st.integers(1, 14), min_size=1
    )
)
def test_routes_go_to_the_cheapest_level_they_reach(plan_id, entry, counts):
    rules = book(plan_id, entry=entry)
    small = {300: 9, 125: 6, 10: 3}
    levels = tuple(replace(level, minimum=small[level.minimum]) for level in rules.plan.levels)
    rules = replace(rules, plan=replace(rules.plan, levels=levels, minimum_pieces=1, minimum_lb=""))
    where = [place for place, pieces in counts.items() for _ in range(pieces)]
    zip5 = np.array([zip5 for zip5, _ in where])
    pieces = PieceColumns.of(zip5, zip5 * 1_000_000, route=[1_000 + route for _, route in where])
    piece = FLAT if "flat" in plan_id else LETTER
    plan = sorted_least(pieces, rules, piece)
    rates = [level.rate.value for level in plan.levels]
    served = {70801: True, 70112: entry == "origin"}
    wanted = Decimal(0)
    for (zip5, _), n in counts.items():
        reached = [
            price
            for price, level in zip(rates, levels, strict=False)
            if n >= level.minimum and (level.entry == "origin" or served[zip5])
        ]
        wanted += n * min(reached, default=rates[-1])
    assert sum(level.rate.value * level.pieces for level in plan.levels) == wanted


def test_it_needs_every_price():
    live = rule_book(
        "fcm-letter-automation", InForce(LAST_YEAR, editions(), allow_test_only=True), origin_zip5=70802
    )
    assert sorted_least(columns({70801: 600}), live).postage == Money(355_80)


def test_a_coarser_level_that_is_cheaper_is_refused():
    rules = rules_on()
    table = rules.plan.price_tables["letter"]
    cells = tuple(
        replace(cell, rate=Rate.of("0.70")) if cell.level == "5-digit" else cell
        for cell in rules.prices.tables[table].cells
    )
    tables = {**rules.prices.tables, table: replace(rules.prices.tables[table], cells=cells)}
    with pytest.raises(InvalidInput) as refused:
        sorted_least(
            columns({70801: 600, 70802: 50}), replace(rules, prices=replace(rules.prices, tables=tables))
        )
    assert refused.value.instance_code == "LEAST_POSTAGE"
