"""The second step of a mailing: letter, list and, if there are any, a fields file and a certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.errors import InvalidInput, NotFound
from production.asked import Asked, Sent
from production.catalog.piece_weight import envelopes
from production.catalog.press_room.standards import shop_standards
from production.catalog.shop_envelopes import most_sheets
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.preparation import first_check
from production.frontdesk.steps import base, columns, letter
from production.frontdesk.steps.base import (
    Fact,
    KeptFile,
    Ordering,
    Page,
    Reading,
    drawn,
    forget,
    problem,
    put,
    recorded,
    said,
)
from production.frontdesk.steps.face import face_file
from production.frontdesk.steps.mailing_answers import (
    COLUMNS,
    FILES,
    LETTER,
    ORDER,
    ColumnsAnswers,
    FilesForm,
    LetterAnswers,
    OrderAnswers,
    boxes_of,
    files_of,
    is_addressed,
    is_mapped,
)
from production.frontdesk.steps.spec_answers import chosen_spec
from production.frontdesk.steps.spec_answers import files_of as components_of
from production.mailings.list_order import AddressMapping
from store.db import UnitOfWork

LABEL = "Files"
ASKS: type[Asked] = FilesForm
MEDIA_TYPES = {
    "template": "application/pdf",
    "list": "application/octet-stream",
    "fields": "application/json",
    "certificate": "application/pdf",
}
_NEEDED = ("template", "list")


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    files: Mapping[str, KeptFile]
    page_size: str
    is_addressed: bool  # the printed piece itself: it needs no letter


@dataclass(slots=True)
class FilesReading(Reading):
    """What is good of what was sent, by role, with what a first look at it told."""

    files: dict[str, KeptFile] = field(default_factory=dict)
    pages: tuple[Page, ...] = ()
    columns: tuple[str, ...] = ()
    rows: int | None = None
    mapping: AddressMapping | None = None  # where it is sure
    face_of: str = ""


def is_done(ordering: Ordering) -> bool:
    """Letter, or the piece as it is printed now, and list are here and could be looked at."""
    here = files_of(ordering.draft)
    is_present = here.face_of == _piece(ordering.draft) or ordering.draft.job_id is not None
    return is_present and set(_NEEDED) <= set(here.files) and bool(here.pages and here.columns)


def is_open(_ordering: Ordering) -> bool:
    """Always."""
    return True


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """Files that are here, and the size of page that the envelope takes."""
    kept = said(ordering.draft, ORDER, OrderAnswers)
    boxes = boxes_of(ordering.draft)
    return View(
        files={**files_of(ordering.draft).files, **({"fields": boxes} if boxes else {})},
        page_size=envelopes()[kept.envelope].page_text if kept else "",
        is_addressed=is_addressed(ordering.draft),
    )


def read(ordering: Ordering, sent: Sent) -> FilesReading:
    """Each file kept and looked at; what is wrong with one does not lose the others."""
    reading = FilesReading(face_of=_piece(ordering.draft))
    here = dict(show(ordering, None).files)
    if reading.face_of:
        reading.files["template"] = here["template"] = _face(ordering, reading.face_of)
        reading.pages = check_letter(ordering, here["template"])
    elif files_of(ordering.draft).face_of:
        del here["template"]  # it was a piece, and is a letter now
    for role, media_type in MEDIA_TYPES.items():
        upload = sent.files.get(role)
        if role == "template" and is_addressed(ordering.draft):
            continue
        if upload is None:
            if role in _NEEDED and role not in here:
                reading.problems.append(problem(role, "Choose the file."))
            continue
        file = ordering.keep(upload, media_type)
        try:
            _LOOKS.get(role, _take)(ordering, file, reading)
        except InvalidInput as error:
            reading.problems += error.findings or [problem(role, error.sentence)]
            continue
        reading.files[role] = file
    return reading


def keep(uow: UnitOfWork, ordering: Ordering, reading: FilesReading) -> str:
    """What is good; a list with other columns is to be looked at anew, unless it is sure what they are."""
    here = files_of(ordering.draft)
    for file in reading.files.values():
        recorded(uow, file)
    if "list" in reading.files and reading.columns != here.columns:
        forget(ordering.draft, COLUMNS)
    if "fields" in reading.files:
        put(ordering.draft, LETTER, LetterAnswers(fields=reading.files["fields"]))
    changes: dict[str, Any] = {
        "files": {**here.files, **{r: file for r, file in reading.files.items() if r != "fields"}},
        "pages": reading.pages or here.pages,
        "columns": reading.columns or here.columns,
        "rows": here.rows if reading.rows is None else reading.rows,
        "face_of": reading.face_of,
    }
    put(ordering.draft, FILES, here.model_copy(update=changes))
    is_unasked = (
        said(ordering.draft, COLUMNS, ColumnsAnswers) is None and "certificate" not in changes["files"]
    )
    if reading.mapping and is_unasked:
        put(ordering.draft, COLUMNS, ColumnsAnswers(mapping=reading.mapping))
    return letter.go_on(uow, ordering) if is_mapped(ordering.draft) else COLUMNS


def told(ordering: Ordering) -> Sequence[Fact]:
    """The names of the files."""
    side = "Address side" if is_addressed(ordering.draft) else "Letter"
    words = {"template": side, "list": "List", "certificate": "Certificate"}
    files = files_of(ordering.draft).files
    return [Fact(word, files[role].name) for role, word in words.items() if role in files]


def picture(ordering: Ordering, page: int) -> str:
    """A page of the letter as it prints; NotFound."""
    here = files_of(ordering.draft)
    if not 1 <= page <= len(here.pages):
        raise NotFound("There is no such page.")
    files = ordering.plant.files
    drawn = here.pages[page - 1].sha256
    return drawn or first_check.draw_page(files, files.checked_path(here.files["template"].sha256), page)


def check_letter(ordering: Ordering, file: KeptFile) -> tuple[Page, ...]:
    """Its pages as they print; InvalidInput as of the first check."""
    files = ordering.plant.files
    with ordering.reading() as session:
        most = most_sheets(session)
    pages = first_check.check_letter(files, files.checked_path(file.sha256), file.name, most_sheets=most)
    return drawn(pages)


def _piece(draft: OrderDraft) -> str:
    """The file of the printed piece that is mailed itself; empty where there is another letter, or none is here."""
    given = [one.file.sha256 for one in components_of(draft).values()]
    return given[0] if given and is_addressed(draft) else ""


def _face(ordering: Ordering, artwork: str) -> KeptFile:
    with ordering.reading() as session:
        standards = shop_standards(session)
    spec = chosen_spec(ordering.draft, standards)
    return KeptFile.of(face_file(ordering.plant.files, artwork, spec, standards))


def _check_letter(ordering: Ordering, file: KeptFile, reading: FilesReading) -> None:
    reading.pages = check_letter(ordering, file)


def _preview_list(ordering: Ordering, file: KeptFile, reading: FilesReading) -> None:
    path = ordering.plant.files.checked_path(file.sha256)
    preview = first_check.preview_list(path, file.name)
    reading.columns, reading.mapping = tuple(preview.columns), columns.sure_mapping(preview)
    reading.rows = preview.rows


def _check_fields(ordering: Ordering, file: KeptFile, _reading: FilesReading) -> None:
    first_check.check_fields(ordering.plant.files.checked_path(file.sha256))


def _take(_ordering: Ordering, _file: KeptFile, _reading: FilesReading) -> None:
    """Kept as proof, not read."""


_LOOKS: Mapping[str, Callable[[Ordering, KeptFile, FilesReading], None]] = {
    "template": _check_letter,
    "list": _preview_list,
    "fields": _check_fields,
}
