"""Presort against a dict-and-sort oracle that shares no code with it, and the properties no plan may break."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.findings import Severity
from kernel.money import Money, Rate
from postal.data.editions import DATA, InForce, editions
from postal.prices.prices import price_set
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.rule_book import rule_book
from tests.postal.mailings import (
    LAST_YEAR,
    LETTER,
    TODAY,
    columns,
    planned,
    rules_on,
    shuffled,
)

# 340 is a prefix of L002 that the stand-in AADC list does not have.
BATON_ROUGE_ZIPS = [70801, 70802, 70806, 70726]
ZIPS = [*BATON_ROUGE_ZIPS, 70112, 70113, 71101, 75601, 10001, 34012]


def oracle(pieces: PieceColumns, minimum: int = 150, mailing: int = 500) -> dict[int, tuple[str, str]]:
    """{id: (level, destination)} by plain counting, straight from the list's file."""
    aadc_of = {}
    with (DATA / "lists/L801.stand-in.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for run in row["zip3s"].split():
                first, _, last = run.partition("-")
                for prefix in range(int(first), int(last or first) + 1):
                    aadc_of[f"{prefix:03d}"] = row["label_zip"]
    rows = [
        (int(i), f"{z:05d}", int(r) >= 0)
        for i, z, r in zip(pieces.ids, pieces.zip5.tolist(), pieces.zip11, strict=True)
    ]
    automation = [(i, zip5) for i, zip5, has_point in rows if has_point]
    placed = {i: ("SP", "") for i, _, has_point in rows if not has_point}
    if len(automation) < mailing:
        return {i: ("SP", "") for i, _, _ in rows}
    by_zip = Counter(zip5 for _, zip5 in automation)
    left = []
    for i, zip5 in automation:
        if by_zip[zip5] >= minimum:
            placed[i] = ("5D", zip5)
        else:
            left.append((i, aadc_of.get(zip5[:3])))
    by_aadc = Counter(aadc for _, aadc in left)
    for i, aadc in left:
        enough = aadc is not None and by_aadc[aadc] >= minimum
        placed[i] = ("AADC", str(aadc)) if enough else ("MAADC", "")
    return placed


def as_placed(plan, pieces) -> dict[int, tuple[str, str]]:
    """The plan in the oracle's words."""
    placed = {}
    for n, tray in enumerate(plan.tray_of_piece.tolist()):
        label = plan.label(tray)
        destination = {"5D": f"{label.label_zip:05d}", "AADC": f"{label.label_zip:05d}"[:3]}.get(
            label.level, ""
        )
        placed[int(pieces.ids[plan.source[n]])] = (label.level, destination)
    return placed


near_minimum = st.one_of(st.integers(0, 20), st.integers(140, 160), st.integers(280, 420), st.just(1300))
mailings = st.builds(
    columns,
    st.dictionaries(st.sampled_from(ZIPS), near_minimum, min_size=1),
    st.dictionaries(st.sampled_from(ZIPS), st.integers(0, 30), max_size=3),
    seed=st.integers(0, 2**16),
).filter(len)


@settings(max_examples=60, deadline=None)
@given(mailings)
def test_every_piece_goes_where_plain_counting_puts_it(pieces):
    plan = planned(pieces)
    assert as_placed(plan, pieces) == oracle(pieces)


@settings(max_examples=60, deadline=None)
@given(mailings, st.integers(0, 2**16), st.sampled_from(["0.009", "0.02", "0.25"]))
def test_no_plan_breaks_the_rules(pieces, seed, thickness):
    plan = planned(pieces, thickness=thickness)
    trays = plan.trays
    # every piece in exactly one tray
    assert sorted(plan.source.tolist()) == list(range(len(pieces)))
    assert trays.first_piece.tolist() == (np.cumsum(trays.pieces) - trays.pieces + 1).tolist()
    assert int(trays.pieces.sum()) == len(pieces) == sum(plan.level_counts.values())
    # minimums are kept by whole destinations
    per_group = np.bincount(plan.group_of_piece, minlength=len(plan.groups.level))
    for row in np.flatnonzero(per_group).tolist():
        assert per_group[row] >= plan.levels[int(plan.groups.level[row])].minimum
        assert plan.groups.is_formed[row]
    # trays are never over length, and no destination has two half trays
    lengths = {"O": Decimal("10.25"), "T": Decimal(21), "E": Decimal("21.75")}
    for tray in range(1, len(trays) + 1):
        label = plan.label(tray)
        assert label.pieces * Decimal(thickness) <= lengths[label.tray_type]
    halves = trays.group[trays.tray_type == 1]
    assert len(halves) == len(set(halves.tolist()))
    # money adds up
    assert plan.postage.cents == int(
        (sum(lv.rate.value * lv.pieces for lv in plan.levels if lv.pieces) * 100 + Decimal("0.5")) // 1
    )
    # the order of input changes nothing
    other = shuffled(pieces, seed)
    again = planned(other, thickness=thickness)
    assert pieces.ids[plan.source].tolist() == other.ids[again.source].tolist()
    assert plan.tray_of_piece.tolist() == again.tray_of_piece.tolist()


@settings(max_examples=30, deadline=None)
@given(mailings)
def test_inside_a_tray_pieces_stand_by_delivery_point_then_id(pieces):
    plan = planned(pieces)
    level, tray = plan.level_of_piece, plan.tray_of_piece
    keys = list(
        zip(
            tray.tolist(),
            plan.zip5.tolist(),
            plan.zip11.tolist(),
            pieces.ids[plan.source].tolist(),
            strict=True,
        )
    )
    by_destination = [key for key, code in zip(keys, level.tolist(), strict=True) if code < 2]
    assert by_destination == sorted(by_destination)


def test_mixed_trays_are_sorted_by_aadc():
    # 718 belongs to Shreveport's AADC with 710: in a mixed tray it stands next to 710, before 712 would by ZIP
    plan = planned(columns({70801: 400, 71801: 30, 71101: 30, 71601: 40}))
    mixed = plan.zip5[plan.level_of_piece == 2].tolist()
    assert len(mixed) == 100
    assert list(dict.fromkeys(mixed)) == [71101, 71801, 71601]


def test_499_pieces_are_single_piece_and_500_are_not():
    short = planned(columns({70801: 499}))
    assert short.level_counts == {"5D": 0, "AADC": 0, "MAADC": 0, "SP": 499}
    assert [f.code for f in short.findings] == ["PRESORT_MINIMUM"]
    assert short.postage == short.single_piece_postage == Money(369_26)
    said = short.findings[0].message
    assert "$369.26" in said  # 499 x 0.74
    assert "$295.91" in said  # 499 x 0.593
    assert short.findings[0].severity is Severity.WARN
    enough = planned(columns({70801: 500}))
    assert enough.level_counts["5D"] == 500
    assert enough.findings == ()


def test_pieces_without_a_delivery_point_do_not_count_toward_the_minimum():
    plan = planned(columns({70801: 499}, {70801: 400}))
    assert plan.level_counts["SP"] == 899
    assert plan.automation_pieces == 499


def test_150_to_one_zip_and_the_rest_to_the_aadc():
    # AADC New Orleans of the stand-in: 700, 701, 703, 704
    spread = {70112 + i: 40 for i in range(10)}
    plan = planned(columns({70001: 150, **spread}))
    assert plan.level_counts == {"5D": 150, "AADC": 400, "MAADC": 0, "SP": 0}
    assert [plan.label(t).line_1 for t in (1, 2)] == ["METAIRIE LA 70001", "AADC NEW ORLEANS LA 700"]
    assert plan.label(1).line_2 == "FCM LTR 5D BC"
    assert (plan.label(2).cin, plan.label(2).label_zip) == (245, 70000)


def test_149_fall_to_the_aadc_and_a_thin_aadc_to_mixed():
    plan = planned(columns({70801: 149, 70802: 149, 70112: 149, 71101: 149}))
    assert plan.level_counts == {"5D": 0, "AADC": 298, "MAADC": 298, "SP": 0}
    assert plan.label(len(plan.trays)).line_1 == "MXD BATON ROUGE LA 707"


def test_residual_pieces_make_their_own_stream():
    plan = planned(columns({70801: 600}, {70801: 5, 10001: 3}))
    assert plan.level_counts == {"5D": 600, "AADC": 0, "MAADC": 0, "SP": 8}
    last = plan.label(len(plan.trays))
    assert (last.level, last.pieces, last.cin) == ("SP", 8, 0)
    assert plan.zip11[-8:].tolist() == [-1] * 8
    assert plan.groups.pieces[-1] == 8


def test_the_worked_example_of_the_statement():
    aadc = {71001 + i: 100 for i in range(30)}  # all of AADC Shreveport, none reaches 150
    mixed = dict.fromkeys((2101, 3001, 6101, 10001, 20001, 30301, 40201, 60601, 80201, 98101), 100)
    plan = planned(columns({70801: 6000, **aadc, **mixed}))
    assert plan.level_counts == {"5D": 6000, "AADC": 3000, "MAADC": 1000, "SP": 0}
    assert plan.postage == Money(6153_00)
    assert plan.single_piece_postage == Money(7400_00)


def test_a_live_price_that_is_missing_stops_only_the_mailing_it_concerns():
    rules = replace(rules_on(TODAY), prices=price_set(InForce(TODAY, editions())))
    assert planned(columns({70801: 600}), rules).postage == Money(372_60)  # 0.621 is known
    with pytest.raises(InvalidInput) as refused:
        planned(columns({70801: 600, 70802: 20, 10001: 5}), rules)
    assert refused.value.instance_code == "RATE_MISSING"
    assert [f.code for f in refused.value.findings] == ["RATE_MISSING"]
    assert "mixed AADC" in refused.value.findings[0].message
    with pytest.raises(InvalidInput) as both:
        planned(columns({70801: 600, 70802: 149, 70803: 149, 10001: 5}), rules)
    assert len(both.value.findings) == 2


def test_every_assumption_of_test_only_data_is_carried():
    plan = planned(columns({70801: 600, 70802: 149, 70803: 149, 10001: 5}), rules_on(TODAY))
    said = " ".join(plan.assumptions)
    assert "AADC, $0.641: 2025-07-13 price, NOT in force" in said
    assert "L801 stand-in: test-only, not for live mail" in said
    assert "prices 2026-07-12 demonstration: test-only" in said
    assert plan.editions[0] == "sort-plan/fcm-letter-automation 2026-11-22"


def test_a_heavy_letter_has_no_metered_comparison_in_2025_but_is_planned():
    heavy = replace(LETTER, weight_oz=Decimal(2))
    plan = planned(columns({70801: 600}), mailpiece=heavy)
    assert (plan.postage, plan.single_piece_postage, plan.single_piece_rate) == (Money(355_80), None, None)
    with pytest.raises(InvalidInput) as refused:  # with residual pieces that price is needed
        planned(columns({70801: 600}, {70801: 1}), mailpiece=heavy)
    assert refused.value.instance_code == "RATE_MISSING"


def test_nonmachinable_letters_left_over_pay_the_surcharge():
    rules = rule_book(
        "fcm-letter-nonmachinable", InForce(LAST_YEAR, editions(), allow_test_only=True), origin_zip5=70802
    )
    stiff = replace(LETTER, features=frozenset({"rigid"}))
    plan = planned(columns({70801: 100}), rules, mailpiece=stiff)
    assert (plan.single_piece_rate, plan.postage) == (Rate.of("1.23"), Money(123_00))  # 0.74 + 0.49
    assert any("with the surcharge of 0.49" in said for said in plan.assumptions)
    tables = {name: table for name, table in rules.prices.tables.items() if "surcharge" not in name}
    with pytest.raises(InvalidInput, match="surcharge"):
        planned(
            columns({70801: 100}),
            replace(rules, prices=replace(rules.prices, tables=tables)),
            mailpiece=stiff,
        )


def test_cards_pay_card_prices():
    card = replace(
        LETTER,
        length_in=Decimal(6),
        height_in=Decimal("4.25"),
        thickness_in=Decimal("0.009"),
        construction="card",
    )
    plan = planned(columns({70801: 1000}), mailpiece=card)
    assert (plan.shape, plan.postage) == ("card", Money(420_00))
    assert plan.single_piece_rate == Rate.of("0.61")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"weight_oz": Decimal(4)}, "PIECE_NOT_ADMITTED"),
        ({"weight_oz": Decimal(0)}, "PIECE_NOT_ADMITTED"),
        ({"features": frozenset({"closure"})}, "PIECE_NOT_ADMITTED"),
        ({"length_in": Decimal("11.4")}, "PIECE_NOT_ADMITTED"),
    ],
)
def test_pieces_that_may_not_travel_here(changes, code):
    with pytest.raises(InvalidInput) as refused:
        planned(columns({70801: 600}), mailpiece=replace(LETTER, **changes))
    assert refused.value.instance_code == code


@pytest.mark.parametrize(
    ("zip5", "zip11"),
    [([100_000], [-1]), ([-1], [-1]), ([70801], [70802_1234_01]), ([70801, 70802], [-1])],
)
def test_columns_that_cannot_be_a_mailing(zip5, zip11):
    with pytest.raises(InvalidInput) as refused:
        PieceColumns.of(zip5, zip11)
    assert refused.value.instance_code == "PIECE_COLUMNS"


def test_other_refusals():
    pieces, rules = columns({70801: 600}), rules_on(LAST_YEAR)
    with pytest.raises(InvalidInput, match="at least one piece"):
        planned(PieceColumns.of([], []))
    with pytest.raises(InvalidInput, match="policy"):
        plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="", policy="cheapest")
    with pytest.raises(InvalidInput, match="paid by"):
        plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="", payment="gold")


def test_lookups_by_piece_and_tray():
    plan = planned(columns({70801: 2000}))
    assert len(plan.trays) == 2
    assert [plan.tray_holding(n) for n in (1, 1050, 1051, 2000)] == [1, 1, 2, 2]
    assert plan.trays.is_full.tolist() == [True, True]
    assert plan.label(2).tray_type == "T"
    for outside in (0, 2001):
        with pytest.raises(IndexError):
            plan.tray_holding(outside)
    for outside in (0, 3):
        with pytest.raises(IndexError):
            plan.label(outside)


def test_a_looser_packing_takes_more_trays():
    pieces = columns({70801: 1000})
    assert len(planned(pieces).trays) == 1
    assert len(planned(pieces, rules_on(packing_factor="0.9")).trays) == 2


def test_a_destination_the_zip_table_does_not_know_is_found():
    plan = planned(columns({70801: 400, 70000: 200}))
    assert [f.code for f in plan.findings] == ["TRAY_LABEL_CITY"]
    assert "70000" in plan.findings[0].message
    assert plan.label(1).line_1 == "70000"
