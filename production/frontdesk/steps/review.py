"""The last step of every order: all answers once more, and the button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from production.asked import Asked, Sent
from production.frontdesk.steps import base
from production.frontdesk.steps.base import Fact, Ordering, Reading
from store.db import UnitOfWork

LABEL = "Review"
ASKS: type[Asked] = Asked
_AGREE = "Nothing is printed or charged before an approver of your agency has agreed to proof and price."
_NEXT = {
    "mailing": f"We check every page and every row, work out the price, and make a proof. {_AGREE}",
    "print": f"We check every page, work out the price, and make a proof. {_AGREE}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    back: str  # the step before
    next: str  # what happens once it is submitted


def is_done(_ordering: Ordering) -> bool:
    """Done is the order itself."""
    return False


def is_open(_ordering: Ordering) -> bool:
    """The counter leads to what is missing first."""
    return True


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """Where it goes from here; the answers come with it (``known.told``)."""
    return View(back=ordering.product.steps[-2], next=_NEXT[ordering.product.kind])


def read(_ordering: Ordering, _sent: Sent) -> Reading:
    """Nothing is asked."""
    return Reading()


def keep(_uow: UnitOfWork, ordering: Ordering, _reading: Any) -> str:
    """Nothing is kept."""
    return ordering.product.steps[-1]


def told(_ordering: Ordering) -> Sequence[Fact]:
    """Nothing of its own."""
    return ()
