"""The file of each component: looked at against what is ordered of it, and shown as it prints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import InvalidInput, NotFound
from kernel.findings import Finding
from production.asked import Asked, Sent
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.makeup import MadeComponent
from production.catalog.products.spec import Spec
from production.frontdesk.choosing.answers import component_name
from production.frontdesk.orders.print_request import size_words
from production.frontdesk.preparation import first_check
from production.frontdesk.preparation.component_check import asked_of, check_component
from production.frontdesk.steps import base
from production.frontdesk.steps.base import (
    Fact,
    KeptFile,
    Ordering,
    Page,
    Reading,
    drawn,
    problem,
    put,
    recorded,
)
from production.frontdesk.steps.spec_answers import (
    COMPONENT_FILES,
    ComponentFile,
    ComponentFilesAnswers,
    ComponentFilesForm,
    chosen_spec,
    files_of,
    is_chosen,
    made_components,
)
from store.db import UnitOfWork
from store.files import FileStore

LABEL = "Print files"
ASKS: type[Asked] = ComponentFilesForm


@dataclass(frozen=True, slots=True)
class Part:
    """A component with its file; ``first_page``: the number of its first page among those of all components."""

    name: str
    label: str
    asked: str
    file: KeptFile | None
    pages: Sequence[Page]
    first_page: int
    is_checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    parts: Sequence[Part]


@dataclass(slots=True)
class FilesReading(Reading):
    """The files by component that were looked at; those of others stay away."""

    files: Mapping[str, ComponentFile] | None = None


def is_done(ordering: Ordering) -> bool:
    """Every component has a file that was looked at as it is ordered now."""
    return is_chosen(ordering.draft) and all(part.is_checked for part in _parts(ordering))


def is_open(ordering: Ordering) -> bool:
    """What is to be made is known."""
    return is_chosen(ordering.draft)


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """Every component, with the file that is here."""
    return View(parts=list(_parts(ordering)))


def read(ordering: Ordering, sent: Sent) -> FilesReading:
    """Each file that was sent, and each that is to be looked at again; what stops one is told beside its field."""
    (spec, components), kept = _ordered(ordering), files_of(ordering.draft)
    found: dict[str, ComponentFile] = {}
    problems: list[Finding] = []
    for made in components:
        column = f"file-{made.name}"
        upload = sent.files.get(column)
        given = ordering.keep(upload, "application/pdf") if upload else None
        here = kept.get(made.name)
        if given is None and here is None:
            problems.append(problem(column, "Choose the file.", code="FILE_MISSING"))
        elif given is None and here is not None and here.asked == _mark(spec, made):
            found[made.name] = here
        else:
            file = given or here.file  # type: ignore[union-attr]  # one of them is there
            try:
                found[made.name] = looked_at(ordering.plant.files, file, spec, made, column)
            except InvalidInput as refusal:
                problems += refusal.findings
    return FilesReading(problems, files=found)


def keep(uow: UnitOfWork, ordering: Ordering, reading: FilesReading) -> str:
    """What is good of them, so that it need not be sent again."""
    assert reading.files is not None  # read gives them  # noqa: S101
    for one in reading.files.values():
        recorded(uow, one.file)
    put(
        ordering.draft,
        COMPONENT_FILES,
        ComponentFilesAnswers(files={**files_of(ordering.draft), **reading.files}),
    )
    return ordering.after(COMPONENT_FILES)


def told(ordering: Ordering) -> Sequence[Fact]:
    """Name and pages of each file."""
    return [
        Fact(part.label, f"{part.file.name}, {len(part.pages)} page{'s' if len(part.pages) != 1 else ''}")
        for part in _parts(ordering)
        if part.file
    ]


def picture(ordering: Ordering, page: int) -> str:
    """A page as it prints, counted through all components; NotFound."""
    for part in _parts(ordering):
        at = page - part.first_page
        if part.file and 0 <= at < len(part.pages):
            files = ordering.plant.files
            return part.pages[at].sha256 or first_check.draw_page(
                files, files.checked_path(part.file.sha256), at + 1
            )
    raise NotFound("There is no such page.")


def looked_at(
    files: FileStore, file: KeptFile, spec: Spec, made: MadeComponent, column: str = ""
) -> ComponentFile:
    """A file that can be printed as it is ordered, with its pages. InvalidInput beside ``column`` of the form."""
    pages = check_component(files, file.sha256, spec, made, column)
    return ComponentFile(file=file, pages=drawn(pages), asked=_mark(spec, made))


def _parts(ordering: Ordering) -> Iterator[Part]:
    (spec, components), kept, page = _ordered(ordering), files_of(ordering.draft), 1
    for made in components:
        here = kept.get(made.name)
        pages = here.pages if here else ()
        is_checked = here is not None and here.asked == _mark(spec, made)
        file = here.file if here else None
        yield Part(made.name, component_name(made.name), _in_words(spec, made), file, pages, page, is_checked)
        page += len(pages)


def _in_words(spec: Spec, made: MadeComponent) -> str:
    """What the file is to be: '12 pages of 5.5 x 8.5 in, with 0.125 in more on each side'."""
    width, height = made.flat if made.kind == "leaf" else spec.trim
    pages = f"{made.pages} page{'s' if made.pages != 1 else ''} of {size_words(width, height)}"
    return f"{pages}, with {spec.bleed} in more on each side" if spec.bleed else pages


def _mark(spec: Spec, made: MadeComponent) -> str:
    """What is asked of a file, so that it is looked at again when that changes."""
    return hashlib.sha256(repr(asked_of(spec, made)).encode()).hexdigest()


def _ordered(ordering: Ordering) -> tuple[Spec, tuple[MadeComponent, ...]]:
    with ordering.reading() as session:
        standards = shop_standards(session)
    spec = chosen_spec(ordering.draft, standards)
    return spec, made_components(spec, standards)
