"""The statement ties to its plan to the piece and cent; affixed postage in three ways; shares add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kernel.errors import Corrupt, InvalidInput
from kernel.money import ZERO, Money, Rate
from postal.data.editions import InForce, editions
from postal.papers.statement import AffixedWay, StatementHeader, job_levels, line_map, preview, settle, to_csv
from tests.postal.mailings import LAST_YEAR, columns, planned

LINES = line_map("3600-FCM", InForce(LAST_YEAR, editions()))
HEADER = StatementHeader(
    "Division of Administration", "BATON ROUGE LA 70826", move_update_date=date(2025, 7, 1)
)
PLAN = planned(columns({70801: 600, 70802: 149, 70806: 30, 10001: 5}, {70801: 3}, seed=4))
MIXED = [(Rate.of("0.593"), 800), (Rate.of("0.641"), 200)]


def test_lines_parts_and_total():
    made = preview(PLAN, HEADER, lines=LINES)
    assert [(row.line, row.description, row.rate, row.pieces) for row in made.lines] == [
        ("A1", "5-digit", Rate.of("0.593"), 600),
        ("A2", "AADC", Rate.of("0.641"), 179),
        ("A3", "Mixed AADC", Rate.of("0.672"), 5),
        ("D1", "Letters, metered", Rate.of("0.74"), 3),
    ]
    assert [(part.part, part.pieces, part.postage.value) for part in made.parts] == [
        ("A", 784, Decimal("473.8990")),
        ("D", 3, Decimal("2.2200")),
    ]
    assert made.postage == made.net_due == Money(476_12)  # 476.1190 rounded once, at the total
    assert (made.pieces, made.piece_weights_lb, made.total_weight_lb) == (
        787,
        (Decimal("0.0500"),),
        Decimal("39.35"),
    )
    assert sum(count for _, count in made.containers) == len(PLAN.trays)
    assert {row.status for row in made.lines} == {"unconfirmed"}
    assert any("Line codes" in sentence for sentence in made.assumptions)


def test_a_statement_that_does_not_tie_is_refused():
    with pytest.raises(Corrupt):
        preview(replace(PLAN, postage=PLAN.postage + Money(1)), HEADER, lines=LINES)


def test_a_form_without_the_line_is_named():
    fewer = replace(LINES, lines=tuple(rule for rule in LINES.lines if rule.price_level != "mixed AADC"))
    with pytest.raises(InvalidInput, match="mixed AADC"):
        preview(PLAN, HEADER, lines=fewer)


def test_metered_at_the_lowest_price():
    done = settle(MIXED, AffixedWay.LOWEST)
    assert (done.affixed_rate, done.affixed, done.net_due) == (Rate.of("0.593"), Money(593_00), Money(9_60))
    with pytest.raises(InvalidInput, match="lowest"):
        settle(MIXED, AffixedWay.LOWEST, affixed_rate=Rate.of("0.60"))


def test_metered_at_the_correct_prices():
    done = settle(MIXED, AffixedWay.CORRECT)
    assert (done.affixed, done.net_due, done.refund_claim) == (Money(602_60), ZERO, ZERO)
    with pytest.raises(InvalidInput):
        settle(MIXED, AffixedWay.CORRECT, affixed_rate=Rate.of("0.593"))


def test_metered_at_another_amount_due_or_refund():
    low = settle(MIXED, AffixedWay.NEITHER, affixed_rate=Rate.of("0.10"))
    assert (low.net_due, low.refund_claim) == (Money(502_60), ZERO)
    high = settle(MIXED, AffixedWay.NEITHER, affixed_rate=Rate.of("0.74"))
    assert (high.net_due, high.refund_claim) == (ZERO, Money(137_40))
    with pytest.raises(InvalidInput):
        settle(MIXED, AffixedWay.NEITHER)


def test_a_metered_statement_is_due_the_difference():
    made = preview(PLAN, HEADER, lines=LINES, way=AffixedWay.LOWEST)
    assert made.settlement is not None
    assert made.settlement.affixed == Money(466_69)  # 787 x 0.593 = 466.691
    assert made.net_due == made.postage - Money(466_69)


def test_csv_rows():
    rows = list(to_csv(preview(PLAN, HEADER, lines=LINES, way=AffixedWay.LOWEST)))
    assert ["total", "postage", "476.12"] in rows
    assert ["header", "move_update_date", "2025-07-01"] in rows
    assert [row[5] for row in rows if row[0] == "line"] == ["0.593", "0.641", "0.672", "0.74"]
    assert all(isinstance(value, str) for row in rows for value in row)


def test_levels_of_jobs_add_up():
    plan = planned(columns({70805: 500, 70801: 300, 10001: 40}, seed=3))
    assert job_levels(plan, 5).sum(axis=0).tolist() == [level.pieces for level in plan.levels]


def test_a_job_beyond_those_given():
    with pytest.raises(InvalidInput, match="job"):
        job_levels(PLAN, 2)
