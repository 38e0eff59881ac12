"""The first step of an order of something printed: title, quantity, day, place, accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import InvalidInput
from production.frontdesk.orders.intake import account_problems, own_accounts
from production.frontdesk.orders.print_request import PLACE_LENGTH, order_problems
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.steps import shares
from production.frontdesk.steps.base import Fact, Ordering, Reading, Sent, problem, put, said
from production.frontdesk.steps.mailing_answers import today_unless
from production.frontdesk.steps.print_answers import PRINT_ORDER, PrintOrderAnswers
from store.db import UnitOfWork

LABEL = "Order"


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows."""

    form: Mapping[str, str]
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


def show(ordering: Ordering, sent: Sent | None) -> View:
    """As typed, as kept, or empty."""
    with ordering.reading() as session:
        accounts = open_accounts(session, ordering.draft.agency_id)
    kept = said(ordering.draft, PRINT_ORDER, PrintOrderAnswers)
    empty = {"title": "", "quantity": "", "due": "", "place": "", **shares.form(shares.usual(accounts))}
    product = ordering.product
    return View(
        form=sent.fields if sent else kept.form if kept else empty,
        accounts=accounts,
        least=product.least_quantity or 1,
        most=product.most_quantity or 1_000_000,
    )


def read(_ordering: Ordering, sent: Sent) -> PrintOrderReading:
    """The order, and what in it could not be read."""
    form = sent.fields
    splits, problems = shares.read(form)
    due, is_day = today_unless(form.get("due", ""))
    if not is_day:
        problems.insert(0, problem("due", "Enter the day it is needed."))
    digits = form.get("quantity", "").replace(",", "").strip()
    is_count = digits.isascii() and digits.isdigit() and len(digits) <= 9
    if not is_count:
        problems.insert(0, problem("quantity", "Write how many as a whole number."))
    answers = PrintOrderAnswers(
        title=form.get("title", "")[:200],
        quantity=int(digits) if is_count else 1,
        due=due,
        place=form.get("place", "")[:PLACE_LENGTH].strip(),
        splits=splits,
    )
    return PrintOrderReading(problems, answers=answers)


def keep(uow: UnitOfWork, ordering: Ordering, reading: PrintOrderReading) -> str:
    """All of it or nothing."""
    said_now = reading.answers
    assert said_now is not None and said_now.due is not None  # read gives them  # noqa: S101
    unread = {one.place.column for one in reading.problems}
    problems = [
        *order_problems(ordering.product, said_now.title, said_now.quantity, said_now.due, said_now.place),
        *account_problems(said_now.splits, own_accounts(uow, ordering.draft.agency_id)),
    ]
    found = reading.problems + [one for one in problems if one.place.column not in unread]
    if found:
        raise InvalidInput("The order is not complete.", code="ORDER", findings=found)
    put(ordering.draft, PRINT_ORDER, said_now.model_copy(update={"title": said_now.title.strip()}))
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
        Fact("Needed by", kept.due, "date"),
        Fact("Delivered to", kept.place),
        Fact("Charged to", shares.words(kept.splits)),
    )
