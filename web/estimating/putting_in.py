"""What goes into a quote from the workbench: the answers, and what the estimator adds to them, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from pydantic import Field

from kernel.money import Money
from production.asked import Asked, Dollars, Line, Measure
from production.catalog.products.charged import LABOR_HOUR
from production.frontdesk.quoting.models import Extra
from production.jobs.usage import Unit


class PutIn(Asked):
    """An alternative as the workbench shows it, with what is added."""

    CODE = "QUOTE"
    REFUSED = "Nothing was put into the quote."
    number: Line
    page: Line = ""  # the quote that is being written, by its place; a new one where there is none
    name: Line = Field(title="Product", max_length=40)
    answers: dict[str, Line] = Field(default_factory=dict, title="Answers", max_length=60)
    hand_hours: Measure | None = Field(None, title="More hand work, hours")
    outside: Dollars | None = Field(None, title="Work done outside, its cost, $")
    why: Line = Field(
        "", title="Why it is added", max_length=200, description="The agency reads it with the quote."
    )


class Added(Protocol):
    """A form that adds hand work or outside cost."""

    hand_hours: Decimal | None
    outside: Money | None
    why: str


def extras_of(said: Added) -> tuple[Extra, ...]:
    """What is added. InvalidInput QUOTE without a reason, or for money that is not more than nothing: a quote is what
    the work costs, and nothing is taken off it.
    """
    if said.outside is not None and said.outside.cents <= 0:
        raise PutIn.refusal("outside", "What is done outside costs more than nothing.")
    found = tuple(_extras(said))
    if found and not said.why:
        raise PutIn.refusal("why", "Say why it is added.")
    return found


def _extras(said: Added) -> Iterator[Extra]:
    if said.hand_hours is not None:
        yield Extra(LABOR_HOUR, said.hand_hours, said.why)
    if said.outside is not None:
        yield Extra(Unit.OUTSIDE_COST.value, Decimal(said.outside.cents) / 100, said.why)
