"""Print streams mailed together: levels as one mailing, trays apart, nothing lost between them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.data.editions import InForce, editions
from postal.piece.mailpiece import Mailpiece
from postal.sorting.explain import explain_piece
from postal.sorting.presort import POLICIES, plan_presort
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.rule_book import rule_book
from postal.sorting.streams import Stream, plan_streams
from tests.postal.mailings import BATON_ROUGE, LAST_YEAR, LETTER, columns, planned, rules_on

THICK = replace(
    LETTER,
    length_in=Decimal(9),
    height_in=Decimal(6),
    thickness_in=Decimal("0.05"),
    weight_oz=Decimal("0.9"),
)
LINE = "STATE MAIL BATON ROUGE LA 708"
ZIPS = [70801, 70802, 70806, 70112, 71101, 10001, 34012]
RULES = rules_on(LAST_YEAR)
SMALL = replace(
    RULES,
    plan=replace(
        RULES.plan,
        minimum_pieces=6,
        levels=tuple(replace(level, minimum=min(level.minimum, 5)) for level in RULES.plan.levels),
    ),
)


def parted(pieces: PieceColumns, streams: int = 2) -> list[PieceColumns]:
    return [pieces.take(np.flatnonzero(pieces.ids % streams == number)) for number in range(streams)]


def together(parts, rules=SMALL, policy="top-down"):
    mailpieces = (LETTER, THICK, LETTER)
    streams = [Stream(part, piece) for part, piece in zip(parts, mailpieces, strict=False)]
    return plan_streams(streams, rules, mailer_line=LINE, policy=policy)


mailing = st.tuples(
    st.dictionaries(st.sampled_from(ZIPS), st.integers(1, 12), min_size=1),
    st.dictionaries(st.sampled_from(ZIPS), st.integers(1, 4), max_size=2),
    st.integers(0, 99),
)


@settings(max_examples=60, deadline=None)
@given(mailing, st.sampled_from(POLICIES), st.integers(2, 3))
def test_the_streams_are_the_mailing(case, policy, count):
    with_point, without, seed = case
    everything = columns(with_point, without, seed=seed)
    parts = [part for part in parted(everything, count) if len(part)]
    plans = together(parts, policy=policy)
    joint = plan_presort(everything, SMALL, mailpiece=LETTER, mailer_line=LINE, policy=policy)
    assert sum(plan.pieces for plan in plans) == joint.pieces
    for index, level in enumerate(joint.levels):
        assert sum(plan.levels[index].pieces for plan in plans) == level.pieces
        assert sum(plan.levels[index].postage.value for plan in plans) == level.postage.value
    for plan, part in zip(plans, parts, strict=True):
        assert sorted(plan.source.tolist()) == list(range(len(part)))  # every piece in one tray of its stream
        assert int(plan.trays.pieces.sum()) == len(part)
        assert plan.automation_pieces == joint.automation_pieces
        assert (plan.zip5 == part.zip5[plan.source]).all()
    assert sum(p.top_down_postage.cents for p in plans) - joint.top_down_postage.cents in range(-2, 3)


def test_one_stream_is_a_plain_mailing():
    pieces = columns({70801: 300, 70802: 260})
    (plan,) = together([pieces], RULES)
    alone = planned(pieces)
    assert (plan.source == alone.source).all()
    assert plan.postage == alone.postage


def test_neither_reaches_a_minimum_alone_and_both_do_together():
    parts = parted(columns({70801: 200, 70802: 300}))
    assert all(planned(part).level_counts["SP"] == len(part) for part in parts)
    plans = together(parts, RULES)
    assert [plan.level_counts["5D"] for plan in plans] == [len(part) for part in parts]
    assert not any(finding.code == "PRESORT_MINIMUM" for plan in plans for finding in plan.findings)
    assert plans[0].tray_types == ("T", "O")
    assert plans[1].tray_types == ("E",)  # the tall piece has trays of its own
    assert any("200 pieces" in sentence for sentence in explain_piece(plans[0], 1).sentences)


def test_two_weight_steps_are_two_mailings():
    rules = rule_book(
        "fcm-flat-automation-tray",
        InForce(LAST_YEAR, editions(), allow_test_only=True),
        origin_zip5=BATON_ROUGE,
    )
    light, heavy = (
        Mailpiece(Decimal(12), Decimal(9), Decimal("0.1"), Decimal(weight)) for weight in ("0.9", "1.8")
    )
    parts = parted(columns({70801: 300, 70802: 300}))
    streams = [Stream(parts[0], light), Stream(parts[1], heavy)]
    with pytest.raises(InvalidInput) as refusal:
        plan_streams(streams, rules, mailer_line=LINE)
    assert refusal.value.instance_code == "STREAMS_DIFFER"
