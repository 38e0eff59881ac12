"""A set made elsewhere, by hand from the published layout: read, checked, priced and compared in both versions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import Extended, to_cents
from postal.data.editions import editions
from postal.maildat.compare import differences
from postal.maildat.fileset import read_set
from postal.maildat.mailing import describe
from postal.maildat.overview import overview, piece_list, statement_rows
from postal.maildat.records import to_arrow
from postal.maildat.reprice import reprice
from postal.maildat.schema import VERSIONS
from postal.maildat.validate import validate
from tests.postal import foreign_set
from tests.postal.admission.test_incentives import SHOP
from tests.postal.maildat_sets import BASIC, FULL_SERVICE, changed, mailing
from tests.postal.test_every_plan import PLANS
from tests.postal.test_maildat_classes import planned


@pytest.fixture(scope="module", params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture(scope="module")
def taken(version, tmp_path_factory):
    return read_set(foreign_set.write_folder(tmp_path_factory.mktemp("foreign"), version))


def test_its_figures_are_those_it_was_written_with(taken, version):
    figures = overview(taken.maildat)
    assert (taken.root, figures.version, figures.job) == ("nwp00042", version, "NWPSET01")
    assert figures.pieces == 393
    assert figures.containers == {"P": 1, "T": 3}
    assert figures.pieces_by_price == {"E": 200, "L1": 150, "L2": 43}
    assert figures.pieces_by_unit == {"00001": 333, "00002": 60}
    assert figures.pieces_by_service == {"F": 393}
    assert [(row.price, row.pieces, str(row.weight_lb)) for row in statement_rows(taken.maildat)] == [
        ("E", 200, "0.0500"),
        ("L1", 150, "0.0500"),
        ("L2", 43, "0.0500"),
    ]
    pieces = piece_list(taken.maildat)
    assert (pieces["container"][0].as_py(), pieces["routing"][0].as_py()) == (11, "70801000199")
    assert to_arrow(taken.maildat["seg"])["SEG-1134"].to_pylist() == [date(2025, 7, 20)]
    assert to_arrow(taken.maildat["mpa"])["MPA-1122"].to_pylist() == ["20202020", None]


def test_only_the_pallet_and_the_unentered_day_are_told(taken):
    findings = [*taken.findings, *validate(taken.maildat)]
    assert [(f.severity.value, f.code, f.place.column) for f in findings if f.severity.value == "stop"] == []


def test_an_archive_with_folders_and_other_files_reads_the_same(taken, version, tmp_path):
    other = read_set(foreign_set.write_zip(tmp_path / "s.zip", version))
    assert differences(taken.maildat, other.maildat) == ()
    assert [finding.code for finding in other.findings] == ["MAILDAT_FILES"]


@given(st.sampled_from(["CQT-1103", "CSM-1121", "PQT-1104", "CSM-1122"]), st.integers(1, 8))
@settings(deadline=None, max_examples=20)
def test_a_count_that_was_changed_is_found(taken, code, digit):
    held = taken.maildat[code[:3].lower()]
    cell = bytes(held.bytes_of(code)[-1])
    other = cell[:-3] + bytes([ord("0") + (cell[-3] - ord("0") + digit) % 10]) + cell[-2:]
    found = validate(changed(taken.maildat, code, other, row=len(held) - 1))
    assert any(f.severity.value == "stop" and f.code == "MAILDAT_SUM" for f in found)


def test_it_is_priced_by_the_prices_in_force_on_its_day(taken):
    undated = reprice(taken.maildat, among=editions())
    assert (undated.on, undated.postage) == (None, None)
    maildat = taken.maildat
    for row in range(4):
        maildat = changed(maildat, "CSM-1184", b"20250801", row=row)
    priced = reprice(maildat, among=editions(), allow_test_only=True)
    assert priced.on == date(2025, 8, 1)
    rates = {one.row.price: one.rate for one in priced.rows}
    assert all(rates.values()), priced.rows
    dollars = sum(rates[one.row.price].value * one.row.pieces for one in priced.rows)
    assert [(str(one.rate), one.pieces, str(one.amount)) for one in priced.discounts] == [
        ("0.005", 393, "1.9650")
    ]
    assert priced.postage == to_cents(Extended(dollars - Decimal("1.965")))
    # No amount is loaded for live mail of that day: nothing is taken off, and that is said.
    live = reprice(maildat, among=editions())
    assert live.discounts == ()
    assert "Full-Service is not claimed: No amount is loaded for 2025-08-01." in live.assumptions


@pytest.mark.parametrize("plan_id", PLANS)
def test_our_own_sets_are_priced_as_their_plans(plan_id):
    plan = planned(plan_id, shop=SHOP)
    stid = FULL_SERVICE if plan.is_full_service else BASIC
    made = describe(plan, mailing(plan, stid=stid), version="26-1").maildat
    priced = reprice(made, among=editions(), allow_test_only=True)
    # Where the tests made a price up because no source gives one, the row is told as missing, never guessed.
    missing = [one.why for one in priced.rows if one.rate is None]
    assert all(why.startswith("No price for") for why in missing)
    assert (priced.postage is None) == bool(missing)
    if not missing:
        assert priced.postage == plan.statement_postage
