"""What the steps of an order of something printed ask, and the request that the answers make."""

from __future__ import annotations

from pydantic import Field

from kernel import clock
from production.asked import Day, File, Line
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.order_fields import MOST_OPTIONS, Destination, Quantity, Splits, Title
from production.frontdesk.orders.print_request import PrintRequest
from production.frontdesk.steps.base import Answers, KeptFile, Page, said

PRINT_ORDER, FINISHING, ARTWORK = "print_order", "finishing", "artwork"


class PrintOrderAnswers(Answers):
    """How many, when, where to, and who pays. ``splits``: bill code to weight."""

    title: Title
    quantity: Quantity
    due: Day | None = Field(title="Needed by", description="The day it is to be with you.")
    place: Destination
    splits: Splits


class FinishingAnswers(Answers):
    """The paper, and the answers to the product's options."""

    stock: Line = Field("", title="Paper")
    options: dict[str, Line] = Field(default_factory=dict, max_length=MOST_OPTIONS)


class ArtworkForm(Answers):
    """The file as it is sent."""

    artwork: File | None = Field(None, title="The file (PDF)")


class ArtworkAnswers(Answers):
    """The file to be printed, and its pages."""

    file: KeptFile
    pages: tuple[Page, ...]


def artwork_of(draft: OrderDraft) -> ArtworkAnswers | None:
    """The file that is here."""
    return said(draft, ARTWORK, ArtworkAnswers)


def finishing_of(draft: OrderDraft) -> FinishingAnswers | None:
    """Paper and options, once chosen."""
    return said(draft, FINISHING, FinishingAnswers)


def request_of(draft: OrderDraft) -> PrintRequest:
    """The order that a draft stands for."""
    order, finishing = said(draft, PRINT_ORDER, PrintOrderAnswers), finishing_of(draft)
    assert order is not None  # a draft begins with it  # noqa: S101
    return PrintRequest(
        product=draft.product,
        title=order.title,
        quantity=order.quantity,
        due=order.due or clock.today(),
        place=order.place,
        splits=order.splits,
        stock=finishing.stock if finishing else "",
        options=finishing.options if finishing else {},
    )
