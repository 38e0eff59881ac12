"""Delimited text: what the csv module writes reads back; what it would not write is refused or located."""

import csv
import io

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from production.frontdesk.lists.reader import inspect_list, read_list
from production.frontdesk.lists.shapes import Refused
from production.frontdesk.lists.text import (
    DELIMITERS,
    _read_fast,
    _read_strictly,
    find_delimiter,
    quotes_are_regular,
    read_text,
)

CELLS = st.text(st.characters(codec="utf-8"), max_size=12)
WESTERN_CELLS = st.text(st.characters(codec="cp1252", exclude_categories=("Cc",)), max_size=12)
NAMES = ["alpha", "beta", "gamma"]


def written(rows, *, delimiter, quoting, line_end, encoding) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    writer.writerows([NAMES, *rows])
    return buffer.getvalue().encode(encoding)


DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(DELIMITERS),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "line_end": st.sampled_from(["\n", "\r\n", "\r"]),
    }
)


def rows_of(table) -> list[list[str]]:
    return [list(cells) for cells in zip(*(column.to_pylist() for column in table.columns), strict=True)]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
    DIALECTS,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_table_in_any_dialect_reads_back(rows, dialect, encoding):
    if dialect["quoting"] == csv.QUOTE_MINIMAL:  # the writer leaves other line breaks bare, and so ambiguous
        end = dialect["line_end"][0]
        rows = [tuple(cell.replace("\r", end).replace("\n", end) for cell in row) for row in rows]
    data = written(rows, encoding=encoding, **dialect)
    table = read_text(data, options={"delimiter": dialect["delimiter"]})
    assert table.names == NAMES
    assert rows_of(table) == [list(row) for row in rows]
    assert table.source_row.tolist() == list(range(2, len(rows) + 2))
    assert len(table.odd) == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(WESTERN_CELLS, WESTERN_CELLS, WESTERN_CELLS), min_size=1, max_size=8), DIALECTS)
def test_western_text_reads_back_and_says_so(rows, dialect):
    rows = [*rows, ("é", "", "")]  # cp1252 e-acute before a delimiter is never UTF-8
    data = written(rows, encoding="cp1252", **dialect)
    assume(data.decode("utf-8", "ignore").isascii())  # "Ã©" may be either; no bytes tell
    table = read_text(data, options={"delimiter": dialect["delimiter"]})
    assert rows_of(table) == [list(row) for row in rows]
    assert table.encoding == "cp1252"
    assert [one.code for one in table.found] == ["ENCODING"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=8), DIALECTS)
def test_rows_of_any_width_keep_number_and_cells(rows, dialect):
    data = written(rows, encoding="utf-8", **dialect)
    table = read_text(data, options={"delimiter": dialect["delimiter"]})
    text = io.StringIO(data.decode(), newline="")
    expected = list(csv.reader(text, delimiter=dialect["delimiter"], strict=True))[1:]
    assert rows_of(table) == [[*row, "", "", ""][:3] for row in expected]
    surplus = {i: row[3:] for i, row in enumerate(expected) if any(cell.strip() for cell in row[3:])}
    assert table.odd.tolist() == [i for i, row in enumerate(expected) if len(row) in (1, 2) or i in surplus]
    assert table.surplus == surplus


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from('a,"\n\r'), max_size=24))
def test_regular_quotes_mean_that_both_readers_agree(text):
    data = b"h,i\n" + text.encode()
    if not quotes_are_regular(data, ","):
        return
    fast, strict = _read_fast(data, ",", 2), _read_strictly(data, ",", 2)
    assert [column.to_pylist() for column in fast[0]] == [column.to_pylist() for column in strict[0]]
    assert fast[1].tolist() == strict[1].tolist()
    assert fast[2] == strict[2]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=4))
def test_what_is_fully_quoted_is_regular(rows):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(rows)
    assert quotes_are_regular(buffer.getvalue().encode(), ",")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\n1,"open\n2,3\n', 2),
        ('a,b\n1,2\n"x",y\n4,"open\n5,"6"\n', 4),
        ('a,b\n1,"two\nlines"\n3,"x"y\n', 4),
        ('a,b\r\n1,"two\r\nlines"\r\n"bad" ,y\r\n', 4),
    ],
)
def test_open_quote_is_located(text, line):
    with pytest.raises(Refused) as refusal:
        read_text(text.encode(), options={})
    (found,) = refusal.value.found
    assert (found.code, found.row) == ("CSV_QUOTE", line)


def test_marks_inside_a_bare_cell_are_text():
    table = read_text(b'a,b\n5" pipe,Joe "Bud" Smith\n"x, y",z\n', options={})
    assert rows_of(table) == [['5" pipe', 'Joe "Bud" Smith'], ["x, y", "z"]]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1, x\t2\n", "\t"),
        ("a|b|c\n1,1|2|3\n", "|"),
        ("name\nLandry\nHollins\n", ","),
        ('"Smith, Ann";b\n"x, y, z";2\n', ";"),
    ],
)
def test_delimiter(text, delimiter):
    assert find_delimiter(text.encode()) == delimiter


def test_excel_separator_line_is_not_a_row():
    table = read_text(b"sep=;\r\na;b\r\n1;2\r\n", options={})
    assert (table.names, table.source_row.tolist(), table.delimiter) == (["a", "b"], [2], ";")


def test_blank_lines_count_as_rows():
    table = read_text(b"\n\na,b\n1,2\n\n3\n4,5\n", options={})
    assert table.names == ["a", "b"]
    assert table.source_row.tolist() == [4, 5, 6, 7]
    assert table.odd.tolist() == [2]


def test_records_longer_than_a_block_still_read():
    cell = "x" * (9 << 20)
    table = read_text(f"a,b\n1,{cell}\n2,3\n".encode(), options={})
    assert [len(row[1]) for row in rows_of(table)] == [9 << 20, 1]


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        ("a,b\n1,2\n".encode("utf-32"), "ENCODING", "UTF-32"),
        (b"a,b\n1,\xe9\x81\n", "ENCODING", "byte 6, line 2"),
        (b"\xef\xbb\xbfa,b\n1,\xe9\n", "ENCODING", "line 2"),
        (b"\n \n", "DATA_EMPTY", ""),
        (b",".join(b"c%d" % i for i in range(501)) + b"\n", "DATA_TOO_LARGE", "501 columns"),
    ],
)
def test_refused_text(data, code, detail):
    with pytest.raises(Refused) as refusal:
        read_text(data, options={})
    assert refusal.value.found[0].code == code
    assert detail in refusal.value.found[0].detail


def test_a_chosen_encoding_is_used(tmp_path):
    path = tmp_path / "list"
    path.write_bytes("name,b\nÉmile,2\n".encode("cp437"))
    assert read_list(path, options={"encoding": "cp437"}).columns[0].to_pylist() == ["Émile"]
    refused = inspect_list(path, "list")
    assert [one.code for one in refused.findings] == ["ENCODING"]
    assert "cp437" in refused.encodings


def test_doubtful_text_is_shown_not_told(tmp_path):
    path = tmp_path / "list"
    path.write_bytes("name,b\nÉmile,2\n".encode("cp1252"))
    preview = inspect_list(path, "list")
    assert "Émile" in preview.encoding_sample
    assert "mile" not in str(preview.findings)


def test_row_numbers_are_int32():
    assert read_text(b"a,b\n1,2\n", options={}).source_row.dtype == np.int32


@pytest.mark.parametrize("filler", [0, 1, 2])
def test_a_bad_byte_is_located_across_pieces(filler):
    """Pieces are 8 MiB: a character is cut at the border, and the bad byte follows it."""
    start = b"a,b\n" + b"x" * ((8 << 20) - 4 - filler) + "\u20ac,".encode()
    with pytest.raises(Refused) as refusal:
        read_text(start + b"\x81\n", options={})
    assert f"byte {len(start):,}," in refusal.value.found[0].detail


LETTERS = "Name,Address,Address 2,City,State,Zip\n"
ADA = "Ada Fontaine,100 Oak Street,,Baton Rouge,LA,70802"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (LETTERS + f"{ADA},\n" * 3, 3),  # a comma at the end of each row
        (LETTERS + f"{ADA},\n{ADA}\n{ADA},,\n", 3),
        (LETTERS.replace("\n", ",\n") + f"{ADA}\n" * 3, 3),  # or of the header alone
        (LETTERS + f"{ADA}\n\x1a", 1),
        (LETTERS + f"{ADA}\r\n\x1a\x1a\r\n", 1),
        ("May letters\nby Bo, for Ada\n\n" + LETTERS + f"{ADA}\n{ADA}\n", 2),
        (LETTERS.replace(",", "\t") + ADA.replace(",", "\t") + "\n", 1),
    ],
)
def test_what_other_programs_add_is_not_data(text, rows, tmp_path):
    (tmp_path / "list").write_text(text, newline="")
    table = read_list(tmp_path / "list")
    assert table.names == LETTERS.strip().split(",")
    assert rows_of(table) == [ADA.split(",")] * rows
    assert len(table.odd) == 0
    assert not table.surplus


def test_cells_beyond_the_header_still_come_back():
    table = read_text(f"{LETTERS}{ADA},\n{ADA},more\n{ADA},\n".encode(), options={})
    assert table.odd.tolist() == [1]
    assert table.surplus == {1: ["more"]}


def test_blanks_before_a_quotation_mark():
    table = read_text(b'Name, Address, Zip\nAda, "412 Oak Street, Apt 3", 70802\n', options={})
    assert rows_of(table) == [["Ada", "412 Oak Street, Apt 3", "70802"]]


def test_fixed_width_is_named():
    text = b"NAME          CITY         STZIP  \nADA FONTAINE  BATON ROUGE  LA70802\nBO GUIDRY     HOUMA        LA\n"
    with pytest.raises(Refused, match="TYPE_MISMATCH") as refusal:
        read_text(text, options={})
    assert "fixed width" in refusal.value.found[0].detail
    assert read_text(b"Name\nAda  Fontaine\nBo  Guidry\n", options={}).names == ["Name"]


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("late", [0, 70_000])
def test_utf_16_without_its_mark(order, late, tmp_path):
    path = tmp_path / "list"
    path.write_bytes(
        (LETTERS + f"{ADA}\n" * (late // 50) + "Zo\u00eb Nguy\u1ec5n,1 Oak Street,,Houma,LA,70360\n").encode(
            order
        )
    )
    table = read_list(path)
    assert table.columns[0][-1].as_py() == "Zo\u00eb Nguy\u1ec5n"
    assert [one.code for one in table.found] == ["ENCODING"]
    assert read_list(path, options={"encoding": "utf-16"}).names == table.names


def test_a_stray_byte_does_not_spoil_the_other_letters():
    data = (
        LETTERS.encode()
        + "Zo\u00eb,1 Oak St,,Houma,LA,70360\nRen\u00e9,2 Oak St,,Houma,LA,70360\n".encode()
        + b"Jos\xe9,3 Oak St,,Houma,LA,70360\n"
    )
    table = read_text(data, options={})
    assert table.columns[0].to_pylist() == ["Zo\u00eb", "Ren\u00e9", "Jos\ufffd"]
    assert (table.encoding, table.found[0].row) == ("utf-8", 4)


def test_a_text_in_a_formula_is_the_text(tmp_path):
    (tmp_path / "list").write_text('Name,Zip\nAda,"=""02110"""\nBo,="70802"\nCy,=1+1\n')
    assert read_list(tmp_path / "list").columns[1].to_pylist() == ["02110", "70802", "=1+1"]
