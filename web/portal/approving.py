"""The approver's counter: what waits for consent, and giving or refusing it under the proof."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from kernel import clock
from kernel.money import Money
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.orders import approvals, queries
from production.frontdesk.orders.day import day_lines
from production.frontdesk.orders.queries import Which
from production.jobs.states import JobState as J
from production.people.approval_rules import limit_of
from store.db import UnitOfWork
from web.acts import command
from web.figures import Figure
from web.frame import Done, actor, reading, require
from web.portal import proofs
from web.portal.home import deadline
from web.portal.jobs import GROUPS, AsShown, Reject, changed, job_as_shown, job_page_again

blueprint = Blueprint("approving", __name__)
SHOWN = 100


class Approve(AsShown):
    """Consent to what was on the screen."""

    REFUSED = "The form is not complete. Load the page again."
    revision: int
    total_cents: int


@blueprint.get("/approvals")
@require("approve")
def queue() -> str:
    """Jobs of the agency with proof and quote, the nearest day first."""
    today = clock.today()
    lists = ("proof_ready", "plant", "late")
    with reading() as session:
        lines = day_lines(session, actor(), Which((J.PROOF_READY,)), limit=SHOWN)
        limit = limit_of(session, actor().user_id)
        calendar = shop_calendar(session)
        numbers = queries.counts_of(session, actor(), (GROUPS[show].which(today) for show in lists))
    above = {line.number for line in lines if limit is not None and line.total and line.total > limit}
    others = [line for line in lines if line.is_own or line.number in above]
    return render_template(
        "portal/approvals.html",
        waiting=[line for line in lines if line not in others],
        others=others,
        limit=limit,
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
@command(Approve, again=proofs.page)
def approve(uow: UnitOfWork, said: Approve, number: str) -> Done:
    """Consent to the revision and total that were on the screen."""
    job = job_as_shown(uow, said, number)
    approvals.approve(uow, job, revision=said.revision, total=Money(said.total_cents))
    return changed(job, "Approved. The plant has it now.")


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
@command(Reject, again=proofs.page)
def reject(uow: UnitOfWork, said: Reject, number: str) -> Done:
    """Back to the requester, with a reason."""
    job = job_as_shown(uow, said, number)
    approvals.reject(uow, job, said.reject_reason)
    return changed(job, "Sent back to the requester.")
