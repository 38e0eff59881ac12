"""Values are brought to the form of their rule; what is wrong in a list is told by row and heading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.frontdesk.stationery.people import read_people
from production.frontdesk.stationery.values import Letters, ValueKind, ValueRule, filled

RULES = (
    ValueRule("name", "Name"),
    ValueRule("title", "Job title", is_needed=False, letters=Letters.UPPER),
    ValueRule("phone", "Phone", ValueKind.PHONE),
    ValueRule("extension", "Extension", ValueKind.EXTENSION, is_needed=False),
    ValueRule("email", "E-mail", ValueKind.EMAIL, letters=Letters.LOWER),
    ValueRule("office", "Office", ValueKind.CHOICE, is_needed=False, choices=("Baton Rouge", "Shreveport")),
)
LIST = """Full Name,Position,Telephone,Ext,E-mail,Office,Qty
Ana Ruiz,Director,(225) 555-0100,12,Ana@Example.gov,baton rouge,500
Bo Tran,,225.555.0101,,bo@example.gov,,
"""


def test_columns_are_known_by_their_headings_and_values_take_the_form_of_their_rule():
    people = read_people(LIST, RULES, usual=250)
    assert people.findings == ()
    assert people.columns["name"] == "Full Name"
    ana, bo = people.people
    assert ana.values == {
        "name": "Ana Ruiz", "title": "DIRECTOR", "phone": "225-555-0100", "extension": "12",
        "email": "ana@example.gov", "office": "Baton Rouge",
    }  # fmt: skip
    assert (ana.quantity, bo.quantity, people.total, bo.row) == (500, 250, 750, 3)
    assert bo.values["phone"] == "225-555-0101"


def test_a_list_pasted_with_tabs_reads_the_same():
    people = read_people(LIST, RULES, usual=250).people
    tabs = read_people(LIST.replace(",", "\t"), RULES, usual=250)
    assert tabs.people == people


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "code"),
    [
        ("Ana Ruiz", "", 2, "Full Name", "STATIONERY_VALUE"),
        ("225.555.0101", "555-0101", 3, "Telephone", "STATIONERY_VALUE"),
        ("Ana@Example.gov", "ana at example", 2, "E-mail", "STATIONERY_VALUE"),
        (",12,", ",1234567,", 2, "Ext", "STATIONERY_VALUE"),
        ("baton rouge", "Monroe", 2, "Office", "STATIONERY_VALUE"),
        (",500", ",0", 2, "Qty", "STATIONERY_VALUE"),
        (",500", ",1e9", 2, "Qty", "STATIONERY_VALUE"),
        ("Director", "D" * 81, 2, "Position", "STATIONERY_VALUE"),
        ("Bo Tran,,", "Bo Tran,", 3, "", "ROW_WIDTH"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_heading(old, new, row, column, code):
    found = read_people(LIST.replace(old, new), RULES, usual=250).findings
    assert (code, row, column) in [(one.code, one.place.row, one.place.column) for one in found]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "DATA_EMPTY"),
        ("Name,Phone\n", "DATA_EMPTY"),
        (LIST.replace("Telephone", "Fax"), "DATA_HEADER"),
        ('Name,Phone,E-mail\n"Ana,225-555-0100,a@b.gov\n', "CSV_QUOTE"),
        ("x" * 1_100_000, "DATA_TOO_LARGE"),
        ("Name,Phone,E-mail\n" + "A,225-555-0100,a@b.gov\n" * 481, "DATA_TOO_LARGE"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_whole(text, code):
    people = read_people(text, RULES, usual=250)
    assert people.people == ()
    assert code in [one.code for one in people.findings]


@given(text=st.text(max_size=200))
def test_any_text_gives_people_or_findings(text):
    people = read_people(text, RULES, usual=250)
    assert people.people or people.findings


@given(text=st.text(alphabet="0123456789 ()+.-x", max_size=20))
def test_a_phone_number_comes_out_in_one_form_or_is_refused(text):
    values, found = filled(RULES[2:3], {"phone": text})
    digits = [one for one in text if one.isdigit()]
    assert found or (
        len(values["phone"]) == 12 and [one for one in values["phone"] if one != "-"] == digits[-10:]
    )
