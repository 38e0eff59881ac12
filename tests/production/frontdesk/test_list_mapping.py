"""Mapping: guesses by name and content, what is refused, and how one-line addresses are cut."""

import pyarrow as pa
import pytest

from production.frontdesk.list_mapping import guess_mapping, mapping_findings, split_full_address

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
