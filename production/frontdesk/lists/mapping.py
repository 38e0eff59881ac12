"""Which column is which part of the address: check a mapping and apply it.

A mapping is ``{field: source}`` with fields of ``lists.ADDRESS_FIELDS``; a source is a column name, a list of
column names (joined by a space), or ``{"constant": text}``. ``full_address`` is one line that is split into
street, city, state and ZIP, ``last_line`` one of city, state and ZIP; fields mapped besides
win where they have a value.

The split, from the end: ZIP Code (5 digits, or 9 with a dash) if the line ends in one; then a state code if
it stands behind a comma or before a ZIP Code; then the last comma parts street from city. Without a comma,
the name of the ZIP Code's own city is cut off if the rest ends in it; otherwise all of it is the street.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from postal.data.zips import zip_cities
from production.frontdesk.lists.characters import tidy
from production.frontdesk.lists.shapes import ADDRESS_FIELDS, Found, ListTable
from production.mailings.list_order import AddressMapping, Source

NEEDED = (
    ("recipient", "company"),
    ("street", "full_address"),
    ("city", "last_line", "full_address"),
    ("zip", "last_line", "full_address"),
)
_SPLIT = (
    r"^(?P<body>.*?)"
    r"(?:(?:,[\s,]*|\s+)(?P<state_before_zip>[A-Za-z]{2})[\s,.]+(?P<zip>\d{5}(?:-?\d{4})?)"
    r"|,[\s,]*(?P<state_at_end>[A-Za-z]{2})\.?"
    r"|[\s,]+(?P<zip_alone>\d{5}(?:-?\d{4})?))?"
    r"[\s,]*$"
)


def mapping_findings(mapping: object, names: Sequence[str]) -> list[Found]:
    """What is wrong with a mapping for these columns; nothing when it can be applied."""
    if not isinstance(mapping, dict):
        return [Found("MAPPING_FIELD", detail="It is not an object of fields.")]
    strange = [str(field) for field in mapping if field not in ADDRESS_FIELDS]
    malformed = [
        field for field, source in mapping.items() if field in ADDRESS_FIELDS and not is_source(source)
    ]
    found = []
    if strange or malformed:
        found.append(
            Found("MAPPING_FIELD", detail=f"Not understood: {', '.join(strange + malformed)}."[:300])
        )
    wanted = [name for source in mapping.values() if is_source(source) for name in columns_of(source)]
    absent = sorted(set(wanted) - set(names))
    if absent:
        detail = f"The mapping names columns that the list does not have: {', '.join(absent)}."
        found.append(Found("DATA_HEADER", detail=detail[:300]))
    missing = [" or ".join(fields) for fields in NEEDED if not set(fields) & set(mapping)]
    if missing:
        alone = " The list has one column only." if len(names) == 1 else ""
        found.append(Found("MAPPING_FIELD", detail=f"It lacks {', '.join(missing)}.{alone}"))
    return found


def sound_sources(mapping: object) -> AddressMapping:
    """The parts of a mapping that can be applied."""
    if not isinstance(mapping, dict):
        return {}
    return {
        field: source for field, source in mapping.items() if field in ADDRESS_FIELDS and is_source(source)
    }


def is_source(source: object) -> TypeGuard[Source]:
    """Is this one of the forms a source has?"""
    match source:
        case str() | {"constant": str()}:
            return bool(source)
        case list():
            return bool(source) and all(isinstance(name, str) for name in source)
    return False


def columns_of(source: Source) -> list[str]:
    """The columns a source is made of; none for a constant."""
    if isinstance(source, dict):
        return []
    return [source] if isinstance(source, str) else source


def apply_mapping(table: ListTable, mapping: AddressMapping) -> dict[str, pa.Array]:
    """Every address field as a tidy string column of the table's length (empty strings where unmapped)."""
    by_name = dict(zip(table.names, table.columns, strict=True))
    empty = pa.repeat(pa.scalar(""), len(table))
    fields = {
        field: tidy(_joined(mapping[field], by_name, len(table))) if field in mapping else empty
        for field in ADDRESS_FIELDS
        if field not in ("last_line", "full_address")
    }
    if "last_line" in mapping:
        fields |= _filled_up(
            fields, split_last_line(tidy(_joined(mapping["last_line"], by_name, len(table))))
        )
    if "full_address" not in mapping:
        return fields
    split = split_full_address(tidy(_joined(mapping["full_address"], by_name, len(table))))
    split["zip"] = _first_filled(fields["zip"], split["zip"])
    if "city" not in mapping:
        split |= _cut_city_of_zip(split)
    return fields | _filled_up(fields, split)


def _filled_up(fields: dict[str, pa.Array], split: dict[str, pa.Array]) -> dict[str, pa.Array]:
    return {field: _first_filled(fields[field], split[field]) for field in split}


def _joined(source: Source, by_name: dict[str, pa.Array], length: int) -> pa.Array:
    if isinstance(source, dict):
        return pa.repeat(pa.scalar(source["constant"]), length)
    columns = [by_name[name] for name in columns_of(source)]
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, " ")


def _first_filled(first: pa.Array, second: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(pc.binary_length(first), 0), second, first)


def split_last_line(lines: pa.Array) -> dict[str, pa.Array]:
    """City, state and ZIP of last lines of an address: what stands before state and ZIP Code is the city."""
    parts = pc.extract_regex(lines, _SPLIT)
    city = pc.utf8_trim(pc.utf8_trim_whitespace(pc.fill_null(parts.field("body"), "")), characters=", ")
    return {"city": city, **_state_and_zip(parts)}


def _state_and_zip(parts: pa.Array) -> dict[str, pa.Array]:
    def either(first: str, second: str) -> pa.Array:
        return pc.binary_join_element_wise(
            *(pc.fill_null(parts.field(name), "") for name in (first, second)), ""
        )

    return {"state": either("state_before_zip", "state_at_end"), "zip": either("zip", "zip_alone")}


def split_full_address(lines: pa.Array) -> dict[str, pa.Array]:
    """Street, city, state and ZIP of one-line addresses, by the rule at the head of this module."""
    parts = pc.extract_regex(lines, _SPLIT)

    body = pc.fill_null(parts.field("body"), "")
    halves = pc.extract_regex(body, r"^(?P<street>.*),(?P<city>[^,]*)$")
    has_comma = pc.is_valid(halves)
    street = pc.if_else(has_comma, pc.fill_null(halves.field("street"), ""), body)
    city = pc.if_else(has_comma, pc.fill_null(halves.field("city"), ""), "")
    return {
        "street": pc.utf8_trim(pc.utf8_trim_whitespace(street), characters=", "),
        "city": pc.utf8_trim_whitespace(city),
        **_state_and_zip(parts),
    }


def _cut_city_of_zip(split: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Street and city of lines without a comma, where the street ends in the city of its ZIP Code."""
    doubtful = pc.and_(
        pc.equal(pc.binary_length(split["city"]), 0), pc.not_equal(pc.binary_length(split["zip"]), 0)
    )
    rows = np.flatnonzero(doubtful)
    street, city = (
        split["street"].to_numpy(zero_copy_only=False),
        split["city"].to_numpy(zero_copy_only=False),
    )
    street, city = street.copy(), city.copy()
    place = zip_cities().place
    for row, zip_code in zip(rows, split["zip"].take(pa.array(rows)).to_pylist(), strict=True):
        digits = zip_code[:5]
        known = place(int(digits)) if digits.isdecimal() and digits.isascii() else None
        if known and street[row].upper().endswith(f" {known[0]}"):
            cut = len(street[row]) - len(known[0])
            street[row], city[row] = street[row][:cut].rstrip(" ,"), street[row][cut:]
    return {"street": pa.array(street, pa.string()), "city": pa.array(city, pa.string())}


def column_is(column: pa.Array, test: Callable[[str], bool]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """``test`` on every value, run once a distinct value."""
    coded = pc.dictionary_encode(column)
    passed = np.array([test(value) for value in coded.dictionary.to_pylist()], bool)
    return passed[np.asarray(coded.indices)] if len(passed) else np.zeros(len(column), bool)
