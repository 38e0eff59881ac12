"""The file of each component: looked at against what is ordered of it, and shown as it prints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kernel.errors import InvalidInput, NotFound
from kernel.findings import Finding
from production.asked import Asked, Sent
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.makeup import MadeComponent
from production.catalog.products.spec import Spec
from production.frontdesk.artwork import component_file as artwork
from production.frontdesk.artwork import versions, working
from production.frontdesk.artwork.acceptance import acceptances
from production.frontdesk.artwork.holder import of_draft
from production.frontdesk.artwork.models import Act, FileWork
from production.frontdesk.artwork.versions import Made, Version
from production.frontdesk.artwork.working import Done
from production.frontdesk.choosing.answers import component_name
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.print_request import size_words
from production.frontdesk.preparation import first_check
from production.frontdesk.preparation.accepted import Accepted
from production.frontdesk.preparation.component_check import asked_of, check_component
from production.frontdesk.preparation.first_check import DrawnPage
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
from production.prepress.page_map.arranging import looks_of
from production.prepress.preflight.order import PrintOrder
from store.db import UnitOfWork
from store.files import FileStore

LABEL, CODE = "Print files", COMPONENT_FILES
LATER = "later"  # stands where a file says what was asked of it, until a worker has looked at it
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
    must_be_fixed: bool
    work: FileWork | None

    @property
    def is_worked_on(self) -> bool:
        """Whether a worker is at its file."""
        return self.work is not None and self.work.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    parts: Sequence[Part]

    @property
    def busy(self) -> str:
        """How far the workers are with the files; empty where they are at none."""
        return "-".join(str(part.work.parts) for part in self.parts if part.is_worked_on and part.work)


@dataclass(slots=True)
class FilesReading(Reading):
    """The files by component that are here now, those that must be fixed first among them; ``sent``: as versions;
    ``later``: what is asked of those that a worker looks at.
    """

    files: dict[str, ComponentFile] = field(default_factory=dict)
    sent: dict[str, Made] = field(default_factory=dict)
    later: dict[str, PrintOrder] = field(default_factory=dict)


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
    """Each file that was sent, and each that is to be looked at again; what stops one is told beside its field. A file
    that can be opened stays all the same: it is fixed or accepted on its page.
    """
    (spec, components), kept = _ordered(ordering), files_of(ordering.draft)
    found = FilesReading()
    for made in components:
        column = f"file-{made.name}"
        upload, here = sent.files.get(column), kept.get(made.name)
        if upload is None and here is None:
            found.problems.append(problem(column, "Choose the file.", code="FILE_MISSING"))
            continue
        if upload is None and here is not None and here.asked == _mark(spec, made):
            continue
        file = ordering.keep(upload, "application/pdf") if upload else here.file  # type: ignore[union-attr]
        found.files |= _taken_in(ordering, found, file, spec, made, is_new=upload is not None)
    return found


def _taken_in(
    ordering: Ordering, found: FilesReading, file: KeptFile, spec: Spec, made: MadeComponent, *, is_new: bool
) -> dict[str, ComponentFile]:
    """The file as the draft has it from now on; nothing where it cannot be opened."""
    files, column = ordering.plant.files, f"file-{made.name}"
    if artwork.is_long(files.checked_path(file.sha256)):
        found.later[made.name] = asked_of(spec, made)
        return {made.name: ComponentFile(file=file, pages=(), asked=LATER)}
    with ordering.reading() as session:
        said = acceptances(session, of_draft(ordering.draft))
    try:
        taken = looked_at(files, file, spec, made, column, said)
    except InvalidInput as refusal:
        if artwork.looked_at(files.checked_path(file.sha256), asked_of(spec, made)).pages is None:
            found.problems += refusal.findings
            return {}
        found.problems.append(_to_fix(refusal, made))
        taken = ComponentFile(file=file, pages=(), asked="")
    if is_new:
        looks = tuple(looks_of(files.checked_path(file.sha256)))
        found.sent[made.name] = Made(file.given, Act.SENT, looks)
    return {made.name: taken}


def _to_fix(refusal: InvalidInput, made: MadeComponent) -> Finding:
    """The first thing that stops a file, and how many more: its own page shows each where it is."""
    first, others = refusal.findings[0], len(refusal.findings) - 1
    more = f" {others} more to fix or accept." if others else ""
    sentence = f"{component_name(made.name)}: {first.message}{more}"
    return replace(first, message=sentence, remedy="Open what was found, above the field.")


def keep(uow: UnitOfWork, ordering: Ordering, reading: FilesReading) -> str:
    """All that is here, so that it need not be sent again; each file that was sent as a version."""
    for one in reading.files.values():
        recorded(uow, one.file)
    for name, made in reading.sent.items():
        versions.keep(uow, of_draft(ordering.draft), name, [made])
    put_files(ordering.draft, reading.files)
    for name, asked in reading.later.items():
        working.ask(
            uow, of_draft(ordering.draft), name, asked, Act.SENT, files_of(ordering.draft)[name].file.given
        )
    return COMPONENT_FILES if reading.later else ordering.after(COMPONENT_FILES)


def put_files(draft: OrderDraft, files: Mapping[str, ComponentFile]) -> None:
    """These files, beside those of other components."""
    put(draft, COMPONENT_FILES, ComponentFilesAnswers(files={**files_of(draft), **files}))


def keep_looked_at(uow: UnitOfWork, work: FileWork, done: Done, pages: Sequence[DrawnPage] | None) -> None:
    """The file of a draft as a worker has seen it: its pages, none where something must be fixed. One that cannot be
    opened is sent anew. Nothing where the draft has another file now, or was changed so that other pages are asked for.
    """
    draft = uow.session.get_one(OrderDraft, work.draft_id, with_for_update=True)
    kept = dict(files_of(draft))
    here = kept.get(work.component)
    if draft.ended_at or here is None or (here.file.sha256, here.asked) != (work.sha256, LATER):
        return
    standards = shop_standards(uow.session)
    spec = chosen_spec(draft, standards)
    made = {one.name: one for one in made_components(spec, standards)}.get(work.component)
    if made is None or asked_of(spec, made) != work.asked:
        return
    del kept[work.component]
    if done.refusal is None:
        mark = "" if pages is None else _mark(spec, made)
        kept[work.component] = here.model_copy(update={"pages": drawn(pages or ()), "asked": mark})
    put(draft, COMPONENT_FILES, ComponentFilesAnswers(files=kept))


def component_file(ordering: Ordering, position: int) -> artwork.ComponentFile:
    """The file of one component with its versions. NotFound before there is one."""
    (spec, components), kept = _ordered(ordering), files_of(ordering.draft)
    made = components[position - 1] if 1 <= position <= len(components) else None
    if made is None or made.name not in kept:
        raise NotFound("There is no such file.")
    draft, file = ordering.draft, kept[made.name].file
    with ordering.reading() as session:
        return artwork.opened(
            session, of_draft(draft), ("draft", draft.ulid), position, [one.name for one in components],
            asked_of(spec, made), (file.sha256, file.name), may_change=True,
        )  # fmt: skip


def in_use(ordering: Ordering, one: artwork.ComponentFile, version: Version) -> ComponentFile:
    """A version as the file of its component; a long one is still to be looked at. InvalidInput with everything that
    stops it and was not accepted.
    """
    spec, components = _ordered(ordering)
    size = ordering.plant.files.present_path(version.sha256).stat().st_size
    file = KeptFile(sha256=version.sha256, size=size, media_type="application/pdf", name=version.name)
    if artwork.is_long(ordering.plant.files.checked_path(version.sha256)):
        return ComponentFile(file=file, pages=(), asked=LATER)
    return looked_at(ordering.plant.files, file, spec, components[one.position - 1], accepted=one.accepted)


def use(uow: UnitOfWork, draft: OrderDraft, one: artwork.ComponentFile, file: ComponentFile) -> None:
    """A draft goes on with this file."""
    put_files(draft, {one.component: file})
    if file.asked == LATER:
        working.ask(uow, of_draft(draft), one.component, one.asked, Act.SENT, file.file.given)


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
    files: FileStore,
    file: KeptFile,
    spec: Spec,
    made: MadeComponent,
    column: str = "",
    accepted: Sequence[Accepted] = (),
) -> ComponentFile:
    """A file that can be printed as it is ordered, with its pages. InvalidInput beside ``column`` of the form."""
    pages = check_component(files, file.sha256, spec, made, column, accepted)
    return ComponentFile(file=file, pages=drawn(pages), asked=_mark(spec, made))


def _parts(ordering: Ordering) -> Iterator[Part]:
    (spec, components), kept, page = _ordered(ordering), files_of(ordering.draft), 1
    works: dict[str, FileWork] = {}
    if ordering.draft.id:
        with ordering.reading() as session:
            works = {one.component: one for one in session.scalars(of_draft(ordering.draft).rows(FileWork))}
    for made in components:
        here = kept.get(made.name)
        pages = here.pages if here else ()
        is_checked = here is not None and here.asked == _mark(spec, made)
        file = here.file if here else None
        is_wrong = here is not None and not here.asked
        words = component_name(made.name), _in_words(spec, made)
        yield Part(made.name, *words, file, pages, page, is_checked, is_wrong, works.get(made.name))
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
