"""Bin plans: destinations are the presort's, stacks end in its order, bins are used where they save most."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.barcode_sorter.bin_plan import FIRST, RESIDUE, BinPlan, Sorter, feed_name, feed_path, plan_bins
from postal.barcode_sorter.bin_plan_file import bin_plan_bytes, read_bin_plan
from postal.barcode_sorter.density import Density, read_density
from postal.barcode_sorter.log import SorterLog
from postal.barcode_sorter.simulator import simulate
from postal.data.editions import InForce, editions
from postal.sorting.rule_book import rule_book
from tests.postal.mailings import BATON_ROUGE, LAST_YEAR, LETTER, planned, rules_on
from tests.postal.sorters import TAGS, bin_plan, density, log, machine, mail


@st.composite
def densities(draw):
    zips = draw(st.lists(st.integers(501, 99_950), min_size=1, max_size=25, unique=True))
    near = draw(st.integers(1, 12))
    pieces = draw(st.lists(st.integers(1, 400), min_size=len(zips) + near, max_size=len(zips) + near))
    return Density.of([*zips, *range(70801, 70801 + near)], pieces)


def stacks(found: SorterLog, plan: BinPlan) -> dict[tuple[int, ...], np.ndarray]:
    """Rows of the log by the stack they lie in at the end: those of shared bins were fed again."""
    shared = set(plan.feeds)
    lying: dict[tuple[int, ...], list[int]] = {}
    for row, (feed, bin_) in enumerate(zip(found.feed.index.tolist(), found.bin.tolist(), strict=True)):
        path = (*feed_path(found.feed.names[feed]), bin_)
        if feed_name(path) not in shared:
            lying.setdefault(path, []).append(row)
    return {path: np.array(rows) for path, rows in lying.items()}


@given(densities(), st.integers(8, 40), st.integers(2, 3))
@settings(max_examples=40, deadline=None)
def test_stacks_in_their_sequence_are_the_presort_in_tray_order(found, bins, passes):
    try:
        plan = bin_plan(found, bins=bins, passes=passes)
    except InvalidInput as refused:
        assert refused.instance_code == "SORTER_REACH"
        return
    presort = planned(mail(found), rules_on())
    run = simulate(plan, mail(found), TAGS, machine(), seed=1)
    lying = stacks(run, plan)
    in_order = [run.zip5[lying.pop(one.path)] for one in plan.destinations]
    residue = [run.zip5[rows] for _, rows in sorted(lying.items())]
    zips = np.concatenate([*in_order, *residue]) if residue or in_order else np.zeros(0)
    groups = presort.group_of_piece
    group_of = dict(zip(presort.zip5.tolist(), groups.tolist(), strict=True))
    assert [group_of[zip5] for zip5 in zips.tolist()] == groups.tolist()
    assert plan.pieces == presort.pieces
    assert plan.handlings == len(run) <= plan.naive


@given(densities())
@settings(max_examples=30, deadline=None)
def test_mixed_trays_are_sorted_inside_where_the_bins_reach(found):
    plan = bin_plan(found, bins=40, passes=2)
    presort = planned(mail(found), rules_on())
    run = simulate(plan, mail(found), TAGS, machine(), seed=1)
    lying = stacks(run, plan)
    stacked = np.concatenate(
        [
            *(run.zip5[lying[one.path]] for one in plan.destinations),
            *([run.zip5[lying[39,]]] if (39,) in lying else []),
        ]
    )
    within = rules_on().lists.by_name["L801"]

    def keys(zips):
        return within.destinations(zips.astype(np.int32)).tolist()

    if not presort.is_under_minimum:
        assert keys(stacked) == keys(presort.zip5)


def test_bins_are_within_the_machine_and_say_what_they_hold():
    plan = bin_plan()
    for feed in plan.feeds:
        bins = plan.bins(feed)
        assert len({row.bin for row in bins}) == len(bins) <= 16
        assert [row.holds for row in bins[-2:]] == ["residue", "rejects"]
        assert all(1 <= row.bin <= 16 for row in bins)
    first = plan.bins(FIRST)
    assert sum(row.pieces for row in first) == plan.pieces
    full = max(first, key=lambda row: row.pieces)
    assert full.sweeps == -(-full.pieces // 400) - 1 > 0
    assert {feed_name((row.bin,)) for row in first if row.holds == "shared"} <= set(plan.feeds)
    assert bin_plan(stacker=0).bins(FIRST)[0].sweeps == 0


def test_a_destination_is_explained_in_words():
    plan = bin_plan()
    thin = min(plan.destinations, key=lambda one: one.pieces)
    said = " ".join(plan.tell(thin))
    assert "In pass 1 it shares bin" in said
    assert "to itself" in said
    dense = max(plan.destinations, key=lambda one: one.pieces)
    assert "number 1 of" in plan.tell(dense)[0]
    assert len(dense.path) == 1
    unknown = int(np.flatnonzero(plan.destination_of == RESIDUE)[0])
    assert "residue" in plan.explain(unknown)[0]


def test_a_plan_is_kept_as_text_and_read_again():
    plan = bin_plan()
    again = read_bin_plan(bin_plan_bytes(plan))
    assert bin_plan_bytes(again) == bin_plan_bytes(plan)
    assert (again.destination_of == plan.destination_of).all()
    with pytest.raises(InvalidInput, match="not a bin plan"):
        read_bin_plan(b'{"format": "other"}')


def test_what_the_bins_do_not_reach_is_given_up_inside_mixed_trays_first_and_then_refused():
    found = density(thin=400)
    plan = bin_plan(found, bins=12, passes=2)
    assert "SORTER_MIXED" in {finding.code for finding in plan.findings}
    assert "SORTER_MIXED" not in {finding.code for finding in bin_plan(found, bins=12, passes=3).findings}
    with pytest.raises(InvalidInput) as refused:
        bin_plan(found, bins=4, passes=2)
    assert refused.value.instance_code == "SORTER_REACH"


def test_pieces_without_a_delivery_point_are_residue_where_the_sort_needs_it():
    found = density()
    plan = bin_plan(found)
    run = log(plan, found, bare=10)
    first = run.feed.index == 0
    assert set(run.bin[first & (run.digits == 5)].tolist()) == {plan.sorter.residue_bin}
    assert plan.residue == 0


def test_too_few_pieces_for_the_class_are_all_residue():
    plan = bin_plan(Density.of([70801], [100]))
    assert plan.destinations == ()
    assert plan.residue == plan.handlings == 100
    assert plan.feeds == (FIRST,)
    assert "PRESORT_MINIMUM" in {finding.code for finding in plan.findings}


@pytest.mark.parametrize("sorter", [Sorter(3, 2), Sorter(601, 2), Sorter(16, 0), Sorter(16, 5)])
def test_a_machine_that_cannot_be_is_refused(sorter):
    with pytest.raises(InvalidInput) as refused:
        plan_bins(density(), rules_on(), mailpiece=LETTER, sorter=sorter)
    assert refused.value.instance_code == "SORTER_MACHINE"


def test_bundles_and_routes_are_not_for_a_sorter():
    rules = rule_book(
        "mm-letter-carrier-route",
        InForce(LAST_YEAR, editions(), allow_test_only=True),
        origin_zip5=BATON_ROUGE,
    )
    with pytest.raises(InvalidInput) as refused:
        plan_bins(density(), rules, mailpiece=LETTER, sorter=Sorter(16, 2))
    assert refused.value.instance_code == "SORTER_SORT_PLAN"


def test_density_comes_from_counts_or_from_a_list():
    counts = read_density(pa.table({"zip": ["70801", "70112", "70801"], "Pieces": ["5", "7", "1"]}))
    assert (counts.zip5.tolist(), counts.pieces.tolist()) == ([70112, 70801], [7, 6])
    rows = read_density(pa.table({"zip": ["70801-1234", "", "70801"]}))
    assert (rows.zip5.tolist(), rows.pieces.tolist()) == ([70801], [2])
    assert rows.findings[0].code == "ZIP_INVALID"
    for wrong in ("-1", "x", "", "99999999"):
        with pytest.raises(InvalidInput) as refused:
            read_density(pa.table({"zip": ["70801"], "pieces": [wrong]}))
        assert refused.value.instance_code == "SORTER_DENSITY"
    with pytest.raises(InvalidInput):
        Density.of([70801], [0])
