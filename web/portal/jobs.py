"""The list of jobs and the page of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from production.frontdesk import queries
from production.jobs.states import JobState as J
from web.frame import Entry, actor, reading, require

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")
nav = (Entry("see_jobs", "jobs.listing", "Jobs"),)

# What people look for, in their words.
GROUPS: dict[str, tuple[str, tuple[J, ...]]] = {
    "": ("All", ()),
    "yours": ("Waiting for you", (J.NEEDS_FIX, J.PROOF_READY)),
    "checking": ("Being checked", (J.SUBMITTED,)),
    "plant": ("At the plant", (J.APPROVED, J.IN_PRODUCTION, J.PRODUCED)),
    "mailed": ("Mailed", (J.DISPATCHED, J.DELIVERED, J.BILLED, J.CLOSED)),
    "cancelled": ("Cancelled", (J.CANCELLED,)),
}


@blueprint.get("")
@require("see_jobs")
def listing() -> str:
    """Newest first; group, words and place in the address, so that it can be shared."""
    chosen = request.args.get("show", "")
    chosen = chosen if chosen in GROUPS else ""
    words = request.args.get("find", "").strip()[:80]
    with reading() as session:
        page = queries.job_lines(
            session, actor(), states=GROUPS[chosen][1], words=words,
            before=request.args.get("before", type=_key), after=request.args.get("after", type=_key),
        )  # fmt: skip
        counts = queries.state_counts(session, actor())
    groups = [
        (key, label, sum(counts.get(state, 0) for state in states or counts))
        for key, (label, states) in GROUPS.items()
    ]
    keep: dict[str, Any] = {"show": chosen or None, "find": words or None}
    return render_template(
        "portal/jobs.html",
        page=page,
        groups=groups,
        chosen=chosen,
        words=words,
        newer_url=url_for(".listing", after=page.newer, **keep) if page.newer else None,
        older_url=url_for(".listing", before=page.older, **keep) if page.older else None,
    )


def _key(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 63:
        raise ValueError("not a key")
    return number


@blueprint.get("/<number>")
@require("see_jobs")
def show(number: str) -> str:
    """Everything about one job."""
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
    return render_template("portal/job.html", job=job)
