"""Numbers of mailings: their kind, their fiscal year, and what is read of a typed one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from production.mailings.opening import parse_mailing_number
from tests.factories import PLANT, make_mailing


def test_they_count_by_fiscal_year(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        numbers = []
        for day in (datetime(2026, 6, 30, 23, tzinfo=UTC), datetime(2026, 7, 1, 23, tzinfo=UTC)):
            uow.now = day
            numbers += [make_mailing(uow).number, make_mailing(uow).number]
    assert numbers == ["M26-0001", "M26-0002", "M27-0001", "M27-0002"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("M27-0312", "M27-0312"),
        (" m270312 ", "M27-0312"),
        ("M27-10312", "M27-10312"),
        ("27-000312-4", None),
        ("M27-312", None),
        ("", None),
    ],
)
def test_a_typed_one_is_read_kindly(typed, meant):
    assert parse_mailing_number(typed) == meant
