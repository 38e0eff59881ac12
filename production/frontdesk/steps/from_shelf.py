"""The one step of an order from the shelf: what, how many, when, where to, and who pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel import clock
from kernel.errors import InvalidInput, NotFound
from production.asked import Asked, Sent, read_all
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.orders.intake import account_problems, own_accounts
from production.frontdesk.orders.print_request import place_problems
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.orders.shelf_order import due_problems, shelf_problems
from production.frontdesk.steps import base, shares
from production.frontdesk.steps.base import Fact, Ordering, Reading, problem, put, refuse
from production.frontdesk.steps.shelf_answers import FROM_SHELF, ShelfAnswers, shelf_of_draft
from production.jobs.states import StopWay
from production.jobs.stops import WAYS
from production.stockroom.shelf import OnShelf, on_shelf, shelf_item, shelf_of
from store.db import UnitOfWork

LABEL = "From the shelf"
ASKS: type[Asked] = ShelfAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows; ``tried``: the item that is looked at, None where none is; ``quantity``: how many of it."""

    accounts: Sequence[AccountLine]
    tried: OnShelf | None
    quantity: int


@dataclass(slots=True)
class ShelfReading(Reading):
    """The order a form stands for; the rules are checked when it is kept."""

    answers: ShelfAnswers | None = None


def is_done(ordering: Ordering) -> bool:
    """A day was said: an order made again asks for another one."""
    kept = shelf_of_draft(ordering.draft)
    return kept is not None and kept.due is not None


def is_open(_ordering: Ordering) -> bool:
    """Always."""
    return True


def show(ordering: Ordering, sent: Sent | None) -> View:
    """As it is tried, else as kept."""
    kept, today = shelf_of_draft(ordering.draft), clock.today()
    with ordering.reading() as session:
        accounts = open_accounts(session, ordering.draft.agency_id)
        shelf = shelf_of(session, ordering.draft.agency_id, today)
    values: dict[str, object] = dict(kept) if kept else {"splits": shares.usual(accounts)}
    if sent:
        values |= {name: sent.fields[name] for name in ("item", "quantity") if sent.fields.get(name)}
    typed = str(values.get("quantity", "")).replace(",", "")
    return View(
        values=values,
        options={
            "item": [("", "Choose"), *((one.code, _in_words(one)) for one in shelf if not one.recalled)],
            "way": [(way.value, words.capitalize()) for way, words in WAYS.items()],
        },
        accounts=accounts,
        tried=next((one for one in shelf if one.code == values.get("item")), None),
        quantity=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0,
    )


def _in_words(one: OnShelf) -> str:
    return f"{one.name}: {max(one.free, 0):,} {one.unit}s"


def read(_ordering: Ordering, sent: Sent) -> ShelfReading:
    """The order, and what in it could not be read."""
    instead = {
        "item": "-", "quantity": 1, "due": clock.today(), "place": "", "way": StopWay.DELIVER.value, "splits": {}
    }  # fmt: skip
    answers, problems = read_all(ShelfAnswers, sent, instead)
    if answers is not None and answers.due is None:
        problems.append(problem("due", "The day it is to be there is missing.", code="DUE_DATE"))
    return ShelfReading(problems, answers=answers)


def keep(uow: UnitOfWork, ordering: Ordering, reading: ShelfReading) -> str:
    """All of it or nothing."""
    answers, today = reading.answers, clock.today()
    if answers is None:
        refuse(reading.problems)
    assert answers is not None  # refused otherwise  # noqa: S101
    found = [
        *due_problems(answers.due or today, today, shop_calendar(uow.session)),
        *place_problems(answers.place),
        *account_problems(answers.splits, own_accounts(uow, ordering.draft.agency_id)),
    ]
    try:
        item = shelf_item(uow.session, ordering.draft.agency_id, answers.item)
        (kept,) = on_shelf(uow.session, [item], today)
        found = [*shelf_problems(kept, answers.quantity), *found]
    except NotFound as refusal:
        found = [problem("item", refusal.sentence, "Choose one of the list.", code="STOCK_ITEM"), *found]
    if found:
        raise InvalidInput("The order is not complete.", code=found[0].code, findings=found)
    refuse(reading.problems)
    put(ordering.draft, FROM_SHELF, answers)
    return ordering.after(FROM_SHELF)


def told(ordering: Ordering) -> Sequence[Fact]:
    """The order in words."""
    kept = shelf_of_draft(ordering.draft)
    if kept is None:
        return ()
    with ordering.reading() as session:
        item = shelf_item(session, ordering.draft.agency_id, kept.item)
    return (
        Fact("What", item.name),
        Fact("Quantity", kept.quantity, "count"),
        Fact("Needed by", kept.due, "date"),
        Fact("Delivered to", f"{kept.place}, {WAYS[StopWay(kept.way)]}"),
        Fact("Charged to", shares.words(kept.splits)),
    )
