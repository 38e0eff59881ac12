"""The first step of a mailing: title, date, class, envelope, sides, accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postal.piece.kinds import CLASS_NAMES, CONTENTS
from production.catalog.piece_weight import DEFAULT_ENVELOPE, envelopes
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import DEFAULT_CLASS, GIVEN_ROLES
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.steps import shares
from production.frontdesk.steps.base import Fact, Ordering, Reading, Sent, problem, put, refuse, said
from production.frontdesk.steps.mailing_answers import ORDER, OrderAnswers, today_unless
from store.db import UnitOfWork

LABEL = "Order"


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows."""

    form: Mapping[str, str]
    accounts: Sequence[AccountLine]
    classes: Sequence[tuple[str, str]]
    contents: Sequence[tuple[str, str]]
    envelopes: Sequence[tuple[str, str]]


@dataclass(slots=True)
class OrderReading(Reading):
    """The order a form stands for; rules are checked by the order itself."""

    answers: OrderAnswers | None = None


def is_done(ordering: Ordering) -> bool:
    """It is what a draft begins with."""
    return ORDER in ordering.draft.answers


def is_open(_ordering: Ordering) -> bool:
    """Always."""
    return True


def show(ordering: Ordering, sent: Sent | None) -> View:
    """As typed, as kept, or empty: then the first account pays all of it."""
    with ordering.reading() as session:
        accounts = open_accounts(session, ordering.draft.agency_id)
    kept = said(ordering.draft, ORDER, OrderAnswers)
    return View(
        form=sent.fields if sent else kept.form if kept else _empty(accounts),
        accounts=accounts,
        classes=list(CLASS_NAMES.items()),
        contents=[("", "Choose"), *CONTENTS.items()],
        envelopes=[(code, envelope.name) for code, envelope in envelopes().items()],
    )


def _empty(accounts: Sequence[AccountLine]) -> dict[str, str]:
    typed = {"title": "", "mail_date": "", "mail_class": DEFAULT_CLASS, "envelope": DEFAULT_ENVELOPE}
    return {**typed, "sides": "duplex", **shares.form(shares.usual(accounts))}


def read(_ordering: Ordering, sent: Sent) -> OrderReading:
    """The order, and what in it could not be read."""
    form = sent.fields
    splits, problems = shares.read(form)
    mail_date, is_day = today_unless(form.get("mail_date", ""))
    if not is_day:
        problems.insert(0, problem("mail_date", "Enter the mailing date."))
    answers = OrderAnswers(
        title=form.get("title", ""),
        mail_date=mail_date,
        splits=splits,
        mail_class=form.get("mail_class", ""),
        content=form.get("content", ""),
        envelope=form.get("envelope", ""),
        duplex=form.get("sides") != "simplex",
    )
    return OrderReading(problems, answers=answers)


def keep(uow: UnitOfWork, ordering: Ordering, reading: OrderReading) -> str:
    """All of it or nothing; InvalidInput as for an order."""
    assert reading.answers is not None  # read gives them  # noqa: S101
    request = reading.answers.request(files={})
    intake.check_request(uow, ordering.draft.agency_id, request, kept=GIVEN_ROLES)
    refuse(reading.problems)
    put(ordering.draft, ORDER, reading.answers.model_copy(update={"title": request.title}))
    return ordering.after(ORDER)


def told(ordering: Ordering) -> Sequence[Fact]:
    """The order in words."""
    kept = said(ordering.draft, ORDER, OrderAnswers)
    if kept is None:
        return ()
    envelope = envelopes().get(kept.envelope)
    content = [Fact("The letters hold", CONTENTS[kept.content])] if kept.content in CONTENTS else []
    return (
        Fact("Title", kept.title),
        Fact("Mailing date", kept.mail_date, "date"),
        Fact("Class of mail", CLASS_NAMES.get(kept.mail_class, "")),
        *content,
        Fact("Envelope or card", envelope.name if envelope else ""),
        Fact("Printed on", "both sides" if kept.duplex else "one side"),
        Fact("Charged to", shares.words(kept.splits)),
    )
