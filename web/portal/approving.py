"""The approver's counter: what waits for consent, and giving or refusing it under the proof."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from pydantic import Field

from kernel import clock
from kernel.money import Money
from production.asked import Asked, Count, Day, Line, Needed
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.approving import approvals
from production.frontdesk.approving.queries import open_approvals
from production.frontdesk.approving.silence import cost_in_words
from production.frontdesk.orders import queries
from production.frontdesk.orders.day import day_lines
from production.frontdesk.orders.queries import Which
from production.frontdesk.quoting.queries import asking
from production.jobs.states import JobState as J
from production.people import stand_ins
from production.people.names import colleagues
from store.db import UnitOfWork
from web.acts import command
from web.figures import Figure
from web.forms import Form, Refused
from web.frame import Done, actor, reading, require
from web.portal import proofs
from web.portal.approval_panel import Answer, Forward, Question
from web.portal.home import deadline
from web.portal.jobs import GROUPS, AsShown, Reject, changed, job_as_shown, job_page_again

blueprint = Blueprint("approving", __name__)
SHOWN = 100
_APPROVED, _NEXT = "Approved. The plant has it now.", "Approved. It is the next one's turn."


class Approve(AsShown):
    """Consent to what was on the screen."""

    REFUSED = "The form is not complete. Load the page again."
    revision: int
    total_cents: int
    seen: Line = ""  # the rule, as it was shown


class ApproveOrder(AsShown):
    """Consent to several jobs of an order, as they were on the screen."""

    REFUSED = "The form is not complete. Load the page again."
    seen: Needed


class Away(Asked):
    """Days on which somebody else approves."""

    CODE = "STAND_IN"
    REFUSED = "Nobody was named."
    stand_in: Needed = Field(title="Who stands in for you?")
    first_day: Day = Field(title="From")
    last_day: Day = Field(title="Until", description="The last day.")


class Back(Asked):
    """Nobody needs to stand in any more."""

    number: Count


def decision_again(number: str, refused: Refused | None = None) -> Any:
    """The page of the decision, or that of the job where there is no proof to decide about any more."""
    with reading() as session:
        state = queries.job_by_number(session, actor(), number).state
    return (proofs.page if state is J.PROOF_READY else job_page_again)(number, refused=refused)


@blueprint.get("/approvals")
@require("approve")
def queue(refused: Refused | None = None) -> str:
    """Jobs of the agency with proof and quote, the nearest day first."""
    today, who = clock.today(), actor()
    assert who.agency_id is not None and who.user_id is not None  # nobody else may approve  # noqa: S101
    lists = ("proof_ready", "plant", "late")
    with reading() as session:
        lines = day_lines(session, who, Which((J.PROOF_READY,)), limit=SHOWN)
        standings = open_approvals(session, who.agency_id)
        calendar = shop_calendar(session)
        away = stand_ins.absences(session, who.user_id, today)
        others = colleagues(session, who.user_id)
        asked = asking(session, who.agency_id)
        numbers = queries.counts_of(session, who, (GROUPS[show].which(today) for show in lists))
    waiting = [line for line in lines if who.name in standings[line.number].turn.able]
    return render_template(
        "portal/approvals.html",
        waiting=waiting,
        others=[line for line in lines if line not in waiting],
        asking=asked,
        today=today,
        standings=standings,
        silence=lambda line: cost_in_words(standings[line.number], calendar),
        me=who.name,
        away=away,
        naming=Form(Away, refused, options={"stand_in": others}) if others else None,
        refused=refused,
        deadline=lambda line: deadline(line, today, calendar),
        figures=[
            Figure(words, number, url_for("jobs.listing", show=show))
            for words, number, show in zip(
                ("Waiting for approval", "At the plant", "Late"), numbers, lists, strict=True
            )
        ],
    )


@blueprint.post("/jobs/<number>/approve")
@require("approve")
@command(Approve, again=decision_again)
def approve(uow: UnitOfWork, said: Approve, number: str) -> Done:
    """Consent to the revision and total that were on the screen."""
    job = job_as_shown(uow, said, number)
    total = Money(said.total_cents)
    consent = approvals.approve(uow, job, revision=said.revision, total=total, mark=said.seen)
    return changed(job, _APPROVED if consent else _NEXT)


@blueprint.post("/jobs/<number>/approve-order")
@require("approve")
@command(ApproveOrder, again=decision_again)
def approve_order(uow: UnitOfWork, said: ApproveOrder, number: str) -> Done:
    """Consent to all jobs of its order that wait for the person's yes, with one act."""
    job = job_as_shown(uow, said, number)
    given = approvals.approve_together(uow, job, mark=said.seen)
    return changed(job, f"All {len(given)} jobs: " + (_APPROVED if all(given) else _NEXT))


@blueprint.post("/jobs/<number>/forward")
@require("approve")
@command(Forward, again=decision_again)
def forward(uow: UnitOfWork, said: Forward, number: str) -> Done:
    """Another approver decides instead."""
    job = job_as_shown(uow, said, number)
    approvals.forward(uow, job, to=said.to, words=said.words)
    return changed(job, "Forwarded.")


@blueprint.post("/jobs/<number>/question")
@require("approve")
@command(Question, again=decision_again)
def question(uow: UnitOfWork, said: Question, number: str) -> Done:
    """The requester answers before the approver decides."""
    job = job_as_shown(uow, said, number)
    approvals.question(uow, job, said.question)
    return Done(url_for("proofs.page", number=job.number), "Asked. The answer will stand here.")


@blueprint.post("/jobs/<number>/answer")
@require("order")
@command(Answer, again=decision_again)
def answer(uow: UnitOfWork, said: Answer, number: str) -> Done:
    """What the requester says to it."""
    job = job_as_shown(uow, said, number)
    approvals.answer(uow, job, said.answer)
    return Done(url_for("proofs.page", number=job.number), "Answered. The approver will see it.")


@blueprint.post("/jobs/<number>/ask-approval")
@require("order")
@command(AsShown, again=job_page_again)
def ask(uow: UnitOfWork, said: AsShown, number: str) -> Done:
    """Whoever may approve is asked to look; where nobody may, the plant is asked for an approver."""
    job = job_as_shown(uow, said, number)
    names = " and ".join(approvals.ask(uow, job))
    return changed(
        job, f"{names} will see that you asked." if names else "The plant will see that you need an approver."
    )


@blueprint.post("/jobs/<number>/reject")
@require("approve")
@command(Reject, again=decision_again)
def reject(uow: UnitOfWork, said: Reject, number: str) -> Done:
    """Back to the requester, with a reason."""
    job = job_as_shown(uow, said, number)
    approvals.reject(uow, job, said.reject_reason)
    return changed(job, "Sent back to the requester.")


@blueprint.post("/approvals/away")
@require("approve")
@command(Away, again=queue)
def be_away(uow: UnitOfWork, said: Away) -> Done:
    """Somebody of the agency approves in the person's place on some days."""
    stand_ins.name_stand_in(uow, said.stand_in, said.first_day, said.last_day)
    return Done(url_for(".queue", _anchor="away-head"), "Entered. Both of you see it here.")


@blueprint.post("/approvals/back")
@require("approve")
@command(Back, again=queue)
def be_back(uow: UnitOfWork, said: Back) -> Done:
    """Nobody stands in any more."""
    stand_ins.take_back(uow, said.number)
    return Done(url_for(".queue", _anchor="away-head"), "Taken back.")
