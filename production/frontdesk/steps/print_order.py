"""The first step of an order of something printed: title, quantity, day, place, accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel import clock
from production.asked import Asked, Sent, read_all
from production.catalog.overs import OversPolicy, policy_of
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.orders.intake import account_problems, own_accounts
from production.frontdesk.orders.print_request import order_problems
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.steps import base, shares
from production.frontdesk.steps.base import Fact, Ordering, Reading, put, refuse, said
from production.frontdesk.steps.print_answers import PRINT_ORDER, PrintOrderAnswers
from production.people.models import Agency
from store.db import UnitOfWork

LABEL = "Order"
ASKS: type[Asked] = PrintOrderAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    accounts: Sequence[AccountLine]
    least: int
    most: int


@dataclass(slots=True)
class PrintOrderReading(Reading):
    """The order a form stands for; the rules are checked when it is kept."""

    answers: PrintOrderAnswers | None = None


def is_done(ordering: Ordering) -> bool:
    """It is what a draft begins with."""
    return PRINT_ORDER in ordering.draft.answers


def is_open(_ordering: Ordering) -> bool:
    """Always."""
    return True


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """As kept, or empty."""
    with ordering.reading() as session:
        accounts = open_accounts(session, ordering.draft.agency_id)
    kept, product = said(ordering.draft, PRINT_ORDER, PrintOrderAnswers), ordering.product
    return View(
        values=dict(kept) if kept else {"splits": shares.usual(accounts)},
        accounts=accounts,
        least=product.least_quantity or 1,
        most=product.most_quantity or 1_000_000,
    )


def read(_ordering: Ordering, sent: Sent) -> PrintOrderReading:
    """The order, and what in it could not be read."""
    instead = {"title": "", "quantity": 1, "due": clock.today(), "place": "", "splits": {}}
    answers, problems = read_all(PrintOrderAnswers, sent, instead)
    return PrintOrderReading(problems, answers=answers)


def keep(uow: UnitOfWork, ordering: Ordering, reading: PrintOrderReading) -> str:
    """All of it or nothing."""
    said_now = reading.answers
    assert said_now is not None and said_now.due is not None  # read gives them  # noqa: S101
    refuse(
        [
            *order_problems(
                ordering.product,
                said_now.title,
                said_now.quantity,
                said_now.due,
                said_now.place,
                calendar=shop_calendar(uow.session),
            ),
            *account_problems(said_now.splits, own_accounts(uow, ordering.draft.agency_id)),
        ]
    )
    refuse(reading.problems)
    put(ordering.draft, PRINT_ORDER, said_now)
    return ordering.after(PRINT_ORDER)


def told(ordering: Ordering) -> Sequence[Fact]:
    """The order in words."""
    kept = said(ordering.draft, PRINT_ORDER, PrintOrderAnswers)
    if kept is None:
        return ()
    return (
        Fact("Product", ordering.product.name),
        Fact("Title", kept.title),
        Fact("Quantity", kept.quantity, "count"),
        Fact("You get", _policy(ordering, kept.quantity).words),
        Fact("Needed by", kept.due, "date"),
        Fact("Delivered to", kept.place),
        Fact("Charged to", shares.words(kept.splits)),
    )


def _policy(ordering: Ordering, quantity: int) -> OversPolicy:
    with ordering.reading() as session:
        agency = session.get_one(Agency, ordering.draft.agency_id)
        return policy_of(session, clock.today(), agency.code, ordering.product, quantity)
