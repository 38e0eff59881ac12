"""The list check: every code both ways, the files it leaves, and repeats."""

import csv
import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from kernel.findings import Severity
from postal.address import parsing
from production.frontdesk.checks.list_check import check_list
from production.frontdesk.checks.results import add_rows_to_fix
from production.frontdesk.lists.characters import neutral
from production.frontdesk.lists.reader import inspect_list, read_list
from production.frontdesk.lists.samples import (
    SAMPLE_MAPPING,
    sample_table,
    write_messy_list,
    write_sample_list,
)
from production.frontdesk.lists.shapes import OPTIONS, RULES, ListResult
from production.mailings.accepted import ORIGINAL_PREFIX

MAPPING = {"recipient": "name", "street": "street", "city": "city", "state": "state", "zip": "zip"}
HEADER = "name,street,city,state,zip\n"
GOOD = "Ana Landry,1 Main St,Baton Rouge,LA,70802\n"
ON = {"on": "2026-11-22"}


def check(content: bytes | str, folder: Path, *, mapping=None, **options):
    path = folder / "upload"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    mapping = MAPPING if mapping is None else mapping or None  # {}: guessed
    result = check_list(path, "list.csv", mapping, ON | options, folder)
    adapter = TypeAdapter(ListResult)
    assert adapter.validate_json(adapter.dump_json(result)) == result
    return result


def accepted(result) -> list[dict]:
    with pa.ipc.open_file(result.accepted_path) as file:
        return file.read_all().to_pylist()


def to_fix(result) -> list[dict]:
    with Path(result.rows_to_fix_path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def place_rows(result, code: str) -> list[int]:
    return [place.row for one in result.findings if one.code == code for place in one.places]


def workbook(*rows, sheets: int = 1, hide: int = 0, merge: str = "", mac_dates: bool = False) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for number in range(1, sheets):
        book.create_sheet(f"other {number}")
    if hide:
        sheet.row_dimensions[hide].hidden = True
    if merge:
        sheet.merge_cells(merge)
    if mac_dates:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def archive(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


def rewritten(book: bytes, **changes) -> bytes:
    """A workbook with some parts changed: name -> function of its bytes, or bytes to add."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.pop(name, lambda content: content)(old.read(name)))
        for name, content in changes.items():
            new.writestr(name, content)
    return buffer.getvalue()


X_HEADER = HEADER.strip().split(",")
X_GOOD = GOOD.strip().split(",")
SHEET = "xl/worksheets/sheet1.xml"
PLAIN_BOOK = workbook(X_HEADER, X_GOOD)


def row(**changes) -> str:
    cells = dict(zip(X_HEADER, X_GOOD, strict=True)) | changes
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells.values())
    return buffer.getvalue()


# code -> (file, options, the row it must name or None for the file as a whole)
CASES = {
    "DATA_EMPTY": (HEADER, {}, None),
    "DATA_HEADER": ("name,name,city,state,zip\n" + GOOD, {}, 1),
    "HEADER_BELOW": ("Letters of May\n\n" + HEADER + GOOD, {}, 3),
    "DATA_TOO_LARGE": (HEADER + GOOD + row(name="x" * 10_001), {}, 3),
    "TYPE_MISMATCH": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {}, None),
    "ENCODING": ((HEADER + GOOD + row(name="Renée")).encode("cp1252"), {}, 3),
    "CSV_QUOTE": (HEADER + GOOD + 'Ana "x,1\n"Bob,1 Main St,Baton Rouge,LA,70802\n' + GOOD, {}, 4),
    "ROW_WIDTH": (HEADER + GOOD + "Ana,1 Main St,Baton Rouge\n" + GOOD, {}, 3),
    "ROW_BLANK": (HEADER + GOOD + "\n,,,,\n" + GOOD, {}, 3),
    "BAD_CHARACTER": (HEADER + GOOD + row(name="A\x00na"), {}, 3),
    "HIDDEN_CHARACTER": (HEADER + GOOD + row(street="2\u00a0Elm \u202eSt"), {}, 3),
    "LINE_BREAK": (HEADER + GOOD + row(name="Ana\nLandry 2"), {}, 3),
    "TOTAL_ROW_SUSPECTED": (HEADER + GOOD + "Total,,,,1\n".replace(",1", ","), {}, 3),
    "CONTROL_TOTAL": (HEADER + GOOD, {"expected_rows": 2}, None),
    "ID_FORMAT": (HEADER + GOOD + row(zip="7.08E+04"), {}, 3),
    "ID_PRECISION_LOST": (
        workbook([*X_HEADER, "account"], [*X_GOOD, 12345678901234567]),
        {},
        2,
    ),
    "CELL_ERROR": (workbook(X_HEADER, X_GOOD, ["#N/A", *X_GOOD[1:]]), {}, 3),
    "TEXT_DAMAGED": (HEADER + GOOD + row(name="JosÃ© Landry"), {}, 3),
    "CELL_DATE": (HEADER + GOOD + row(street="2-May"), {}, 3),
    "CELL_PLACEHOLDER": ("name,company,street,city,state,zip\nAna,NULL,1 Main St,Baton Rouge,LA,70802\n",
                    {"mapping": MAPPING | {"company": "company"}}, 2),
    "DO_NOT_MAIL": (HEADER + GOOD + row(name="Ana Landry (DECEASED)"), {}, 3),
    "NAMES_NOBODY": (HEADER + GOOD + row(name="CURRENT RESIDENT"), {}, 3),
    "XLSX_UNSUPPORTED": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), {}, None),
    "XLSX_UNREADABLE": (
        rewritten(PLAIN_BOOK, **{SHEET: lambda xml: b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml}),
        {},
        None,
    ),
    "XLSX_SHEETS": (workbook(X_HEADER, X_GOOD, sheets=2), {}, None),
    "XLSX_HIDDEN": (workbook(X_HEADER, X_GOOD, X_GOOD, hide=3), {}, 3),
    "XLSX_1904": (workbook(X_HEADER, X_GOOD, mac_dates=True), {}, None),
    "ARCHIVE_TOO_LARGE": (rewritten(PLAIN_BOOK, **{"xl/media/a.bin": bytes(9_000_000)}), {}, None),
    "ARCHIVE_DAMAGED": (PLAIN_BOOK[: len(PLAIN_BOOK) // 2], {}, None),
    "ARCHIVE_AMBIGUOUS": (archive(a_dot_csv=b"x", b_dot_csv=b"y"), {}, None),
    "MAPPING_FIELD": (HEADER + GOOD, {"mapping": {"recipient": "name"}}, None),
    "MAPPING_GUESSED": (HEADER + row(street="Oak St") * 3, {"mapping": {}}, None),
    "COLUMN_UNUSED": (HEADER.replace("name", "apt,name") + "4," + GOOD, {}, None),
    "ADDRESS_INCOMPLETE": (HEADER + GOOD + row(street=" "), {}, 3),
    "ADDRESS_FOREIGN": (HEADER + GOOD + row(city="Montréal", state="QC", zip="H2X 1Y4"), {}, 3),
    "PLACE_UNKNOWN": (HEADER + GOOD + row(city="Paris", state="", zip="75001"), {}, 3),
    "COUNTRY_DIFFERS": (
        "name,street,city,state,zip,country\nAna,1 Main St,Baton Rouge,LA,70802,Canada\n",
        {"mapping": MAPPING | {"country": "country"}},
        2,
    ),
    "ZIP_INVALID": (HEADER + GOOD + row(zip="99998"), {}, 3),
    "ZIP_LEADING_ZERO": (HEADER + GOOD + row(city="Boston", state="MA", zip="2108"), {}, 3),
    "ZIP_REPAIRED": (HEADER + GOOD + row(city="Boston", state="MA", zip="2108"), {"repair_zip": True}, 3),
    "ZIP_RETIRED": (HEADER + GOOD + row(city="Chicago", state="IL", zip="60663"), {}, 3),
    "ZIP_STATE": (HEADER + GOOD + row(state="TX"), {}, 3),
    "STATE_FROM_ZIP": (HEADER + GOOD + row(state=""), {}, 3),
    "IMB_ROUTING": (
        "name,street,city,state,zip,dp\nAna,1 Main St,Baton Rouge,LA,70802-1234,7X\n",
        {"mapping": MAPPING | {"delivery_point": "dp"}},
        2,
    ),
    "NO_DELIVERY_POINT": (HEADER + GOOD, {}, 2),
    "ROW_DUPLICATE": (HEADER + GOOD + row(name="ana  LANDRY", street="1 main street"), {}, 3),
    "HOUSEHOLD_SHARED": (HEADER + GOOD + row(name="Marc Landry"), {}, 3),
    "ADDRESS_READINGS": (HEADER + GOOD + row(street="12 Oak St, B"), {}, 3),
    "ADDRESS_NOT_COMPARED": (HEADER + GOOD + row(street="Hall Rd (rear)") + row(street="Old Hall, gate 2"), {}, 4),
    "STREET_NUMBER": (HEADER + GOOD + row(street="Main St"), {}, 3),
    "STREET_NAME": (HEADER + GOOD + row(street="4190"), {}, 3),
    "STREET_UNCLEAR": (HEADER + GOOD + row(street="Oak St & Main St"), {}, 3),
    "STREET_AND_BOX": (HEADER + GOOD + row(street="101 N Main St PO Box 5"), {}, 3),
    "UNIT_NUMBER": (HEADER + GOOD + row(street="1 Main St Apt"), {}, 3),
    "UNIT_DESIGNATOR": (HEADER + GOOD + row(street="100 Canal St 5"), {}, 3),
    "ZIP_CITY": (HEADER + GOOD + row(city="Baton Rogue"), {}, 3),
    "ADDRESS_MILITARY": (
        HEADER + GOOD + row(street="Unit 2050 Box 4190", city="APO", state="AP", zip="96278"), {}, 3,
    ),
    "MILITARY_FORM": (HEADER + GOOD + row(city="Kadena", state="AP", zip="96278"), {}, 3),
}  # fmt: skip


def test_every_code_has_a_case():
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("code", CASES)
def test_code_is_found_with_its_place(code, tmp_path, monkeypatch):
    monkeypatch.setattr(parsing, "MOST_SECOND_OPINIONS", 1 if code == "ADDRESS_NOT_COMPARED" else 9)
    content, options, expected_row = CASES[code]
    result = check(content, tmp_path, **options)
    assert code in result.counts, result.findings
    assert place_rows(result, code)[0] == expected_row
    stopped = RULES[code].severity is Severity.STOP
    assert (result.accepted_path is None) == stopped
    in_fix = result.rows_to_fix_path and [int(one["fix: row"]) for one in to_fix(result)]
    one_severity = next(one.severity for one in result.findings if one.code == code)
    if one_severity == Severity.ROW and expected_row:
        assert expected_row in in_fix
        assert expected_row not in [one["source_row"] for one in accepted(result)]
    elif not stopped and expected_row and code not in ("ROW_BLANK", "ROW_DUPLICATE", "HEADER_BELOW"):
        assert expected_row in [one["source_row"] for one in accepted(result)]


def test_a_clean_list_says_nothing(tmp_path):
    path = tmp_path / "sample.csv"
    write_sample_list(path, 500)
    result = check_list(path, "sample.csv", SAMPLE_MAPPING, ON, tmp_path)
    assert result.counts == {}
    assert result.findings == []
    assert result.accepted == result.rows_in == 500
    assert result.rows_to_fix_path is None


def test_codes_of_a_row_are_of_that_row_alone(tmp_path):
    path = tmp_path / "messy.csv"
    planted = write_messy_list(path)
    result = check_list(path, "messy.csv", SAMPLE_MAPPING, ON, tmp_path)
    for code, rows in planted.items():
        assert set(rows) <= set(place_rows(result, code)), code
        assert code == "NO_DELIVERY_POINT" or len(rows) == result.counts[code], code
    row_codes = [code for code in planted if RULES[code].severity is Severity.ROW] + ["ID_FORMAT"]
    assert sorted(int(one["fix: row"]) for one in to_fix(result)) == sorted(
        row for code in row_codes for row in planted[code]
    )
    assert result.rows_in == result.accepted + result.to_fix
    assert [one["source_row"] for one in accepted(result)] == sorted(
        set(range(2, 63)) - {int(one["fix: row"]) for one in to_fix(result)} - set(planted["ROW_BLANK"])
    )


def test_accepted_columns_and_original_cells(tmp_path):
    cells = " =Ana ,1 Main  St,Baton Rouge,Louisiana,70802-1234 56, kept as is \n"
    text = "name,street,city,state,zip,note\n" + cells
    result = check(text, tmp_path)
    assert accepted(result) == [
        {
            "source_row": 2,
            "recipient": "=Ana",
            "company": "",
            "street": "1 Main St",
            "street2": "",
            "city": "Baton Rouge",
            "state": "LA",
            "zip5": "70802",
            "plus4": "1234",
            "delivery_point": "56",
            "zip11": 70802123456,
            "c.name": " =Ana ",
            "c.street": "1 Main  St",
            "c.city": "Baton Rouge",
            "c.state": "Louisiana",
            "c.zip": "70802-1234 56",
            "c.note": " kept as is ",
        }
    ]
    with pa.ipc.open_file(result.accepted_path) as file:
        schema = file.schema
    assert schema.field("source_row").type == pa.int32()
    assert schema.field("zip11").type == pa.int64()


@pytest.mark.parametrize(
    ("zip_code", "parts"),
    [
        ("70802", ("70802", "", "", -1)),
        ("708021234", ("70802", "1234", "", -1)),
        ("70802-1234", ("70802", "1234", "", -1)),
        ("70802 1234", ("70802", "1234", "", -1)),
        ("70802123456", ("70802", "1234", "56", 70802123456)),
        ("70802-1234-56", ("70802", "1234", "56", 70802123456)),
        (" 02108-0001-07 ", ("02108", "0001", "07", 2108000107)),
        ("70\u200b802", ("70802", "", "", -1)),
        ("70802-", ("70802", "", "", -1)),
        ('="70802"', ("70802", "", "", -1)),
        ("70802-0000", ("70802", "", "", -1)),
        ("70802-0000-00", ("70802", "", "", -1)),
    ],
)
def test_zip_shapes(zip_code, parts, tmp_path):
    (one,) = accepted(check(HEADER + row(zip=zip_code), tmp_path))
    assert (one["zip5"], one["plus4"], one["delivery_point"], one["zip11"]) == parts


@pytest.mark.parametrize(
    "zip_code", ["7080", "708021", "70802-12", "7080-21234", "7O802", "７０８０２", "70802.", "1" * 30]
)
def test_zip_shapes_refused(zip_code, tmp_path):
    result = check(HEADER + GOOD + row(zip=zip_code), tmp_path)
    assert place_rows(result, "ZIP_INVALID") + place_rows(result, "ZIP_LEADING_ZERO") == [3]
    assert len(accepted(result)) == 1


@pytest.mark.parametrize(
    ("lost", "place", "whole"),
    [
        ("501", ("Holtsville", "NY"), "00501"),
        ("2108", ("Boston", "MA"), "02108"),
        ("2108", ("Boston", ""), "02108"),
        ("21081234", ("Boston", "Mass"), "02108"),  # no state that is known: the city decides
        ("2108-1234", ("Boston", "MA"), "02108"),
        ("2108123456", ("Boston", "MA"), "02108"),
    ],
)
def test_lost_zeros_come_back_only_when_asked(lost, place, whole, tmp_path):
    text = HEADER + row(city=place[0], state=place[1], zip=lost)
    assert check(text, tmp_path).counts["ZIP_LEADING_ZERO"] == 1
    assert accepted(check(text, tmp_path, repair_zip=True))[0]["zip5"] == whole


@pytest.mark.parametrize(
    "place", [("Baton Rouge", "LA"), ("Baton Rouge", ""), ("Boston", "TX"), ("Paris", "")]
)
def test_zeros_that_fit_neither_state_nor_city_never_come_back(place, tmp_path):
    text = HEADER + GOOD + row(city=place[0], state=place[1], zip="2108")
    result = check(text, tmp_path, repair_zip=True)
    assert place_rows(result, "ZIP_INVALID") == [3]
    assert "ZIP_REPAIRED" not in result.counts


def test_lost_zeros_of_an_add_on_are_told(tmp_path):
    text = "name,street,city,state,zip,p4\nAna,1 Main St,Boston,MA,02108,123\n"
    mapping = MAPPING | {"plus4": "p4"}
    bare, repaired = (check(text, tmp_path, mapping=mapping, repair_zip=asked) for asked in (False, True))
    assert ("IMB_ROUTING" in bare.counts, "ZIP_REPAIRED" in repaired.counts) == (True, True)
    assert accepted(repaired)[0]["plus4"] == "0123"


def test_numeric_zips_of_a_workbook(tmp_path):
    book = workbook(X_HEADER, [*X_GOOD[:3], "MA", 2108.0], [*X_GOOD[:4], 70802], [*X_GOOD[:4], 708021234])
    result = check(book, tmp_path)
    assert place_rows(result, "ZIP_LEADING_ZERO") == [2]
    assert [(one["zip5"], one["plus4"]) for one in accepted(result)] == [("70802", ""), ("70802", "1234")]


def test_repeats_by_policy(tmp_path):
    text = HEADER + GOOD + row(street="9 Elm St") + GOOD + GOOD
    allowed, merged, refused = (
        check(text, tmp_path, duplicates=policy) for policy in ("allow", "merge", "refuse")
    )
    assert (allowed.accepted, allowed.merged, allowed.to_fix) == (4, 0, 0)
    assert (merged.accepted, merged.merged, merged.to_fix) == (2, 2, 0)
    assert (refused.accepted, refused.merged, refused.to_fix) == (2, 0, 2)
    assert [int(one["fix: row"]) for one in to_fix(refused)] == [4, 5]
    assert place_rows(allowed, "ROW_DUPLICATE") == [4, 5]


def test_repeats_may_be_told_apart_by_a_further_column(tmp_path):
    text = "name,street,city,state,zip,account\n" + (GOOD.strip() + ",1\n") * 2 + GOOD.strip() + ",2\n"
    assert check(text, tmp_path).counts["ROW_DUPLICATE"] == 2
    assert check(text, tmp_path, duplicate_columns=["account"]).counts["ROW_DUPLICATE"] == 1
    assert "DATA_HEADER" in check(text, tmp_path, duplicate_columns=["nope"]).counts


def test_control_column(tmp_path):
    text = "name,street,city,state,zip,due\n" + GOOD.strip() + ',"$1,000.10"\n' + GOOD.strip() + ",0.20\n"
    assert check(text, tmp_path, control_column="due", control_total="1000.30").accepted == 2
    assert "CONTROL_TOTAL" in check(text, tmp_path, control_column="due", control_total="1000.31").counts
    assert "CONTROL_TOTAL" in check(text, tmp_path, control_column="name", control_total="1").counts
    assert "DATA_HEADER" in check(text, tmp_path, control_column="nope", control_total="1").counts


def test_rows_to_fix_never_run_as_formulas(tmp_path):
    text = HEADER + row(name="=1+1", street="") + row(name=" @x", street="") + row(name="-5", street="\t=2")
    fixes = to_fix(check(text, tmp_path))
    assert [one["name"] for one in fixes] == ["'=1+1", "' @x"]
    assert neutral(pa.array(["\t=2", "+", "a=b", ""])).to_pylist() == ["'\t=2", "'+", "a=b", ""]


def test_rows_to_fix_show_cells_beyond_the_header(tmp_path):
    (one,) = to_fix(check(HEADER + GOOD + GOOD.strip() + ",=more,and more\n", tmp_path))
    assert one["fix: row"] == "3"
    assert one["fix: codes"] == "ROW_WIDTH"
    assert one["fix: what to do"].endswith("Beyond the last column: =more | and more")


def test_rows_to_fix_may_be_sent_in_again(tmp_path):
    first = check(HEADER + GOOD + row(street="") * 2, tmp_path)
    corrected = Path(first.rows_to_fix_path).read_bytes().replace(b'"",', b'"7 Elm St",', 1)
    second = check(corrected, tmp_path)
    assert (second.accepted, second.to_fix) == (1, 1)
    assert list(to_fix(second)[0]) == ["fix: row", "fix: codes", "fix: what to do", *X_HEADER]
    assert accepted(second)[0]["street"] == "7 Elm St"
    assert "c.fix: row" not in accepted(second)[0]


ANY_CELL = st.text(
    st.sampled_from("'=+-@\uff1d\uff0b\uff0d\uff20 \t\r\n\"a,1") | st.characters(codec="utf-8"), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(ANY_CELL, ANY_CELL), min_size=1, max_size=4),
    st.sampled_from(["note", "=note", "'-note"]),
)
def test_rows_to_fix_come_back_as_they_left(rows, name):
    cells = [
        ["Ana Landry " * 30, *row] for row in rows
    ]  # no row is blank, no file is mostly control characters
    table = pa.table({
        "source_row": pa.array(range(2, len(rows) + 2), pa.int32()),
        **{ORIGINAL_PREFIX + own: pa.array([row[i] for row in cells]) for i, own in enumerate(["name", name, "more"])},
    })  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows_to_fix.csv"
        add_rows_to_fix(path, table, [])
        back = read_list(path)
    assert back.names == ["name", name, "more"]
    assert [list(row) for row in zip(*(one.to_pylist() for one in back.columns), strict=True)] == cells


def test_a_minus_a_plus_and_an_at_sign_are_printed_as_sent(tmp_path):
    header = HEADER.replace("zip", "zip,Balance,Phone,Handle")
    first = check(header + "Ana,1 Main St,Boston,MA,2110,-5.50,+1 225 555 0134,@home\n", tmp_path)
    sent = Path(first.rows_to_fix_path).read_text("utf-8-sig")
    assert '"\'-5.50"' in sent
    second = check(sent.replace('"2110"', '"02110"'), tmp_path)
    (row,) = accepted(second)
    assert [row[f"c.{name}"] for name in ("Balance", "Phone", "Handle")] == [
        "-5.50",
        "+1 225 555 0134",
        "@home",
    ]


def test_a_service_s_codes_make_eleven_digits(tmp_path):
    text = (
        "addressee,delivery_line_1,last_line,city_name,state_abbreviation,zipcode,plus4_code,delivery_point\n"
        "P 1,1 Oak St,Baton Rouge LA 70802-1231,Baton Rouge,LA,70802,1231,12\n"
    )
    result = check(text, tmp_path, mapping={})
    assert [row["zip11"] for row in accepted(result)] == [70802123112]
    assert result.counts == {}


def test_father_and_son_get_a_letter_each(tmp_path):
    head = "Title,First Name,Middle Name,Last Name,Suffix,Address,City,State,Zip\n"
    end = "12 Oak Street,Baton Rouge,LA,70802\n"
    text = head + "".join(
        f"{name},{end}" for name in ("Mr,John,,Thibodaux,Sr", "Mr,John,,Thibodaux,Jr", "Dr,Ann,B,Thibodaux,")
    )
    result = check(text, tmp_path, mapping={}, duplicates="merge")
    assert [row["recipient"] for row in accepted(result)] == [
        "Mr John Thibodaux Sr", "Mr John Thibodaux Jr", "Dr Ann B Thibodaux",
    ]  # fmt: skip


def test_state_exceptions_and_full_names(tmp_path):
    text = (
        HEADER
        + row(state="La.")
        + row(city="Attleboro Falls", state="RI", zip="02914")
        + row(state="new york")
    )
    result = check(text, tmp_path)
    assert place_rows(result, "ZIP_STATE") == [4]
    assert [one["state"] for one in accepted(result)] == ["LA", "RI", "NY"]


def test_one_line_addresses_and_constants(tmp_path):
    text = 'who,where\nAna,"12 Oak St, Houma, LA 70360"\nBob,5 Elm Ct Houma LA 70360-1234\nCy,no comma\n'
    result = check(text, tmp_path, mapping={"recipient": "who", "full_address": "where"})
    assert [(one["street"], one["city"], one["state"], one["zip5"]) for one in accepted(result)] == [
        ("12 Oak St", "Houma", "LA", "70360"),
        ("5 Elm Ct", "Houma", "LA", "70360"),
    ]
    constant = {
        "recipient": "who",
        "street": "where",
        "city": {"constant": "Houma"},
        "zip": {"constant": "70360"},
    }
    assert {one["city"] for one in accepted(check(text, tmp_path, mapping=constant))} == {"Houma"}


def test_places_are_capped_but_counted(tmp_path):
    result = check(HEADER + row(street="") * 250, tmp_path)
    (group,) = [one for one in result.findings if one.code == "ADDRESS_INCOMPLETE"]
    assert group.count == result.counts["ADDRESS_INCOMPLETE"] == 250
    assert len(group.places) == 100
    assert len(to_fix(result)) == 250


def test_findings_hold_no_names(tmp_path):
    path = tmp_path / "messy.csv"
    write_messy_list(path)
    result = check_list(path, "messy.csv", SAMPLE_MAPPING, ON, tmp_path)
    told = repr(result.findings)
    for cell in sample_table(60, seed=7)["Name"].to_pylist():
        assert cell not in told


def test_unknown_options_are_our_own_fault(tmp_path):
    with pytest.raises(ValueError, match="repare_zip"):
        check(HEADER + GOOD, tmp_path, repare_zip=True)
    with pytest.raises(ValueError, match="duplicates"):
        check(HEADER + GOOD, tmp_path, duplicates="drop")
    assert "repair_zip" in OPTIONS


def test_sample_list_is_repeatable_and_crowded(tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    write_sample_list(one, 3_000)
    write_sample_list(two, 3_000)
    assert one.read_bytes() == two.read_bytes()
    table = sample_table(20_000)
    zips, pieces = np.unique([zip_code[:5] for zip_code in table["ZIP+4"].to_pylist()], return_counts=True)
    assert (pieces >= 150).sum() >= 20
    assert len(zips) > 2_000
    preview = inspect_list(one, "one.csv")
    assert preview.mapping == SAMPLE_MAPPING
    assert preview.findings == []


def test_more_kinds_of_faults_than_bits(tmp_path):
    extra = [f"x{i}" for i in range(80)]
    rows = [[*X_GOOD, *("\x07" if i == j else "" for j in range(80))] for i in range(80)]
    buffer = io.StringIO()
    csv.writer(buffer).writerows([[*X_HEADER, *extra], *rows])
    fixes = to_fix(check(buffer.getvalue(), tmp_path))
    assert [one["fix: codes"] for one in fixes] == ["BAD_CHARACTER"] * 80
    assert all(f"(x{i})" in one["fix: what to do"] for i, one in enumerate(fixes))


def test_military_mail_is_not_foreign_whatever_country_is_named(tmp_path):
    text = (
        "name,street,city,state,zip,country\n"
        "Ray Poe,PSC 3 Box 4120,APO,AE,09012,Germany\n"
        "Ana Landry,Hauptstr 1,Berlin,,10115,Germany\n"
        "Luis Vega,1 Calle Luna,San Juan,PR,00901,Puerto Rico\n"
    )
    result = check(text, tmp_path, mapping=MAPPING | {"country": "country"})
    assert [one["recipient"] for one in accepted(result)] == ["Ray Poe", "Luis Vega"]
    assert (result.military, result.foreign, result.to_fix) == (1, 1, 1)
    assert "MILITARY_FORM" not in result.counts


@pytest.mark.parametrize(
    "place",
    [
        "Paris,,75001,", "Berlin,DE,10115,", "Berlin,,10115,Germany", "Jakarta,ID,10110,", "Toronto,ON,M5V 2T6,",
        "London,,SW1A 1AA,", "Guadalajara,Jalisco,44100,Mexico", "München,Bayern,80331,", "Sydney,NSW,2000,Australia",
        "Road Town,,VG1110,British Virgin Islands", "Baton Rouge,,70802,Canada",
    ],
)  # fmt: skip
def test_places_abroad_are_returned(place, tmp_path):
    text = f"name,street,city,state,zip,country\nAna,1 Rue Neuve,{place}\n"
    assert check(text, tmp_path, mapping=MAPPING | {"country": "country"}).to_fix == 1


@pytest.mark.parametrize(
    "place",
    [
        "Baton Rouge,LA,70802,United States (USA)", "Baton Rouge,LA,70802,USA - United States",
        "San Juan,PR,00901,Puerto Rico", "Hagatna,GU,96910,Guam", "Charlotte Amalie,VI,00802,U.S. Virgin Islands",
        "Charlotte Amalie,,00802,Virgin Islands (US)", "Pago Pago,AS,96799,American Samoa", "Koror,PW,96940,Palau",
        "Saipan,MP,96950,Northern Mariana Islands", "Paris,TX,75460,France", "Ontario,CA,91761,", "Gentilly,,70122,",
        "Batton Rouge,,70802,", "Baton Rouge,Louisana,70802,", "Baton Rouge,LA,10001,", "Beclabito,NM,86514,",
        "Somewhere,,70802,USA",
    ],
)  # fmt: skip
def test_places_at_home_are_mailed(place, tmp_path):
    text = f"name,street,city,state,zip,country\nAna,1 Oak St,{place}\n"
    assert check(text, tmp_path, mapping=MAPPING | {"country": "country"}).accepted == 1
