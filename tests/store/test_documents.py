"""Typed documents: what comes back, what is refused and in which words, how an old version is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from kernel.errors import Corrupt
from kernel.findings import Finding, Place, Severity
from kernel.money import Money
from production.mailroom.metering.models import MeterSheet
from store.columns import Document
from store.documents import Versioned


@dataclass(frozen=True, slots=True)
class Price:
    """Today's shape."""

    total: Money
    weight_oz: Decimal
    on: date
    found: tuple[Finding, ...] = ()


def with_found(held):
    """Version 1 had no findings."""
    return held | {"found": []}


def in_cents(held):
    """Version 2 held whole dollars as a number."""
    return held | {"total": {"cents": held["total"] * 100}}


PRICE = Price(
    Money(1234), Decimal("0.5000"), date(2026, 12, 1),
    (Finding("ADDRESS_INCOMPLETE", Severity.ROW, "It has no street.", "Fix it.", Place(file="l.csv", row=7)),),
)  # fmt: skip
KIND = Document(Price, upgrades=(with_found, in_cents))


def test_a_value_comes_back_as_it_was_with_its_version():
    kept = KIND.process_bind_param(PRICE, None)
    assert (kept["version"], kept["value"]["weight_oz"], kept["value"]["on"]) == (3, "0.5000", "2026-12-01")
    assert KIND.process_result_value(kept, None) == PRICE
    assert KIND.process_bind_param(None, None) is KIND.process_result_value(None, None) is None


def test_every_earlier_version_is_brought_up_by_its_functions():
    first = {"total": 12, "weight_oz": "0.5", "on": "2026-12-01"}
    expected = Price(Money(1200), Decimal("0.5"), date(2026, 12, 1))
    for version, held in ((1, first), (2, first | {"found": []})):
        assert KIND.process_result_value({"version": version, "value": held}, None) == expected


def test_what_was_kept_before_there_were_versions_is_the_first_version():
    kind = Document(Price, upgrades=(with_found, in_cents), was_bare=True)
    first = {"total": 12, "weight_oz": "0.5", "on": "2026-12-01"}
    assert kind.process_result_value(first, None).total == Money(1200)
    assert kind.process_result_value(kind.process_bind_param(PRICE, None), None) == PRICE
    with pytest.raises(Corrupt, match="version 1: KeyError"):
        kind.process_result_value({}, None)


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"version": 4, "value": {}}, "version 4: only versions 1 to 3 are known"),
        ({"total": 12}, "version None: only versions 1 to 3 are known"),
        ([], "version None"),
        ({"version": 2, "value": {"weight_oz": "1"}}, "version 2: KeyError"),
        ({"version": 3, "value": {"total": {"cents": 1}, "weight_oz": "Jane Roe", "on": "2026-12-01"}},
         "version 3: 1 faults, first at weight_oz"),
        ({"version": 3, "value": {"total": {"cents": 1}, "weight_oz": "1", "on": "2026-12-01", "new": 1}},
         "first at new"),
    ],
)  # fmt: skip
def test_what_is_stored_in_another_shape_is_a_fault_that_says_where_and_tells_no_value(stored, words):
    with pytest.raises(Corrupt) as fault:
        KIND.process_result_value(stored, None)
    assert (fault.value.instance_code, fault.value.__cause__) == ("DOCUMENT", None)
    assert words in str(fault.value)
    assert "Price" in str(fault.value)
    assert "Roe" not in str(fault.value)


@pytest.mark.parametrize(
    "value",
    [
        {"total": 1},
        Price(Money(1), "0.5", date(2026, 12, 1)),
        Price(Money(1), Decimal(1), date(2026, 12, 1), ("words",)),
    ],
)
def test_what_does_not_fit_is_not_stored(value):
    with pytest.raises(Corrupt, match="does not hold Price of version 3"):
        KIND.process_bind_param(value, None)


def test_a_kept_file_is_read_back_or_refused():
    kind: Versioned[Price] = Versioned(Price)
    data = kind.as_bytes(PRICE, "report")
    assert kind.from_bytes(data, "report") == PRICE
    with pytest.raises(Corrupt, match="report does not hold Price"):
        kind.from_bytes(data[:-1], "report")


def test_a_fault_names_table_and_column():
    with pytest.raises(Corrupt, match=r"^meter_sheet\.gaps does not hold tuple") as fault:
        MeterSheet.__table__.c.gaps.type.process_result_value({"version": 1, "value": [{}]}, None)
    assert fault.value.details["place"] == "meter_sheet.gaps"
