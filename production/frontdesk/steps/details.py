"""What to call it, when and where it is needed, and who pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel import clock
from production.asked import Asked, Sent, read_all
from production.catalog.products.families import families
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.orders.intake import account_problems, own_accounts, title_problems
from production.frontdesk.orders.print_request import due_problems, place_problems
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.steps import base, shares
from production.frontdesk.steps.base import Fact, Ordering, Reading, put, refuse, said
from production.frontdesk.steps.spec_answers import DETAILS, DetailsAnswers, is_chosen
from store.db import UnitOfWork

LABEL = "Where it goes"
ASKS: type[Asked] = DetailsAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    accounts: Sequence[AccountLine]
    may_be_mailed: bool  # too, in envelopes; the mailing of an order that was sent is changed by itself


@dataclass(slots=True)
class DetailsReading(Reading):
    """The details a form stands for; the rules are checked when they are kept."""

    answers: DetailsAnswers | None = None


def is_done(ordering: Ordering) -> bool:
    """All was said, the day too: an order made again asks for another one."""
    kept = said(ordering.draft, DETAILS, DetailsAnswers)
    return kept is not None and kept.due is not None


def is_open(ordering: Ordering) -> bool:
    """What is to be made is known."""
    return is_chosen(ordering.draft)


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """As kept, or empty: then the first account pays all of it."""
    with ordering.reading() as session:
        accounts = open_accounts(session, ordering.draft.agency_id)
    kept = said(ordering.draft, DETAILS, DetailsAnswers)
    family = families().family(ordering.product.code)
    return View(
        values=dict(kept) if kept else {"splits": shares.usual(accounts)},
        accounts=accounts,
        may_be_mailed=family.enclosed and ordering.draft.job_id is None,
    )


def read(_ordering: Ordering, sent: Sent) -> DetailsReading:
    """The details, and what in them could not be read."""
    instead = {"title": "", "due": clock.today(), "place": "", "splits": {}}
    answers, problems = read_all(DetailsAnswers, sent, instead)
    return DetailsReading(problems, answers=answers)


def keep(uow: UnitOfWork, ordering: Ordering, reading: DetailsReading) -> str:
    """All of it or nothing."""
    details = reading.answers
    assert details is not None and details.due is not None  # read gives them  # noqa: S101
    refuse(
        [
            *title_problems(details.title),
            *due_problems(details.due, clock.today(), shop_calendar(uow.session)),
            *place_problems(details.place),
            *account_problems(details.splits, own_accounts(uow, ordering.draft.agency_id)),
        ]
    )
    refuse(reading.problems)
    put(ordering.draft, DETAILS, details)
    return ordering.after(DETAILS)


def told(ordering: Ordering) -> Sequence[Fact]:
    """The details in words."""
    kept = said(ordering.draft, DETAILS, DetailsAnswers)
    if kept is None:
        return ()
    return (
        Fact("Title", kept.title),
        Fact("Needed by", kept.due, "date"),
        Fact("Delivered to", kept.place),
        Fact("Charged to", shares.words(kept.splits)),
        *([Fact("Mailed too", "With a letter, to a list")] if kept.mailed else []),
    )
