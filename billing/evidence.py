"""The evidence of a batch with its charges: the accounts office adds what it charged to what the plant recorded."""

from __future__ import annotations

from sqlalchemy.orm import Session

from billing.queries import job_charges
from production.dock.evidence.records import ChargeFact, EvidenceFacts, read_facts
from production.jobs.models import Job
from production.jobs.route import jobs_of
from production.mailroom.streams.queries import batch_by_number


def read_evidence(session: Session, number: str) -> EvidenceFacts:
    """Everything the packet of a batch needs. NotFound; Conflict STATE before the batch left."""
    jobs = jobs_of(session, batch_by_number(session, number), Job)
    charges = [
        ChargeFact(
            job=line.job,
            agency=line.agency,
            bill_code=line.bill_code,
            unit=line.unit,
            quantity=f"{line.quantity:f}",
            rate=str(line.rate),
            money=line.money,
            usage_date=line.usage_date.isoformat(),
            period=line.period,
            suspended_for=line.suspended_for or "",
            is_reversal=line.is_reversal,
        )
        for job in sorted(jobs, key=lambda job: job.number)
        for line in job_charges(session, job.id, agency_id=None)
    ]
    return read_facts(session, number, charges)
