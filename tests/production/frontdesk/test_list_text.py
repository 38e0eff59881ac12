"""Delimited text: what the csv module writes reads back; what it would not write is refused or located."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.frontdesk.list_reader import inspect_list, read_list
from production.frontdesk.list_text import (
    DELIMITERS,
    _read_fast,
    _read_strictly,
    find_delimiter,
    quotes_are_regular,
    read_text,
)
from production.frontdesk.lists import Refused

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
    assert table.odd.tolist() == [i for i, row in enumerate(expected) if len(row) not in (0, 3)]
    assert table.surplus == {i: row[3:] for i, row in enumerate(expected) if len(row) > 3}


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from('a,"\n\r'), max_size=24))
def test_regular_quotes_mean_that_both_readers_agree(text):
    data = b"h,i\n" + text.encode()
    if not quotes_are_regular(data, ","):
        return
    fast, strict = _read_fast(data, ",", 2), _read_strictly(data, ",", 2)
    assert [column.to_pylist() for column in fast[0]] == [column.to_pylist() for column in strict[0]]
    assert [part.tolist() for part in (fast[1], fast[3])] == [
        part.tolist() for part in (strict[1], strict[3])
    ]
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
        ("a,b\n1,2\n".encode("utf-16-le"), "ENCODING", "UTF-16"),
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
    assert [one["code"] for one in refused["findings"]] == ["ENCODING"]
    assert "cp437" in refused["encodings"]


def test_doubtful_text_is_shown_not_told(tmp_path):
    path = tmp_path / "list"
    path.write_bytes("name,b\nÉmile,2\n".encode("cp1252"))
    preview = inspect_list(path, "list")
    assert "Émile" in preview["encoding_sample"]
    assert "mile" not in str(preview["findings"])


def test_row_numbers_are_int32():
    assert read_text(b"a,b\n1,2\n", options={}).source_row.dtype == np.int32


@pytest.mark.parametrize("filler", [0, 1, 2])
def test_a_bad_byte_is_located_across_pieces(filler):
    """Pieces are 8 MiB: a character is cut at the border, and the bad byte follows it."""
    start = b"a,b\n" + b"x" * ((8 << 20) - 4 - filler) + "\u20ac,".encode()
    with pytest.raises(Refused) as refusal:
        read_text(start + b"\x81\n", options={})
    assert f"byte {len(start):,}," in refusal.value.found[0].detail
