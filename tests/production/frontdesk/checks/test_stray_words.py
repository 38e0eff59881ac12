"""Words that are no part of a name or an address: told by row, never printed, and only where a letter uses the cell."""

from __future__ import annotations

import csv
import io

import openpyxl
import pyarrow as pa
import pytest

from production.frontdesk.checks.list_check import check_list
from production.frontdesk.lists.characters import has_damage, has_lost_letter
from production.mailings.accepted import read_accepted

HEADER = ("First", "Last", "Company", "Street", "Unit", "City", "State", "ZIP", "Note")
MAPPING = {
    "recipient": ["First", "Last"], "company": "Company", "street": "Street", "street2": "Unit", "city": "City",
    "state": "State", "zip": "ZIP",
}  # fmt: skip
GOOD = dict(
    zip(HEADER, ("Ana", "Landry", "", "12 Oak St", "", "Baton Rouge", "LA", "70802", ""), strict=True)
)


def check(folder, *rows, **options):
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, HEADER)
    table.writeheader()
    table.writerows(GOOD | row for row in rows)
    (folder / "list.csv").write_text(buffer.getvalue(), encoding="utf-8")
    return check_list(folder / "list.csv", "list.csv", MAPPING, {"on": "2026-12-01"} | options, folder)


def told(result, code):
    return [one for one in result.findings if one.code == code]


def accepted(result):
    return read_accepted(result.accepted_path).to_pylist()


@pytest.mark.parametrize(
    "word", ["NULL", "null", "(null)", "N/A", "n/a", "None", "NaN", "nan", "-", "*", "\\N", "<NA>", "unknown"]
)
def test_a_word_for_nothing_is_told_and_not_printed(tmp_path, word):
    result = check(tmp_path, {"Company": word, "Unit": word}, {})
    assert [(one.severity, one.count) for one in told(result, "CELL_PLACEHOLDER")] == [
        ("warn", 1),
        ("warn", 1),
    ]
    assert [(one["company"], one["street2"]) for one in accepted(result)] == [("", ""), ("", "")]


@pytest.mark.parametrize(
    "row", [{"First": "NULL", "Last": "NULL"}, {"Street": "N/A"}, {"City": "Unknown"}, {"ZIP": "NULL"}]
)
def test_a_row_that_has_nothing_else_is_returned(tmp_path, row):
    assert check(tmp_path, row).to_fix == 1


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"First": "Christopher", "Last": "Null"}, "Christopher Null"),
        ({"First": "Nan"}, "Nan Landry"),
        ({"First": "Ana", "Last": "None"}, "Ana"),  # as a program writes it, not a person
        ({"First": "(null)"}, "Landry"),
    ],
)
def test_people_may_be_called_so(tmp_path, row, name):
    assert accepted(check(tmp_path, row))[0]["recipient"] == name


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "Err:502", "########"])
@pytest.mark.parametrize("column", ["First", "Street", "Unit"])
def test_an_error_as_text_is_returned(tmp_path, error, column):
    result = check(tmp_path, {column: error}, {})
    assert (result.accepted, result.counts["CELL_ERROR"]) == (1, 1)


@pytest.mark.parametrize(
    "row",
    [
        {"Unit": "2-May"}, {"Unit": "May-02"}, {"Unit": "5/2/2026"}, {"Unit": "2026-05-02"}, {"Street": "Jan-00"},
        {"Unit": "2026-05-02 00:00:00"}, {"Street": "12-May 150th St"}, {"Street": "12 Oak St Apt 2-May"},
        {"Unit": "Saturday, May 2, 2026"},
    ],
)  # fmt: skip
def test_a_number_that_became_a_date_is_returned(tmp_path, row):
    result = check(tmp_path, row, {})
    assert (result.accepted, result.counts["CELL_DATE"]) == (1, 1)


@pytest.mark.parametrize(
    "row",
    [
        {"Street": "12-34 150th St"}, {"Street": "12 1/2 May St"}, {"Unit": "Apt 5-2"}, {"Street": "5 May Ave"},
        {"Street": "N6W23001 Bluemound Rd"}, {"Street": "123 A Main St"}, {"Unit": "PMB 12"}, {"Street": "RR 2 Box 15"},
        {"Street": "150 Calle A", "Unit": "Urb Las Gladiolas"}, {"Street": "HC 68 Box 23A"}, {"Unit": "X"},
        {"First": "Nandita"}, {"Company": "Vacant Lot Theater"}, {"Street": "7 Refused Rd"},
        {"Company": "AT&T; Mobility"},
        {"First": "José", "Last": "Núñez"}, {"First": "Zoë", "Last": "CAFÉ’S"}, {"Company": "Smith & Sons"},
        {"Street": "GENERAL DELIVERY"}, {"Street": "12 Homeless Shelter Dr"},
    ],
)  # fmt: skip
def test_real_names_and_addresses_are_left_alone(tmp_path, row):
    result = check(tmp_path, row)
    told_codes = {
        "TEXT_DAMAGED",
        "CELL_DATE",
        "CELL_PLACEHOLDER",
        "DO_NOT_MAIL",
        "NAMES_NOBODY",
        "CELL_ERROR",
    }
    assert (result.accepted, told_codes & set(result.counts)) == (1, set())


@pytest.mark.parametrize(
    "text",
    ["JosÃ©", "Ben â€“ Hur", "NuÃ±ez", "JosÃƒÂ©", "Jos√©", "Martha‚Äö√Ñ√¥s",
     "Mu¤oz", "Ren&eacute;e", "O&#39;Neal", "&#x27;", "A &amp; B",
     "O\\'Brien", "455 6TH ST_x000D_", "ï»¿Ana", "MÃ¼ller", "ÃngstrÃ¶m", "Å Å¡"],
)  # fmt: skip
def test_text_that_was_damaged_on_its_way(text):
    assert has_damage(pa.array([text])).tolist() == [True]


@pytest.mark.parametrize(
    "text",
    ["José", "Ångström", "Ñandú", "Łódź", "Škoda", "Đặng Thị", "ÑA’S", "Smith & Sons", "R&D", "C:\\x", "_x_"],
)
def test_text_with_accents_is_sound(text):
    assert has_damage(pa.array([text])).tolist() == [False]


def test_a_question_mark_in_a_name_is_a_lost_letter():
    names = pa.array(["Jos? Landry", "M?ller", "?ngstrom", "Ana Landry", "Ana ? Landry"])
    assert has_lost_letter(names).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(
    "row",
    [
        {"First": "Ana (DECEASED)"}, {"First": "Do Not", "Last": "Mail"}, {"Street": "***BAD ADDRESS*** 7 Oak St"},
        {"Street": "RETURNED MAIL"}, {"Street": "HOMELESS"}, {"Street": "7 Oak St (VACANT)"}, {"Unit": "*MOVED*"},
        {"Last": "Landry - Deceased"}, {"Unit": "do not mail"},
    ],
)  # fmt: skip
def test_a_row_against_mailing_is_returned(tmp_path, row):
    result = check(tmp_path, row, {})
    assert (result.accepted, result.counts["DO_NOT_MAIL"]) == (1, 1)


@pytest.mark.parametrize(
    "name", ["CURRENT RESIDENT", "Or Current Resident", "Occupant", "Estate of Bo Guidry", "TEST TEST"]
)
def test_a_name_of_nobody_warns(tmp_path, name):
    first, _, last = name.partition(" ")
    result = check(tmp_path, {"First": first, "Last": last})
    assert (result.accepted, [one.severity for one in told(result, "NAMES_NOBODY")]) == (1, ["warn"])


@pytest.mark.parametrize("cell", ["a\x07b", "#REF!", "JosÃ©", "1.2E+15"])
def test_a_fault_in_a_column_the_letter_does_not_use_warns(tmp_path, cell):
    unused, used = (
        check(tmp_path, {"Note": cell}, letter_columns=[]),
        check(tmp_path, {"Note": cell}, letter_columns=["Note"]),
    )
    (code,) = {one.code for one in unused.findings} & {
        "BAD_CHARACTER",
        "CELL_ERROR",
        "TEXT_DAMAGED",
        "ID_FORMAT",
    }
    assert (unused.accepted, told(unused, code)[0].severity) == (1, "warn")
    assert used.to_fix == (code != "ID_FORMAT")  # a changed number warns anyway
    assert check(tmp_path, {"Note": cell}).to_fix == used.to_fix  # no letter is known


def test_a_program_s_word_that_the_letter_would_print_is_returned(tmp_path):
    rows = [{"Note": "NULL"}, {"Note": "None to report"}, {"Note": "n/a"}]
    assert check(tmp_path, *rows, letter_columns=["Note"]).counts["CELL_ERROR"] == 1
    assert check(tmp_path, *rows, letter_columns=[]).accepted == 3


def test_error_cells_of_a_workbook_count_by_column(tmp_path):
    book = openpyxl.Workbook()
    for at, cells in enumerate(
        [
            ("Name", "Street", "City", "State", "ZIP", "Note"),
            *[("Ana", "1 Oak St", "Baton Rouge", "LA", "70802", "x")] * 3,
        ]
    ):
        for column, cell in enumerate(cells):
            book.active.cell(at + 3, column + 3, cell)
    book.active["H4"], book.active["C5"] = "#N/A", "#REF!"
    book.save(tmp_path / "list.xlsx")
    mapping = {"recipient": "Name", "street": "Street", "city": "City", "state": "State", "zip": "ZIP"}
    result = check_list(
        tmp_path / "list.xlsx", "list.xlsx", mapping, {"on": "2026-12-01", "letter_columns": []}, tmp_path
    )
    assert [(one.severity, one.count, one.places[0].column) for one in told(result, "CELL_ERROR")] == [
        ("row", 1, "Name"), ("warn", 1, "Note"),
    ]  # fmt: skip
    assert result.accepted == 2
