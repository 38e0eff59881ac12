"""What waits for an approver."""

from __future__ import annotations

from sqlalchemy.orm import Session

from production.frontdesk.approving.standing import Standing, standings
from production.jobs.models import Job
from production.jobs.states import JobState
from store.db import Actor


def open_approvals(session: Session, agency_id: int) -> dict[str, Standing]:
    """Everything of an agency that waits for an approval, by number of the job."""
    found = standings(session, Job.agency_id == agency_id, Job.state == JobState.PROOF_READY)
    return {one.number: one for one in found.values()}


def waiting_for(session: Session, actor: Actor) -> int:
    """How many jobs wait for this very person's yes."""
    if actor.agency_id is None:
        return 0
    found = open_approvals(session, actor.agency_id).values()
    return sum(actor.name in one.turn.able for one in found)
