"""What the steps of an order of something printed ask, and the request that the answers make."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel import clock
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.print_request import PLACE_LENGTH, PrintRequest
from production.frontdesk.steps import shares
from production.frontdesk.steps.base import Answers, KeptFile, Page, said

PRINT_ORDER, FINISHING, ARTWORK = "print_order", "finishing", "artwork"


class PrintOrderAnswers(Answers):
    """How many, when, where to, and who pays. ``splits``: bill code to weight."""

    title: str = Field(max_length=200)
    quantity: int = Field(le=1_000_000_000)
    due: date | None
    place: str = Field(max_length=PLACE_LENGTH)
    splits: dict[str, Annotated[int, Field(le=999_999)]] = Field(max_length=200)

    @property
    def form(self) -> dict[str, str]:
        """As a form types it."""
        return {
            "title": self.title,
            "quantity": f"{self.quantity:,}",
            "due": self.due.isoformat() if self.due else "",
            "place": self.place,
            **shares.form(self.splits),
        }


class FinishingAnswers(Answers):
    """The paper, and the answers to the product's options."""

    stock: str
    options: dict[str, str]


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
