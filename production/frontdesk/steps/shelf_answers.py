"""What an order from the shelf asks, and the request that the answers make."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel import clock
from production.asked import Day, Line
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.order_fields import Destination, Quantity, Splits
from production.frontdesk.orders.shelf_order import ShelfRequest
from production.frontdesk.steps.base import Answers, said
from production.frontdesk.steps.spec_answers import Way
from production.jobs.states import StopWay

FROM_SHELF = "from_shelf"


class ShelfAnswers(Answers):
    """Which item, how many, when, where to, and who pays. ``splits``: bill code to weight."""

    item: Annotated[Line, Field(min_length=1, max_length=40)] = Field(title="What")
    quantity: Quantity
    due: Day | None = Field(None, title="Needed by", description="The day it is to be with you.")
    place: Destination
    way: Way = Field(StopWay.DELIVER.value, title="How it gets there")
    splits: Splits

    @property
    def request(self) -> ShelfRequest:
        """As it is ordered."""
        return ShelfRequest(
            self.item, self.quantity, self.due or clock.today(), self.place, self.splits, StopWay(self.way)
        )


def shelf_of_draft(draft: OrderDraft) -> ShelfAnswers | None:
    """What was answered so far."""
    return said(draft, FROM_SHELF, ShelfAnswers)
