"""Letter trays by real thickness and tray length."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.data.editions import InForce, editions
from postal.piece.mailpiece import Mailpiece
from postal.sorting.filling import capacity, fill, tray_rules
from postal.sorting.rule_book import rule_book
from tests.postal.mailings import LAST_YEAR, TODAY, columns, planned

RULES = tray_rules(InForce(TODAY, editions()))
MM, EMM, TUB = RULES.families


def trayed(pieces: int, thickness: str, family=MM) -> list[tuple[str, int]]:
    filling = fill(np.array([pieces]), family, stack_inches=Fraction(Decimal(thickness)))
    return [
        (family.types[kind].code, count)
        for kind, count in zip(filling.tray_type.tolist(), filling.pieces.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("height", "length", "family"),
    [
        ("4.125", "9.5", "MM"),
        ("4.625", "10", "MM"),
        ("4.7", "9.5", "EMM"),
        ("4.125", "10.01", "EMM"),
        ("6.125", "11.5", "EMM"),
    ],
)
def test_family_by_size(height, length, family):
    assert RULES.family_for(length_in=Decimal(length), height_in=Decimal(height)).name == family


def test_a_piece_no_letter_tray_takes():
    with pytest.raises(InvalidInput) as refused:
        RULES.family_for(length_in=Decimal(12), height_in=Decimal(6))
    assert refused.value.instance_code == "TRAY_SIZE"
    with pytest.raises(InvalidInput):
        trayed(1, "22")


@pytest.mark.parametrize(
    ("pieces", "thickness", "expected"),
    [
        (1000, "0.02", [("T", 1000)]),  # 20 in: one 2-foot, not two 1-foot
        (1500, "0.02", [("T", 1050), ("O", 450)]),  # 30 in: one full 2-foot and 9 in
        (512, "0.02", [("O", 512)]),  # 10.24 in
        (513, "0.02", [("T", 513)]),  # 10.26 in
        (1050, "0.02", [("T", 1050)]),  # exactly 21 in, nothing over
        (1051, "0.02", [("T", 1050), ("O", 1)]),
        (1563, "0.02", [("T", 1050), ("T", 513)]),
        (1, "0.25", [("O", 1)]),
    ],
)
def test_trays_of_one_destination(pieces, thickness, expected):
    assert trayed(pieces, thickness) == expected


def test_emm_has_no_half_tray():
    assert trayed(10, "0.02", EMM) == [("E", 10)]
    assert trayed(2000, "0.02", EMM) == [("E", 1087), ("E", 913)]


def test_no_container_is_over_seventy_pounds():
    most = RULES.most_pieces(Decimal(13))  # 13 oz flats: 86 of them are 69.875 lb
    assert most == 86
    filling = fill(np.array([200]), TUB, stack_inches=Fraction(1, 20), most_pieces=most)  # by height 200
    assert filling.pieces.tolist() == [86, 86, 28]
    heavy = Mailpiece(Decimal(12), Decimal(9), Decimal("0.05"), Decimal(13))
    for plan_id in ("fcm-flat-automation-tray", "fcm-flat-automation-bundle"):
        rules = rule_book(plan_id, InForce(LAST_YEAR, editions(), allow_test_only=True), origin_zip5=70802)
        plan = planned(columns({70801: 700, 71101: 90}), rules, mailpiece=heavy)
        assert plan.trays.pieces.max() <= 86
        assert plan.trays.is_full[plan.trays.pieces == 86].all()


def test_packing_factor_lengthens_the_stack():
    loose = RULES.stack_inches(Decimal("0.02")) / Fraction("0.8")
    assert capacity(MM.whole, loose) == 840


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=20),
    st.integers(7, 250),
    st.sampled_from([MM, EMM]),
)
def test_trays_hold_every_piece_once_and_never_too_much(pieces, mils, family):
    each = Fraction(mils, 1000)
    filling = fill(np.array(pieces), family, stack_inches=each)
    for destination, wanted in enumerate(pieces):
        here = filling.destination == destination
        trays = [
            (family.types[k], n)
            for k, n in zip(filling.tray_type[here].tolist(), filling.pieces[here].tolist(), strict=True)
        ]
        assert sum(n for _, n in trays) == wanted
        assert all(n > 0 and n * each <= Fraction(tray.length_in) for tray, n in trays)
        assert sum(tray is family.half for tray, _ in trays) <= 1
        assert len(trays) == -(-wanted // capacity(family.whole, each))  # as few as possible
        if family.half and wanted * each <= Fraction(family.half.length_in):
            assert trays == [(family.half, wanted)]
