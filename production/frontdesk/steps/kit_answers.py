"""What the step of a kit asks: a day, a place and accounts for all of it, and how many of each thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from production.asked import Count, Day, Line
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.order_fields import Destination, Splits
from production.frontdesk.steps.base import Answers, put, said
from production.frontdesk.steps.spec_answers import Way
from production.frontdesk.steps.stationery_answers import STATIONERY, Values, stationery_of
from production.jobs.states import StopWay

KIT = "kit"


class KitForm(Answers):
    """As it is sent: ``quantity`` and ``values`` (of stationery: ``1-name``) by the place of a thing in the kit."""

    due: Day = Field(title="Needed by", description="The day all of it is to be with you.")
    place: Annotated[Destination, Field(min_length=1)]
    way: Way = Field(StopWay.DELIVER.value, title="How it gets there")
    splits: Splits
    quantity: dict[str, Count] = Field(default_factory=dict, title="How many")
    values: Values = Field(default_factory=dict, title="On the piece")


class KitPart(Answers):
    """A thing of the kit, with the answers to the steps of its own order as a draft keeps them."""

    title: Line
    product: Line
    answers: dict[str, dict[str, Any]]


class KitAnswers(Answers):
    """An order of everything in a kit: ``title`` is the kit's name, ``due`` is missing until the step was answered."""

    title: Line
    parts: tuple[KitPart, ...]
    due: Day | None = None
    place: Line = ""
    way: Line = StopWay.DELIVER.value
    splits: Splits = Field(default_factory=dict)


def kit_of(draft: OrderDraft) -> KitAnswers | None:
    """What was answered; None for a draft of anything else."""
    return said(draft, KIT, KitAnswers)


def part_drafts(draft: OrderDraft) -> list[OrderDraft]:
    """A draft for each thing of the kit, that stands in no table; none where the draft is no kit."""
    kept = kit_of(draft)
    return [_alone(draft, part.product, part.answers) for part in kept.parts] if kept else []


def part_of(draft: OrderDraft, title: str, product: str, answers: Mapping[str, Answers]) -> KitPart:
    """A thing as it was answered before; whose name stands on it is asked for anew."""
    alone = _alone(draft, product, {})
    for step, answered in answers.items():
        put(alone, step, answered)
    if stationery := stationery_of(alone):
        put(alone, STATIONERY, stationery.model_copy(update={"values": {}, "people": ""}))
    return KitPart(title=title, product=product, answers=dict(alone.answers))


def _alone(draft: OrderDraft, product: str, answers: Mapping[str, dict[str, Any]]) -> OrderDraft:
    return OrderDraft(
        agency_id=draft.agency_id, user_id=draft.user_id, ordered_for_id=draft.ordered_for_id, product=product,
        answers=dict(answers), typed={},
    )  # fmt: skip
