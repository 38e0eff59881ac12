"""Workbooks: hostile archives are refused before anything is opened; values come out as people wrote them."""

import datetime as dt
import io
import re
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from production.frontdesk.lists.reader import inspect_list, read_list
from production.frontdesk.lists.shapes import Refused

HEADER = ("name", "zip", "account", "due", "paid")
SHEET = "xl/worksheets/sheet1.xml"


def book_bytes(*rows, **sheets) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, state in sheets.items():
        book.create_sheet(title).sheet_state = state
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


PLAIN = book_bytes(HEADER, ("Ana", "70802", 17, dt.date(2026, 1, 2), True))


def saved(folder: Path, content: bytes) -> Path:
    path = folder / "upload"
    path.write_bytes(content)
    return path


def refusal(folder: Path, content: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        read_list(saved(folder, content))
    (found,) = refused.value.found
    assert [one.code for one in inspect_list(folder / "upload", "x.xlsx").findings] == [found.code]
    return found.code, found.detail


def with_part(book: bytes, part: str, change) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return buffer.getvalue()


def repacked(changes: dict[str, bytes], *, method=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as old, zipfile.ZipFile(buffer, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, changes.pop(name, old.read(name)))
        for name, content in changes.items():
            new.writestr(name, content)
    return buffer.getvalue()


def sheet_xml() -> bytes:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as archive:
        return archive.read(SHEET)


def column(table, name: str) -> list[str]:
    return table.columns[table.names.index(name)].to_pylist()


def test_values_come_out_as_written(tmp_path):
    rows = (
        ("Zoë", 70802, 123456789012345, dt.datetime(2026, 3, 4), 0.1),
        ("=not run", "02108", 1.5, dt.datetime(2026, 3, 4, 5, 6), False),
        (None, None, None, None, None),
        ("x", 708021234, "007", dt.time(8, 30), -3),
    )
    book = openpyxl.Workbook()
    for row in (HEADER, *rows):
        book.active.append(row)
    book.active["A3"].data_type = "s"
    book.save(tmp_path / "upload")
    table = read_list(tmp_path / "upload")
    assert table.names == list(HEADER)
    assert column(table, "name") == ["Zoë", "=not run", "x"]
    assert column(table, "zip") == ["70802", "02108", "708021234"]
    assert column(table, "account") == ["123456789012345", "1.5", "007"]
    assert column(table, "due") == ["2026-03-04 0:00:00", "2026-03-04 5:06:00", "8:30:00"]
    assert column(table, "paid") == ["0.1", "FALSE", "-3"]
    assert table.source_row.tolist() == [2, 3, 5]
    assert table.blank == 1


def sheet_of(path: Path, rows, formats=()):
    """Rows with the number formats of their columns from the left, saved as a workbook."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
        for cell, code in zip(book.active[book.active.max_row], formats, strict=False):
            cell.number_format = code
    book.save(path)
    return book


def test_what_the_workbook_shows_is_what_is_read(tmp_path):
    formats = [
        "00000000",
        "$#,##0.00",
        "mmmm d, yyyy",
        "0.0%",
        "(###) ###-####",
        "h:mm AM/PM",
        "0.00",
        "00000-0000",
    ]
    values = [12345, 1234.5, dt.date(2026, 12, 5), 0.075, 2255550134, dt.time(14, 30), 59.97, 21101234]
    sheet_of(tmp_path / "upload", [list("abcdefgh"), values, ["text", *values[1:]]], formats)
    table = read_list(tmp_path / "upload")
    shown = [
        "00012345",
        "$1,234.50",
        "December 5, 2026",
        "7.5%",
        "(225) 555-0134",
        "2:30 PM",
        "59.97",
        "02110-1234",
    ]
    assert [one.to_pylist() for one in table.columns] == [
        [text, "text" if i == 0 else text] for i, text in enumerate(shown)
    ]


def test_formats_are_found_wherever_cells_say_their_place(tmp_path):
    rows = [["Name", "Zip", "Due"], ["Ada", 2110, 46361], ["Bo", 2111, 46362]]
    sheet_of(tmp_path / "plain", rows, ["General", "00000", "m/d/yyyy"])
    content = (tmp_path / "plain").read_bytes()
    turned = with_part(
        content, SHEET, lambda xml: re.sub(rb'<c r="(\w+)" s="(\d+)"', rb'<c s="\2" r="\1"', xml)
    )
    silent = with_part(content, SHEET, lambda xml: re.sub(rb' r="[A-Z]*\d+"', b"", xml))
    sheet_of(
        tmp_path / "moved",
        [[], *([None, None, *row] for row in rows)],
        ["General"] * 3 + ["00000", "m/d/yyyy"],
    )
    for upload in (content, turned, silent, (tmp_path / "moved").read_bytes()):
        table = read_list(saved(tmp_path, upload))
        assert column(table, "Zip") == ["02110", "02111"]
        assert column(table, "Due") == ["12/5/2026", "12/6/2026"]


def test_styles_that_cannot_be_read_are_told(tmp_path):
    sheet_of(tmp_path / "plain", [HEADER, ("Ada", 2110)], ["General", "00000"])
    content = (tmp_path / "plain").read_bytes()
    for change in (lambda xml: b"<styleSheet", lambda xml: xml.replace(b'numFmtId="164"', b'numFmtId="x"')):
        assert refusal(tmp_path, with_part(content, "xl/styles.xml", change))[0] == "XLSX_UNREADABLE"


def test_a_formula_may_give_an_empty_text(tmp_path):
    cell = b'<c r="A2" t="str"><f>IF(X2="","",X2)</f><v></v></c>'
    xml = re.sub(rb'<c r="A2".*?</c>', cell, sheet_xml())
    table = read_list(saved(tmp_path, repacked({SHEET: xml})))
    assert column(table, "name") == [""]
    assert table.found == []


def test_titles_above_the_headings_are_no_data(tmp_path):
    rows = [
        ["Letters of May"],
        [],
        ["Name", "Address", "City", "State", "Zip"],
        ["Ada", "1 Oak St", "Houma", "LA", "70360"],
    ]
    book = sheet_of(tmp_path / "upload", rows)
    book.active.merge_cells("A1:E1")
    book.save(tmp_path / "upload")
    table = read_list(tmp_path / "upload")
    assert (table.names, table.source_row.tolist()) == (rows[2], [4])
    assert [(one.code, one.row) for one in table.found] == [("HEADER_BELOW", 3)]


def test_the_sheet_that_is_a_list_is_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Instructions"
    book.active.append(["Fill in the other sheet."])
    book.active.append(["Thank you."])
    for title in ("List", "Old"):
        for row in (["Name", "Address", "City", "State", "Zip"], [title, "1 Oak St", "Houma", "LA", "70360"]):
            (book[title] if title in book.sheetnames else book.create_sheet(title)).append(row)
    book.save(tmp_path / "upload")
    table = read_list(tmp_path / "upload")
    assert column(table, "Name") == ["List"]
    (found,) = table.found
    assert (found.code, found.level) == ("XLSX_SHEETS", "warn")
    assert "'List' is read" in found.detail
    assert "Lists as well: Old" in found.detail


def test_hidden_columns_are_named(tmp_path):
    book = sheet_of(tmp_path / "upload", [["Name", "Apt", "Zip"], ["Ada", "4", "70360"]])
    book.active.column_dimensions["B"].hidden = True
    book.save(tmp_path / "upload")
    (found,) = read_list(tmp_path / "upload").found
    assert (found.code, found.detail) == ("XLSX_HIDDEN", "Columns that are hidden: Apt.")


def test_dates_from_1904_are_converted(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in (HEADER, ("Ana", "70802", 1, dt.date(2026, 1, 2), 1)):
        book.active.append(row)
    book.save(tmp_path / "upload")
    table = read_list(tmp_path / "upload")
    assert column(table, "due") == ["2026-01-02"]
    assert [one.code for one in table.found] == ["XLSX_1904"]


def test_the_first_visible_sheet_unless_another_is_chosen(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active.sheet_state = "hidden"
    for title, cell in (("Letters", "a"), ("Archive", "b")):
        sheet = book.create_sheet(title)
        sheet.append(("name", "zip"))
        sheet.append((cell, "70802"))
    book.active = 1
    book.save(tmp_path / "upload")
    preview = inspect_list(tmp_path / "upload", "x.xlsx")
    assert (preview.sheet, preview.sheets) == ("Letters", ["Letters", "Archive"])
    (note,) = [one for one in preview.findings if one.code == "XLSX_SHEETS"]
    assert "2 other sheets are ignored, 1 hidden" in note.message
    assert column(read_list(tmp_path / "upload", options={"sheet": "Archive"}), "name") == ["b"]
    with pytest.raises(Refused):
        read_list(tmp_path / "upload", options={"sheet": "Nope"})


def test_hidden_rows_are_told_or_left_out(tmp_path):
    book = openpyxl.Workbook()
    for row in (HEADER, ("a", 1), ("b", 2), ("c", 3)):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "upload")
    table = read_list(tmp_path / "upload")
    assert [(one.code, one.rows.tolist()) for one in table.found] == [("XLSX_HIDDEN", [1])]
    table = read_list(tmp_path / "upload", options={"skip_hidden_rows": True})
    assert (column(table, "name"), table.source_row.tolist(), table.found) == (["a", "c"], [2, 4], [])


def test_bad_cells_are_named(tmp_path):
    book = openpyxl.Workbook()
    for row in (HEADER, ("a", "#N/A"), ("b", "=1+1"), ("c", 1), ("d", 1), ("e", 1), ("f", 1)):
        book.active.append(row)
    book.active.merge_cells("A5:A6")
    book.save(tmp_path / "upload")
    merged, bad = read_list(tmp_path / "upload").found
    assert (merged.code, bad.code, merged.column, bad.column) == ("CELL_ERROR", "CELL_ERROR", *HEADER[:2])
    assert (merged.rows.tolist(), bad.rows.tolist()) == ([3, 4], [0, 1])
    assert (merged.detail, bad.detail) == ("First: A5 (merged).", "First: B2, B3.")


def test_computed_formulas_are_values(tmp_path):
    xml = sheet_xml().replace(b'<c r="C2" t="n"><v>17</v></c>', b'<c r="C2"><f>16+1</f><v>17</v></c>')
    table = read_list(saved(tmp_path, repacked({SHEET: xml})))
    assert (column(table, "account"), table.found) == (["17"], [])


def test_sixteen_digit_numbers_are_refused_by_row(tmp_path):
    path = saved(tmp_path, book_bytes(HEADER, ("a", 1, 999_999_999_999_999), ("b", 2, 4111111111111111)))
    (found,) = read_list(path).found
    assert (found.code, found.rows.tolist(), found.column) == ("ID_PRECISION_LOST", [1], "account")


@pytest.mark.parametrize(
    ("changes", "code", "detail"),
    [
        ({f"xl/x{i}.xml": b"" for i in range(2_001)}, "ARCHIVE_TOO_LARGE", "parts"),
        ({"xl/bomb.xml": bytes(8_000_000)}, "ARCHIVE_TOO_LARGE", ""),
        ({"../evil.xml": b"x"}, "ARCHIVE_DAMAGED", "outside"),
        ({"/etc/evil": b"x"}, "ARCHIVE_DAMAGED", "outside"),
        ({"c:/evil": b"x"}, "ARCHIVE_DAMAGED", "outside"),
        ({"xl/inner.zip": b"PK\x03\x04" + bytes(30)}, "ARCHIVE_DAMAGED", "another archive"),
        ({"xl/inner.gz": b"\x1f\x8b" + bytes(30)}, "ARCHIVE_DAMAGED", "another archive"),
        ({"xl/vbaProject.bin": b"x"}, "XLSX_UNSUPPORTED", "macros"),
        ({"xl/evil.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>'}, "XLSX_UNREADABLE", "entities"),
        ({"xl/evil.xml": b" " * (1 << 20) + b'<!ENTITY b "c">'}, "XLSX_UNREADABLE", "entities"),
        ({"xl/evil.xml": '<!DOCTYPE a [<!ENTITY b "c">]>'.encode("utf-16")}, "XLSX_UNREADABLE", "entities"),
        ({"xl/workbook.xml": b"<workbook"}, "XLSX_UNREADABLE", ""),
        ({SHEET: b"<worksheet"}, "XLSX_UNREADABLE", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_hostile_parts(changes, code, detail, tmp_path):
    if "xl/evil.xml" in changes or any(name.startswith("xl/x") for name in changes):
        content = repacked(dict(changes), method=zipfile.ZIP_STORED)
    else:
        content = repacked(dict(changes))
    found_code, found_detail = refusal(tmp_path, content)
    assert found_code == code
    assert detail in found_detail


def test_links_duplicates_and_encrypted_parts(tmp_path):
    buffer = io.BytesIO(PLAIN)
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("xl/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert refusal(tmp_path, buffer.getvalue())[0] == "ARCHIVE_DAMAGED"
    buffer = io.BytesIO(PLAIN)
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(SHEET, b"x")
    assert refusal(tmp_path, buffer.getvalue())[0] == "ARCHIVE_DAMAGED"
    locked = bytearray(PLAIN)
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    code, detail = refusal(tmp_path, bytes(locked))
    assert code == "XLSX_UNSUPPORTED"
    assert "password" in detail


def test_lying_sizes(tmp_path):
    """A central directory that promises less than a part unpacks to, or another checksum, is a damaged file."""
    for offset, value in ((24, 10), (16, 1)):
        lying = bytearray(PLAIN)
        at = lying.rindex(b"PK\x01\x02")
        struct.pack_into("<I", lying, at + offset, value)
        assert refusal(tmp_path, bytes(lying))[0] == "ARCHIVE_DAMAGED"


@pytest.mark.parametrize(  # named: the size of a workbook changes with the moment it is made
    "cut", [30, 300, len(PLAIN) // 2, len(PLAIN) - 10], ids=["head", "start", "half", "end"]
)
def test_truncated_workbooks(cut, tmp_path):
    assert refusal(tmp_path, PLAIN[:cut])[0] == "ARCHIVE_DAMAGED"


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (b"", "DATA_EMPTY", "empty"),
        (b"%PDF-1.4\n", "TYPE_MISMATCH", "PDF"),
        (b"\x1f\x8b\x08\x00abc", "TYPE_MISMATCH", "gzip"),
        (b"<!DOCTYPE html><table>", "TYPE_MISMATCH", "web page"),
        (b"\xef\xbb\xbf <html>", "TYPE_MISMATCH", "web page"),
        (b'<?xml version="1.0"?>', "TYPE_MISMATCH", "XML"),
        (b"\x89PNG\r\n\x1a\n", "TYPE_MISMATCH", "picture"),
        (bytes(range(256)) * 8, "TYPE_MISMATCH", "not text"),
        (zipped("list.csv"), "TYPE_MISMATCH", "ZIP"),
        (zipped("word/document.xml"), "TYPE_MISMATCH", "ZIP"),
        (zipped("a.csv", "b.xlsx"), "ARCHIVE_AMBIGUOUS", "ZIP"),
        (zipped("xl/workbook.bin"), "XLSX_UNSUPPORTED", "XLSB"),
        (zipped("mimetype", "content.xml"), "XLSX_UNSUPPORTED", "OpenDocument"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "XLSX_UNSUPPORTED", "XLS"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99) + "EncryptedPackage".encode("utf-16-le"),
            "XLSX_UNSUPPORTED",
            "password",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_other_kinds_by_content(content, code, detail, tmp_path):
    found_code, found_detail = refusal(tmp_path, content)
    assert found_code == code
    assert detail in found_detail
