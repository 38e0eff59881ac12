"""City names against ZIP Codes, and military addresses."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from postal.address.military import is_military_zip, military_rows
from postal.data.zip_names import check_cities, plain_city

ON = date(2026, 11, 26)


def check(*pairs: tuple[int, str]):
    zip5 = np.array([pair[0] for pair in pairs], np.int32)
    return check_cities(zip5, pa.array([pair[1] for pair in pairs]), np.ones(len(pairs), bool))


@pytest.mark.parametrize(
    ("zip5", "city"),
    [
        (70802, "baton rouge"),
        (63101, "St. Louis"),
        (70582, "St Martinville"),
        (70634, "DERIDDER"),
        (70301, "Thibodaux "),
    ],
)
def test_ways_to_write_the_city_of_a_zip(zip5, city):
    found = check((zip5, city))
    assert not found.is_other[0]
    assert not found.is_not_accepted[0]


def test_another_city_and_the_name_perhaps_meant():
    found = check((70802, "Baton Rogue"), (70802, "Houston"), (70802, "Baton Rouge"), (70802, "Baton Rogue"))
    assert found.is_other.tolist() == [True, True, False, True]
    assert found.nearest == {0: "BATON ROUGE", 3: "BATON ROUGE"}


def test_other_names_of_a_zip_are_told_apart_from_names_not_accepted():
    found = check((10001, "New York City"), (10001, "New York"), (90028, "Hollywood"))
    assert not found.is_other.any()
    assert found.is_not_accepted.tolist() == [True, False, False]


def test_marks_and_abbreviations_make_no_difference():
    assert plain_city("St. John’s") == plain_city("SAINT JOHNS")
    assert plain_city("Cañon City") == plain_city("CANON CITY")
    assert plain_city("N. Ft. Myers") == plain_city("North Fort Myers")


def military(*rows: tuple[int, str, str, str]):
    columns = list(zip(*rows, strict=True))
    state, city, street = (pa.array(column) for column in columns[1:])
    return military_rows(np.array(columns[0], np.int32), state, city, street, pa.array([""] * len(rows)), ON)


def test_military_mail_is_known_by_zip_state_or_post_office():
    found = military(
        (9012, "AE", "APO", "PSC 3 Box 4"),
        (34002, "", "Miami", "Unit 5 Box 6"),
        (-1, "AP", "Tokyo", "1 Main St"),
        (-1, "", "F.P.O.", "CMR 450, BOX 12"),
        (70802, "LA", "Baton Rouge", "1 Main St"),
        (962, "PR", "San Juan", "1 Main St"),  # Puerto Rico is no military mail
    )
    assert found.is_military.tolist() == [True, True, True, True, False, False]
    assert found.lacks_post_office.tolist() == [False, True, True, False, False, False]
    assert found.lacks_unit.tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("line", "is_right"),
    [
        ("PSC 802 BOX 74", True),
        ("Unit 2050, Box 4190", True),
        ("CMR 1250 BOX #A3", True),
        ("CMR 1250", False),
        ("USCGC HAMILTON", False),
        ("1 UNITED BOX ST", False),
    ],
)
def test_the_delivery_line_shows_unit_and_box(line, is_right):
    assert military((9012, "AE", "APO", line)).lacks_unit.tolist() == [not is_right]


def test_prefixes_of_the_bulletin():
    zips = np.array([9000, 9812, 34000, 96200, 96699, 34100, 8999, 96700, -1], np.int32)
    assert is_military_zip(zips, ON).tolist() == [True] * 5 + [False] * 4
