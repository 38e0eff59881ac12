"""Rows of data files as dataclasses: what comes back, and which words say what is wrong with a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kernel.findings import Finding, Place, Severity
from kernel.money import Extended, Money, Rate
from postal.data.editions import Deed
from postal.data.shaped import plain, shaped


@dataclass(frozen=True, slots=True)
class Row:
    """One of everything."""

    name: str
    count: int
    on: date
    weight: Decimal
    rate: Rate
    postage: Extended
    sum: Money | None
    pair: tuple[int, str]
    names: tuple[str, ...]
    tables: Mapping[str, Mapping[str, str]]
    findings: tuple[Finding, ...]
    deed: Deed | None = None
    optional: bool = False


ROW = Row(
    "x", 3, date(2026, 12, 1), Decimal("0.50"), Rate.of("0.593"), Extended(Decimal("1.2345")), Money(7), (1, "a"),
    ("b", "c"), {"letter": {"permit": "t"}}, (Finding("ZIP_STATE", Severity.WARN, "No.", "Yes.", Place(row=7)),),
    Deed("loaded", "bill", datetime(2026, 11, 29, 12, tzinfo=UTC)),
)  # fmt: skip
PLAIN = json.loads(json.dumps(ROW, default=plain))


def test_a_value_comes_back_from_json_as_it_was():
    assert shaped(Row, PLAIN) == ROW
    assert (PLAIN["sum"], PLAIN["rate"], PLAIN["postage"], PLAIN["on"]) == (
        7,
        "0.593",
        "1.2345",
        "2026-12-01",
    )
    assert shaped(Row, PLAIN | {"sum": None, "on": date(2026, 12, 1)}).sum is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([], "a row with names is expected, not list"),
        (
            {name: value for name, value in PLAIN.items() if name not in {"on", "count"}},
            "count, on are missing",
        ),
        (PLAIN | {"shade": "red"}, "shade: nothing of this name"),
        (PLAIN | {"count": "3"}, "count: str instead of int"),
        (PLAIN | {"count": True}, "count: bool instead of int"),
        (PLAIN | {"on": "1 December"}, "1 December"),
        (PLAIN | {"names": "b"}, "names: str"),
        (PLAIN | {"pair": [1]}, "argument"),
        (PLAIN | {"tables": {"letter": "t"}}, "tables: str"),
        (PLAIN | {"findings": [{"code": "X", "severity": "loud", "message": ""}]}, "loud"),
        (PLAIN | {"findings": [{"code": "X", "severity": "warn"}]}, "message is missing"),
    ],
)
def test_what_does_not_fit_is_named(row, words):
    with pytest.raises(ValueError, match=words):
        shaped(Row, row)
