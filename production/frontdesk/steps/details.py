"""What to call it, when and where it is needed, and who pays. It may go to several places: the first gets what the
others leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kernel import clock
from kernel.findings import Finding, Place
from postal.data.mail_days import in_full
from production.asked import Asked, Sent, read_all
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.orders.intake import account_problems, own_accounts, title_problems
from production.frontdesk.orders.print_request import due_problems, place_problems
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.orders.spec_order import form_problems, stop_problems
from production.frontdesk.steps import base, shares
from production.frontdesk.steps.base import Fact, Ordering, Reading, put, refuse, said
from production.frontdesk.steps.spec_answers import (
    DETAILS,
    DetailsAnswers,
    DetailsForm,
    MorePlace,
    chosen_spec,
    is_chosen,
    spec_of_draft,
)
from production.jobs.states import StopWay
from production.jobs.stops import WAYS
from store.db import UnitOfWork

LABEL = "Where it goes"
ASKS: type[Asked] = DetailsForm
_COLUMNS = ("place", "quantity", "way", "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows; ``rows``: keys of further places; ``quantity``: how many are ordered."""

    accounts: Sequence[AccountLine]
    rows: Sequence[str]
    ways: Sequence[tuple[str, str]]
    quantity: int
    may_be_mailed: bool  # too, in envelopes; the mailing of an order that was sent is changed by itself


@dataclass(slots=True)
class DetailsReading(Reading):
    """The details a form stands for; the rules are checked when they are kept. ``typed``: the form with a row more or
    less, where that was asked for, and nothing else.
    """

    answers: DetailsAnswers | None = None
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)


def is_done(ordering: Ordering) -> bool:
    """All was said, the day too: an order made again asks for another one. Something is left for the first place."""
    kept = said(ordering.draft, DETAILS, DetailsAnswers)
    if kept is None or kept.due is None:
        return False
    return not kept.more or sum(one.quantity for one in kept.more) < _ordered(ordering)


def is_open(ordering: Ordering) -> bool:
    """What is to be made is known."""
    return is_chosen(ordering.draft)


def show(ordering: Ordering, sent: Sent | None) -> View:
    """As kept, or empty: then the first account pays all of it."""
    with ordering.reading() as session:
        accounts = open_accounts(session, ordering.draft.agency_id)
    kept = said(ordering.draft, DETAILS, DetailsAnswers)
    more = {str(number): one for number, one in enumerate(kept.more if kept else (), start=1)}
    cells = {
        f"more_{column}": {key: getattr(one, column) for key, one in more.items()} for column in _COLUMNS
    }
    family = families().family(ordering.product.code)
    return View(
        values=dict(kept) | cells if kept else {"splits": shares.usual(accounts)},
        accounts=accounts,
        rows=_rows(sent) if sent else list(more),
        ways=[(way.value, words.capitalize()) for way, words in WAYS.items()],
        quantity=_ordered(ordering),
        may_be_mailed=family.enclosed and ordering.draft.job_id is None,
    )


def read(_ordering: Ordering, sent: Sent) -> DetailsReading:
    """The details, and what in them could not be read."""
    if sent.fields.get("add") or sent.fields.get("drop"):
        return DetailsReading(typed=_with_rows(sent))
    instead = {"title": "", "due": clock.today(), "place": "", "way": StopWay.DELIVER.value, "splits": {}}
    form, problems = read_all(DetailsForm, sent, instead)
    if form is None:
        return DetailsReading(problems)
    more: list[MorePlace] = []
    for key in _rows(sent):
        one, wrong = _place(sent, key)
        problems += wrong
        more += [one] if one else []
    plain = form.facts("more_place", "more_quantity", "more_way", "more_day", "add", "drop")
    return DetailsReading(problems, answers=DetailsAnswers(**plain, more=tuple(more)))


def keep(uow: UnitOfWork, ordering: Ordering, reading: DetailsReading) -> str:
    """All of it or nothing; a row more or less alone comes back to the form."""
    if reading.typed:
        ordering.draft.typed = {
            **ordering.draft.typed,
            DETAILS: {name: list(one) for name, one in reading.typed.items()},
        }
        return DETAILS
    details = reading.answers
    if details is None:
        refuse(reading.problems)
    assert details is not None and details.due is not None  # read gives them  # noqa: S101
    calendar = shop_calendar(uow.session)
    refuse(
        [
            *title_problems(details.title),
            *due_problems(details.due, clock.today(), calendar),
            *place_problems(details.place),
            *_share_problems(details, _ordered(ordering)),
            *form_problems(uow.session, ordering.draft.agency_id, details.form),
            *account_problems(details.splits, own_accounts(uow, ordering.draft.agency_id)),
        ]
    )
    refuse(reading.problems)
    put(ordering.draft, DETAILS, details)
    with_days = spec_of_draft(ordering.draft, shop_standards(uow.session))
    refuse([replace(one, place=Place(column="more_day")) for one in stop_problems(with_days, calendar)])
    return ordering.after(DETAILS)


def _ordered(ordering: Ordering) -> int:
    with ordering.reading() as session:
        return chosen_spec(ordering.draft, shop_standards(session)).quantity


def _share_problems(details: DetailsAnswers, quantity: int) -> list[Finding]:
    """The first place must get something, where there are more."""
    shares_of_more = sum(one.quantity for one in details.more)
    if shares_of_more < quantity:
        return []
    words = (
        f"The further places get {shares_of_more:,} of {quantity:,}, and nothing is left for {details.place}."
    )
    return [base.problem("more_quantity", words, "Send fewer there, or order more.", code="DELIVERY_SUM")]


def _rows(sent: Sent) -> list[str]:
    """Keys of the rows that were sent, in their order."""
    keys = {name.partition("-")[2] for name in sent.texts if name.startswith("more_place-")}
    return sorted((key for key in keys if key.isascii() and key.isdigit() and len(key) < 5), key=int)


def _place(sent: Sent, key: str) -> tuple[MorePlace | None, list[Finding]]:
    """The place of a row; None for one that was left empty."""
    cells = {column: sent.fields.get(f"more_{column}-{key}", "") for column in _COLUMNS}
    if not cells["place"].strip() and not cells["quantity"].strip():
        return None, []
    one, wrong = read_all(MorePlace, Sent({column: [text] for column, text in cells.items()}), {})
    named = [replace(found, place=Place(column=f"more_{found.place.column}-{key}")) for found in wrong]
    return one, named


def _with_rows(sent: Sent) -> dict[str, Sequence[str]]:
    """What was typed, with an empty row more or without the one that is dropped."""
    fields = DetailsForm.model_fields
    texts = {name: said for name, said in sent.texts.items() if name.partition("-")[0] in fields}
    dropped = sent.fields.get("drop", "")
    kept = {name: said for name, said in texts.items() if name not in ("add", "drop")}
    if dropped:
        return {
            name: said
            for name, said in kept.items()
            if not (name.startswith("more_") and name.endswith(f"-{dropped}"))
        }
    new = max((int(key) for key in _rows(sent)), default=0) + 1
    return {**kept, f"more_place-{new}": [""]}


def told(ordering: Ordering) -> Sequence[Fact]:
    """The details in words."""
    kept = said(ordering.draft, DETAILS, DetailsAnswers)
    if kept is None:
        return ()
    stops = kept.stops(_ordered(ordering)) if kept.more else ()
    places = [
        Fact(
            f"Place {number}",
            f"{one.quantity:,} to {one.place}, {WAYS[StopWay(one.way)]}{f', {in_full(one.day)}' if one.day else ''}",
        )
        for number, one in enumerate(stops, start=1)
    ]
    return (
        Fact("Title", kept.title),
        Fact("Needed by", kept.due, "date"),
        *(places or [Fact("Delivered to", f"{kept.place}, {WAYS[StopWay(kept.way)]}")]),
        *([Fact("Form", kept.form)] if kept.form else []),
        Fact("Charged to", shares.words(kept.splits)),
        *([Fact("Mailed too", "To a list")] if kept.mailed else []),
    )
