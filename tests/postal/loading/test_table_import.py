"""Lists of this house's own layout: read, refused, kept, and what they do to a sort."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.data.edition_folder import keep_edition, set_status, shelf
from postal.data.editions import InForce, Status, editions
from postal.loading.table_import import propose_table, read_table
from postal.plans.routes import route_number
from postal.sorting.explain import explain_piece
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.rule_book import RuleBook, rule_book
from tests.postal.mailings import LAST_YEAR, LETTER, columns
from tests.postal.sorting.test_least_postage import every_split, sorted_least, with_minimums

SCHEMES = (
    b"label,zip5s\nBATON ROUGE LA 70801 SCHEME,70801-70802 70806\nNEW ORLEANS LA 70112 SCHEME,70112 70113\n"
)
STOPS = b"zip5,route,residential,total\n70801,C001,100,400\n70801,C002,300,320\n"


def loaded(folder: Path, kind: str, data: bytes, plan: str) -> RuleBook:
    """The rules of a plan with one list more."""
    day, source = date(2025, 7, 13), "made for a test"
    found = propose_table(data, kind=kind, file="x.csv", edition_id="x", effective_from=day, source=source)
    edition = keep_edition(folder, found)
    set_status(folder, edition.name, Status.ACTIVE)
    return rule_book(plan, InForce(LAST_YEAR, shelf(folder), allow_test_only=True), origin_zip5=70802)


def test_zips_of_a_scheme_are_sorted_to_it_and_the_rest_to_their_zip(tmp_path):
    rules = loaded(tmp_path, "5d-schemes", SCHEMES, "fcm-letter-automation")
    pieces = columns({70801: 100, 70802: 60, 70803: 200, 70112: 140, 10001: 20})
    plan = plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="X")
    assert plan.level_counts == {"5DS": 160, "5D": 200, "AADC": 0, "MAADC": 160, "SP": 0}
    assert (plan.label(1).line_1, plan.label(1).line_2, plan.label(1).cin) == (
        "BATON ROUGE LA 70801 SCHEME",
        "FCM LTR BC 5D SCHEME",
        241,
    )
    assert plan.levels[0].rate == plan.levels[1].rate
    far = int(np.flatnonzero(plan.zip5 == 10001)[0]) + 1
    assert "5-digit scheme: ZIP 10001 (in no scheme) has 0 of 150 pieces" in " ".join(
        explain_piece(plan, far).sentences
    )
    without = rule_book(
        "fcm-letter-automation", InForce(LAST_YEAR, editions(), allow_test_only=True), origin_zip5=70802
    )
    said = plan_presort(pieces, without, mailpiece=LETTER, mailer_line="X").assumptions
    assert any("No 5-digit scheme level: 5d-schemes is not loaded." in sentence for sentence in said)


@pytest.fixture(scope="module")
def schemes(tmp_path_factory) -> RuleBook:
    return loaded(tmp_path_factory.mktemp("editions"), "5d-schemes", SCHEMES, "fcm-letter-automation")


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.sampled_from([70801, 70802, 70803, 70112, 34012]), st.integers(1, 5), min_size=1),
    st.integers(2, 4),
    st.integers(2, 5),
)
def test_schemes_at_the_least_postage(schemes, counts, five, aadc):
    rules = with_minimums(schemes, five, five, aadc)
    plan = sorted_least(columns(counts), rules)
    prices = [Decimal("0.593"), Decimal("0.593"), Decimal("0.641"), Decimal("0.672")]
    paid = sum(level.rate.value * level.pieces for level in plan.levels[:-1])
    assert paid == every_split(counts, rules, prices)


def test_saturation_by_imported_stops(tmp_path):
    rules = loaded(tmp_path, "route-stops", STOPS, "mm-letter-carrier-route")
    # C001: 90 of 100 homes; C002: 230 pieces are neither 90 % of 300 homes nor 75 % of 320 stops
    route = np.repeat([route_number("C001"), route_number("C002")], [90, 230])
    pieces = PieceColumns.of(np.full(320, 70801), np.full(320, 70801_0001_01), route=route)
    plan = plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="X")
    assert plan.level_counts == {"SAT": 90, "HDP": 0, "HD": 230, "CR": 0, "SP": 0}
    more = PieceColumns.of(
        np.full(330, 70801), np.full(330, 70801_0001_01), route=np.append(route, [route_number("C002")] * 10)
    )
    assert (
        plan_presort(more, rules, mailpiece=LETTER, mailer_line="X").level_counts["SAT"] == 330
    )  # 240 of 320


@pytest.mark.parametrize(
    ("kind", "data", "faults"),
    [
        ("5d-schemes", b"label,zip5s\n,70801\nA,7080\nA,\nB,70801\nC,70800-70802\n", 4),
        ("route-stops", b"zip5,route,residential,total\n7080,C001,1,2\n70801,X1,1,2\n70801,C001,3,2\n", 3),
        (
            "route-stops",
            b"zip5,route,residential,total\n70801,C001,x,2\n70801,C001,1,2\n70801,c001,1,2\n",
            2,
        ),
    ],
)
def test_faulty_rows_are_named_and_left_out(kind, data, faults):
    found = read_table(data, kind=kind, file="x.csv")
    assert [finding.code for finding in found.findings].count("TABLE_ROW") == faults
    assert len(found.rows) == data.count(b"\n") - 1 - faults


def test_a_file_of_another_layout_is_refused_whole():
    for data in (b"", b"zip,label\n70801,A\n", b"label,zip5s\n,\n"):
        with pytest.raises(InvalidInput) as refused:
            propose_table(
                data, kind="5d-schemes", file="x.csv", edition_id="x", effective_from=LAST_YEAR, source="test"
            )
        assert refused.value.instance_code == "TABLE_IMPORT"
        assert refused.value.findings[-1].code == "TABLE_FILE"
