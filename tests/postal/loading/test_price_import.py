"""Prices from a CSV: cells as given, everything wrong found, nothing carried over."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from kernel.errors import InvalidInput
from kernel.findings import Severity
from kernel.money import Money, Rate
from postal.data.edition_folder import keep_edition, set_status, shelf
from postal.data.editions import InForce, Status, edition_for, editions
from postal.loading.edition_diff import diff
from postal.loading.price_import import price_rows, propose_prices, read_prices
from postal.prices.prices import PriceSet, load_tables
from postal.sorting.presort import plan_presort
from postal.sorting.rule_book import rule_book
from tests.postal.mailings import LETTER, columns

DAY = date(2027, 7, 11)
BEFORE = load_tables(edition_for("prices", date(2025, 8, 1), among=editions()))
HEADER = "table,level,not_over_oz,price\n"
GOOD = (
    "fcm-letter-automation,5-digit,3.5,0.65\nfcm-letter-automation,AADC,3.5,0.70\n"
    "fcm-letter-automation,mixed AADC,3.5,0.74\nfcm-letter-single-piece-metered,single-piece,1,0.80\n"
)


def read(text: str, **more):
    return read_prices(text.encode(), file="p.csv", effective_from=DAY, source="Notice 123", **more)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (GOOD, []),
        (GOOD + "fcm-letter-automation,5-digit,3.50,0.66\n", ["PRICE_TWICE"]),
        (GOOD + "fcm-card-automation,5-digit,,free\n", ["PRICE_VALUE"]),
        (GOOD + "fcm-card-automation,5-digit,,-0.4\n", ["PRICE_VALUE"]),
        (GOOD + "fcm-card-automation,5-digit,,NaN\n", ["PRICE_VALUE"]),
        (GOOD + "fcm-card-automation,5-digit,,0.1234567\n", ["PRICE_VALUE"]),
        (GOOD + "fcm-card-automation,5-digit,light,0.4\n", ["PRICE_WEIGHT"]),
        (GOOD + ",5-digit,,0.4\n", ["PRICE_ROW"]),
        (GOOD + "fcm-card-automation,5-digit,,\n", []),
        ("", ["PRICE_FILE"]),
    ],
)
def test_everything_wrong_is_found(rows, expected):
    assert [finding.code for finding in read(HEADER + rows).findings] == expected


def test_the_header_is_checked():
    assert [f.severity for f in read("table,price\nx,1\n").findings] == [Severity.STOP, Severity.STOP]
    assert [f.code for f in read("table,level,price,color\nt,l,1,red\n").findings] == ["PRICE_FILE"]


def test_slips_show_against_the_edition_before():
    found = read(HEADER + "fcm-letter-automation,5-digit,3.5,6.21\nfcm-leter,AADC,3.5,0.7\n", before=BEFORE)
    said = {finding.code: finding.message for finding in found.findings}
    assert "6.21 after 0.593" in said["PRICE_JUMP"]
    assert "fcm-leter" in said["PRICE_TABLE"]
    assert sum(f.code == "PRICE_GONE" for f in found.findings) == sum(bool(t.cells) for t in BEFORE.values())


def import_prices(folder, data: bytes, **more):
    found = propose_prices(data, **more)
    return keep_edition(folder, found), found


def test_prices_become_an_edition_that_stops_what_it_does_not_hold(tmp_path):
    data = (HEADER + GOOD + "fcm-card-automation,5-digit,,\n").encode()
    edition, found = import_prices(
        tmp_path, data, file="p.csv", edition_id="2027-07-11", effective_from=DAY, source="Notice 123"
    )
    assert (found.rows, edition.status, edition.complete) == (4, Status.DRAFT, False)
    set_status(tmp_path, edition.name, Status.ACTIVE)
    # as for a shop with all lists loaded
    among = [e for e in shelf(tmp_path) if e.kind != "prices" or e.name == edition.name]
    rules = rule_book("fcm-letter-automation", InForce(DAY, among, allow_test_only=True), origin_zip5=70802)
    plan = plan_presort(columns({70801: 520, 71101: 20}), rules, mailpiece=LETTER, mailer_line="X")
    assert plan.postage == Money(352_80)  # 520 x 0.65 + 20 x 0.74
    assert plan.editions[-3] == "prices 2027-07-11"
    machinable = rule_book(
        "fcm-letter-machinable", InForce(DAY, among, allow_test_only=True), origin_zip5=70802
    )
    with pytest.raises(InvalidInput, match="fcm-letter-machinable"):
        plan_presort(columns({70801: 520}), machinable, mailpiece=LETTER, mailer_line="X")


def test_a_file_without_prices_is_refused(tmp_path):
    with pytest.raises(InvalidInput) as refused:
        propose_prices(b"x\n", file="p.csv", edition_id="x", effective_from=DAY, source="Notice 123")
    assert refused.value.instance_code == "PRICE_IMPORT"


@pytest.mark.parametrize("day", [date(2025, 8, 1), date(2026, 8, 1)])
def test_an_edition_written_out_and_read_back_is_the_same(tmp_path, day):
    shipped = edition_for("prices", day, among=editions())
    text = io.StringIO()
    csv.writer(text).writerows(price_rows(load_tables(shipped)))
    again, found = import_prices(
        tmp_path,
        text.getvalue().encode(),
        file="p.csv",
        edition_id="again",
        effective_from=shipped.effective_from,
        source="copy",
        before=load_tables(shipped),
    )
    assert found.findings == ()
    assert diff(shipped, again) == ()
    kept = load_tables(again)
    for name, table in load_tables(
        shipped
    ).items():  # zones, pounds, labels, pages and days of force included
        until = None if table.effective_to == shipped.effective_to else table.effective_to
        assert kept[name] == replace(table, effective_to=until, source="copy", note="")


def test_a_file_by_pound_and_zone_is_read_and_looked_up(tmp_path):
    """As parcel prices are published: a step below a pound in ounces, then pounds, a column a zone."""
    header = "table,level,zone,not_over_oz,not_over_lb,weight_label,price,effective_to\n"
    rows = "ga,weight and zone,1,8,,,7.90,\nga,weight and zone,1,,2,,8.75,\nga,weight and zone,9,,2,,19.05,\n"
    season = "peak,holiday,1,,,4 oz to 15.999 oz,7.33,2028-01-17\n"
    edition, found = import_prices(
        tmp_path,
        (header + rows + season).encode(),
        file="p.csv",
        edition_id="parcels",
        effective_from=DAY,
        source="Notice 123",
    )
    assert (found.findings, found.rows) == ((), 4)
    prices = PriceSet(edition, DAY, load_tables(edition))
    ask = partial(prices.rate, "ga", "weight and zone")
    assert ask(weight_oz=Decimal(8), zone="1").rate == Rate.of("7.90")
    assert ask(weight_oz=Decimal("8.01"), zone="1").rate == Rate.of("8.75")
    assert ask(weight_oz=Decimal(32), zone="9").rate == Rate.of("19.05")
    assert prices.zones("ga", "weight and zone", weight_oz=Decimal(20)) == {
        "1": Rate.of("8.75"),
        "9": Rate.of("19.05"),
    }
    for ounces, zone in (("32.01", "1"), ("8", "")):
        with pytest.raises(InvalidInput, match="No price for ga"):
            ask(weight_oz=Decimal(ounces), zone=zone)
    assert load_tables(edition)["peak"].effective_to == date(2028, 1, 17)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("ga,x,1,8,2,,7.90,", "ounces and one in pounds"),
        ("ga,x,1,,heavy,,7.90,", "not a weight in pounds"),
        ("ga,x,1,,,,7.90,soon", "not a day"),
    ],
)
def test_a_step_or_day_that_is_none_is_told(row, said):
    header = "table,level,zone,not_over_oz,not_over_lb,weight_label,price,effective_to\n"
    assert any(said in finding.message for finding in read(header + row + "\n").findings)
