"""Findings about the address of each row: how its street line reads, its city, military mail.

Everything here is a warning or a note: the row is mailed as the agency wrote it. Nothing is CASS-certified.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from postal.address.military import Military, military_rows
from postal.address.opinions import OUTSIDE, Reading
from postal.address.parsing import Addresses, parse_addresses
from postal.data.zip_names import check_cities
from postal.data.zips import Int32s, zip_cities
from production.frontdesk.lists.shapes import NOTE, Found
from production.mailings.accepted import read_accepted

Bools = npt.NDArray[np.bool_]
Fields = dict[str, pa.Array]

_READINGS_NAMED = 4
_NAMES_SUGGESTED = 10  # as above: a finding each; rows beyond are told together
_WORDS_OF_PART = {
    "number": "the house number",
    "street": "the street",
    "unit": "the apartment or suite",
    "box": "the box",
    OUTSIDE: "no part of the delivery address",
}


@dataclass(frozen=True, slots=True, eq=False)
class AddressCheck:
    """The parsed addresses of all rows, which are military mail, and what was found."""

    addresses: Addresses
    is_military: Bools
    found: list[Found]


def check_addresses(fields: Fields, zip5: Int32s, plain: Bools, wrong_state: Bools, on: date) -> AddressCheck:
    """Rows ``plain`` are judged; ``wrong_state`` have their finding about the ZIP Code already."""
    military = military_rows(zip5, fields["state"], fields["city"], fields["street"], fields["street2"], on)
    addresses = parse_addresses(fields["street"], fields["street2"])
    judged = plain & ~military.is_military & ~_is_empty(fields["street"])
    found = [
        *_readings(addresses, judged),
        *(Found(code, rows[judged[rows]], "street") for code, rows in addresses.faults.items()),
        Found("ADDRESS_NOT_COMPARED", addresses.not_compared[judged[addresses.not_compared]], "street"),
        *_cities(fields["city"], zip5, judged & ~wrong_state),
        *_military(military, plain),
    ]
    return AddressCheck(addresses, military.is_military & plain, [one for one in found if len(one.rows)])


def _is_empty(column: pa.Array) -> Bools:
    return np.asarray(pc.equal(pc.binary_length(column), 0))


def _readings(addresses: Addresses, judged: Bools) -> list[Found]:
    """One finding a row: the first of its disagreements, the most frequent kinds first."""
    found, seen = [], np.zeros(len(judged), bool)
    for reading, rows in list(addresses.readings.items())[:_READINGS_NAMED]:
        new = rows[judged[rows] & ~seen[rows]]
        seen[new] = True
        found.append(Found("ADDRESS_READINGS", new, "street", _both(reading)))
    rest = addresses.disagreeing
    return [*found, Found("ADDRESS_READINGS", rest[judged[rest] & ~seen[rest]], "street")]


def _both(reading: Reading) -> str:
    if reading.first == reading.second:
        return "The two do not even find the same words."
    return (
        f"One takes a word for {_WORDS_OF_PART[reading.first]}, "
        f"the other for {_WORDS_OF_PART[reading.second]}."
    )


def _cities(city: pa.Array, zip5: Int32s, judged: Bools) -> list[Found]:
    among = judged & zip_cities().has_zip(zip5) & ~_is_empty(city)
    checked = check_cities(zip5, city, among)
    by_name: dict[str, list[int]] = {}
    for row, name in checked.nearest.items():
        if checked.is_other[row]:
            by_name.setdefault(name, []).append(row)
    shown = [
        name for name, _ in Counter({k: len(v) for k, v in by_name.items()}).most_common(_NAMES_SUGGESTED)
    ]
    rest = checked.is_other.copy()
    found = []
    for name in shown:
        rest[by_name[name]] = False
        found.append(
            Found("ZIP_CITY", np.array(by_name[name], np.int64), "city", f"Perhaps {name.title()} is meant.")
        )
    return [
        *found,
        Found("ZIP_CITY", np.flatnonzero(rest), "city"),
        Found(
            "ZIP_CITY",
            np.flatnonzero(checked.is_not_accepted),
            "city",
            "The Postal Service knows the name there, but asks for another.",
            NOTE,
        ),
    ]


def _military(military: Military, plain: Bools) -> list[Found]:
    return [
        Found("ADDRESS_MILITARY", np.flatnonzero(military.is_military & plain), "state"),
        Found(
            "MILITARY_FORM",
            np.flatnonzero(military.lacks_unit & plain),
            "street",
            "The street line lacks UNIT, CMR or PSC with a number, and BOX with a number.",
        ),
        Found(
            "MILITARY_FORM",
            np.flatnonzero(military.lacks_post_office & plain),
            "city",
            "The city is not APO, FPO or DPO.",
        ),
    ]


@dataclass(frozen=True, slots=True)
class StandardForm:
    """A row of an accepted list in its standard form: whether it reads surely, and as both libraries read it."""

    row: int
    standard: str
    sure: bool
    agree: bool


def standard_forms(accepted: str, most: int) -> list[StandardForm]:
    """The first ``most`` rows of an accepted list."""
    table = read_accepted(Path(accepted)).slice(0, most).combine_chunks()
    if not len(table):
        return []
    street, street2 = (table.column(name).chunk(0) for name in ("street", "street2"))
    found = parse_addresses(street, street2)
    readings = np.zeros(len(table), bool)
    readings[found.disagreeing] = True
    return [
        StandardForm(row, line, bool(sure), not differs)
        for row, line, sure, differs in zip(
            table.column("source_row").to_pylist(),
            found.line.to_pylist(),
            found.is_sure,
            readings,
            strict=True,
        )
    ]
