"""The first step of a mailing: title, date, class, envelope, sides, accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kernel import clock
from kernel.findings import Finding
from postal.piece.kinds import CLASS_NAMES, CONTENTS
from production.asked import Asked, Sent, read_all
from production.catalog.piece_weight import envelopes
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.spec import Spec
from production.catalog.products.standards import Standards
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import MailingRequest
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.steps import base, shares
from production.frontdesk.steps.base import Fact, Ordering, Reading, put, refuse, said
from production.frontdesk.steps.envelope_fit import fitting, misfits, printed_for
from production.frontdesk.steps.mailing_answers import ORDER, OrderAnswers
from production.frontdesk.steps.spec_answers import (
    DETAILS,
    DetailsAnswers,
    is_mailed,
    spec_of_draft,
)
from production.jobs.consent import GIVEN_ROLES
from production.mailings.models import LetterJob
from store.db import UnitOfWork

LABEL = "Mailing"
ASKS: type[Asked] = OrderAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    accounts: Sequence[AccountLine]


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


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """As kept, or empty: then the first account pays all of it."""
    with ordering.reading() as session:
        accounts = open_accounts(session, ordering.draft.agency_id)
        kept = said(ordering.draft, ORDER, OrderAnswers)
        standards, spec = shop_standards(session), _piece(session, ordering)
        printed = {} if kept else _as_printed(spec, standards, ordering.draft)
    taking = {one.code for one in fitting(spec, standards)} if spec else set()
    offered = [one for one in envelopes().values() if not one.is_piece or one.code in taking]
    return View(
        values=dict(kept) if kept else {"duplex": True, "splits": shares.usual(accounts), **printed},
        options={
            "duplex": [("yes", "Both sides of the sheet"), ("no", "One side only")],
            "envelope": [(one.code, one.name) for one in offered],
        },
        accounts=accounts,
    )


def _as_printed(spec: Spec | None, standards: Standards, draft: OrderDraft) -> dict[str, Any]:
    """What is known of a mailing whose pieces are printed in the same order: itself where it is a card, else the
    smallest envelope, is usual.
    """
    printed = said(draft, DETAILS, DetailsAnswers)
    if printed is None or spec is None:
        return {}
    smallest = next(fitting(spec, standards), None)
    known = {"title": printed.title, "mail_date": printed.due, "splits": printed.splits}
    return known | ({"envelope": smallest.code} if smallest else {})


def _piece(session: Session, ordering: Ordering) -> Spec | None:
    """What the same order prints to be mailed; None where it prints nothing."""
    draft = ordering.draft
    if is_mailed(draft):
        return spec_of_draft(draft, shop_standards(session))
    changed = session.get(LetterJob, draft.job_id) if draft.job_id else None
    return printed_for(session, ordering.plant.files, changed) if changed else None


def _misfits(uow: UnitOfWork, ordering: Ordering, request: MailingRequest) -> list[Finding]:
    """What is wrong with envelope and day for the piece that is printed in the same order."""
    standards, spec = shop_standards(uow.session), _piece(uow.session, ordering)
    return misfits(spec, standards, request.envelope, request.mail_date) if spec else []


def read(_ordering: Ordering, sent: Sent) -> OrderReading:
    """The order, and what in it could not be read."""
    instead = {"title": "", "mail_date": clock.today(), "splits": {}, "duplex": True}
    answers, problems = read_all(OrderAnswers, sent, instead)
    return OrderReading(problems, answers=answers)


def keep(uow: UnitOfWork, ordering: Ordering, reading: OrderReading) -> str:
    """All of it or nothing; InvalidInput as for an order."""
    assert reading.answers is not None  # read gives them  # noqa: S101
    request = reading.answers.request(files={})
    with_piece = _piece(uow.session, ordering) is not None
    intake.check_request(uow, ordering.draft.agency_id, request, kept=GIVEN_ROLES, with_piece=with_piece)
    refuse([*reading.problems, *_misfits(uow, ordering, request)])
    put(ordering.draft, ORDER, reading.answers)
    return ordering.after(ORDER)


def told(ordering: Ordering) -> Sequence[Fact]:
    """The order in words."""
    kept = said(ordering.draft, ORDER, OrderAnswers)
    if kept is None:
        return ()
    envelope = envelopes().get(kept.envelope)
    is_piece = envelope is not None and envelope.is_piece
    content = [Fact("The letters hold", CONTENTS[kept.content])] if kept.content in CONTENTS else []
    return (
        Fact("Title", kept.title),
        Fact("Mailing date", kept.mail_date, "date"),
        Fact("Class of mail", CLASS_NAMES.get(kept.mail_class, "")),
        *content,
        Fact("Envelope or card", envelope.name if envelope else ""),
        *([] if is_piece else [Fact("Printed on", "both sides" if kept.duplex else "one side")]),
        Fact("Charged to", shares.words(kept.splits)),
    )
