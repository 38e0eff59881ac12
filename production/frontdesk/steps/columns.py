"""The third step of a mailing: which column of the list is which part of the address, and how the list is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import InvalidInput
from production.frontdesk.address_matching.adapters import WORDS, outside_adapters, require_adapter
from production.frontdesk.lists.guess import SURE
from production.frontdesk.lists.shapes import DUPLICATE_POLICIES, HOUSEHOLD_POLICIES, ListPreview
from production.frontdesk.preparation import first_check
from production.frontdesk.steps.base import Fact, Ordering, Reading, Sent, put
from production.frontdesk.steps.mailing_answers import (
    COLUMNS,
    FILES,
    ColumnsAnswers,
    columns_of,
    files_of,
    is_mapped,
    mapping_problems,
)
from store.db import UnitOfWork

LABEL = "Columns"

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


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows."""

    preview: ListPreview
    options: Mapping[str, Any]
    parts: Sequence[Mapping[str, Any]]
    people: Sequence[Mapping[str, Any]]
    reading: Sequence[tuple[str, str, list[tuple[str, str]]]]
    of_all: Sequence[Mapping[str, str]]
    matchers: Sequence[tuple[str, str]]
    matching: str
    problems: Mapping[str, str]  # by field: why the list could not be read as was asked


@dataclass(slots=True)
class ColumnsReading(Reading):
    """What was chosen, and the columns of the list read like that."""

    answers: ColumnsAnswers | None = None
    columns: tuple[str, ...] = ()


def is_done(ordering: Ordering) -> bool:
    """The columns of the present list are confirmed."""
    return is_mapped(ordering.draft)


def is_open(ordering: Ordering) -> bool:
    """There is a list."""
    return "list" in files_of(ordering.draft).files


def show(ordering: Ordering, sent: Sent | None) -> View:
    """The first rows of the list, and the choices as sent, kept or guessed."""
    kept = columns_of(ordering.draft)
    if sent is not None:
        kept = _answers(sent) or kept
    options: Mapping[str, Any] = kept.list
    problems: dict[str, str] = {}
    try:
        preview = _preview(ordering, options)
    except InvalidInput as error:  # options that do not fit this file, or a list that is no longer readable
        options = {}
        problems = {one.place.column: f"{one.message} {one.remedy}" for one in error.findings}
        preview = _preview(ordering, options)
    mapping = kept.mapping or preview.mapping
    settings = ordering.plant.settings
    return View(
        preview=preview,
        options=options,
        parts=choices(preview, mapping),
        people=people_choices(kept),
        reading=reading_choices(preview),
        of_all=of_all(mapping),
        matchers=[(name.value, WORDS[name]) for name in outside_adapters(settings)],
        matching=kept.matching,
        problems=problems,
    )


def read(ordering: Ordering, sent: Sent) -> ColumnsReading:
    """Confirmed columns, or another way to read the list (``go`` is reread). InvalidInput for what is no choice."""
    answers = _read(sent)
    require_adapter(ordering.plant.settings, answers.matching)
    preview = _preview(ordering, answers.list)
    return ColumnsReading(answers=answers, columns=tuple(preview.columns))


def keep(_uow: UnitOfWork, ordering: Ordering, reading: ColumnsReading) -> str:
    """The choices; InvalidInput MAPPING_FIELD while confirmed columns are not enough."""
    answers = reading.answers
    assert answers is not None  # read gives them  # noqa: S101
    problems = mapping_problems(answers.mapping, reading.columns) if answers.mapping is not None else []
    if problems:
        raise InvalidInput("The columns are not complete.", code="MAPPING_FIELD", findings=problems)
    draft = ordering.draft
    put(draft, FILES, files_of(draft).model_copy(update={"columns": reading.columns}))
    put(draft, COLUMNS, answers)
    return COLUMNS if answers.mapping is None else ordering.after(COLUMNS)


def told(ordering: Ordering) -> Sequence[Fact]:
    """Parts of the address with their columns, and what holds for people at one address."""
    kept = columns_of(ordering.draft)
    mapping = kept.mapping or {}
    parts = [Fact(label, _source(mapping[part])) for part, label in PARTS.items() if mapping.get(part)]
    people = [Fact(one["label"], dict(one["options"])[one["value"]]) for one in people_choices(kept)]
    return [*parts, *people]


def _source(source: Any) -> str:
    if isinstance(source, dict):
        return f"{_constant(source)} (the whole list)"
    return source if isinstance(source, str) else " + ".join(source)


def _preview(ordering: Ordering, options: Mapping[str, Any]) -> ListPreview:
    file = files_of(ordering.draft).files["list"]
    return first_check.preview_list(ordering.plant.files.checked_path(file.sha256), file.name, options)


def _read(sent: Sent) -> ColumnsAnswers:
    form = sent.fields
    return ColumnsAnswers(
        list=read_options(form),
        mapping=read_mapping(form) if form.get("go") != "reread" else None,
        confidential=is_confidential(form),
        matching=form.get("matching", ""),
    )


def _answers(sent: Sent) -> ColumnsAnswers | None:
    try:
        return _read(sent)
    except InvalidInput:
        return None


def choices(preview: ListPreview, mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A select for each part: name, label, options (value is JSON, so that joined columns stay one choice)."""
    joined = [source for source in mapping.values() if isinstance(source, list)]
    options = [("", "– not in the list –")]
    options += [(json.dumps(source), " + ".join(source)) for source in joined]
    options += [(json.dumps(name), name) for name in preview.columns]
    return [
        {
            "name": f"part-{part}",
            "label": label,
            "options": options,
            "value": json.dumps(mapping[part]) if mapping.get(part) and not _constant(mapping[part]) else "",
            "example": _example(preview, mapping.get(part)),
            "is_doubtful": preview.mapping == mapping and preview.confidence.get(part, 1) < SURE,
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
    found = [("", f"as found: {preview.encoding}")]
    ways = [
        ("sheet", "Sheet", [(name, name) for name in preview.sheets]),
        ("encoding", "Characters (look at accented names)", found + [(n, n) for n in preview.encodings]),
        (
            "delimiter",
            "Columns are parted by",
            [("", "as found"), *DELIMITERS] if preview.encodings else [],
        ),
    ]
    return [way for way in ways if len(way[2]) > 1]


def people_choices(kept: ColumnsAnswers) -> list[dict[str, Any]]:
    """The questions about people at one address: name, label, choices, value, hint."""
    own = kept.list
    return [
        {
            "name": "confidential",
            "label": "Is the letter confidential?",
            "options": CONFIDENTIAL,
            "value": "yes" if kept.confidential else "no",
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
    at = [preview.columns.index(name) for name in names if name in preview.columns]
    for row in preview.first_rows:
        value = " ".join(row[i] for i in at).strip()
        if value:
            return value[:60]
    return ""
