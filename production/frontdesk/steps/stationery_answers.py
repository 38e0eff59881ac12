"""What the step of stationery asks: what stands on the piece, of one person or of a list of them, and where it goes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from kernel.ids import named_ulid, show_ulid
from production.asked import Count, Day, File, Line, Paragraph
from production.catalog.products.spec import Spec, read_spec
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.order_fields import Destination, Splits, Title
from production.frontdesk.stationery import queries
from production.frontdesk.stationery.models import IdentityTemplate
from production.frontdesk.stationery.people import MOST_BYTES, People, Person, read_people
from production.frontdesk.stationery.values import filled
from production.frontdesk.steps.base import Answers, KeptFile, documents, put, said
from production.frontdesk.steps.spec_answers import Way
from production.jobs.states import StopWay
from store.files import FileStore

STATIONERY = "stationery"
MOST = 100_000  # of one name; of each of a list MOST_EACH
Values = dict[str, Annotated[Line, Field(max_length=300)]]
Needed = Field(min_length=1)


class StationeryForm(Answers):
    """The piece and its order. ``row``: of the list, to look at; ``look``: nothing else is asked for."""

    values: Values = Field(default_factory=dict, title="On the piece")
    quantity: Annotated[Count, Field(ge=1, le=MOST)] = Field(
        title="How many", description="Of each name, where a list does not say."
    )
    people: Annotated[Paragraph, Field(max_length=MOST_BYTES)] = Field(
        default="", title="The people", description="Paste rows from a spreadsheet, headings first."
    )
    file: File | None = Field(
        default=None, title="Or a CSV file", description="It takes the place of what is pasted."
    )
    row: Count | None = Field(default=None, title="Row to look at", description="As the list counts them.")
    title: Annotated[Title, Needed]
    due: Day = Field(title="Needed by", description="The day it is to be with you.")
    place: Annotated[Destination, Needed]
    way: Way = Field(StopWay.DELIVER.value, title="How it gets there")
    splits: Splits
    look: Line = ""


class MadeFiles(Answers):
    """What was made of the answers: specification, artwork, of several names how they are ganged, and the answers."""

    spec: KeptFile
    artwork: KeptFile
    gang: KeptFile | None
    names: KeptFile

    @property
    def files(self) -> tuple[KeptFile, ...]:
        """All that there are."""
        return tuple(one for one in (self.spec, self.artwork, self.gang, self.names) if one)


class StationeryAnswers(Answers):
    """What was answered, by which version of a template; ``made`` once it can be printed so."""

    template: Line
    quantity: Count
    values: Values = Field(default_factory=dict)
    people: Paragraph = ""
    title: Line
    due: Day | None = None
    place: Line = ""
    way: Line = StopWay.DELIVER.value
    splits: Splits = Field(default_factory=dict)
    made: MadeFiles | None = None


NAMES = documents(StationeryAnswers)  # as a file of the job: who stands in its artwork


def begin_by(draft: OrderDraft, template: IdentityTemplate) -> None:
    """A draft of what a template makes, named for it."""
    usual = StationeryAnswers(
        template=show_ulid(template.ulid), quantity=template.design.usual, title=template.name
    )
    put(draft, STATIONERY, usual)


def stationery_of(draft: OrderDraft) -> StationeryAnswers | None:
    """What was answered; None for a draft of anything else."""
    return said(draft, STATIONERY, StationeryAnswers)


def template_of(session: Session, draft: OrderDraft) -> IdentityTemplate:
    """The version by which it can be ordered now, perhaps a newer one than it was begun by. NotFound where none is in
    force any more.
    """
    kept = stationery_of(draft)
    assert kept is not None  # it begins with them  # noqa: S101
    return queries.offered(session, named_ulid(kept.template, "template"), draft.agency_id)


def people_of(template: IdentityTemplate, said_now: StationeryAnswers) -> People:
    """The people of a list; without one, the one person whose values were filled in."""
    if said_now.people.strip():
        return read_people(said_now.people, template.design.rules, said_now.quantity)
    values, wrong = filled(template.design.rules, said_now.values)
    return People((Person(values, said_now.quantity, 1),), None, tuple(wrong))


def made_spec(files: FileStore, made: MadeFiles) -> Spec:
    """The specification of what was made."""
    return read_spec(files.checked_path(made.spec.sha256).read_bytes())
