"""The approver's counter: what waits for consent, and giving or refusing it on the job's page."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput
from kernel.money import Money
from production.frontdesk.orders import approvals, queries
from production.jobs.models import Job
from store.db import UnitOfWork
from web.frame import Entry, actor, reading, require
from web.portal.jobs import change_job, typed_reason

blueprint = Blueprint("approving", __name__)
nav = (Entry("approve", "approving.queue", "To approve"),)


@blueprint.get("/approvals")
@require("approve")
def queue() -> str:
    """Jobs of the agency with proof and quote, oldest first."""
    with reading() as session:
        waiting = queries.waiting_for_approval(session, actor())
    return render_template("portal/approvals.html", waiting=waiting)


@blueprint.post("/jobs/<number>/approve")
@require("approve")
def approve(number: str) -> Response | tuple[str, int]:
    """Consent to the revision and total that were on the screen."""

    def work(uow: UnitOfWork, job: Job) -> str:
        revision, total = _shown()
        approvals.approve(uow, job, revision=revision, total=total)
        return "Approved. The plant has it now."

    return change_job(number, work)


@blueprint.post("/jobs/<number>/reject")
@require("approve")
def reject(number: str) -> Response | tuple[str, int]:
    """Back to the requester, with a reason."""

    def work(uow: UnitOfWork, job: Job) -> str:
        approvals.reject(uow, job, typed_reason("reject_reason"))
        return "Sent back to the requester."

    return change_job(number, work)


def _shown() -> tuple[int, Money]:
    try:
        return int(request.form["revision"]), Money(int(request.form["total_cents"]))
    except (KeyError, ValueError) as error:
        raise InvalidInput("The form is not complete. Load the page again.", code="INVALID_INPUT") from error
