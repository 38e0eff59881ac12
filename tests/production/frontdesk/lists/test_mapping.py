"""Mapping: guesses by name and content, what is refused, and how one-line addresses are cut."""

import pyarrow as pa
import pytest

from kernel.findings import Severity
from production.frontdesk.lists.guess import SURE, guess_findings, guess_mapping
from production.frontdesk.lists.mapping import mapping_findings, split_full_address, split_last_line
from production.frontdesk.lists.unused import unused_columns

ROWS = [
    ["A1", "Ana", "Landry", "12 Oak St", "Apt 2", "Houma", "LA", "70360-1234"],
    ["A2", "Bob", "Hollins", "PO Box 7", "", "Thibodaux", "LA", "70301"],
    ["A3", "Cy", "Nguyen", "9 Elm Ct", "", "Raceland", "La", "70394"],
]


@pytest.mark.parametrize(
    "headers",
    [
        ["id", "First Name", "Last Name", "Address 1", "Address 2", "City", "State", "Zip"],
        ["ID", "FNAME", "LNAME", "ADDRESS", "SUITE", "CITY", "ST", "ZIPCODE"],
        ["id", "firstName", "lastName", "streetAddress", "unit", "mailCity", "mailState", "postalCode"],
        ["id", "given_name", "surname", "mailing_street", "mailing_address_2", "town", "province", "ZIP+4"],
    ],
)
def test_usual_headers(headers):
    mapping, confidence = guess_mapping(headers, ROWS)
    assert mapping == {
        "recipient": [headers[1], headers[2]],
        "street": headers[3],
        "street2": headers[4],
        "city": headers[5],
        "state": headers[6],
        "zip": headers[7],
    }
    assert set(confidence) == set(mapping)
    assert all(0 < sure <= 1 for sure in confidence.values())


def test_content_alone_finds_zip_state_and_street():
    rows = [[row[3], row[6], row[7]] for row in ROWS]
    mapping, confidence = guess_mapping(["a1x", "b1x", "c1x"], rows)
    assert mapping == {"street": "a1x", "state": "b1x", "zip": "c1x"}
    assert max(confidence.values()) <= 0.5


def test_content_contradicts_a_header():
    mapping, _ = guess_mapping(["name", "zip", "code"], [["Ana", "yes", "70802"], ["Bob", "no", "70360"]] * 2)
    assert mapping["zip"] == "code"


def test_one_line_or_parts_whichever_is_surer():
    lines = [["Ana", "12 Oak St, Houma, LA 70360"], ["Bob", "9 Elm Ct, Raceland LA 70394"]]
    assert guess_mapping(["name", "address"], lines)[0]["recipient"] == "name"
    assert guess_mapping(["name", "full address"], lines)[0] == {
        "recipient": "name",
        "full_address": "full address",
    }
    both = [[*line, "12 Oak St", "Houma", "70360"] for line in lines]
    mapping, _ = guess_mapping(["name", "address raw", "street", "city", "zip"], both)
    assert "full_address" in mapping or {"street", "city", "zip"} <= set(mapping)
    assert not ("full_address" in mapping and "street" in mapping)


def test_a_last_line_or_its_parts():
    rows = [["Ada", "412 Oak St", "Baton Rouge, LA 70802"], ["Bo", "9 Elm Ave", "Houma LA 70360-1234"]]
    assert guess_mapping(["Name", "Address", "City State Zip"], rows)[0] == {
        "recipient": "Name", "street": "Address", "last_line": "City State Zip",
    }  # fmt: skip
    parts = [[*row, "Baton Rouge", "LA", "70802"] for row in rows]
    mapping, _ = guess_mapping(["Name", "Address", "last_line", "City", "State", "Zip"], parts)
    assert "last_line" not in mapping
    assert mapping["city"] == "City"


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Baton Rouge, LA 70802", ("Baton Rouge", "LA", "70802")),
        ("Baton Rouge LA 70802-1234", ("Baton Rouge", "LA", "70802-1234")),
        ("St. Louis, MO", ("St. Louis", "MO", "")),
        ("Houma 70360", ("Houma", "", "70360")),
        ("", ("", "", "")),
    ],
)
def test_last_lines_are_cut(line, parts):
    split = split_last_line(pa.array([line]))
    assert tuple(split[name][0].as_py() for name in ("city", "state", "zip")) == parts


def test_names_are_title_first_middle_last_suffix():
    headers = ["Title", "First Name", "Middle Name", "Last Name", "Suffix", "Address", "City", "State", "Zip"]
    rest = ["12 Oak Street", "Baton Rouge", "LA", "70802"]
    rows = [["Mr", "John", "", "Thibodaux", "Sr", *rest], ["Dr.", "Ann", "B", "Thibodaux", "", *rest]]
    assert guess_mapping(headers, rows)[0]["recipient"] == headers[:5]
    rows = [["Director", "John", "", "Thibodaux", "Ave", *rest]] * 2
    assert guess_mapping(headers, rows)[0]["recipient"] == headers[1:4]


def test_a_house_number_of_its_own_joins_the_street():
    headers = [
        "Name",
        "Street No",
        "Pre Dir",
        "Street",
        "Street Type",
        "Unit Type",
        "Unit No",
        "City",
        "State",
        "Zip",
    ]
    rows = [["Ada", "412", "N", "Oak", "St", "Apt", "4", "Baton Rouge", "LA", "70802"]] * 3
    mapping, confidence = guess_mapping(headers, rows)
    assert mapping["street"] == headers[1:5]
    assert mapping["street2"] == headers[5:7]
    assert confidence["street"] >= SURE
    whole = [["Ada", "412", "", "412 Oak St", "", "", "", "Baton Rouge", "LA", "70802"]] * 3
    assert guess_mapping(headers, whole)[0]["street"] == "Street"


FIELDS = ("recipient", "street", "street2", "city", "state", "zip", "plus4")


@pytest.mark.parametrize(
    "headers",
    [
        ["NAME1", "ADDR LINE 1", "ADDR LINE 2", "CITY", "ST", "ZIP CD", "ZIP4 CD"],
        [
            "addressee",
            "delivery_line_1",
            "delivery_line_2",
            "city_name",
            "state_abbreviation",
            "zipcode",
            "plus4_code",
        ],
        ["Full_Name", "Street_Address", "Apt_No", "City_NM", "State_CD", "Postal_Code", "Zip_Plus_4"],
    ],
)
def test_headings_of_programs(headers):
    rows = [["Ada", "412 Oak St", "Apt 4", "Baton Rouge", "LA", "70802", "1234"]] * 2
    assert guess_mapping(headers, rows)[0] == dict(zip(FIELDS, headers, strict=True))


@pytest.mark.parametrize(
    "zips", [["2110", "6103"], ["70802-", "70803-"], ["211", "901"], ["21101234", "61034321"]]
)
def test_a_spoiled_zip_is_still_the_zip(zips):
    rows = [["Ada", "1 Oak St", "Boston", "MA", one] for one in zips]
    assert guess_mapping(["Name", "Address", "City", "State", "Zip"], rows)[0]["zip"] == "Zip"


def test_a_guess_that_is_not_sure_says_so():
    rows = [["Ada", "Oak St", "Boston", "70802"]] * 3
    mapping, confidence = guess_mapping(["Name", "Street", "City", "Zip"], rows)
    (found,) = guess_findings(mapping, confidence)
    assert (found.code, found.level) == ("MAPPING_GUESSED", Severity.ROW)
    assert found.detail == "Doubtful: street from Street."
    assert guess_findings(mapping, dict.fromkeys(mapping, 0.7)) == []


@pytest.mark.parametrize(
    ("heading", "cells", "told"),
    [
        ("Apt", ["4", ""], True),
        ("Address 3", ["Rear", ""], True),
        ("House Nbr", ["12", "9"], True),
        ("First Name 2", ["Bo", ""], True),
        ("NAME2", ["Bo", ""], True),
        ("remark", ["Apt 4", "Unit 7"], True),
        ("remark", ["1234", "4711"], True),
        ("remark", ["1998", "2004"], False),
        ("remark", ["12", "9"], False),
        ("Apt", ["", " "], False),
        ("Email Address", ["a@b.c", "d@e.f"], False),
        ("State House District", ["4", "5"], False),
        ("Budget Unit", ["4", "5"], False),
        ("Balance", ["12.50", "3"], False),
    ],
)
def test_columns_that_look_like_an_address_and_are_not_used(heading, cells, told):
    rows = [["Ada", "1 Oak St", "Boston", "02110", cell] for cell in cells]
    found = unused_columns(WHOLE, [*NAMES, heading], rows)
    assert [(one.code, one.column) for one in found] == ([("COLUMN_UNUSED", heading)] if told else [])


def test_numbers_are_house_numbers_only_where_the_street_has_none():
    rows = [["Ada", "Oak St", "Boston", "02110", "412"], ["Bo", "Elm Ave", "Boston", "02110", "9"]]
    (found,) = unused_columns(WHOLE, [*NAMES, "remark"], rows)
    assert "house numbers" in found.detail


NAMES = ["who", "street", "city", "zip"]
WHOLE = {"recipient": "who", "street": "street", "city": "city", "zip": "zip"}


@pytest.mark.parametrize(
    ("mapping", "codes"),
    [
        (WHOLE, []),
        (WHOLE | {"recipient": ["who", "city"]}, []),
        (WHOLE | {"city": {"constant": "Houma"}}, []),
        ({"company": "who", "full_address": "street"}, []),
        (WHOLE | {"zip": "Zip"}, ["DATA_HEADER"]),
        (WHOLE | {"recipient": ["who", "nobody"]}, ["DATA_HEADER"]),
        (WHOLE | {"phone": "who"}, ["MAPPING_FIELD"]),
        (WHOLE | {"city": 5}, ["MAPPING_FIELD"]),
        (WHOLE | {"city": []}, ["MAPPING_FIELD"]),
        (WHOLE | {"city": {"constant": 5}}, ["MAPPING_FIELD"]),
        ({"recipient": "who", "street": "street", "city": "city"}, ["MAPPING_FIELD"]),
        ({}, ["MAPPING_FIELD"]),
        ("zip", ["MAPPING_FIELD"]),
        (None, ["MAPPING_FIELD"]),
    ],
)
def test_mapping_findings(mapping, codes):
    assert [one.code for one in mapping_findings(mapping, NAMES)] == codes


@pytest.mark.parametrize(
    ("line", "street", "city", "state", "zip_code"),
    [
        ("12 Oak St, Houma, LA 70360", "12 Oak St", "Houma", "LA", "70360"),
        ("12 Oak St, Houma, LA, 70360-1234", "12 Oak St", "Houma", "LA", "70360-1234"),
        ("12 Oak St, Apt 2, Houma LA 70360", "12 Oak St, Apt 2", "Houma", "LA", "70360"),
        ("270 MAIN STREET, UNALAKLEET, AK", "270 MAIN STREET", "UNALAKLEET", "AK", ""),
        ("12 Oak St, Houma 70360", "12 Oak St", "Houma", "", "70360"),
        ("27 Washington Oak Park IL 60302", "27 Washington Oak Park", "", "IL", "60302"),
        ("12345", "12345", "", "", ""),
        ("100 Oak Ct", "100 Oak Ct", "", "", ""),
        ("1 Elm St, Saint Mary", "1 Elm St", "Saint Mary", "", ""),
        ("Elko, NV 89801", "Elko", "", "NV", "89801"),
        ("", "", "", "", ""),
    ],
)
def test_split(line, street, city, state, zip_code):
    parts = split_full_address(pa.array([line]))
    assert [parts[name][0].as_py() for name in ("street", "city", "state", "zip")] == [
        street,
        city,
        state,
        zip_code,
    ]
