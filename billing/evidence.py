"""The evidence of a mailing with its charges: the accounts office adds what it charged to what the plant recorded."""

from __future__ import annotations

from sqlalchemy.orm import Session

from billing.queries import job_charges
from production.dock.evidence.records import ChargeFact, EvidenceFacts, read_facts
from production.jobs.models import Job
from production.jobs.route import jobs_of
from production.mailings.models import Mailing
from production.mailings.streams import streams_of


def read_evidence(session: Session, mailing: Mailing) -> EvidenceFacts:
    """Everything the packet of a mailing needs. Conflict STATE before all of it left."""
    jobs = [job for stream in streams_of(session, mailing.id) for job in jobs_of(session, stream, Job)]
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
    return read_facts(session, mailing, charges)
