"""The third step of a mailing: which column of the list is which part of the address, and how the list is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple, cast

from pydantic import Field

from kernel.errors import InvalidInput
from production import asked
from production.asked import Asked, Line, OneOf, Sent
from production.frontdesk.address_matching.adapters import WORDS, outside_adapters, require_adapter
from production.frontdesk.lists.guess import CERTAIN, SURE
from production.frontdesk.lists.mapping import is_source
from production.frontdesk.lists.shapes import ListPreview
from production.frontdesk.preparation import first_check
from production.frontdesk.steps import base, letter
from production.frontdesk.steps.base import Answers, Fact, Ordering, Reading, put
from production.frontdesk.steps.mailing_answers import (
    COLUMNS,
    FILES,
    ColumnsAnswers,
    columns_of,
    files_of,
    is_mapped,
    mapping_problems,
)
from production.mailings.list_order import AddressMapping, ListOptions, Source
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
CONFIDENTIAL = {"yes": "Yes, only for the person named", "no": "No, anyone who lives there may read it"}
DUPLICATES = {
    "": "Mail each row, and tell me",
    "merge": "Mail one letter to each person",
    "refuse": "Leave the repeats out, to be fixed",
}
HOUSEHOLDS = {"": "A letter for each person", "one_piece": "One letter for all of them"}
_LIST_OPTIONS = (
    "sheet",
    "encoding",
    "delimiter",
    "duplicates",
    "households",
    "repair_zip",
    "skip_hidden_rows",
)


class ColumnsForm(Answers):
    """The choices as a form types them: a column for each part of the address as JSON, so that joined columns stay one
    choice.
    """

    CODE = "MAPPING_FIELD"
    part: dict[str, str] = Field(default_factory=dict, title="Parts of the address", max_length=50)
    confidential: Annotated[str, OneOf(CONFIDENTIAL)] = Field(
        "yes",
        title="Is the letter confidential?",
        description="A confidential letter never shares an envelope with another person's.",
    )
    duplicates: Annotated[str, OneOf(DUPLICATES)] = Field(
        "",
        title="The same person at the same address more than once",
        description="St or Street, Apt or Apartment, capitals and accents make no difference.",
    )
    households: Annotated[str, OneOf(HOUSEHOLDS)] = Field(
        "",
        title="Several people at the same address",
        description="One letter is for letters that are not confidential and say the same to everybody.",
    )
    all: dict[str, Annotated[Line, Field(max_length=200)]] = Field(
        default_factory=dict, title="What holds for the whole list", max_length=50
    )
    matching: str = Field("", title="Have the addresses matched by")
    sheet: str = Field("", title="Sheet")
    encoding: str = Field("", title="Characters (look at accented names)")
    delimiter: str = Field("", title="Columns are parted by")
    repair_zip: bool = Field(default=False, title="Give ZIP Codes of four digits their leading zero back")
    skip_hidden_rows: bool = Field(default=False, title="Leave out rows that are hidden in the workbook")
    go: Line = ""

    @property
    def list_options(self) -> ListOptions:
        """How the list is read; empty choices are left to the reader."""
        return cast("ListOptions", {name: value for name in _LIST_OPTIONS if (value := getattr(self, name))})

    @property
    def mapping(self) -> AddressMapping | None:
        """The columns that were chosen, None while it is read again; InvalidInput for values that are no choice."""
        if self.go == "reread":
            return None
        try:
            chosen = {part: _chosen(json.loads(self.part[part])) for part in PARTS if self.part.get(part)}
        except (ValueError, RecursionError) as error:
            raise InvalidInput("Choose the columns from the lists.", code="MAPPING_FIELD") from error
        return chosen | {part: {"constant": self.all[part]} for part in OF_ALL if self.all.get(part)}

    @property
    def answers(self) -> ColumnsAnswers:
        """As they are kept."""
        return ColumnsAnswers(
            list=self.list_options,
            mapping=self.mapping,
            confidential=self.confidential == "yes",
            matching=self.matching,
        )


ASKS: type[Asked] = ColumnsForm


class PartChoice(NamedTuple):
    """A select for a part of the address: its columns, an example, and whether a person should look twice."""

    code: str
    label: str
    options: Sequence[tuple[str, str]]
    example: str
    is_doubtful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    preview: ListPreview
    parts: Sequence[PartChoice]
    of_all: Mapping[str, tuple[str, str]]
    problems: Mapping[str, str]  # by field: why the list could not be read as was asked
    is_certified: bool


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
        kept = _as_sent(sent) or kept
    options = kept.list
    problems: dict[str, str] = {}
    try:
        preview = _preview(ordering, options)
    except InvalidInput as error:  # options that do not fit this file, or a list that is no longer readable
        options = ListOptions()
        problems = {one.place.column: f"{one.message} {one.remedy}" for one in error.findings}
        preview = _preview(ordering, options)
    mapping = kept.mapping or preview.mapping
    matchers = [(name.value, WORDS[name]) for name in outside_adapters(ordering.plant.settings)]
    said = {part: _constant(mapping.get(part)) for part in OF_ALL}
    return View(
        values={
            "part": {part: _choice(mapping.get(part)) for part in PARTS},
            "all": said,
            "confidential": "yes" if kept.confidential else "no",
            "matching": kept.matching,
            "sheet": preview.sheet,
            **options,
        },
        options={
            "matching": [("", "nobody: the list stays as it is"), *matchers] if matchers else [],
            **_ways_to_read(preview),
        },
        preview=preview,
        parts=_parts(preview, mapping),
        of_all=OF_ALL,
        problems=problems,
        is_certified=any(said.values()) or bool(kept.matching),
    )


def read(ordering: Ordering, sent: Sent) -> ColumnsReading:
    """Confirmed columns, or another way to read the list (``go`` is reread). InvalidInput for what is no choice."""
    answers = asked.read(ColumnsForm, sent).answers
    require_adapter(ordering.plant.settings, answers.matching)
    preview = _preview(ordering, answers.list)
    return ColumnsReading(answers=answers, columns=tuple(preview.columns))


def sure_mapping(preview: ListPreview) -> AddressMapping | None:
    """The guessed columns where nobody need look: each is certain, none is missing, and the list raises no question."""
    questions = preview.findings or mapping_problems(preview.mapping, tuple(preview.columns))
    is_sure = not questions and min(preview.confidence.values()) >= CERTAIN
    return preview.mapping if is_sure else None


def keep(uow: UnitOfWork, ordering: Ordering, reading: ColumnsReading) -> str:
    """The choices; InvalidInput MAPPING_FIELD while confirmed columns are not enough."""
    answers = reading.answers
    assert answers is not None  # read gives them  # noqa: S101
    problems = mapping_problems(answers.mapping, reading.columns) if answers.mapping is not None else []
    if problems:
        raise InvalidInput("The columns are not complete.", code="MAPPING_FIELD", findings=problems)
    draft = ordering.draft
    put(draft, FILES, files_of(draft).model_copy(update={"columns": reading.columns}))
    put(draft, COLUMNS, answers)
    return COLUMNS if answers.mapping is None else letter.go_on(uow, ordering)


def told(ordering: Ordering) -> Sequence[Fact]:
    """Parts of the address with their columns, and what holds for people at one address."""
    kept = columns_of(ordering.draft)
    mapping = kept.mapping or {}
    parts = [Fact(label, _source(mapping[part])) for part, label in PARTS.items() if mapping.get(part)]
    people = {
        "confidential": CONFIDENTIAL["yes" if kept.confidential else "no"],
        "duplicates": DUPLICATES.get(kept.list.get("duplicates", ""), DUPLICATES[""]),
        "households": HOUSEHOLDS.get(kept.list.get("households", ""), HOUSEHOLDS[""]),
    }
    fields = ColumnsForm.model_fields
    return [*parts, *(Fact(str(fields[name].title), words) for name, words in people.items())]


def _chosen(source: object) -> Source:
    if not is_source(source):
        raise ValueError("no column, columns or text")
    return source


def _source(source: Source) -> str:
    if isinstance(source, dict):
        return f"{_constant(source)} (the whole list)"
    return source if isinstance(source, str) else " + ".join(source)


def _preview(ordering: Ordering, options: ListOptions) -> ListPreview:
    file = files_of(ordering.draft).files["list"]
    return first_check.preview_list(ordering.plant.files.checked_path(file.sha256), file.name, options)


def _as_sent(sent: Sent) -> ColumnsAnswers | None:
    try:
        return asked.read(ColumnsForm, sent).answers
    except InvalidInput:
        return None


def _parts(preview: ListPreview, mapping: AddressMapping) -> list[PartChoice]:
    joined = [source for source in mapping.values() if isinstance(source, list)]
    options = [("", "– not in the list –")]
    options += [(json.dumps(source), " + ".join(source)) for source in joined]
    options += [(json.dumps(name), name) for name in preview.columns]
    return [
        PartChoice(
            part,
            label,
            options,
            example=_example(preview, mapping.get(part)),
            is_doubtful=preview.mapping == mapping and preview.confidence.get(part, 1) < SURE,
        )
        for part, label in PARTS.items()
    ]


def _ways_to_read(preview: ListPreview) -> dict[str, list[tuple[str, str]]]:
    """By option: the ways this list can be read, where there is more than one."""
    ways = {
        "sheet": [(name, name) for name in preview.sheets],
        "encoding": [("", f"as found: {preview.encoding}"), *((one, one) for one in preview.encodings)],
        "delimiter": [("", "as found"), *DELIMITERS] if preview.encodings else [],
    }
    return {name: choices for name, choices in ways.items() if len(choices) > 1}


def _choice(source: Source | None) -> str:
    """A column, or joined ones, as the value of a select."""
    return json.dumps(source) if source and not _constant(source) else ""


def _constant(source: Source | None) -> str:
    return source.get("constant", "") if isinstance(source, dict) else ""


def _example(preview: ListPreview, source: Source | None) -> str:
    """The first value that is not empty."""
    names: Sequence[str] = [source] if isinstance(source, str) else source if isinstance(source, list) else []
    at = [preview.columns.index(name) for name in names if name in preview.columns]
    for row in preview.first_rows:
        value = " ".join(row[i] for i in at).strip()
        if value:
            return value[:60]
    return ""
