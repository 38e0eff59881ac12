from decimal import Decimal

import pytest
from flask import Flask

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from web.forms import Typed, errors_of


def finding(message, column=""):
    return Finding("ORDER", Severity.STOP, message, "Fix it.", Place(column=column))


def test_a_field_says_each_thing_once():
    found = [
        finding("No date.", "day"),
        finding("No date.", "day"),
        finding("Too late.", "day"),
        finding("Odd."),
    ]
    assert errors_of(InvalidInput("No.", findings=found)) == {
        "day": "No date. Fix it. Too late. Fix it.",
        "": "Odd. Fix it.",
    }
    assert errors_of(InvalidInput("No.")) == {"": "No."}


@pytest.mark.parametrize(
    "text", ["1e999999", "1E14", "NaN", "Infinity", "-1", "0", "0.00001", "9" * 5000, "x", ""]
)
def test_a_number_that_is_no_measure_is_told(text):
    typed = Typed("SORTER_DROP")
    with Flask("form").test_request_context(method="POST", data={"weight_oz": text}):
        typed.number("weight_oz")
    assert [found.place.column for found in typed.findings] == ["weight_oz"]


def test_a_number_is_read_to_four_places():
    typed = Typed("SORTER_DROP")
    with Flask("form").test_request_context(method="POST", data={"weight_oz": " 1,000.8125 "}):
        assert typed.number("weight_oz") == Decimal("1000.8125")
    assert not typed.findings
