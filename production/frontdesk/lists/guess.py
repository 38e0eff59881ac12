"""A guessed mapping: which column is which part of the address, by heading and by cells, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from postal.address.zip_codes import looks_like_zip
from production.frontdesk.lists.headings import (
    HEADING_WORDS,
    NAME_PARTS,
    STREET_PARTS,
    UNIT_PARTS,
    heading_words,
    part_columns,
)
from production.frontdesk.lists.mapping import NEEDED, columns_of
from production.frontdesk.lists.places import STATE_CODES
from production.frontdesk.lists.shapes import ADDRESS_FIELDS, Found
from production.mailings.list_order import AddressMapping

# Under this, a guessed column is doubtful: a person is asked.
SURE = 0.6
# From here on nobody need look: the heading is the part's own name, and most cells look like it (``_score``).
CERTAIN = 0.7

_ZIP = re.compile(r"\d{5}(?:[- ]?\d{4}(?:[- ]?\d{2})?)?")
_ROUTE = re.compile(r"[BCGHR]\d{3}")
_DAY = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/(?:\d\d){1,2}|20\d{6}|\d{1,2}-[A-Za-z]{3}-(?:\d\d){1,2}"
    r"|[A-Za-z]{3,9} \d{1,2}, \d{4}"
)
_LAST_LINE = re.compile(r"(?i)\D+[\s,]\s*[a-z]{2}\b\.?[\s,]*(?:\d{5}(?:-?\d{4})?)?")
_HONORIFIC = re.compile(
    r"(?i)(?:mrs?|ms|mx|miss|dr|rev|fr|sr|sra|srta|prof|hon|judge|capt|col|gen|lt|maj|sgt|sir|dame)"
    r"(?:\.? (?:and|&|/) (?:mrs?|ms|dr)|\.? (?:dr|mrs?|fr))?\.?"
)
_NAME_SUFFIX = re.compile(
    r"(?i)(?:jr|sr|i{1,3}|iv|vi{0,3}|[2-5](?:nd|rd|th)|esq|m\.?d|d\.?o|ph\.?d|d\.?d\.?s|d\.?v\.?m|c\.?p\.?a|r\.?n|j\.?d)\.?"
)
_STREET_KIND = re.compile(
    r"(?i)(?:st|street|ave?|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|boulevard|pl|place|way|cir|circle|terr?"
    r"|terrace|trl?|trail|pkwy|parkway|hwy|highway|loop|aly|alley|sq|square|run|path|row|xing|cv|cove|pt|bnd|pike)\.?"
)
_HOUSE_NUMBER = re.compile(r"\d{1,6}[A-Za-z]?(?:[-/ ]\d{1,4}[A-Za-z]?)?")
_DIRECTION = re.compile(r"(?i)(?:n|s|e|w|north|south|east|west|[ns]\.?[ew]|(?:north|south)(?:east|west))\.?")
_STREET_SHAPES = {"number": _HOUSE_NUMBER, "before": _DIRECTION, "kind": _STREET_KIND, "after": _DIRECTION}
_STREET = re.compile(r"(?i)(?:\d+[\w-]*\s+\S.*|p\.?\s*o\.?\s*box\b.*|(?:rr|hc)\s*\d+.*)")
_ONE_LINE = re.compile(
    r"(?i).+,.+,?\s+[a-z]{2}\b\.?(?:[\s,]+\d{5}(?:-\d{4})?)?|.+\s[a-z]{2}[\s,]+\d{5}(?:-\d{4})?"
)

# How the cells of a column must look for the header's claim to be believed.
_CONTENT: dict[str, Callable[[str], Any]] = {
    "zip": looks_like_zip,
    "plus4": lambda cell: cell.isdigit() and len(cell) <= 4,
    "delivery_point": lambda cell: cell.isdigit() and len(cell) <= 2,
    "dpv": lambda cell: cell.upper() in {"Y", "S", "D", "N"},
    "carrier_route": lambda cell: bool(_ROUTE.fullmatch(cell.upper())),
    "matched_on": _DAY.fullmatch,
    "updated_on": _DAY.fullmatch,
    "state": lambda cell: cell.upper() in STATE_CODES,
    "street": _STREET.fullmatch,
    "full_address": _ONE_LINE.fullmatch,
    "last_line": _LAST_LINE.fullmatch,
    "city": lambda cell: not any(letter.isdigit() for letter in cell),
    "recipient": lambda cell: not cell.isdigit(),
}
# Fields that cells alone may claim; a number of four digits is a ZIP Code only under the name of one.
_FOUND_BY_CONTENT: dict[str, Callable[[str], Any]] = {
    "zip": _ZIP.fullmatch,
    **{field: _CONTENT[field] for field in ("state", "full_address", "street")},
}
_STRICT = frozenset(
    {
        "zip",
        "plus4",
        "delivery_point",
        "state",
        "full_address",
        "last_line",
        "dpv",
        "carrier_route",
        "matched_on",
        "updated_on",
    }
)


def guess_mapping(
    headers: Sequence[str], sample_rows: Sequence[Sequence[str]]
) -> tuple[AddressMapping, dict[str, float]]:
    """A mapping by header names and by content, and how sure each field is, 0 to 1."""
    columns = [[row[i].strip() for row in sample_rows if row[i].strip()] for i in range(len(headers))]
    words = [heading_words(header) for header in headers]
    scores = {
        (field, i): score
        for field in HEADING_WORDS
        for i in range(len(headers))
        if (score := _score(field, words[i], columns[i])) > 0
    }
    mapping: AddressMapping = {}
    confidence: dict[str, float] = {}
    taken: set[int] = set()
    for (field, i), score in sorted(scores.items(), key=lambda item: (-item[1], item[0][1])):
        if field not in mapping and i not in taken:
            mapping[field], confidence[field] = headers[i], round(score, 2)
            taken.add(i)
    _use_name_parts(headers, columns, mapping, confidence)
    _use_street_parts(headers, columns, mapping, confidence)
    _settle_lines(mapping, confidence)
    ordered = [field for field in ADDRESS_FIELDS if field in mapping]
    return {field: mapping[field] for field in ordered}, {field: confidence[field] for field in ordered}


def _score(field: str, words: list[str], cells: list[str]) -> float:
    """Header and content together; content alone is believed less; header against content is not believed."""
    known, key = HEADING_WORDS[field], "".join(words)
    named = 0.0
    if key in known:
        named = 0.9 - 0.01 * known.index(key)
    elif set(words) & set(known):
        named = 0.5
    looks_right = (_CONTENT if named else _FOUND_BY_CONTENT).get(field)
    if looks_right is None or not cells:
        return named * 0.9
    share = _share(cells, looks_right)
    if named:
        if field in _STRICT and share < 0.3:
            return 0.0
        return named * (0.6 + 0.4 * share) + 0.1 * share
    return 0.4 * share if share > 0.8 and len(cells) > 2 else 0.0


def _share(cells: Sequence[str], test: Callable[[str], Any]) -> float:
    return sum(bool(test(cell)) for cell in cells) / len(cells) if cells else 0.0


def _use_name_parts(
    headers: Sequence[str],
    columns: Sequence[list[str]],
    mapping: AddressMapping,
    confidence: dict[str, float],
) -> None:
    """Title First Middle Last Suffix; titles and suffixes only if they look like it, as the words mean other things."""
    parts = part_columns(headers, NAME_PARTS)
    if not {"first", "last"} <= set(parts) or confidence.get("recipient", 0) >= 0.85:
        return
    _keep_what_looks_like({"title": _HONORIFIC, "suffix": _NAME_SUFFIX}, parts, columns)
    mapping["recipient"] = [headers[parts[part]] for part in NAME_PARTS if part in parts]
    confidence["recipient"] = 0.95


def _use_street_parts(
    headers: Sequence[str],
    columns: Sequence[list[str]],
    mapping: AddressMapping,
    confidence: dict[str, float],
) -> None:
    """House number, direction and kind of street in columns of their own; kind and number of the apartment, too."""
    units = part_columns(headers, UNIT_PARTS)
    if set(units) == set(UNIT_PARTS):
        mapping["street2"], confidence["street2"] = [headers[units[part]] for part in UNIT_PARTS], 0.9
    street = mapping.get("street")
    if not isinstance(street, str):
        return
    parts = part_columns(headers, STREET_PARTS) | {"name": headers.index(street)}
    if _share(columns[parts["name"]], lambda cell: cell[0].isdigit()) > 0.3:
        parts.pop("number", None)
    _keep_what_looks_like(_STREET_SHAPES, parts, columns)
    if len(parts) > 1:
        mapping["street"] = [headers[parts[part]] for part in STREET_PARTS if part in parts]
        confidence["street"] = 0.9 if "number" in parts else confidence["street"]


def _keep_what_looks_like(
    shapes: dict[str, re.Pattern[str]], parts: dict[str, int], columns: Sequence[list[str]]
) -> None:
    """Takes out the parts whose headings mean other things here, by their cells."""
    for part, shape in shapes.items():
        if part in parts and _share(columns[parts[part]], shape.fullmatch) < 0.5:
            del parts[part]


def _settle_lines(mapping: AddressMapping, confidence: dict[str, float]) -> None:
    """Either a line or its parts, whichever is surer: a part beside the line would outdo its split."""
    for line, before in (("last_line", ()), ("full_address", ("street",))):
        end = ("last_line",) if line != "last_line" and "last_line" in mapping else ("city", "zip")
        parts = (*before, *end)
        if line in mapping:
            parts_are_surer = min(confidence.get(part, 0.0) for part in parts) >= confidence[line]
            for field in (line,) if parts_are_surer else parts:
                mapping.pop(field, None)
                confidence.pop(field, None)


def guess_findings(mapping: AddressMapping, confidence: dict[str, float]) -> list[Found]:
    """MAPPING_GUESSED for the parts of the address that a guess is not sure of."""
    needed = {field for fields in NEEDED for field in fields}
    doubtful = [
        f"{field} from {' + '.join(columns_of(source))}"
        for field, source in mapping.items()
        if field in needed and confidence.get(field, 1.0) < SURE
    ]
    return [Found("MAPPING_GUESSED", detail=f"Doubtful: {'; '.join(doubtful)}."[:300])] if doubtful else []
