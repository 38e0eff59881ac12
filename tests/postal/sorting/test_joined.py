"""Streams joined to one plan: pieces, levels, trays and money of all, each tray with its place in loading order; every
paper of the mailing ties to it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import Money, Rate, extend, to_cents, total
from postal.maildat.mailing import Serials, describe
from postal.maildat.overview import piece_list
from postal.maildat.records import to_arrow
from postal.maildat.validate import validate
from postal.papers.tie import label_figures, maildat_figures, report_figures, statement_figures, tie
from postal.sorting.joined import UNLIKE_WEIGHTS, joined
from postal.sorting.presort import POLICIES, plan_presort
from postal.sorting.presort_plan import stream_name
from postal.sorting.streams import Stream, plan_streams
from tests.postal.maildat_sets import mailing
from tests.postal.mailings import LETTER, columns
from tests.postal.papers.test_tie import report_rows, statement_rows
from tests.postal.sorting.test_streams import LINE, RULES, SMALL, THICK, parted, together
from tests.postal.sorting.test_streams import mailing as pieces_of_a_mailing
from tests.postal.test_every_plan import PLANS, book, mail, piece_for

JOBS = 5  # of each stream, as ``columns`` deals them


def check(plan, plans):
    """Nothing is lost or told twice, and trays stand in loading order."""
    where = plan.joining
    assert plan.pieces == sum(one.pieces for one in plans)
    assert plan.postage == Money(sum(one.postage.cents for one in plans))
    assert plan.postage == Money(sum(part.postage.cents for part in plan.statements))  # rounded once
    seen = set(zip(where.stream_of_tray.tolist(), where.tray_in_stream.tolist(), strict=True))
    assert seen == {(n, tray) for n, one in enumerate(plans) for tray in range(1, len(one.trays) + 1)}
    stream = np.repeat(plan.stream_of_tray, plan.trays.pieces)
    for number, one in enumerate(plans):
        own = stream == number
        within = plan.number_in_stream[own] - 1
        assert sorted(within.tolist()) == list(range(one.pieces))
        for name in ("zip5", "zip11"):
            assert (getattr(plan, name)[own] == getattr(one, name)[within]).all()
        assert (plan.job[own] == one.job[within] + JOBS * number).all()
        assert (plan.alone_level is None) == (one.alone_level is None)
    for place in range(1, len(plan.trays) + 1):
        own = plans[where.stream_of_tray[place - 1]].label(int(where.tray_in_stream[place - 1]))
        label = plan.label(place)
        assert (label.line_1, label.line_2, label.label_zip, label.tray_type, label.pieces) == (
            own.line_1, own.line_2, own.label_zip, own.tray_type, own.pieces,
        )  # fmt: skip
    assert (np.diff(plan.trays.level.astype(int)) >= 0).all()
    places = list(zip(plan.trays.level.tolist(), plan.trays.line_1, strict=True))
    assert len(set(places)) == 1 + sum(one != other for one, other in pairwise(places))


@settings(max_examples=40, deadline=None)
@given(pieces_of_a_mailing, st.sampled_from(POLICIES), st.integers(2, 3))
def test_streams_are_joined_without_loss(case, policy, count):
    with_point, without, seed = case
    parts = [part for part in parted(columns(with_point, without, seed=seed), count) if len(part)]
    plans = together(parts, policy=policy)
    plan = joined(plans, [JOBS] * len(plans))
    if len(plans) == 1:
        assert plan is plans[0]
        return
    check(plan, plans)
    everything = plan_presort(
        columns(with_point, without, seed=seed), SMALL, mailpiece=LETTER, mailer_line=LINE, policy=policy
    )
    groups = [
        {
            (int(level), int(key)): (int(pieces), bool(formed))
            for level, key, pieces, formed in zip(
                one.groups.level, one.groups.key, one.groups.pieces, one.groups.is_formed, strict=True
            )
            if level < len(everything.levels) - 1
        }
        for one in (plan, everything)
    ]
    assert groups[0] == groups[1]
    unit = {zip5: plan.units.row(zip5, -1) for zip5 in set(plan.zip5[plan.zip11 >= 0].tolist())}
    assert all(int(plan.units.zip5[row]) == zip5 for zip5, row in unit.items())


@pytest.mark.parametrize("plan_id", PLANS)
def test_the_papers_of_two_streams_of_every_plan_tie(plan_id):
    pieces, rules = mail(1, 2_400), book(plan_id)
    light = piece_for(plan_id)
    heavy = replace(light, weight_oz=light.weight_oz + light.weight_oz / 8)
    streams = [Stream(part, one) for part, one in zip(parted(pieces), (light, heavy), strict=True)]
    plans = plan_streams(streams, rules, mailer_line=LINE)
    plan = joined(plans, [JOBS] * 2)
    check(plan, plans)
    made = mailing(plan, owner_of_job=(0, 1, 2, 0, 1) * 2)
    described = describe(plan, made, version="26-1").maildat
    labels = [(plan.label(place), made.tray_barcodes[place - 1]) for place in range(1, len(plan.trays) + 1)]
    papers = [
        *(statement_figures(statement_rows(plan, part.form)) for part in plan.statements),
        report_figures(report_rows(plan)),
        label_figures(labels),
        maildat_figures(described),
    ]
    tie(plan, papers, barcodes=list(made.tray_barcodes))
    assert [finding for finding in validate(described) if finding.severity == "stop"] == []
    weights = set(to_arrow(described["mpu"])["MPU-1103"].to_pylist())
    assert len(weights) == 2


def test_pieces_keep_the_serials_of_their_streams():
    plans = together(parted(columns({70801: 300, 70802: 400, 10001: 30})), RULES)
    plan = joined(plans, [JOBS] * 2)
    serials = (Serials("123456", 7_000), Serials("900000001", 40))
    made = describe(plan, mailing(plan, serials=serials, owner_of_job=(0, 1, 2, 0, 1) * 2), version="26-1")
    tracking = [row["tracking"] for row in piece_list(made.maildat).to_pylist()]
    stream = np.repeat(plan.stream_of_tray, plan.trays.pieces).tolist()
    expected = [
        f"00270123456{7_000 + n - 1:09d}" if one == 0 else f"00270900000001{40 + n - 1:06d}"
        for one, n in zip(stream, plan.number_in_stream.tolist(), strict=True)
    ]
    assert tracking == expected


def test_what_is_left_pays_by_its_own_weight():
    parts = parted(columns({70801: 600}, {70802: 10}))
    streams = [Stream(part, one) for part, one in zip(parts, (LETTER, THICK), strict=True)]
    light, heavy = plan_streams(streams, RULES, mailer_line=LINE, payment="permit")
    rate = Rate.of("1.05")
    *presorted, last = heavy.levels
    levels = (*presorted, replace(last, rate=rate, postage=extend(rate, last.pieces)))
    postage = to_cents(total([level.postage for level in (*light.levels, *levels)])) - light.postage
    heavy = replace(heavy, levels=levels, postage=postage, single_piece_rate=rate)
    plan = joined([light, heavy], [JOBS] * 2)
    left = [(level.code, level.pieces, level.rate) for level in plan.levels if level.code.startswith("SP")]
    assert left == [("SP", light.levels[-1].pieces, light.levels[-1].rate), ("SP2", last.pieces, rate)]
    assert plan.single_piece_rate is None
    assert UNLIKE_WEIGHTS in plan.assumptions
    check(plan, [light, heavy])


def test_cents_are_rounded_once_for_the_mailing():
    """Two half cents are one cent on the statement, not two."""
    parts = parted(columns({70801: 1_000}))
    plans = together([parts[0].take(np.arange(151)), parts[1].take(np.arange(151))], SMALL)
    exact = to_cents(total([plan.gross for plan in plans]))
    assert Money(sum(plan.postage.cents for plan in plans)) == exact == joined(plans, [JOBS] * 2).postage


def test_streams_have_letters():
    assert [stream_name(place) for place in (0, 1, 25, 26, 52)] == ["A", "B", "Z", "AA", "BA"]
