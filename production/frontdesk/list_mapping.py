"""Which column is which part of the address: guess, check, apply.

A mapping is ``{field: source}`` with fields of ``lists.ADDRESS_FIELDS``; a source is a column name, a list of
column names (joined by a space), or ``{"constant": text}``. ``full_address`` is one line that is split into
street, city, state and ZIP; fields mapped besides it win where they have a value.

The split, from the end: ZIP Code (5 digits, or 9 with a dash) if the line ends in one; then a state code if
it stands behind a comma or before a ZIP Code; then the last comma parts street from city. Without a comma,
the name of the ZIP Code's own city is cut off if the rest ends in it; otherwise all of it is the street.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from postal.zip_codes import looks_like_zip
from postal.zips import zip_cities
from production.frontdesk.list_characters import tidy
from production.frontdesk.list_places import STATE_CODES
from production.frontdesk.lists import ADDRESS_FIELDS, Found, ListTable

# Words of a header (lower case, letters and digits) that name a field; earlier entries are surer.
_HEADER_WORDS: dict[str, list[str]] = {
    field: words.split()
    for field, words in {
        "delivery_point": "deliverypoint deliverypointcode dpbc dpc dp delpt",
        "plus4": "plus4 zip4 zipplus4addon zipaddon addon zip4code",
        "zip": "zip zipcode zip5 postalcode postcode zippostalcode zipplus4 zipcode5 zip9 zip11",
        "state": "state st stateprovince statecode province stateabbr",
        "city": "city town municipality cityname locality",
        "street2": "address2 addressline2 addr2 street2 suite unit apt apartment secondary line2 add2",
        "street": "street address1 addressline1 addr1 street1 streetaddress address addr addressline"
        " line1 add1 primaryaddress pobox",
        "full_address": "fulladdress addressraw completeaddress addressblock addressfull rawaddress",
        "company": "company organization organisation business firm employer building orgname agency",
        "recipient": "recipient addressee fullname name customername contactname contact attention attn"
        " client clientname taxpayer resident membername",
        "country": "country countrycode nation",
        "dpv": "dpv dpvcode dpvconfirmation dpvconfirm dpvflag dpvind dpvstatus",
        "carrier_route": "carrierroute carrierrt crrt crrtcode crrtid carroute carrt route",
        "matched_on": "cassdate casson casscertdate matchdate matchedon dateofcass zip4date",
        "matched_by": "casssoftware cassvendor cassengine cassby matchedby casscertifier",
        "updated_on": "ncoadate ncoalinkdate moveupdatedate ncoaon updatedon",
        "updated_by": "moveupdatemethod moveupdate ncoamethod ncoatype updatedby",
    }.items()
}
_FIRST_NAMES = ("firstname", "first", "fname", "givenname", "forename")
_MIDDLE_NAMES = ("middlename", "middle", "middleinitial", "mi", "mname")
_LAST_NAMES = ("lastname", "last", "lname", "surname", "familyname")
_IGNORED_WORDS = frozenset(
    {"mail", "mailing", "mailto", "the", "of", "recipients", "postal", "home", "ship", "to"}
)

_ZIP = re.compile(r"\d{5}(?:[- ]?\d{4}(?:[- ]?\d{2})?)?")
_ROUTE = re.compile(r"[BCGHR]\d{3}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/(?:\d\d){1,2}|20\d{6}")
_STREET = re.compile(r"(?i)(?:\d+[\w-]*\s+\S.*|p\.?\s*o\.?\s*box\b.*|(?:rr|hc)\s*\d+.*)")
_ONE_LINE = re.compile(
    r"(?i).+,.+,?\s+[a-z]{2}\b\.?(?:[\s,]+\d{5}(?:-\d{4})?)?|.+\s[a-z]{2}[\s,]+\d{5}(?:-\d{4})?"
)

# How the cells of a column must look for the header's claim to be believed.
_CONTENT: dict[str, Callable[[str], bool]] = {
    "zip": looks_like_zip,
    "plus4": lambda cell: cell.isdigit() and len(cell) <= 4,
    "delivery_point": lambda cell: cell.isdigit() and len(cell) <= 2,
    "dpv": lambda cell: cell.upper() in {"Y", "S", "D", "N"},
    "carrier_route": lambda cell: bool(_ROUTE.fullmatch(cell.upper())),
    "matched_on": lambda cell: bool(_DAY.fullmatch(cell)),
    "updated_on": lambda cell: bool(_DAY.fullmatch(cell)),
    "state": lambda cell: cell.upper() in STATE_CODES,
    "street": lambda cell: bool(_STREET.fullmatch(cell)),
    "full_address": lambda cell: bool(_ONE_LINE.fullmatch(cell)),
    "city": lambda cell: not any(letter.isdigit() for letter in cell),
    "recipient": lambda cell: not cell.isdigit(),
}
# Fields that cells alone may claim; a number of four digits is a ZIP Code only under the name of one.
_FOUND_BY_CONTENT: dict[str, Callable[[str], bool]] = {
    "zip": lambda cell: bool(_ZIP.fullmatch(cell)),
    **{field: _CONTENT[field] for field in ("state", "full_address", "street")},
}
_STRICT = frozenset(
    {
        "zip",
        "plus4",
        "delivery_point",
        "state",
        "full_address",
        "dpv",
        "carrier_route",
        "matched_on",
        "updated_on",
    }
)

_NEEDED = (
    ("recipient", "company"),
    ("street", "full_address"),
    ("city", "full_address"),
    ("zip", "full_address"),
)
_SPLIT = (
    r"^(?P<body>.*?)"
    r"(?:(?:,[\s,]*|\s+)(?P<state_before_zip>[A-Za-z]{2})[\s,.]+(?P<zip>\d{5}(?:-?\d{4})?)"
    r"|,[\s,]*(?P<state_at_end>[A-Za-z]{2})\.?"
    r"|[\s,]+(?P<zip_alone>\d{5}(?:-?\d{4})?))?"
    r"[\s,]*$"
)


def guess_mapping(
    headers: Sequence[str], sample_rows: Sequence[Sequence[str]]
) -> tuple[dict[str, Any], dict[str, float]]:
    """A mapping by header names and by content, and how sure each field is, 0 to 1."""
    columns = [[row[i].strip() for row in sample_rows if row[i].strip()] for i in range(len(headers))]
    words = [_header_words(header) for header in headers]
    scores = {
        (field, i): score
        for field in _HEADER_WORDS
        for i in range(len(headers))
        if (score := _score(field, words[i], columns[i])) > 0
    }
    mapping: dict[str, Any] = {}
    confidence: dict[str, float] = {}
    taken: set[int] = set()
    for (field, i), score in sorted(scores.items(), key=lambda item: (-item[1], item[0][1])):
        if field not in mapping and i not in taken:
            mapping[field], confidence[field] = headers[i], round(score, 2)
            taken.add(i)
    _use_name_parts(headers, ["".join(one) for one in words], mapping, confidence)
    _settle_full_address(mapping, confidence)
    ordered = [field for field in ADDRESS_FIELDS if field in mapping]
    return {field: mapping[field] for field in ordered}, {field: confidence[field] for field in ordered}


def _header_words(header: str) -> list[str]:
    """'MailCity', 'mail_city', 'City (mailing)' to ['city']."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", header.replace("+", " plus "))
    lowered = [word.lower() for word in words]
    return [word for word in lowered if word not in _IGNORED_WORDS] or lowered


def _score(field: str, words: list[str], cells: list[str]) -> float:
    """Header and content together; content alone is believed less; header against content is not believed."""
    known, key = _HEADER_WORDS[field], "".join(words)
    named = 0.0
    if key in known:
        named = 0.9 - 0.01 * known.index(key)
    elif set(words) & set(known):
        named = 0.5
    looks_right = (_CONTENT if named else _FOUND_BY_CONTENT).get(field)
    if looks_right is None or not cells:
        return named * 0.9
    share = sum(map(looks_right, cells)) / len(cells)
    if named:
        if field in _STRICT and share < 0.3:
            return 0.0
        return named * (0.6 + 0.4 * share) + 0.1 * share
    return 0.4 * share if share > 0.8 and len(cells) > 2 else 0.0


def _use_name_parts(
    headers: Sequence[str], keys: list[str], mapping: dict[str, Any], confidence: dict[str, float]
) -> None:
    parts = [
        next((headers[i] for i, key in enumerate(keys) if key in words), None)
        for words in (_FIRST_NAMES, _MIDDLE_NAMES, _LAST_NAMES)
    ]
    if parts[0] and parts[2] and confidence.get("recipient", 0) < 0.85:
        mapping["recipient"], confidence["recipient"] = [part for part in parts if part], 0.95


def _settle_full_address(mapping: dict[str, Any], confidence: dict[str, float]) -> None:
    """Either the one line or its parts, whichever is surer: a part beside the line would outdo its split."""
    if "full_address" not in mapping:
        return
    parts = ("street", "city", "zip")
    parts_are_surer = min(confidence.get(part, 0.0) for part in parts) >= confidence["full_address"]
    for field in ("full_address",) if parts_are_surer else parts:
        mapping.pop(field, None)
        confidence.pop(field, None)


def mapping_findings(mapping: Any, names: Sequence[str]) -> list[Found]:
    """What is wrong with a mapping for these columns; nothing when it can be applied."""
    if not isinstance(mapping, dict):
        return [Found("MAPPING_FIELD", detail="It is not an object of fields.")]
    strange = [str(field) for field in mapping if field not in ADDRESS_FIELDS]
    malformed = [
        field for field, source in mapping.items() if field in ADDRESS_FIELDS and not _is_source(source)
    ]
    found = []
    if strange or malformed:
        found.append(
            Found("MAPPING_FIELD", detail=f"Not understood: {', '.join(strange + malformed)}."[:300])
        )
    wanted = [name for source in mapping.values() if _is_source(source) for name in columns_of(source)]
    absent = sorted(set(wanted) - set(names))
    if absent:
        detail = f"The mapping names columns that the list does not have: {', '.join(absent)}."
        found.append(Found("DATA_HEADER", detail=detail[:300]))
    missing = [" or ".join(fields) for fields in _NEEDED if not set(fields) & set(mapping)]
    if missing:
        found.append(Found("MAPPING_FIELD", detail=f"It lacks {', '.join(missing)}."))
    return found


def _is_source(source: Any) -> bool:
    match source:
        case str() | {"constant": str()}:
            return bool(source)
        case list():
            return bool(source) and all(isinstance(name, str) for name in source)
    return False


def columns_of(source: Any) -> list[str]:
    """The columns a source is made of; none for a constant."""
    if isinstance(source, dict):
        return []
    return [source] if isinstance(source, str) else source


def apply_mapping(table: ListTable, mapping: dict[str, Any]) -> dict[str, pa.Array]:
    """Every address field as a tidy string column of the table's length (empty strings where unmapped)."""
    by_name = dict(zip(table.names, table.columns, strict=True))
    empty = pa.repeat(pa.scalar(""), len(table))
    fields = {
        field: tidy(_joined(mapping[field], by_name, len(table))) if field in mapping else empty
        for field in ADDRESS_FIELDS
        if field != "full_address"
    }
    if "full_address" not in mapping:
        return fields
    split = split_full_address(tidy(_joined(mapping["full_address"], by_name, len(table))))
    split["zip"] = _first_filled(fields["zip"], split["zip"])
    if "city" not in mapping:
        split |= _cut_city_of_zip(split)
    return fields | {field: _first_filled(fields[field], split[field]) for field in split}


def _joined(source: Any, by_name: dict[str, pa.Array], length: int) -> pa.Array:
    if isinstance(source, dict):
        return pa.repeat(pa.scalar(source["constant"]), length)
    columns = [by_name[name] for name in columns_of(source)]
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, " ")


def _first_filled(first: pa.Array, second: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(pc.binary_length(first), 0), second, first)


def split_full_address(lines: pa.Array) -> dict[str, pa.Array]:
    """Street, city, state and ZIP of one-line addresses, by the rule at the head of this module."""
    parts = pc.extract_regex(lines, _SPLIT)

    def part(name: str) -> pa.Array:
        return pc.fill_null(parts.field(name), "")

    state = pc.binary_join_element_wise(part("state_before_zip"), part("state_at_end"), "")
    zip_code = pc.binary_join_element_wise(part("zip"), part("zip_alone"), "")
    halves = pc.extract_regex(part("body"), r"^(?P<street>.*),(?P<city>[^,]*)$")
    has_comma = pc.is_valid(halves)
    street = pc.if_else(has_comma, pc.fill_null(halves.field("street"), ""), part("body"))
    city = pc.if_else(has_comma, pc.fill_null(halves.field("city"), ""), "")
    return {
        "street": pc.utf8_trim(pc.utf8_trim_whitespace(street), characters=", "),
        "city": pc.utf8_trim_whitespace(city),
        "state": state,
        "zip": zip_code,
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
