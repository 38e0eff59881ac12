"""A piece of stationery by a template, of one name or of many: seen as it prints, and made as it will be ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kernel import clock
from kernel.errors import InvalidInput
from kernel.findings import Finding, Place
from kernel.ids import show_ulid
from production.asked import Asked, Sent, read_all
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.standards import Standards
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.orders.intake import GivenFile, account_problems, own_accounts, title_problems
from production.frontdesk.orders.print_request import due_problems, place_problems
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.stationery import artwork
from production.frontdesk.stationery import ordering as making
from production.frontdesk.stationery.models import IdentityTemplate
from production.frontdesk.stationery.ordering import Terms
from production.frontdesk.stationery.people import MOST_BYTES, MOST_EACH, People, Person
from production.frontdesk.steps import base, shares
from production.frontdesk.steps.base import (
    Fact,
    KeptFile,
    Ordering,
    Reading,
    problem,
    put,
    recorded,
    refuse,
)
from production.frontdesk.steps.stationery_answers import (
    MOST,
    NAMES,
    STATIONERY,
    MadeFiles,
    StationeryAnswers,
    StationeryForm,
    people_of,
    stationery_of,
    template_of,
)
from production.jobs.states import StopWay
from production.jobs.stops import WAYS
from store.db import UnitOfWork
from store.files import FileStore

LABEL = "What is on it"
ASKS: type[Asked] = StationeryForm
_LOOKED = ("values", "quantity", "people", "row", "title", "due", "place", "way", "splits")


_NOBODY = People()


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown of what was typed: PNG of each page of ``person``, and everything that is wrong."""

    pictures: Sequence[bytes] = ()
    findings: Sequence[Finding] = ()
    person: Person | None = None
    people: People = _NOBODY

    @property
    def is_list(self) -> bool:
        """Were they read from a list?"""
        return self.people.columns is not None

    @property
    def says(self) -> str:
        """One sentence of it, for who hears it."""
        if self.findings:
            return f"{len(self.findings)} to fix. {self.findings[0].message}"
        return "The picture shows what you typed." if self.pictures else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows; ``text``: the list, of a file that was sent too."""

    template: IdentityTemplate
    accounts: Sequence[AccountLine]
    look: Look
    text: str


@dataclass(slots=True)
class StationeryReading(Reading):
    """What was made of a form; ``typed``: the form, where only a look was asked for."""

    answers: StationeryAnswers | None = None
    typed: Mapping[str, Sequence[str]] | None = None


def is_done(ordering: Ordering) -> bool:
    """It was made, for a day."""
    kept = stationery_of(ordering.draft)
    return kept is not None and kept.made is not None


def is_open(_ordering: Ordering) -> bool:
    """Always."""
    return True


def show(ordering: Ordering, sent: Sent | None) -> View:
    """As kept, with how it prints; the first day that can be asked for, and the first account, where none was said."""
    kept = stationery_of(ordering.draft)
    assert kept is not None  # it begins with them  # noqa: S101
    with ordering.reading() as session:
        template = template_of(session, ordering.draft)
        accounts = open_accounts(session, ordering.draft.agency_id)
        earliest = shop_calendar(session).earliest_due_date(clock.today())
    usual = {"due": kept.due or earliest, "splits": kept.splits or shares.usual(accounts)}
    now = _typed(kept, sent) if sent else kept
    row = sent.fields.get("row", "") if sent else ""
    return View(
        values=kept.facts("template", "made") | usual,
        options={
            rule.name: [("", "Choose"), *((one, one) for one in rule.choices)]
            for rule in template.design.rules
            if rule.choices
        },
        template=template,
        accounts=accounts,
        look=_look(ordering.plant.files, template, now, row),
        text=now.people,
    )


def read(ordering: Ordering, sent: Sent) -> StationeryReading:
    """The piece made as it was typed, or what keeps it from being made, by field or by row of the list."""
    if sent.fields.get("look"):
        known = {name: said for name, said in sent.texts.items() if name.partition("-")[0] in _LOOKED}
        return StationeryReading(typed=known | {"people": [_list(sent)]})
    form, problems = read_all(StationeryForm, sent, {})
    if form is None:
        return StationeryReading(problems)
    with ordering.reading() as session:
        template, standards = template_of(session, ordering.draft), shop_standards(session)
    kept = stationery_of(ordering.draft)
    assert kept is not None  # it begins with them  # noqa: S101
    answers = kept.model_copy(update=form.facts("file", "row", "look") | {"people": _list(sent)})
    return StationeryReading(answers=made(ordering.plant.files, template, answers, standards))


def keep(uow: UnitOfWork, ordering: Ordering, reading: StationeryReading) -> str:
    """All of it or nothing; a look alone comes back to the form."""
    if reading.typed is not None:
        typed = {name: list(one) for name, one in reading.typed.items()}
        ordering.draft.typed = {**ordering.draft.typed, STATIONERY: typed}
        return STATIONERY
    answers = reading.answers
    if answers is None:
        refuse(reading.problems)
    assert answers is not None and answers.due is not None and answers.made is not None  # noqa: S101
    refuse(
        [
            *title_problems(answers.title),
            *due_problems(answers.due, clock.today(), shop_calendar(uow.session)),
            *place_problems(answers.place),
            *account_problems(answers.splits, own_accounts(uow, ordering.draft.agency_id)),
        ]
    )
    for file in answers.made.files:
        recorded(uow, file)
    put(ordering.draft, STATIONERY, answers)
    return ordering.after(STATIONERY)


def told(ordering: Ordering) -> Sequence[Fact]:
    """The order in words, names as they are printed."""
    kept = stationery_of(ordering.draft)
    if kept is None or kept.due is None:
        return ()
    with ordering.reading() as session:
        template = template_of(session, ordering.draft)
    people = people_of(template, kept)
    one = people.people[0].values
    on_it = [Fact(rule.title, one[rule.name]) for rule in template.design.rules if one[rule.name]]
    names = [Fact("Names", len(people.people), "count"), Fact("First name", next(iter(one.values())))]
    return (
        Fact("Template", f"{template.name}, version {template.number}"),
        *(names if people.columns is not None else on_it),
        Fact("How many", people.total, "count"),
        Fact("Title", kept.title),
        Fact("Needed by", kept.due, "date"),
        Fact("Delivered to", f"{kept.place}, {WAYS[StopWay(kept.way)]}"),
        Fact("Charged to", shares.words(kept.splits)),
    )


def made(
    files: FileStore, template: IdentityTemplate, answers: StationeryAnswers, standards: Standards
) -> StationeryAnswers:
    """The answers with what was made of them by a version of the template. InvalidInput STATIONERY_VALUE names what
    cannot be printed, by field or by row of the list.
    """
    due, pays = answers.due, next(iter(answers.splits), "-")
    assert due is not None  # the form asks for it  # noqa: S101
    people = people_of(template, answers)
    if people.columns is not None and answers.quantity > MOST_EACH:
        refuse([problem("quantity", f"Of each name of a list {MOST_EACH:,} can be ordered at most.")])
    if found := making.all_findings(files, template, people):
        fields = {rule.title: f"values-{rule.name}" for rule in template.design.rules}
        beside = found if answers.people.strip() else [_beside(one, fields) for one in found]
        raise InvalidInput("It cannot be printed so.", code="STATIONERY_VALUE", findings=beside)
    answers = answers.model_copy(update={"template": show_ulid(template.ulid), "made": None})
    terms = Terms(answers.title, pays, due, answers.place, StopWay(answers.way))
    with files.scratch_folder() as folder:
        done = making.make(files, template, people.people, terms, standards, folder)
    names = files.keep_bytes(NAMES.as_bytes(answers, "the names of an order"), "application/json")
    whole = MadeFiles(
        spec=KeptFile.of(done.kept), artwork=KeptFile.of(done.artwork),
        gang=KeptFile.of(done.gang) if done.gang else None, names=KeptFile.of(GivenFile(names, "names.json")),
    )  # fmt: skip
    return answers.model_copy(update={"made": whole})


def _beside(found: Finding, fields: Mapping[str, str]) -> Finding:
    """Under its field of the form."""
    column = fields.get(found.place.column)
    return replace(found, place=Place(column=column)) if column else found


def _look(files: FileStore, template: IdentityTemplate, now: StationeryAnswers, row: str) -> Look:
    if not now.people.strip() and not any(now.values.values()):
        return Look()
    people = people_of(template, now)
    wanted = int(row) if row.isascii() and row.isdigit() and len(row) < 9 else 0
    person = next((one for one in people.people if one.row == wanted), next(iter(people.people), None))
    seen = artwork.look(files, template.background_sha256, template.design, person.values) if person else None
    found = [*people.findings, *(seen.findings if seen else ())]
    if people.columns is not None:
        found = making.all_findings(files, template, people)
    return Look(seen.pictures if seen else (), found, person, people)


def _typed(kept: StationeryAnswers, sent: Sent) -> StationeryAnswers:
    """What can be looked at of a form, whether or not the rest of it is good."""
    digits = sent.fields.get("quantity", "").replace(",", "").strip()
    is_count = digits.isascii() and digits.isdigit() and len(digits) < 7 and 0 < int(digits) <= MOST
    values = {name.removeprefix("values-"): text for name, text in sent.fields.items() if "values-" in name}
    update = {"values": values, "people": _list(sent), "quantity": int(digits) if is_count else kept.quantity}
    return kept.model_copy(update=update)


def _list(sent: Sent) -> str:
    """The list of people: of the file, where one was sent. InvalidInput ENCODING for one that is no text."""
    if "file" not in sent.files:
        return sent.fields.get("people", "").replace("\r\n", "\n").strip()
    stream = sent.files["file"].stream
    stream.seek(0)
    data = stream.read(MOST_BYTES + 1)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("The file is no text.", code="ENCODING", remedy="Save it as CSV in UTF-8.")
