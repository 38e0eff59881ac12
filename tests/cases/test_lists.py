"""Lists as public reports tell of them: what is mailed, what is returned, and what is said."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from production.frontdesk.checks.households import NUMBER_COLUMN
from production.frontdesk.checks.list_check import check_list

LISTS = Path(__file__).parent / "lists"
QUIET = {
    "NO_DELIVERY_POINT",
    "HOUSEHOLD_SHARED",
    "STATE_FROM_ZIP",
    "UNIT_DESIGNATOR",
}  # notes, true throughout

# file: options, rows that are mailed, rows that come back, what is said
CASES: dict[str, tuple[dict, int, int, dict[str, int]]] = {
    "pobox5_house.csv": ({"households": "one_piece"}, 4, 0, {}),
    "pobox5_dup.csv": ({"duplicates": "merge"}, 3, 0, {}),
    "formats.xlsx": ({}, 2, 0, {}),
    "round.csv": ({}, 1, 1, {"ZIP_INVALID": 1}),
    "round2.csv": ({}, 1, 0, {}),
    "lost_unit.csv": ({}, 3, 0, {}),
    "lost_number.csv": ({}, 3, 0, {}),
    "suffix.csv": ({"duplicates": "merge"}, 3, 0, {}),
    "cass_plus4.csv": ({}, 4, 0, {}),
    "newengland.csv": ({}, 0, 5, {"ZIP_LEADING_ZERO": 5}),
    "zip_dash.csv": ({}, 3, 0, {}),
    "excel_eq.csv": ({}, 2, 0, {"ZIP_STATE": 1}),
    "p4.csv": ({}, 3, 0, {}),
    "nulls.csv": (
        {}, 4, 4, {"CELL_PLACEHOLDER": 2, "CELL_ERROR": 2, "ADDRESS_INCOMPLETE": 2, "NAMES_NOBODY": 1},
    ),
    "foreign5.csv": ({}, 1, 3, {"PLACE_UNKNOWN": 2, "ZIP_INVALID": 1}),
    "formula_empty_str.xlsx": ({}, 2, 0, {"ZIP_STATE": 1}),
    "unit_date.csv": ({}, 0, 3, {"CELL_DATE": 3}),
    "trailing_rows.csv": ({}, 4, 0, {}),
    "trailing_some.csv": ({}, 4, 0, {}),
    "ctrlz.csv": ({}, 4, 0, {}),
    "mojibake.csv": ({}, 0, 5, {"TEXT_DAMAGED": 5}),
    "title_rows.xlsx": ({}, 4, 0, {"HEADER_BELOW": 1}),
    "two_sheets.xlsx": ({}, 3, 0, {"XLSX_SHEETS": 1}),
    "fixed.txt": ({}, 0, 0, {"TYPE_MISMATCH": 1}),
    "quoted_spaces.csv": ({}, 1, 0, {}),
    "citystzip.csv": ({}, 3, 0, {}),
    "occupant.csv": (
        {}, 4, 7, {"DO_NOT_MAIL": 5, "NAMES_NOBODY": 3, "ADDRESS_INCOMPLETE": 2, "ADDRESS_READINGS": 1},
    ),
}  # fmt: skip

# file: columns of the rows that are mailed, and what is printed of them
PRINTED: dict[str, tuple[tuple[str, ...], list[tuple]]] = {
    "pobox5_house.csv": ((NUMBER_COLUMN,), [(-1,)] * 4),  # a letter each
    "formats.xlsx": (
        ("c.Case No", "c.Amount Due", "c.Due Date", "c.Rate", "c.Phone", "c.Clinic Time"),
        [
            ("00012345", "$1,234.50", "December 5, 2026", "7.5%", "(225) 555-0134", "2:30 PM"),
            ("00000077", "$80.00", "December 6, 2026", "10.0%", "(225) 555-0135", "9:00 AM"),
        ],
    ),
    "round2.csv": (("c.Balance", "c.Phone", "c.Handle"), [("-5.50", "+1 225 555 0134", "@home")]),
    "lost_unit.csv": (("street2", "plus4"), [("APT 4", "1234"), ("APT 7", "1235"), ("APT 8", "1236")]),
    "lost_number.csv": (("street", "street2"), [("412 Oak St", "4"), ("9 Elm Ave", ""), ("8 Elm Ave", "2")]),
    "suffix.csv": (
        ("recipient",), [("Mr John Thibodaux Sr",), ("Mr John Thibodaux Jr",), ("Dr Ann B Thibodaux",)],
    ),
    "cass_plus4.csv": (("zip11",), [(int(f"70802123{n}12"),) for n in (1, 2, 3, 4)]),
    "zip_dash.csv": (("zip5", "plus4"), [("70802", ""), ("70803", ""), ("70805", "")]),
    "excel_eq.csv": (("zip5",), [("70802",), ("02110",)]),
    "p4.csv": (
        ("zip5", "plus4", "delivery_point", "zip11"),
        [("70802", "", "", -1), ("70802", "", "", -1), ("70802", "1234", "", -1)],
    ),
    "nulls.csv": (
        ("recipient", "company", "street2"),
        [("Ada Fontaine", "", ""), ("Cy Hebert", "", ""), ("Christopher Null", "", ""), ("TEST TEST", "", "")],
    ),
    "foreign5.csv": (("street", "zip5"), [("4 Oak Street", "70802")]),
    "formula_empty_str.xlsx": (("street2", "c.Case No"), [("", "00012345"), ("Apt 4", "00000077")]),
    "title_rows.xlsx": (("source_row",), [(5,), (6,), (7,), (8,)]),
    "two_sheets.xlsx": (("recipient",), [("Ada B",), ("Ada C",), ("Ada D",)]),
    "quoted_spaces.csv": (("street", "zip5"), [("412 Oak Street, Apt 3", "70802")]),
    "citystzip.csv": (("city", "state", "plus4"), [("Baton Rouge", "LA", plus4) for plus4 in ("", "1234", "")]),
}  # fmt: skip


def check(name: str, folder: Path, **options):
    return check_list(LISTS / name, name, None, {"on": "2026-12-01"} | options, folder)


@pytest.mark.parametrize("name", CASES)
def test_what_is_mailed_and_what_is_said(name, tmp_path):
    options, mailed, returned, said = CASES[name]
    result = check(name, tmp_path, **options)
    counts = {code: count for code, count in result.counts.items() if code not in QUIET}
    assert (result.accepted, result.to_fix, result.merged, counts) == (mailed, returned, 0, said)
    if name in PRINTED:
        columns, rows = PRINTED[name]
        with pa.ipc.open_file(result.accepted_path) as file:
            table = file.read_all()
        assert list(zip(*(table.column(one).to_pylist() for one in columns), strict=True)) == rows


def test_every_list_has_its_right_value():
    assert {path.name for path in LISTS.iterdir()} == CASES.keys()


def test_lost_zeros_come_back_when_the_repair_is_confirmed(tmp_path):
    result = check("newengland.csv", tmp_path, repair_zip=True)
    with pa.ipc.open_file(result.accepted_path) as file:
        zips = file.read_all().column("zip5").to_pylist()
    with (LISTS / "newengland.csv").open(newline="") as file:
        assert zips == [row["Zip"].zfill(5) for row in csv.DictReader(file)]


def test_fixed_width_is_named(tmp_path):
    assert "fixed width" in check("fixed.txt", tmp_path).findings[0].message
