"""What a job really cost beside its quote, step by step, for the shop."""

from __future__ import annotations

from flask import Blueprint, render_template

from billing.queries import job_charges
from kernel.errors import NotFound
from kernel.money import ZERO
from production.frontdesk.orders.queries import job_by_number
from production.learning.job_cost import job_cost
from web.frame import actor, reading, require

blueprint = Blueprint("job_cost", __name__, url_prefix="/jobs/<number>/cost")


@blueprint.get("")
@require("see_job_cost")
def show(number: str) -> str:
    """Minutes, counts and money of each step as quoted and as it was, with reasons; and what was charged."""
    with reading() as session:
        job = job_by_number(session, actor(), number)
        found = job_cost(session, job)
        if found is None:
            raise NotFound("Nothing of this job is made on the floor, or it has no quote yet.")
        charged = sum((one.money for one in job_charges(session, job.id, agency_id=None)), ZERO)
    return render_template("portal/job_cost.html", job=job, cost=found, charged=charged)
