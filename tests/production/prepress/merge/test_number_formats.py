"""Number formats: what a workbook shows, as Excel shows it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.prepress.merge.number_formats import BUILT_IN, number_format

ACCOUNTING = BUILT_IN[44]
PHONE = "[<=9999999]###-####;(###) ###-####"


# Compared with SheetJS SSF 0.11 where it rounds as Excel does; roundings by hand.
@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 12345.0, "12345"), ("General", 0.1 + 0.2, "0.3"), ("General", 0.6041666666666666, "0.604166667"),
        ("General", 123456789012345.0, "123456789012345"), ("General", 0.00001, "0.00001"),
        ("00000", 2110, "02110"), ("00000000", 12345, "00012345"), ("00000-0000", 21101234, "02110-1234"),
        ("000-00-0000", 12345678, "012-34-5678"), ("(###) ###-####", 2255550134, "(225) 555-0134"),
        (PHONE, 5550134, "555-0134"), (PHONE, 2255550134, "(225) 555-0134"),
        ("0.00", 0.3, "0.30"), ("0.00", 1.005, "1.01"), ("0.00", 2.675, "2.68"), ("0.00", -1.5, "-1.50"),
        ("#,##0.00", 1234567.891, "1,234,567.89"), ("$#,##0.00", 1234.5, "$1,234.50"), ("$#,##0.00", 0, "$0.00"),
        ("$#,##0.00_);($#,##0.00)", -1234.5, "($1,234.50)"), ("$#,##0.00;[Red]-$#,##0.00", -5, "-$5.00"),
        (ACCOUNTING, 80, "$80.00"), (ACCOUNTING, -5, "$(5.00)"), (ACCOUNTING, 0, "$-"),
        ("[$\u20ac-407] #,##0.00", 12.5, "\u20ac 12.50"), ("#,##0.00\\ [$kr-41D]", 12.5, "12.50 kr"),
        ("0%", 0.285, "29%"), ("0.0%", 0.075, "7.5%"), ("0.0%", 0.1, "10.0%"), ("#.##", 1.5, "1.5"),
        ("#,##0,", 12345678, "12,346"), ('#,##0.0,,"M"', 5550134, "5.6M"), ("0.00E+00", 1234.5, "1.23E+03"),
        ("##0.0E+0", 12345, "12.3E+3"), ("# ?/?", 1.25, "1 1/4"), ("# ?/8", 0.5, "4/8"),
        ('"No. "0000', 7, "No. 0007"), ('0;-0;"none"', 0, "none"), ("0;;", -5, ""), (";;;", 5, ""),
        ('[>100]"big";[<0]"neg";0.0', 5, "5.0"), ('[>100]"big";[<0]"neg";0.0', -5, "neg"), ("@", 5, "5"),
        ("mmmm d, yyyy", dt.datetime(2026, 12, 5), "December 5, 2026"), ("m/d/yyyy", 46361, "12/5/2026"),
        ("d-mmm-yy", dt.date(2026, 12, 5), "5-Dec-26"),
        ("[$-409]dddd, mmmm dd, yyyy;@", 46361, "Saturday, December 05, 2026"),
        ("yyyy-mm-dd", 59, "1900-02-28"), ("yyyy-mm-dd", 61, "1900-03-01"), ("d-mmm", 0, "0-Jan"),
        ("m/d/yyyy", 1, "1/1/1900"), ("m/d/yyyy", dt.date(1900, 1, 1), "1/1/1900"),
        ("h:mm AM/PM", dt.time(14, 30), "2:30 PM"), ("h:mm AM/PM", 0.375, "9:00 AM"), ("h:mm", 0.5, "12:00"),
        ("hh:mm:ss.00", 0.5, "12:00:00.00"), ("[h]:mm", dt.timedelta(hours=36), "36:00"), ("mm:ss", 0.5, "00:00"),
        ("m/d/yyyy h:mm", dt.datetime(2026, 12, 5, 14, 30), "12/5/2026 14:30"), ("yyyy-mm-dd", 1e9, "1000000000"),
    ],
)  # fmt: skip
def test_shown(code, value, shown):
    assert number_format(code).shown(value) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [("General", "x"), ("@", "x"), ('"Apt "@', "Apt x"), ("0;-0;0;@@", "xx"), ("0;;;", ""), ("0.00", "x")],
)
def test_text_in_a_format(code, shown):
    assert number_format(code).shown_text("x") == shown


@given(st.integers(0, 10**12).map(lambda cents: cents / 100), st.integers(0, 4))
def test_formats_agree_with_decimal_rounding(amount, places):
    shown = number_format("#,##0" + "." * bool(places) + "0" * places).shown(amount)
    assert abs(float(shown.replace(",", "")) - amount) <= 0.5000001 * 10**-places
    assert len(shown.partition(".")[2]) == places


@given(st.text(max_size=20), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_no_format_is_an_error(code, value):
    assert isinstance(number_format(code).shown(value), str)


@pytest.mark.parametrize("code", ["?", "0", "0%", "#,##0.00"])
def test_numbers_of_many_digits_are_shown(code):
    shown = number_format(code).shown(1.000000062271131e28).replace(",", "").rstrip("%")
    assert shown.startswith("100000006227113")


@given(st.integers(61, 2_958_465))
def test_dates_are_those_of_the_calendar(serial):
    day = dt.date(1899, 12, 30) + dt.timedelta(days=serial)
    assert (
        number_format("yyyy-mm-dd").shown(serial) == day.isoformat() == number_format("yyyy-mm-dd").shown(day)
    )
