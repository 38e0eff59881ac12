"""A good set has no findings; every kind of damage is named at its file, record and field."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.findings import Severity
from postal.maildat.mailing import header_record
from postal.maildat.records import Maildat
from postal.maildat.schema import VERSIONS, Kind
from postal.maildat.validate import validate
from tests.postal.maildat_sets import BASIC, FULL_SERVICE, changed, sample, with_rows


@cache
def good(version: str = "26-1", pieces: str = "pbc", stid: str = FULL_SERVICE) -> Maildat:
    return sample(version, pieces=pieces, stid=stid).maildat


def said(maildat: Maildat) -> set[tuple[str, str]]:
    """(code, field) of every finding."""
    return {(finding.code, finding.place.column) for finding in validate(maildat)}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pieces", ["pbc", "pdr"])
@pytest.mark.parametrize("stid", [FULL_SERVICE, BASIC])
def test_a_described_mailing_has_no_findings(version, pieces, stid):
    assert validate(good(version, pieces, stid)) == []


WRONG_FORMS = {
    Kind.CLOSING: ((b"x", "MAILDAT_CLOSING"),),
    Kind.RESERVE: ((b"x", "MAILDAT_RESERVE"),),
    Kind.NUMBER: ((b"x", "MAILDAT_TYPE"), (b"-1", "MAILDAT_TYPE")),
    Kind.DATE: ((b"20260231", "MAILDAT_TYPE"), (b"00000000", "MAILDAT_TYPE"), (b"x", "MAILDAT_TYPE")),
    Kind.TIME: ((b"24:00", "MAILDAT_TYPE"), (b"09.30", "MAILDAT_TYPE")),
    Kind.TEXT: ((b"\x07", "MAILDAT_CHARACTER"),),
}


def wrong_values(field):
    """(bytes, code of the finding) for everything that can be wrong with a field by itself."""
    yield from WRONG_FORMS[field.kind]
    if field.is_required and not (field.codes and "" in field.codes):
        yield b"", "MAILDAT_CLOSING" if field.kind is Kind.CLOSING else "MAILDAT_REQUIRED"
    if field.codes is not None:
        yield b"~" * field.length, "MAILDAT_CODE"


def mutations():
    """(piece file, field, bytes, code of the finding) for every field of every file of the sample."""
    for pieces, files in (("pbc", good().files), ("pdr", {"pdr": good(pieces="pdr")["pdr"]})):
        for held in files.values():
            for field in held.layout.fields:
                yield from ((pieces, field.code, value, code) for value, code in wrong_values(field))


def test_every_field_damaged_is_named():
    """Sampled by file so that the run stays short: the last record of each file is damaged."""
    count = 0
    for pieces, code, value, expected in mutations():
        maildat = good(pieces=pieces)
        row = len(maildat[code[:3].lower()]) - 1
        only = field_file(changed(maildat, code, value, row=row), code)
        found = [f for f in only if (f.code, f.place.column, f.place.row) == (expected, code, row + 1)]
        assert found, (code, value, expected)
        assert found[0].place.file == f".{code[:3].lower()}"
        assert found[0].message.startswith(code)
        count += 1
    assert count > 600


def field_file(maildat: Maildat, code: str):
    """Findings about the fields of one file alone: the same check, a fraction of the time."""
    from postal.maildat.field_checks import _field

    held = maildat[code[:3].lower()]
    return list(_field(held.layout[code], np.ascontiguousarray(held.bytes_of(code))))


LINKS = [
    ("SEG-1001", b"99999999", ("MAILDAT_REFERENCE", "SEG-1001")),
    ("CSM-1001", b"99999999", ("MAILDAT_REFERENCE", "CSM-1001")),
    ("PBC-1001", b"99999999", ("MAILDAT_REFERENCE", "PBC-1001")),
    ("MPU-1002", b"0009", ("MAILDAT_REFERENCE", "MPU-1002")),
    ("MCR-1003", b"00009", ("MAILDAT_REFERENCE", "MCR-1003")),
    ("MCR-1004", b"00000009", ("MAILDAT_REFERENCE", "MCR-1004")),
    ("MCR-1004", b"00000009", ("MAILDAT_REFERENCE", "CPT-1004")),
    ("MCR-1102", b"0000000009", ("MAILDAT_REFERENCE", "MCR-1102")),
    ("MCR-1103", b"0000000009", ("MAILDAT_REFERENCE", "MCR-1103")),
    ("CSM-1002", b"0009", ("MAILDAT_REFERENCE", "CSM-1002")),
    ("CSM-1006", b"000099", ("MAILDAT_REFERENCE", "CSM-1006")),
    ("CSM-1006", b"000099", ("MAILDAT_REFERENCE", "CQT-1006")),
    ("CSM-1109", b"000099", ("MAILDAT_REFERENCE", "CSM-1109")),
    ("CSM-1109", b"000001", ("MAILDAT_NESTING", "CSM-1109")),
    ("CSM-1133", b"000099", ("MAILDAT_REFERENCE", "CSM-1133")),
    ("CQT-1006", b"000099", ("MAILDAT_REFERENCE", "CQT-1006")),
    ("CQT-1003", b"00009", ("MAILDAT_REFERENCE", "CQT-1003")),
    ("PQT-1034", b"00000099", ("MAILDAT_REFERENCE", "PQT-1034")),
    ("PBC-1034", b"00000099", ("MAILDAT_REFERENCE", "PBC-1034")),
    ("PBC-1012", b"000099", ("MAILDAT_REFERENCE", "PBC-1012")),
    ("PBC-1002", b"000000002", ("MAILDAT_KEY", "PBC-1002")),
    ("CSM-1006", b"000002", ("MAILDAT_KEY", "CSM-1006")),
    ("CQT-1034", b"00000002", ("MAILDAT_KEY", "CQT-1034")),
    ("MPA-1002", b"0000000002", ("MAILDAT_KEY", "MPA-1002")),
    ("CPT-1004", b"00000002", ("MAILDAT_KEY", "CPT-1004")),
    ("MPU-1003", b"00002", ("MAILDAT_KEY", "MPU-1003")),
    ("CSM-1120", b"00000001", ("MAILDAT_SUM", "CSM-1120")),
    ("CSM-1121", b"00000001", ("MAILDAT_SUM", "CSM-1121")),
    ("CSM-1122", b"000000000001", ("MAILDAT_SUM", "CSM-1122")),
    ("CQT-1102", b"99999999", ("MAILDAT_SUM", "CQT-1102")),
    ("CQT-1103", b"00000001", ("MAILDAT_SUM", "CQT-1103")),
    ("PQT-1103", b"00001", ("MAILDAT_SUM", "CQT-1102")),
    ("PQT-1104", b"00001", ("MAILDAT_SUM", "PQT-1104")),
    ("MPU-1103", b"000900", ("MAILDAT_SUM", "MPU-1103")),
    ("CPT-1102", b"000900", ("MAILDAT_SUM", "MPU-1103")),
    ("HDR-1148", b"H", ("MAILDAT_HEADER", "HDR-1148")),
    ("HDR-1025", b"9990", ("MAILDAT_HEADER", "HDR-1025")),
    ("HDR-1153", b"99999999", ("MAILDAT_HEADER", "HDR-1153")),
    ("HDR-1120", b"000099", ("MAILDAT_HEADER", "HDR-1120")),
    ("HDR-1121", b"N", ("MAILDAT_HEADER", "HDR-1121")),
    ("HDR-1130", b"00000001", ("MAILDAT_HEADER", "HDR-1130")),
    ("HDR-1131", b"O", ("MAILDAT_HEADER", "HDR-1131")),
    ("PBC-1122", b"0570123456000005000", ("MAILDAT_BARCODE", "PBC-1122")),
    ("PBC-1122", b"00270123456000005001", ("MAILDAT_BARCODE", "PBC-1122")),
    ("PBC-1122", b"", ("MAILDAT_CONDITION", "PBC-1122")),
    ("CSM-1150", b"1234", ("MAILDAT_BARCODE", "CSM-1150")),
    ("CSM-1150", b"", ("MAILDAT_CONDITION", "CSM-1150")),
    ("CSM-1184", b"", ("MAILDAT_CONDITION", "CSM-1184")),
    ("MPA-1122", b"", ("MAILDAT_CONDITION", "MPA-1121")),
    ("HDR-1183", b"", ("MAILDAT_CONDITION", "HDR-1183")),
    ("SEG-1147", b"", ("MAILDAT_CONDITION", "SEG-1147")),
    ("SEG-1136", b"C", ("MAILDAT_CONDITION", "SEG-1188")),
    ("CSM-1132", b"Y", ("MAILDAT_CONDITION", "CSM-1133")),
    ("CPT-1157", b"C", ("MAILDAT_CONDITION", "CPT-1158")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "value", "expected"), LINKS)
def test_every_broken_link_and_sum_is_named(code, value, expected):
    assert expected in said(changed(good(), code, value))


@pytest.mark.parametrize("extension", ["seg", "mpu", "mcr", "mpa", "cpt", "csm", "cqt", "pqt", "pbc"])
def test_a_lost_and_a_doubled_record_is_found(extension):
    rows = good()[extension].rows
    assert ("MAILDAT_HEADER", good()[extension].layout.count_field) in said(
        with_rows(good(), extension, rows[1:])
    )
    doubled = said(with_rows(good(), extension, np.concatenate([rows, rows[-1:]])))
    assert ("MAILDAT_KEY", good()[extension].layout.keys[-1]) in doubled


@pytest.mark.parametrize("extension", ["seg", "mpu", "mcr", "mpa", "cpt", "csm", "cqt", "pqt", "pbc"])
def test_a_file_left_out_is_named_even_when_the_header_agrees(extension):
    files = {name: held for name, held in good().files.items() if name not in (extension, "hdr")}
    values = {code: value for code, value in good().header().items() if code != "HDR-1152"}
    maildat = Maildat("26-1", {"hdr": header_record("26-1", files, values), **files})
    named = [finding for finding in validate(maildat) if finding.code == "MAILDAT_FILES"]
    assert any(f".{extension}" in finding.message for finding in named)


def test_a_piece_lost_with_its_count_adjusted_in_the_header_still_shows():
    rows = good()["pbc"].rows[1:]
    damaged = changed(with_rows(good(), "pbc", rows), "HDR-1178", f"{len(rows):010d}".encode())
    assert {("MAILDAT_SUM", "CQT-1103"), ("MAILDAT_SUM", "PQT-1104")} <= said(damaged)


def test_the_same_serial_twice_is_found_among_full_service_pieces_only():
    first, second = good(), good(stid=BASIC)
    for maildat, is_found in ((first, True), (second, False)):
        value = bytes(maildat["pbc"].bytes_of("PBC-1122")[0])
        damaged = changed(maildat, "PBC-1122", value, row=5)
        assert (("MAILDAT_BARCODE", "PBC-1122") in said(damaged)) is is_found


def test_pieces_in_both_files_are_named():
    both = Maildat("26-1", {**good().files, "pdr": good(pieces="pdr")["pdr"]})
    assert ("MAILDAT_REFERENCE", "PDR-1034") in said(both)


def test_trays_on_a_pallet_are_added_up():
    held = good()["csm"]
    rows = np.concatenate([held.rows, held.rows[-1:]])
    pallet = len(rows)
    sums = {
        code: int(sum(int(bytes(cell)) for cell in held.bytes_of(code))) for code in ("CSM-1120", "CSM-1121")
    }
    maildat = with_rows(good(), "csm", rows)
    values = {
        "CSM-1005": b"P", "CSM-1006": f"{pallet:06d}".encode(), "CSM-1150": b"99M123456000000000001",
        **{code: f"{total:08d}".encode() for code, total in sums.items()},
    }  # fmt: skip
    for code, value in values.items():
        maildat = changed(maildat, code, value, row=pallet - 1)
    for row in range(pallet - 1):
        maildat = changed(maildat, "CSM-1109", values["CSM-1006"], row=row)
    maildat = changed(maildat, "HDR-1120", f"{pallet:06d}".encode())
    assert validate(maildat) == []
    short = validate(changed(maildat, "CSM-1120", b"00000001", row=pallet - 1))
    assert [(f.code, f.severity) for f in short] == [("MAILDAT_SUM", Severity.WARN)]


def test_many_findings_of_a_kind_are_ten_and_a_number():
    rows = good()["pbc"].rows.copy()
    rows[:, -1] = ord("x")
    found = [
        finding for finding in validate(with_rows(good(), "pbc", rows)) if finding.code == "MAILDAT_CLOSING"
    ]
    assert len(found) == 11
    assert f"{len(rows) - 10:,} more" in found[-1].message


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_byte_of_any_file_makes_the_validator_fail(data):
    """Any bytes at all: findings, never an exception."""
    extension = data.draw(st.sampled_from([name for name in good().files if name != "hdr"]))
    held = good()[extension]
    rows = held.rows.copy()
    row = data.draw(st.integers(0, len(rows) - 1))
    place = data.draw(st.integers(0, held.layout.length - 1))
    rows[row, place] = data.draw(st.integers(0, 255))
    found = validate(with_rows(good(), extension, rows))
    assert all(finding.code.startswith("MAILDAT_") for finding in found)
