"""Pallets: every tray on one, the minimum kept, nothing on a pallet it does not belong to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postal.data.editions import InForce, editions
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PresortPlan
from postal.trays.pallets import PalletPlan, plan_pallets
from tests.postal.mailings import LETTER, columns, planned
from tests.postal.test_every_plan import PLANS, book, mail, piece_for


def pallets_of(plan: PresortPlan) -> PalletPlan:
    return plan_pallets(plan, InForce(plan.mail_date, editions(), allow_test_only=True), origin_zip5=70802)


def check(plan: PresortPlan, found: PalletPlan) -> None:
    on = [tray for pallet in found.pallets for tray in pallet.trays]
    assert sorted(on) == list(range(1, len(plan.trays) + 1))
    assert sum(pallet.pieces for pallet in found.pallets) == plan.pieces
    by_place: dict[tuple[str, str], Decimal] = {}
    for pallet in found.pallets:
        assert pallet.weight_lb <= 2000
        where = (pallet.level, pallet.line_1)
        by_place[where] = by_place.get(where, Decimal(0)) + pallet.weight_lb
        zips = plan.zip5[np.isin(plan.tray_of_piece, pallet.trays)]
        width = {"5D": 1, "3D": 100}.get(pallet.level)
        assert width is None or len(set((zips // width).tolist())) == 1
    assert all(pounds >= 250 for (level, _), pounds in by_place.items() if level != "MXD")


@pytest.mark.parametrize("plan_id", PLANS)
def test_every_tray_of_every_plan_stands_on_one_pallet(plan_id):
    heavy = replace(piece_for(plan_id), weight_oz=Decimal(3))
    plan = plan_presort(mail(4, 9_000), book(plan_id), mailpiece=heavy, mailer_line="X", payment="stamped")
    check(plan, pallets_of(plan))


@settings(max_examples=20, deadline=None)
@given(
    st.dictionaries(st.sampled_from([70801, 70802, 70112, 71101, 10001]), st.integers(1, 9000), min_size=1)
)
def test_any_letters(counts):
    plan = planned(columns({70805: 500, **counts}))
    check(plan, pallets_of(plan))


def test_known_pallets():
    # 0.8 oz a piece: 5,000 are 250 lb, 50,000 are 2,500 lb and need two pallets
    plan = planned(columns({70801: 50_000, 70802: 4_999, 10001: 300}))
    found = pallets_of(plan).pallets
    assert [(pallet.level, pallet.line_1, pallet.pieces) for pallet in found[:2]] == [
        ("5D", "BATON ROUGE LA 70801", 25_200),
        ("5D", "BATON ROUGE LA 70801", 24_800),
    ]
    assert [(pallet.level, pallet.pieces) for pallet in found[2:]] == [("MXD", 5_299)]
    assert found[2].line_1 == "MXD BATON ROUGE LA 707"
    assert any("250 lb" in said for said in pallets_of(plan).assumptions)
    assert LETTER.weight_oz == Decimal("0.8")
