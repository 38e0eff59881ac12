"""Explanations agree with the plan, level by level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postal.sorting.explain import explain_level, explain_piece, explain_tray
from postal.sorting.presort import plan_presort
from tests.postal.mailings import LETTER, columns, planned, rules_on

MAILING = columns({70801: 200, 70802: 149, 70806: 30, 71101: 120, 34012: 7}, {70801: 3})


def piece_of(plan, zip5: int, *, with_point: bool = True) -> int:
    for n, (z, point) in enumerate(zip(plan.zip5.tolist(), plan.zip11.tolist(), strict=True), start=1):
        if z == zip5 and (point >= 0) is with_point:
            return n
    raise AssertionError("no such piece")


def test_the_level_a_piece_missed_and_the_one_it_reached():
    plan = planned(MAILING)
    said = explain_piece(plan, piece_of(plan, 70802))
    assert said.level == "AADC"
    assert [(s.level, s.pieces, s.missing, s.is_formed) for s in said.steps] == [
        ("5D", 149, 1, False),
        ("AADC", 179, 0, True),
    ]
    assert said.sentences == (
        f"Piece {said.piece:,} is in tray 2, AADC BATON ROUGE LA 707, at the AADC level.",
        "5-digit: ZIP 70802 has 149 of 150 pieces, 1 missing.",
        "AADC: AADC BATON ROUGE LA 707 has 179 pieces, 150 needed: formed.",
        "It costs $0.641; as a single piece it would cost $0.74, $0.099 more.",
    )


def test_a_piece_of_a_prefix_the_list_does_not_have():
    plan = planned(MAILING)
    said = explain_piece(plan, piece_of(plan, 34012))
    assert said.level == "MAADC"
    assert "prefix 340 (not on the list) has 0 of 150" in said.sentences[2]
    assert said.sentences[3] == "mixed AADC: every piece left goes here, 127 of them."


def test_a_piece_without_a_delivery_point():
    plan = planned(MAILING)
    said = explain_piece(plan, piece_of(plan, 70801, with_point=False))
    assert (said.level, said.steps) == ("SP", ())
    assert "no usable delivery point" in said.sentences[1]
    assert said.sentences[-1] == "It costs $0.74, the single-piece price."


def test_a_mailing_under_the_minimum():
    plan = planned(columns({70801: 200}))
    said = explain_piece(plan, 1)
    assert "200 automation pieces and needs 500" in said.sentences[1]


def test_every_piece_of_every_zip_is_explained_as_placed():
    plan = planned(MAILING, rules_on())
    for n in range(1, plan.pieces + 1):
        said = explain_piece(plan, n)
        assert said.tray == plan.tray_of_piece[n - 1]
        assert said.level == plan.levels[int(plan.level_of_piece[n - 1])].code
        if said.steps:
            assert said.steps[-1].is_formed
            assert not any(step.is_formed for step in said.steps[:-1])
    with pytest.raises(IndexError):
        explain_piece(plan, plan.pieces + 1)


def test_pieces_held_back_are_told_with_the_money():
    pieces = columns({70801: 360, 70802: 100, 70806: 40})
    plan = plan_presort(pieces, rules_on(), mailpiece=LETTER, mailer_line="X", policy="least")
    # 10 x (0.641 - 0.593) = 0.48 more, 140 x (0.672 - 0.641) = 4.34 less: the 3.86 against top-down
    told = (
        "AADC BATON ROUGE LA 707 has 10 pieces held back from finer groups that had enough, so that it reaches 150: "
        "they cost $0.48 more, its other 140 $4.34 less than at the mixed AADC level: saves $3.86."
    )
    assert plan.top_down_postage.cents - plan.postage.cents == 386
    held_back = int(np.flatnonzero((plan.zip5 == 70801) & (plan.level_of_piece == 1))[0]) + 1
    assert told in explain_piece(plan, held_back).sentences
    assert told in explain_tray(plan, 2)
    assert told in explain_level(plan, "AADC")
    assert "BATON ROUGE LA 70801 keeps 350 of 360 pieces: 10 held back for a coarser group." in explain_level(
        plan, "5D"
    )
    ordinary = planned(pieces)
    assert not any(
        "held back" in line for level in ordinary.levels for line in explain_level(ordinary, level.code)
    )


@settings(max_examples=20, deadline=None)
@given(
    st.dictionaries(st.sampled_from([70801, 70802, 70806, 70112, 71101]), st.integers(100, 420), min_size=2)
)
def test_what_one_held_back_group_saves_is_what_the_plan_saves(counts):
    plan = plan_presort(
        columns({70805: 500, **counts}), rules_on(), mailpiece=LETTER, mailer_line="X", policy="least"
    )
    told = [line for line in explain_level(plan, "AADC") if "so that it reaches" in line]
    saved = plan.top_down_postage.cents - plan.postage.cents
    assert bool(told) is (saved > 0)
    assert sum(int(line.rpartition("$")[2].strip(".").replace(".", "")) for line in told) in range(
        saved - 2, saved + 3
    )
