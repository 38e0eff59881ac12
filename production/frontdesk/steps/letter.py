"""The fourth step of a mailing: where texts stand on the letter's pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity, stops
from production import asked
from production.asked import Asked, Input, Line, Sent
from production.catalog.piece_weight import envelopes
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.steps import base
from production.frontdesk.steps.base import (
    Answers,
    Fact,
    KeptFile,
    Ordering,
    Page,
    Reading,
    put,
    recorded,
    said,
)
from production.frontdesk.steps.mailing_answers import (
    LETTER,
    ORDER,
    LetterAnswers,
    OrderAnswers,
    boxes_of,
    columns_of,
    files_of,
)
from production.prepress.merge.fields import default_fields, load_fields
from store.db import UnitOfWork

LABEL = "Letter"
BOXES = "boxes"


class BoxesForm(Answers):
    """The boxes as a file in a text area; ``go``: usual, to begin again."""

    boxes: Annotated[str, Input("paragraph")] = Field("", title="Fields file (JSON)")
    go: Line = ""


ASKS: type[Asked] = BoxesForm
_MEDIA_TYPE = "application/json"
_USUAL = "usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    text: str
    pages: Sequence[Page]
    columns: Sequence[str]
    place: str
    example: str  # a column to show how a text names one
    problems: Sequence[tuple[str, str]]  # field and sentence
    warnings: Sequence[str]


@dataclass(slots=True)
class LetterReading(Reading):
    """The boxes as a file; ``is_usual``: to be looked at before going on."""

    fields: KeptFile | None = None
    is_usual: bool = False


def is_done(ordering: Ordering) -> bool:
    """There is a fields file."""
    return boxes_of(ordering.draft) is not None


def is_open(ordering: Ordering) -> bool:
    """Letter and list could be looked at."""
    here = files_of(ordering.draft)
    return bool(here.pages and here.columns)


def show(ordering: Ordering, sent: Sent | None) -> View:
    """The boxes with what is wrong with them."""
    draft = ordering.draft
    text = _text(draft, sent) if sent else _kept(ordering)
    found = _findings(draft, text)
    order = said(draft, ORDER, OrderAnswers)
    here = files_of(draft)
    person = (columns_of(draft).mapping or {}).get("name")
    return View(
        text=text,
        pages=here.pages,
        columns=here.columns,
        place=envelopes()[order.envelope].usual_place if order else "",
        example=person if isinstance(person, str) else here.columns[0],
        problems=[(BOXES, _sentence(one)) for one in stops(found)],
        warnings=[_sentence(one) for one in found if one.severity is not Severity.STOP],
    )


def read(ordering: Ordering, sent: Sent) -> LetterReading:
    """The boxes checked against letter and list, kept as a file. InvalidInput when one cannot be printed."""
    form = asked.read(BoxesForm, sent)
    text = _usual(ordering.draft) if form.go == _USUAL else form.boxes
    found = stops(_findings(ordering.draft, text))
    if found:
        beside = [replace(one, place=Place(column=BOXES)) for one in found]
        raise InvalidInput("The boxes are not right yet.", code="ORDER", findings=beside)
    ref = ordering.plant.files.keep_bytes(text.encode(), _MEDIA_TYPE)
    fields = KeptFile(sha256=ref.sha256, size=ref.size, media_type=_MEDIA_TYPE, name="fields.json")
    return LetterReading(fields=fields, is_usual=form.go == _USUAL)


def keep(uow: UnitOfWork, ordering: Ordering, reading: LetterReading) -> str:
    """The fields file."""
    assert reading.fields is not None  # read gives it  # noqa: S101
    put(ordering.draft, LETTER, LetterAnswers(fields=recorded(uow, reading.fields)))
    return LETTER if reading.is_usual else ordering.after(LETTER)


def told(_ordering: Ordering) -> Sequence[Fact]:
    """The proof shows it."""
    return ()


def _text(draft: OrderDraft, sent: Sent) -> str:
    return _usual(draft) if sent.fields.get("go") == _USUAL else sent.fields.get(BOXES, "")


def _kept(ordering: Ordering) -> str:
    boxes = boxes_of(ordering.draft)
    if boxes is None:
        return _usual(ordering.draft)
    return ordering.plant.files.checked_path(boxes.sha256).read_text("utf-8")


def _usual(draft: OrderDraft) -> str:
    """Address block, barcode and page mark at the default place: of a #10 window, or of a card's address side."""
    first = files_of(draft).pages[0]
    return json.dumps(default_fields((first.width, first.height)).to_json(), indent=2)


def _findings(draft: OrderDraft, text: str) -> list[Finding]:
    here = files_of(draft)
    sizes = [(page.width, page.height) for page in here.pages]
    return load_fields(text.encode(), columns=list(here.columns), page_sizes=sizes)[1]


def _sentence(finding: Finding) -> str:
    return f"{finding.message} {finding.remedy}"
