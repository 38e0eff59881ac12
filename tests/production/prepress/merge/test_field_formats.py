"""Columns in boxes: numbers, money, dates, texts for empty, lines left out; what cannot be shown is told by row."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.findings import Severity
from production.prepress.merge.field_formats import formatted, is_format, read_day, read_number
from production.prepress.merge.fields import Field, Fields, Fit, Kind
from production.prepress.merge.print_file import compile_template, text_findings
from production.prepress.merge.text_columns import field_lines
from tests.production.prepress.letters import make_template


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("money", "1234.5", "$1,234.50"), ("money", "$1,234.50", "$1,234.50"), ("money", "(12)", "-$12.00"),
        ("money", "-5.50", "-$5.50"), ("money", "80-", "-$80.00"), ("money", "0", "$0.00"),
        ("number", "1234.50", "1,234.50"), ("number", "12345678901234567890", "12,345,678,901,234,567,890"),
        ("0.0%", "7.5%", "7.5%"), ("0.0%", "0.075", "7.5%"),
        ("date", "2026-12-05", "December 5, 2026"), ("date", "12/5/2026", "December 5, 2026"),
        ("date", "5-Dec-26", "December 5, 2026"), ("date", "2026-12-05 14:30", "December 5, 2026"),
        ("m/d/yyyy", "December 5, 2026", "12/5/2026"), ("00000000", "12345", "00012345"),
        ("(000) 000-0000", "2255550134", "(225) 555-0134"), ("money", " ", ""), ("date", "", ""),
    ],
)  # fmt: skip
def test_shown(name, text, shown):
    column, unread = formatted(pa.array([text]), name)
    assert (column.to_pylist(), unread.tolist()) == ([shown], [False])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("money", "soon"),
        ("money", "1,23.5"),
        ("money", "(5"),
        ("date", "13/40/2026"),
        ("date", "46361"),
        ("0.0%", "x"),
    ],
)
def test_unread_values_stay_and_are_told(name, text):
    column, unread = formatted(pa.array([text]), name)
    assert (column.to_pylist(), unread.tolist()) == ([text], [True])


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("money", True),
        ("0.00", True),
        ("mmmm d, yyyy", True),
        ('0 "pieces"', True),
        ("monny", False),
        ("", False),
        ("text", False),
    ],
)
def test_formats_are_known(text, good):
    assert is_format(text) is good


@given(st.integers(-(10**12), 10**12))
def test_money_reads_back(cents):
    column, _ = formatted(
        pa.array([f"{cents // 100}.{cents % 100:02d}" if cents >= 0 else f"-{-cents / 100:.2f}"]), "money"
    )
    assert read_number(column[0].as_py()) * 100 == cents


@given(st.dates(min_value=date(1901, 1, 1)))
def test_dates_read_back(day):
    column, _ = formatted(pa.array([day.isoformat()]), "date")
    assert read_day(column[0].as_py()) == day


def box(text, **more) -> Field:
    return Field("box", Kind.TEXT, 1, 72, 300, 400, 60, text=text, fit=Fit.WRAP, **more)


TABLE = pa.table({"who": ["Ana", "", " "], "due": ["2026-12-05", "", "soon"], "owed": ["5", "1234.5", ""]})


def lines(field) -> list[str]:
    (column,) = field_lines(field, TABLE)
    return column.to_pylist()


def test_a_text_for_empty_and_a_format_for_each_column():
    field = box(
        "{who}: {owed} by {due}", formats=(("due", "date"), ("owed", "money")), empties=(("who", "Friend"),)
    )
    assert lines(field) == ["Ana: $5.00 by December 5, 2026", "Friend: $1,234.50 by ", "Friend:  by soon"]


def test_lines_whose_columns_are_empty_are_left_out():
    assert lines(box("Dear {who},\nby {due}\nowed {owed}", omit_empty=True)) == [
        "Dear Ana,\nby 2026-12-05\nowed 5", "owed 1234.5", "by soon",
    ]  # fmt: skip
    assert lines(box("To\n{who}\nend", omit_empty=True)) == ["To\nAna\nend", "To\nend", "To\nend"]


def found(tmp_path, *fields):
    compiled = compile_template(make_template(tmp_path / "t.pdf"), Fields(fields))
    return [(one.code, one.severity, one.place.row) for one in text_findings(compiled, TABLE)]


def test_dear_nobody_is_told_with_its_rows(tmp_path):
    warned = [("FIELD_EMPTY", Severity.WARN, 2), ("FIELD_EMPTY", Severity.WARN, 3)]
    assert found(tmp_path, box("Dear {who},")) == warned
    assert found(tmp_path, box("Dear {who},", empties=(("", "Friend"),))) == []
    assert found(tmp_path, box("Dear {who},", omit_empty=True)) == []
    assert found(tmp_path, box("{who}")) == []


def test_a_value_of_another_kind_is_told_with_its_row(tmp_path):
    assert found(tmp_path, box("{due}", formats=(("", "date"),))) == [("FIELD_FORMAT", Severity.ROW, 3)]
