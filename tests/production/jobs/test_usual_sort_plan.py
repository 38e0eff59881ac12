"""What a mailing of a class is sorted as, and what a piece that is none of it is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kernel.errors import InvalidInput
from postal.data.editions import InForce, editions
from postal.piece.mailpiece import Mailpiece
from production.mailings.shop import usual_sort_plan

SUMMER = date(2026, 8, 3)


def flat(ounces: str, *features: str) -> Mailpiece:
    return Mailpiece(Decimal(12), Decimal(9), Decimal("0.1"), Decimal(ounces), features=frozenset(features))


def test_classes_take_what_they_take():
    assert (
        usual_sort_plan("first-class", flat("13"), InForce(SUMMER, editions())) == "fcm-flat-automation-tray"
    )
    assert usual_sort_plan("marketing", flat("15.9"), InForce(SUMMER, editions())) == "mm-flat-automation"


def test_a_piece_of_no_class_is_told_its_reason_and_the_price_of_the_lawful_way():
    with pytest.raises(InvalidInput) as refusal:
        usual_sort_plan("first-class", flat("13.5"), InForce(SUMMER, editions()), pieces=100)
    assert "too heavy" in refusal.value.sentence
    assert "USPS Ground Advantage, at most $840.00 for 100 pieces" in refusal.value.remedy
    with pytest.raises(InvalidInput, match="no flat but a parcel"):
        usual_sort_plan("marketing", flat("5", "rigid"), InForce(SUMMER, editions()))
