"""The schema table: every record is tiled, versions differ where the published differences say, codes fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernel.errors import InvalidInput
from postal.maildat.schema import VERSIONS, Kind, check_layout, conditions, file_of, layouts, references

# Lengths of 25-1 and 26-1 as published (Mail.dat file list), apart from the table under test.
LENGTHS = {
    "hdr": (2000, 2000), "seg": (277, 289), "mpu": (193, 193), "mcr": (100, 100), "mpa": (298, 298),
    "cpt": (264, 264), "ccr": (52, 52), "csm": (790, 790), "cqt": (86, 87), "pqt": (70, 70), "pdr": (138, 138),
    "pbc": (70, 70), "chr": (386, 389), "cbr": (99, 98), "sfr": (93, 93), "oci": (120, 120),
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_every_record_is_tiled_from_the_first_byte_to_the_closing_character(version):
    for layout in layouts(version).values():
        assert check_layout(layout) == []
        assert sum(field.length for field in layout.fields) == layout.length
        assert layout.fields[-1].kind is Kind.CLOSING


def test_lengths_are_the_published_ones():
    for place, version in enumerate(VERSIONS):
        known = layouts(version)
        assert {ext: known[ext].length for ext in LENGTHS} == {
            ext: both[place] for ext, both in LENGTHS.items()
        }


def test_a_gap_an_overlap_and_a_short_record_are_named():
    layout = layouts("26-1")["cqt"]
    moved = replace(layout.fields[3], start=layout.fields[3].start + 1)
    gap = replace(layout, fields=(*layout.fields[:3], moved, *layout.fields[4:]))
    assert [finding.place.column for finding in check_layout(gap)] == ["CQT-1007", "CQT-1003"]
    assert check_layout(replace(layout, length=88))[0].place.column == "CQT-9999"


def test_versions_differ_only_where_published():
    old, new = (layouts(version) for version in VERSIONS)
    added = {field.code for ext in new for field in new[ext].fields if field.code not in old[ext]}
    removed = {field.code for ext in old for field in old[ext].fields if field.code not in new[ext]}
    assert added == {"SEG-1188", "SEG-1189", "CQT-1114", "CHR-1123", "CHR-1124"}
    assert removed == {"CBR-1102"}
    assert (old["cqt"]["CQT-1008"].start, new["cqt"]["CQT-1008"].start) == (35, 36)
    assert (old["seg"]["SEG-1146"].start, new["seg"]["SEG-1146"].start) == (188, 200)
    assert "FS" in old["cqt"]["CQT-1008"].codes
    assert "FS" not in new["cqt"]["CQT-1008"].codes


@pytest.mark.parametrize("version", VERSIONS)
def test_codes_fit_their_fields_and_every_file_is_counted_by_the_header(version):
    known = layouts(version)
    for layout in known.values():
        assert len({field.code for field in layout.fields}) == len(layout.fields)
        for field in layout.fields:
            assert all(len(code) <= field.length for code in field.codes or ())
        if layout.extension != "hdr":
            assert known["hdr"][layout.count_field].kind is Kind.NUMBER
            assert known["hdr"][layout.status_field].codes == {"O", "D", "R", "C", "U", "N"}
            assert layout.status
            assert layout.keys[0].endswith("-1001")


def test_references_and_conditions_name_fields_that_exist():
    codes = {field.code for layout in layouts("26-1").values() for field in layout.fields}
    for reference in references():
        assert {*reference.child, *(code for parent in reference.parents for code in parent)} <= codes
        assert all(len(parent) == len(reference.child) for parent in reference.parents)
    for condition in conditions():
        assert {*condition.fields, condition.when, *condition.via} <= codes
        assert len({file_of(code) for code in condition.fields}) == 1


def test_an_unknown_version_is_refused_by_name():
    with pytest.raises(InvalidInput, match="24-1") as refusal:
        layouts("24-1")
    assert refusal.value.instance_code == "MAILDAT_VERSION"
