"""Prices by date, level and weight step; what is missing stays missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kernel.errors import InvalidInput
from kernel.money import Rate
from postal.data.editions import InForce, edition_for, editions
from postal.prices.prices import load_tables, price_set

LIVE_2026 = date(2026, 11, 22)
LIVE_2025 = date(2025, 8, 1)


@pytest.mark.parametrize(
    ("on", "table", "level", "ounces", "expected"),
    [
        (LIVE_2025, "fcm-letter-automation", "5-digit", "1", "0.593"),
        (LIVE_2025, "fcm-letter-automation", "AADC", "3.5", "0.641"),
        (LIVE_2025, "fcm-letter-automation", "mixed AADC", "0.4", "0.672"),
        (LIVE_2025, "fcm-card-automation", "5-digit", "0.2", "0.42"),
        (LIVE_2025, "fcm-flat-automation", "5-digit", "4.1", "2.06"),
        (LIVE_2025, "fcm-letter-single-piece-metered", "single-piece", "1", "0.74"),
        (LIVE_2025, "fcm-letter-nonmachinable", "ADC", "1", "0.939"),
        (LIVE_2026, "fcm-letter-automation", "5-digit", "1", "0.621"),
        (LIVE_2026, "fcm-letter-single-piece-metered", "single-piece", "1", "0.78"),
        (LIVE_2026, "fcm-letter-single-piece-metered", "single-piece", "1.01", "1.07"),
        (LIVE_2026, "fcm-letter-single-piece-metered", "single-piece", "3.2", "1.65"),
        (LIVE_2026, "fcm-letter-single-piece-stamped", "single-piece", "3", "1.40"),
    ],
)
def test_known_cells(on, table, level, ounces, expected):
    assert price_set(InForce(on, editions())).rate(table, level, weight_oz=Decimal(ounces)).rate == Rate.of(
        expected
    )


@pytest.mark.parametrize(
    ("on", "table", "level", "ounces"),
    [
        (LIVE_2026, "fcm-letter-automation", "AADC", "1"),
        (LIVE_2026, "fcm-letter-automation", "mixed AADC", "1"),
        (LIVE_2025, "fcm-letter-single-piece-metered", "single-piece", "1.5"),  # no step known above 1 oz
        (LIVE_2025, "fcm-letter-machinable", "AADC", "1"),
        (LIVE_2026, "fcm-letter-automation", "5-digit", "3.6"),  # over the last step
        (LIVE_2026, "no-such-table", "5-digit", "1"),
    ],
)
def test_a_missing_cell_names_table_level_and_date(on, table, level, ounces):
    prices = price_set(InForce(on, editions()))
    with pytest.raises(InvalidInput) as refused:
        prices.rate(table, level, weight_oz=Decimal(ounces))
    assert refused.value.instance_code == "RATE_MISSING"
    for word in (table, level, on.isoformat()):
        assert word in refused.value.sentence
    assert [f.code for f in prices.missing([(table, level)], weight_oz=Decimal(ounces))] == ["RATE_MISSING"]


def test_the_demonstration_edition_fills_and_says_so():
    found = price_set(InForce(LIVE_2026, editions(), allow_test_only=True)).rate(
        "fcm-letter-automation", "AADC", weight_oz=Decimal(1)
    )
    assert found.rate == Rate.of("0.641")
    assert "NOT in force" in found.assumption
    live = price_set(InForce(LIVE_2026, editions(), allow_test_only=True)).rate(
        "fcm-letter-single-piece-metered", "single-piece", weight_oz=Decimal(1)
    )
    assert (live.rate, live.assumption) == (Rate.of("0.78"), "")


def test_a_table_counts_only_on_its_own_days():
    prices = price_set(InForce(LIVE_2026, editions()))
    assert prices.tables["fcm-letter-automation"].is_in_force(LIVE_2026)
    assert not prices.tables["ga-com-peak"].is_in_force(date(2026, 10, 3))
    assert not prices.tables["ga-com-peak"].is_in_force(date(2027, 1, 18))


def test_entry_discounts_are_their_own_cells():
    prices = price_set(InForce(LIVE_2025, editions()))
    origin = prices.rate("mm-letter-automation", "5-digit", weight_oz=Decimal(1), entry="origin").rate
    dscf = prices.rate("mm-letter-automation", "5-digit", weight_oz=Decimal(1), entry="DSCF").rate
    assert dscf < origin


def test_flats_over_four_ounces_have_a_price_by_group():
    prices = price_set(InForce(LIVE_2025, editions()))
    pound = {
        group: prices.rate(
            "mm-flat-over4",
            "Regular",
            weight_oz=Decimal(5),
            entry="origin",
            component="per pound",
            group=group,
        ).rate
        for group in {
            cell.group for cell in prices.tables["mm-flat-over4"].cells if cell.component == "per pound"
        }
    }
    assert len(pound) == 2


def test_two_prices_for_one_cell_are_refused(tmp_path):
    edition = edition_for("prices", LIVE_2025, among=editions())
    cell = '{"level": "5-digit", "not_over_oz": "3.5", "price": "0.593", "mark": "confirmed"}'
    text = edition.path.read_text()
    assert cell in text
    path = tmp_path / "prices.json"
    path.write_text(text.replace(cell, f"{cell}, {cell}", 1))
    with pytest.raises(InvalidInput) as refused:
        load_tables(replace(edition, path=path))
    assert refused.value.instance_code == "RATE_OVERLAP"
