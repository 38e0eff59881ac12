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
from production.catalog.shop_envelopes import shop_envelopes
from production.frontdesk.lists.mapping import columns_of as names_in
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
from production.prepress.merge.fields import Kind, default_fields, load_fields
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
    taken: Sequence[str]  # those that the address is made of
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
        taken=_address_columns(draft),
        place=_place_in(ordering, order.envelope) if order else "",
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
    return LetterReading(fields=_as_file(ordering, text), is_usual=form.go == _USUAL)


def keep(uow: UnitOfWork, ordering: Ordering, reading: LetterReading) -> str:
    """The fields file."""
    assert reading.fields is not None  # read gives it  # noqa: S101
    put(ordering.draft, LETTER, LetterAnswers(fields=recorded(uow, reading.fields)))
    return LETTER if reading.is_usual else ordering.after(LETTER)


def go_on(uow: UnitOfWork, ordering: Ordering) -> str:
    """The step after the columns: this one, unless its boxes need no look. Where the list holds nothing but addresses,
    the usual ones are kept unasked.
    """
    draft = ordering.draft
    if not is_open(ordering):
        return LETTER
    text = _kept(ordering)
    has_more = set(files_of(draft).columns) > set(_address_columns(draft))  # somebody may want it printed
    if _findings(draft, text) or (has_more and text == _usual(draft)):
        return LETTER
    if not is_done(ordering):
        put(draft, LETTER, LetterAnswers(fields=recorded(uow, _as_file(ordering, text))))
    return ordering.after(LETTER)


def _address_columns(draft: OrderDraft) -> list[str]:
    """Columns of the list that the address is made of, in the list's order."""
    used = {name for source in (columns_of(draft).mapping or {}).values() for name in names_in(source)}
    return [name for name in files_of(draft).columns if name in used]


def told(ordering: Ordering) -> Sequence[Fact]:
    """Where the address stands, and what else is printed from the list."""
    draft, text = ordering.draft, _kept(ordering)
    boxes, _ = load_fields(text.encode(), columns=list(files_of(draft).columns), page_sizes=_sizes(draft))
    texts = [one.text for one in boxes.fields if one.kind is Kind.TEXT] if boxes else []
    order = said(draft, ORDER, OrderAnswers)
    place = "as placed on the page"
    if order and text == _usual(draft):
        place = _place_in(ordering, order.envelope)
    return [Fact("Address and barcode", place), Fact("Texts from the list", " · ".join(texts) or "none")]


def _place_in(ordering: Ordering, envelope: str) -> str:
    with ordering.reading() as session:
        return shop_envelopes(session)[envelope].usual_place


def _as_file(ordering: Ordering, text: str) -> KeptFile:
    ref = ordering.plant.files.keep_bytes(text.encode(), _MEDIA_TYPE)
    return KeptFile(sha256=ref.sha256, size=ref.size, media_type=_MEDIA_TYPE, name="fields.json")


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
    return load_fields(text.encode(), columns=list(files_of(draft).columns), page_sizes=_sizes(draft))[1]


def _sizes(draft: OrderDraft) -> list[tuple[float, float]]:
    """Width and height of the letter's pages in points."""
    return [(page.width, page.height) for page in files_of(draft).pages]


def _sentence(finding: Finding) -> str:
    return f"{finding.message} {finding.remedy}"
