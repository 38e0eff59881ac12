"""What the steps of an order by specification ask, and the specification that the answers make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from production.asked import Day, File, Line, OneOf, Paragraph
from production.catalog.piece_weight import Enclosed
from production.catalog.products.families import families
from production.catalog.products.makeup import MadeComponent, made_up
from production.catalog.products.spec import Delivery, Spec
from production.catalog.products.standards import Standards
from production.frontdesk.choosing.answers import spec_of_answers
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.order_fields import (
    MOST_OPTIONS,
    PLACE_LENGTH,
    Destination,
    Quantity,
    Splits,
    Title,
)
from production.frontdesk.publishing.answers import RuleAnswer
from production.frontdesk.steps.base import Answers, KeptFile, Page, said
from production.jobs.states import StopWay
from production.jobs.stops import WAYS, charged

MOST_PLACES, MOST_RULES = 100, 100
CHOICES, DETAILS, COMPONENT_FILES, REVIEW = "choices", "details", "component_files", "review"


class ChoicesAnswers(Answers):
    """The answer to each question of the family, the quantity and the pages among them."""

    answers: dict[str, Line] = Field(title="How it should be made", max_length=MOST_OPTIONS)


Way = Annotated[Line, OneOf({way.value: words.capitalize() for way, words in WAYS.items()})]

Mailed = Annotated[
    bool,
    Field(
        title="Mail it too, with a letter, to a list of people",
        description="You send letter and list in the next steps. What is left over goes to the place above.",
    ),
]


FormNumber = Annotated[
    Line,
    Field(
        max_length=61, title="Form number", description="Where it is a form of the register, such as DEX-104."
    ),
]


class MorePlace(Answers):
    """A further place, and the share that goes there."""

    place: Annotated[Destination, Field(min_length=1)]
    quantity: Quantity
    way: Way = StopWay.DELIVER.value
    day: Day | None = None


class DetailsAnswers(Answers):
    """Its name, when, where to, and who pays. ``splits``: bill code to weight; ``more``: places that get a share, the
    rest goes to ``place``.
    """

    title: Title
    due: Day | None = Field(title="Needed by", description="The day it is to be with you.")
    place: Destination
    way: Way = Field(StopWay.DELIVER.value, title="How it gets there")
    more: tuple[MorePlace, ...] = Field((), max_length=MOST_PLACES)
    splits: Splits
    mailed: Mailed = False
    form: FormNumber = ""

    @property
    def charged_stops(self) -> int:
        """How many places somebody drives or sends to."""
        return charged(map(StopWay, (self.way, *(one.way for one in self.more))))

    @property
    def _first_place(self) -> str:
        if not self.mailed:
            return self.place
        return f"The mailroom, to go into envelopes; what is left over: {self.place}"[:PLACE_LENGTH]

    def stops(self, quantity: int) -> tuple[Delivery, ...]:
        """Every place with its share of a quantity; one that comes to nothing is left out."""
        rest = quantity - sum(one.quantity for one in self.more)
        first = {"place": self._first_place, "quantity": rest, "way": self.way}
        places = [*([first] if rest > 0 else []), *(one.model_dump() for one in self.more)]
        return tuple(map(Delivery.model_validate, places))


class DetailsForm(Answers):
    """The details as they are sent; places by their row. ``add``, ``drop``: another row is asked for, or one less."""

    title: Title
    due: Day | None = Field(title="Needed by", description="The day it is to be with you.")
    place: Destination
    way: Way = Field(StopWay.DELIVER.value, title="How it gets there")
    more_place: dict[str, Line] = Field(default_factory=dict, title="Place", max_length=MOST_PLACES)
    more_quantity: dict[str, Line] = Field(default_factory=dict, title="How many", max_length=MOST_PLACES)
    more_way: dict[str, Line] = Field(default_factory=dict, title="How", max_length=MOST_PLACES)
    more_day: dict[str, Line] = Field(default_factory=dict, title="Day", max_length=MOST_PLACES)
    splits: Splits
    mailed: Mailed = False
    form: FormNumber = ""
    add: Line = ""
    drop: Line = ""


class ComponentFilesForm(Answers):
    """The files as they are sent, by component."""

    file: dict[str, File] = Field(default_factory=dict, title="File")


class ComponentFile(Answers):
    """The file of a component with its pages, and what was asked of it when it was looked at."""

    file: KeptFile
    pages: tuple[Page, ...]
    asked: str


class ComponentFilesAnswers(Answers):
    """Files by component."""

    files: dict[str, ComponentFile]


class ReviewAnswers(Answers):
    """What was said to rules of publications, by code."""

    rules: dict[str, RuleAnswer] = Field(max_length=MOST_RULES)


class ReviewForm(Answers):
    """The same as it is sent, by rule."""

    CODE = "PUBLICATION_ANSWER"
    REFUSED = RuleAnswer.REFUSED
    words: dict[str, Paragraph] = Field(default_factory=dict, title="What rules ask", max_length=MOST_RULES)
    signer: dict[str, Line] = Field(default_factory=dict, title="Who signed", max_length=MOST_RULES)
    signer_title: dict[str, Line] = Field(default_factory=dict, title="Title", max_length=MOST_RULES)
    signed_on: dict[str, Line] = Field(default_factory=dict, title="Signed on", max_length=MOST_RULES)


def is_mailed(draft: OrderDraft) -> bool:
    """Is it to go into envelopes, with letters to a list?"""
    details = said(draft, DETAILS, DetailsAnswers)
    return details is not None and details.mailed


def enclosed_piece(spec: Spec, standards: Standards) -> Enclosed:
    """One of the printed pieces, as it goes into an envelope."""
    made = made_up(spec, families(), standards)
    folds = max(len(made.panels), 1) if not made.nested else 1
    return Enclosed(made.weight_oz, made.thickness * folds)


def is_chosen(draft: OrderDraft) -> bool:
    """Is it said what is to be made?"""
    return CHOICES in draft.answers


def chosen_spec(draft: OrderDraft, standards: Standards) -> Spec:
    """What is to be made, without its name, day and place."""
    kept = said(draft, CHOICES, ChoicesAnswers)
    assert kept is not None  # is_chosen  # noqa: S101
    return spec_of_answers(families().family(draft.product), kept.answers, standards)


def made_components(spec: Spec, standards: Standards) -> tuple[MadeComponent, ...]:
    """Its components as they are made."""
    return made_up(spec, families(), standards).components


def files_of(draft: OrderDraft) -> Mapping[str, ComponentFile]:
    """The files that are here, by component; those of a component that is not ordered any more among them."""
    kept = said(draft, COMPONENT_FILES, ComponentFilesAnswers)
    return kept.files if kept else {}


def spec_of_draft(draft: OrderDraft, standards: Standards) -> Spec:
    """The specification that a finished draft stands for."""
    spec, details = chosen_spec(draft, standards), said(draft, DETAILS, DetailsAnswers)
    assert details is not None  # the steps are done  # noqa: S101
    return spec.model_copy(
        update={
            "title": details.title,
            "account": next(iter(details.splits)),
            "due": details.due,
            "delivery": details.stops(spec.quantity),
        }
    )
