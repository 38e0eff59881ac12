"""Certified columns of the list: what is believed, what is not, and what it does to the rows."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from postal.address.evidence import EvidenceKind
from production.frontdesk.address_matching.apply import apply_matching
from production.frontdesk.address_matching.base import Asked, require_form
from production.frontdesk.address_matching.in_file import (
    InFile,
    certified_addresses,
    has_certificate,
    method_of,
)
from production.frontdesk.lists.guess import guess_mapping
from production.prepress.merge.field_formats import read_day
from tests.production.frontdesk.matching.accepted_lists import accepted

TODAY = date(2026, 11, 26)
GOOD = {
    "dpv": "Y", "carrier_route": "c012", "matched_on": "2026-11-01", "matched_by": "Coder 5.1 cycle O",
    "updated_on": "11/02/2026", "updated_by": "NCOA Link",
}  # fmt: skip


def match(**columns):
    given = accepted(**(GOOD | columns))
    found = InFile(today=TODAY, certificate="ab" * 32).match(Asked(certified_addresses(given), "list"))
    require_form(found.rows, given)
    return given, found


def codes(found):
    return [(finding.code, finding.place.row) for finding in found.findings]


def test_a_whole_certificate_is_evidence_and_keeps_the_codes():
    given, found = match()
    matching, moved = found.evidence
    assert (matching.kind, matching.method, matching.is_certified) == (EvidenceKind.MATCHING, "CASS", True)
    assert (matching.software, matching.processed_on) == ("Coder 5.1 cycle O", date(2026, 11, 1))
    assert (matching.sha256, matching.counts["matched"]) == ("ab" * 32, 4)
    assert (moved.method, moved.processed_on) == ("NCOALink", date(2026, 11, 2))
    assert not found.findings
    applied = apply_matching(given, found.rows, {})
    assert applied.accepted.column("zip11").to_pylist() == given.column("zip11").to_pylist()
    assert applied.accepted.column("carrier_route").to_pylist() == ["C012"] * 4
    assert len(applied.account) == len(applied.left) == 0


def test_an_add_on_of_0000_is_none_whoever_gives_it():
    given, found = match()
    place = found.rows.column_names.index("plus4")
    rows = found.rows.set_column(
        place, found.rows.schema.field(place), pa.array(["0000", "1234", "1234", "0000"])
    )
    after = apply_matching(given, rows, {}).accepted
    assert after.column("plus4").to_pylist() == ["", "1234", "1234", ""]
    assert [code < 0 for code in after.column("zip11").to_pylist()] == [True, False, False, True]


def test_rows_the_certificate_does_not_cover_lose_their_delivery_point_only():
    given, found = match(
        dpv=["Y", "N", "Z", "Y"], matched_on=["2026-11-01", "2026-10-01", "2026-11-01", "2026-11-27"]
    )
    assert codes(found) == [("CERTIFICATE_DATE", 5), ("CERTIFICATE_DPV", 4)]
    assert found.evidence[0].processed_on == date(2026, 10, 1)  # the oldest covered row counts for the list
    applied = apply_matching(given, found.rows, {})
    assert applied.accepted.column("zip11").to_pylist() == [70802123456, -1, -1, -1]
    assert applied.accepted.column("zip5").to_pylist() == ["70802"] * 4
    assert applied.account.column("source_row").to_pylist() == [3, 4, 5]


@pytest.mark.parametrize("absent", ["matched_by", "dpv"])
def test_a_certificate_without_software_or_dpv_certifies_nothing(absent):
    given, found = match(**{absent: ""})
    assert [code for code, _ in codes(found)] == ["CERTIFICATE_INCOMPLETE"]
    assert found.evidence == ()
    assert set(apply_matching(given, found.rows, {}).accepted.column("zip11").to_pylist()) == {-1}


@pytest.mark.parametrize("gap", [{"updated_on": ["", *["2026-11-01"] * 3]}, {"updated_by": "rumor"}])
def test_a_move_update_with_gaps_is_none(gap):
    _, found = match(**gap)
    assert [one.kind for one in found.evidence] == [EvidenceKind.MATCHING]
    assert {code for code, _ in codes(found)} == {"CERTIFICATE_MOVE"}


def test_a_list_without_a_day_has_no_certificate():
    assert not has_certificate(accepted())
    assert not has_certificate(accepted(matched_on=""))
    assert has_certificate(accepted(matched_on="2026-11-01"))


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-11-01", date(2026, 11, 1)), ("1/2/2026", date(2026, 1, 2)), ("20261101", date(2026, 11, 1)),
     ("13/13/2026", None), ("soon", None), ("", None)],
)  # fmt: skip
def test_days_as_lists_write_them(text, day):
    assert read_day(text) == day


def test_ways_of_move_update():
    assert [method_of(text) for text in ("NCOALink", "ncoa", "A.C.S.", "Endorsement", "magic")] == [
        "NCOALink", "NCOALink", "ACS", "endorsement", "",
    ]  # fmt: skip


def test_headers_of_coded_lists_are_guessed():
    headers = [
        "Name",
        "Address",
        "City",
        "State",
        "ZIP",
        "ZIP4",
        "DPC",
        "DPV Code",
        "CRRT",
        "CASS Date",
        "NCOA Date",
    ]
    row = [
        "JO DOE",
        "1 OAK ST",
        "BATON ROUGE",
        "LA",
        "70802",
        "1234",
        "56",
        "Y",
        "C012",
        "2026-11-01",
        "11/01/2026",
    ]
    mapping, _ = guess_mapping(headers, [row] * 4)
    assert (mapping["dpv"], mapping["carrier_route"]) == ("DPV Code", "CRRT")
    assert (mapping["matched_on"], mapping["updated_on"]) == ("CASS Date", "NCOA Date")
    odd, _ = guess_mapping([*headers[:7], "DPV", "Route"], [[*row[:7], "maybe", "by bus"]] * 4)
    assert "dpv" not in odd
    assert "carrier_route" not in odd
