"""The columns step of the form: which column of the list is which part of the address, and how the list is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kernel.errors import InvalidInput
from production.frontdesk.lists.guess import SURE
from production.frontdesk.lists.shapes import DUPLICATE_POLICIES, HOUSEHOLD_POLICIES, ListPreview

# Parts of the address in the words and order of an envelope.
PARTS = {
    "recipient": "Name of the person",
    "company": "Company or office",
    "street": "Street and number, or P.O. Box",
    "street2": "Apartment, suite, second line",
    "city": "City",
    "state": "State",
    "zip": "ZIP Code (5, 9 or 11 digits)",
    "plus4": "ZIP+4 add-on, if apart",
    "delivery_point": "Delivery point, if apart",
    "country": "Country",
    "last_line": "City, state and ZIP Code in one column",
    "full_address": "Whole address in one column",
    "dpv": "DPV code (Y, S, D, N)",
    "carrier_route": "Carrier route",
    "matched_on": "Day the address was matched (CASS)",
    "matched_by": "Software that matched it",
    "updated_on": "Day of Move Update",
    "updated_by": "Way of Move Update (NCOALink, ACS)",
}
# What may be said once of the whole list instead: label and hint.
OF_ALL = {
    "matched_on": ("Matched (CASS) on", "A day, as 2026-11-01"),
    "matched_by": ("Matched by", "Name, version and cycle of the software"),
    "updated_on": ("Move Update on", "A day, as 2026-11-01"),
    "updated_by": ("Way of Move Update", "NCOALink, ACS, endorsement or alternative"),
}
DELIMITERS = [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
CONFIDENTIAL = [
    ("yes", "Yes, only for the person named"),
    ("no", "No, anyone who lives there may read it"),
]
DUPLICATES = [
    ("", "Mail each row, and tell me"),
    ("merge", "Mail one letter to each person"),
    ("refuse", "Leave the repeats out, to be fixed"),
]
HOUSEHOLDS = [
    ("", "A letter for each person"),
    ("one_piece", "One letter for all of them"),
]


def choices(preview: ListPreview, mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A select for each part: name, label, options (value is JSON, so that joined columns stay one choice)."""
    joined = [source for source in mapping.values() if isinstance(source, list)]
    options = [("", "– not in the list –")]
    options += [(json.dumps(source), " + ".join(source)) for source in joined]
    options += [(json.dumps(name), name) for name in preview["columns"]]
    return [
        {
            "name": f"part-{part}",
            "label": label,
            "options": options,
            "value": json.dumps(mapping[part]) if mapping.get(part) and not _constant(mapping[part]) else "",
            "example": _example(preview, mapping.get(part)),
            "is_doubtful": preview["mapping"] == mapping and preview["confidence"].get(part, 1) < SURE,
        }
        for part, label in PARTS.items()
    ]


def of_all(mapping: Mapping[str, Any]) -> list[dict[str, str]]:
    """A text field for each thing that may be said of the whole list."""
    return [
        {"name": f"all-{part}", "label": label, "hint": hint, "value": _constant(mapping.get(part))}
        for part, (label, hint) in OF_ALL.items()
    ]


def reading_choices(preview: ListPreview) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(option, label, choices) of the ways this list can be read."""
    found = [("", f"as found: {preview['encoding']}")]
    ways = [
        ("sheet", "Sheet", [(name, name) for name in preview["sheets"]]),
        ("encoding", "Characters (look at accented names)", found + [(n, n) for n in preview["encodings"]]),
        (
            "delimiter",
            "Columns are parted by",
            [("", "as found"), *DELIMITERS] if preview["encodings"] else [],
        ),
    ]
    return [way for way in ways if len(way[2]) > 1]


def people_choices(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The questions about people at one address: name, label, choices, value, hint."""
    own = options.get("list", {})
    return [
        {
            "name": "confidential",
            "label": "Is the letter confidential?",
            "options": CONFIDENTIAL,
            "value": "no" if options.get("confidential") is False else "yes",
            "hint": "A confidential letter never shares an envelope with another person's.",
        },
        {
            "name": "duplicates",
            "label": "The same person at the same address more than once",
            "options": DUPLICATES,
            "value": own.get("duplicates", ""),
            "hint": "St or Street, Apt or Apartment, capitals and accents make no difference.",
        },
        {
            "name": "households",
            "label": "Several people at the same address",
            "options": HOUSEHOLDS,
            "value": own.get("households", ""),
            "hint": "One letter is for letters that are not confidential and say the same to everybody.",
        },
    ]


def is_confidential(form: Mapping[str, str]) -> bool:
    """Yes, unless the person chose no."""
    return form.get("confidential") != "no"


def read_mapping(form: Mapping[str, str]) -> dict[str, Any]:
    """The mapping that was chosen; InvalidInput for values that are none of the choices."""
    mapping = {}
    for part in PARTS:
        text = form.get(f"part-{part}", "")
        if not text:
            continue
        try:
            mapping[part] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidInput("Choose the columns from the lists.", code="MAPPING_FIELD") from error
    said = {part: " ".join(form.get(f"all-{part}", "").split()) for part in OF_ALL}
    return mapping | {part: {"constant": text[:200]} for part, text in said.items() if text}


def read_options(form: Mapping[str, str]) -> dict[str, Any]:
    """How to read the list, as list options; empty choices are left to the reader."""
    options: dict[str, Any] = {}
    for name in ("sheet", "encoding", "delimiter"):
        if form.get(name):
            options[name] = form[name]
    for name, policies in (("duplicates", DUPLICATE_POLICIES), ("households", HOUSEHOLD_POLICIES)):
        if form.get(name) in policies:
            options[name] = form[name]
    options |= {name: True for name in ("repair_zip", "skip_hidden_rows") if form.get(name) == "yes"}
    return options


def _constant(source: Any) -> str:
    return str(source.get("constant", "")) if isinstance(source, dict) else ""


def _example(preview: ListPreview, source: Any) -> str:
    """The first value that is not empty."""
    names: Sequence[str] = [source] if isinstance(source, str) else source if isinstance(source, list) else []
    at = [preview["columns"].index(name) for name in names if name in preview["columns"]]
    for row in preview["first_rows"]:
        value = " ".join(row[i] for i in at).strip()
        if value:
            return value[:60]
    return ""
