"""How an approval stands, as proof and job pages show it: who decides and why, what was asked, and the acts beside a
yes or no.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from kernel.money import ZERO, Money
from production.asked import Count, Known, Needed, Paragraph
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.approving.models import Act
from production.frontdesk.approving.silence import cost_in_words
from production.frontdesk.approving.standing import Standing, order_mark, waiting_with
from production.frontdesk.approving.turns import Done
from production.frontdesk.drafting.mailing_draft import given_files, splits_of
from production.frontdesk.orders.order_fields import Splits
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.orders.spec_order import GANGED
from production.jobs.models import Job
from production.jobs.states import JobKind, JobState
from production.jobs.stops import depository_copies
from web.forms import Form, Refused
from web.frame import actor
from web.policies import may
from web.portal.jobs import AsShown

_MOST_LETTERS = 500


class Forward(AsShown):
    """Another approver decides instead."""

    CODE = "FORWARD"
    REFUSED = "It was not forwarded."
    to: Needed = Field(title="Who decides instead?")
    words: Paragraph = Field("", title="What should they know?", max_length=_MOST_LETTERS)


class Question(AsShown):
    """Something the approver wants to know first."""

    CODE = "REASON"
    REFUSED = "Nothing was asked."
    question: Annotated[Paragraph, Field(min_length=1)] = Field(
        title="What do you want to know?", max_length=_MOST_LETTERS
    )


class Answer(AsShown):
    """What the requester says to it."""

    CODE = "REASON"
    REFUSED = "Nothing was answered."
    answer: Annotated[Paragraph, Field(min_length=1)] = Field(title="Your answer", max_length=_MOST_LETTERS)


class OrderChange(AsShown):
    """Another quantity, or other accounts."""

    CODE = "ORDER"
    REFUSED = "Nothing was changed."
    quantity: Count | None = Field(None, title="How many?")
    splits: Splits
    knowing: Known


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the talk between approvers and requester."""

    who: str
    what: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalPanel:
    """``is_turn``: the reader's yes counts now, in place of ``absent`` where that is somebody. ``together``: jobs
    of the order that one yes of the reader approves, none where it is this one alone; ``total`` of them.
    """

    is_turn: bool
    absent: str
    mark: str
    together: Sequence[Standing]
    order_mark: str
    total: Money | None
    why: Sequence[str]
    able: Sequence[str]
    talk: Sequence[Said]
    can_answer: bool
    forward: Form
    question: Form
    answer: Form
    change: Form
    accounts: Sequence[AccountLine]
    has_quantity: bool


def approval_panel(session: Session, job: Job, refused: Refused | None) -> ApprovalPanel | None:
    """Of a job that waits for its approval; None of another."""
    if job.state is not JobState.PROOF_READY:
        return None
    who = actor()
    found = waiting_with(session, job)
    standing, mine = found[job.id], [one for one in found.values() if who.name in one.turn.able]
    together = mine if len(mine) > 1 and standing in mine else []
    absent = standing.turn.able.get(who.name, "")
    own = job.quantity - depository_copies(session, job) if job.quantity is not None else None
    free = sorted((standing.in_words(name), name) for name in standing.turn.free - {who.name})
    return ApprovalPanel(
        is_turn=who.name in standing.turn.able,
        absent=standing.in_words(absent) if absent else "",
        mark=standing.mark,
        together=together,
        order_mark=order_mark(together),
        total=sum((one.total for one in together if one.total), ZERO) if together else standing.total,
        why=[*_why(standing), *([cost] if (cost := cost_in_words(standing, shop_calendar(session))) else [])],
        able=standing.able,
        talk=[_said(standing, one) for one in standing.talk],
        can_answer=standing.question is not None and may(who, "order"),
        forward=Form(Forward, refused, options={"to": [(name, full) for full, name in free]}),
        question=Form(Question, refused),
        answer=Form(Answer, refused),
        change=Form(OrderChange, refused, values={"quantity": own, "splits": splits_of(session, job)}),
        accounts=open_accounts(session, job.agency_id),
        has_quantity=job.kind is JobKind.PRINT and GANGED not in given_files(session, job),
    )


def _why(standing: Standing) -> Iterator[str]:
    """Why these people, in sentences."""
    turn, chosen = standing.turn, standing.chosen
    if chosen is None:
        yield "No rule is about this job: anybody of the agency who may approve decides."
    else:
        reasons = " and ".join(chosen.why)
        yield f"Rule {chosen.rule.code} decides{f', because {reasons}' if reasons else ''}."
        if standing.judged != standing.total:
            yield f"The jobs of this order count together: ${standing.judged}."
        if chosen.ties:
            yield f"As much about it say {', '.join(chosen.ties)}; the first by its code decides."
    if turn.steps > 1:
        yield f"Step {turn.step} of {turn.steps}: " + ("the last." if turn.is_last else "others follow.")
    if turn.forwarded:
        one = turn.forwarded
        yield f"{standing.in_words(one.actor, one.in_place_of)} forwarded it to {standing.in_words(one.goes_to)}."
    yield (
        f"Now it is with {' or '.join(standing.able)}."
        if standing.able
        else "Nobody can approve it now: whoever ordered or changed it never approves it, and no other may."
    )


_WHAT = {
    Act.ASKED: "asks",
    Act.ANSWERED: "answers",
    Act.FORWARDED: "forwards",
    Act.CHANGED: "changed the order",
}


def _said(standing: Standing, one: Done) -> Said:
    to = f" to {standing.in_words(one.goes_to)}" if one.act is Act.FORWARDED else ""
    return Said(standing.in_words(one.actor, one.in_place_of), _WHAT[one.act] + to, one.words, one.at)
