"""Hours of consultation: usage of the project's job, which the rate card of their day prices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from kernel.clock import business_date
from kernel.errors import refused_field
from kernel.ids import new_ulid, show_ulid
from production.frontdesk.projects.models import Project
from production.frontdesk.projects.talking import refuse_if_ended
from production.jobs.lifecycle import note
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import HoursEvidence
from production.people.names import full_name
from store.db import UnitOfWork

MOST, STEP = Decimal(24), Decimal("0.25")
EARLIEST = timedelta(days=31)


def enter(uow: UnitOfWork, project: Project, hours: Decimal, *, on: date, what: str) -> None:
    """Hours of one day, in quarters, with what was done in them. InvalidInput PROJECT."""
    refuse_if_ended(project)
    today = business_date(uow.now)
    if not 0 < hours <= MOST or hours % STEP:
        raise refused_field(
            "PROJECT", "hours", "Write hours in quarters, at most 24 of a day.", "As in 1.25."
        )
    if not today - EARLIEST <= on <= today:
        raise refused_field("PROJECT", "on", "Hours are entered for today or one of the last 31 days.")
    who = full_name(uow.session, uow.actor.name)
    record_usage(
        uow, project, unit=Unit.CONSULTATION_HOUR, quantity=hours, source=show_ulid(new_ulid(uow.now)), on=on,
        evidence=HoursEvidence(project=project.number, who=who, what=what),
    )  # fmt: skip
    note(uow, project, "hours_entered", hours=str(hours))
