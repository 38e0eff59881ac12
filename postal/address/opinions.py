"""Two libraries' readings of one street line, word by word: when both are asked, and where they differ.

Both cut a line into the same words and give each a label. What counts is the part of the delivery address a word goes
to: number, street (name, type and direction together), unit, box, or none of them (a city, a building, a name).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import doorplate

PART_OF_LABEL = {
    "AddressNumberPrefix": "number",
    "AddressNumber": "number",
    "AddressNumberSuffix": "number",
    "StreetNamePreModifier": "street",
    "StreetNamePreDirectional": "street",
    "StreetNamePreType": "street",
    "StreetName": "street",
    "StreetNamePostType": "street",
    "StreetNamePostDirectional": "street",
    "SubaddressType": "unit",
    "SubaddressIdentifier": "unit",
    "OccupancyType": "unit",
    "OccupancyIdentifier": "unit",
    "USPSBoxType": "box",
    "USPSBoxID": "box",
    "USPSBoxGroupType": "box",
    "USPSBoxGroupID": "box",
}
OUTSIDE = "outside"  # a city, a building, a person, or a word that could not be placed
# The commonest street suffixes (Publication 28, appendix C1): one of them inside a name means that more than a street
# stands in the line, for example a city behind it.
_SUFFIXES = frozenset(
    {
        "ALY", "ALLEY", "AVE", "AV", "AVENUE", "BLVD", "BOULEVARD", "CIR", "CIRCLE", "CT", "COURT", "CV",
        "COVE", "DR", "DRIVE", "EXPY", "EXT", "HWY", "HIGHWAY", "LN", "LANE", "LOOP", "PK", "PKWY",
        "PARKWAY", "PIKE", "PL", "PLACE", "PLZ", "PLAZA", "RD", "ROAD", "RUN", "SQ", "SQUARE", "ST",
        "STREET", "TER", "TERRACE", "TRL", "TRAIL", "WAY",
    }
)  # fmt: skip
_PLAIN_TEXT = re.compile(r"(?:[A-Za-z0-9 .'#-]|, )+")
_PLAIN_BOX = re.compile(
    r"(?i:p\.? ?o\.? box|post office box) [1-9]\d{0,5}(?:, (?i:apt|unit|ste|suite|lot) [1-9]\d{0,5})?"
)
# Words whose number is no ZIP Code, however many digits it has. FL and FM are not among them: they are states as well.
_NUMBER_OF_FIVE = re.compile(
    r"(?i)(?:#|\bbox|\b(?:drawer|caller|apt|apartment|unit|ste|suite|rm|room|lot|bldg|building|pmb|spc|space|trlr|psc"
    r"|cmr)\b\.?) *(?:#|no\.?|number)? *\d{5}(?:-\d{4})?\b(?!.*\b\d{5}\b)"
)
_FIVE_INSIDE = re.compile(r"[^0-9]\d{5}\b")  # far cheaper, and found in hardly any line
_ANY_ZIP = "00000"
_DIGITS = re.compile(r"\d+")
_PLAIN_NAME = re.compile(r"[A-Z]{2}[A-Z' -]*|[1-9]\d*(?:ST|ND|RD|TH)")
# Types after which usaddress and doorplate part ways now and then (measured, docs/addresses.md).
_UNUSUAL_SUFFIXES = frozenset({"EXT", "EXTS", "PLZ", "CTR", "SQ", "HWY"})
_MOST_WORDS = 3


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """The same word in two readings: parts of the delivery address, or outside of it."""

    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.first}/{self.second}"


def read_lines(first: Sequence[str], second: Sequence[str] | None = None) -> list[Any]:
    """doorplate's parsed lines, None where it reads nothing. It takes the last five digits of a line for the ZIP Code
    unless it is told one, so it is told one where they are the number of a box or a unit."""
    texts = first if second is None else map(joined, first, second)
    zips = [_ANY_ZIP if _ends_in_five(text) else None for text in texts]
    return doorplate.parse_fields_many(line1=first, line2=second, zip=zips)


def _ends_in_five(text: str) -> bool:
    return bool(_FIVE_INSIDE.search(text) and _NUMBER_OF_FIVE.search(text))


def joined(first: str, second: str) -> str:
    """Street and second line as one text."""
    return f"{first}, {second}" if first and second else first or second


def keeps_digits(text: str, line: str) -> bool:
    """True where the standard form has every group of digits of the text; ONE MAIN ST may be 1 MAIN ST."""
    wanted, there = _DIGITS.findall(text), _DIGITS.findall(line)
    return wanted == there or Counter(wanted) <= Counter(there)


def is_plain(parsed: Any, text: str, line: str) -> bool:
    """True for lines of the form number, name, type and perhaps a unit with its kind, of which doorplate has used
    every word: on such lines the second reading was found to be the same (docs/addresses.md)."""
    if _PLAIN_BOX.fullmatch(text):
        return keeps_digits(text, line)
    name = parsed.street_name or ""
    return bool(
        parsed.street_suffix
        and (parsed.street_number or "").isdecimal()
        and parsed.street_suffix not in _UNUSUAL_SUFFIXES
        and _PLAIN_NAME.fullmatch(name)
        and name.count(" ") < _MOST_WORDS
        and (" " not in name or _SUFFIXES.isdisjoint(name.split()[1:]))
        and bool(parsed.unit_number) == bool(parsed.unit_type)
        and not parsed.second_unit_type
        and not parsed.po_box
        and _PLAIN_TEXT.fullmatch(text)
        and text[0].isdecimal()
        and len(text.split()) == len(line.split())
        and keeps_digits(text, line)
    )


def differences(text: str) -> tuple[frozenset[Reading], bool]:
    """Where the readings of a line differ, and whether both leave no word outside of the delivery address."""
    import usaddress  # its model takes 50 ms to load, and most lists hardly need it

    first = [PART_OF_LABEL.get(label or "", OUTSIDE) for _, label in _words_of(text)]
    second = [PART_OF_LABEL.get(label, OUTSIDE) for _, label in usaddress.parse(text)]
    if len(first) != len(second):
        return frozenset({Reading(OUTSIDE, OUTSIDE)}), False
    differing = {Reading(one, other) for one, other in zip(first, second, strict=True) if one != other}
    return frozenset(differing), OUTSIDE not in first


def _words_of(text: str) -> list[tuple[str, str | None]]:
    """The first library's words and labels; none for a text it cannot read at all."""
    is_told = _ends_in_five(text)
    (parsed,) = read_lines([text]) if is_told else doorplate.parse_many([text])
    words: list[tuple[str, str | None]] = parsed.to_usaddress_tags() if parsed else []
    return words[:-1] if is_told else words  # without the ZIP Code it was told


def spoken(text: str) -> dict[str, dict[str, str]]:
    """The two readings of a line: by library, the words of each part of the delivery address."""
    import usaddress

    readings = {"doorplate": _words_of(text), "usaddress": usaddress.parse(text)}
    return {library: _by_part(tags) for library, tags in readings.items()}


def _by_part(tags: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    words: dict[str, list[str]] = {}
    for word, label in tags:
        words.setdefault(PART_OF_LABEL.get(label or "", OUTSIDE), []).append(word)
    return {part: " ".join(its) for part, its in words.items()}
