"""Approved jobs that wait for a batch: what fits together, and what a choice of them shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.findings import Finding
from kernel.quantities import rounded
from production.catalog.letters import envelope_name
from production.jobs.lifecycle import keeps_from
from production.jobs.models import Hold, Job
from production.jobs.states import JobKind, JobState
from production.mailings.address_evidence import address_words, evidence_of
from production.mailroom.streams.batches import MAILING, SHARED, misfits, streams


@dataclass(frozen=True, slots=True)
class PoolJob:
    """An approved mailing in the pool."""

    number: str
    title: str
    agency_code: str
    agency: str
    pieces: int
    mail_date: date | None
    mail_class: str | None
    sort_plan: str | None
    envelope: str | None
    weight_oz: Decimal | None
    pages: int | None
    is_held: bool

    @property
    def envelope_name(self) -> str:
        """For people."""
        return envelope_name(self.envelope)

    @property
    def ounces(self) -> str:
        """The weight without idle zeros."""
        return rounded(self.weight_oz) if self.weight_oz is not None else ""


@dataclass(frozen=True, slots=True)
class PoolGroup:
    """Jobs that may share a batch."""

    jobs: tuple[PoolJob, ...]

    @property
    def pieces(self) -> int:
        """Pieces of all jobs."""
        return sum(job.pieces for job in self.jobs)

    @property
    def shared(self) -> PoolJob:
        """Any job: what they share is the same in all."""
        return self.jobs[0]


@dataclass(frozen=True, slots=True)
class Choice:
    """Jobs somebody has picked, and why they cannot be mailed together, if so. ``addresses``: what is known of each
    list, in words.
    """

    group: PoolGroup
    misfits: tuple[Finding, ...]
    streams: int  # print runs they make
    addresses: tuple[Mapping[str, str], ...] = ()


def pool(session: Session, *, limit: int = 500) -> tuple[PoolGroup, ...]:
    """Approved mailings without a batch, grouped by what a batch must share, the earliest mail date first."""
    query = select(Job).filter_by(state=JobState.APPROVED, kind=JobKind.MAILING, batch_id=None)
    groups: dict[tuple[object, ...], list[Job]] = defaultdict(list)
    for job in session.scalars(query.order_by(Job.mail_date, Job.id).limit(limit)):
        groups[tuple(getattr(job, column) for column in SHARED)].append(job)
    return tuple(PoolGroup(_lines(session, jobs)) for jobs in groups.values())


def chosen(session: Session, numbers: Iterable[str]) -> Sequence[Job]:
    """The jobs with these numbers, by number. NotFound naming those that do not exist."""
    wanted = sorted(set(numbers))
    jobs = session.scalars(select(Job).where(Job.number.in_(wanted)).order_by(Job.number)).all()
    missing = set(wanted) - {job.number for job in jobs}
    if missing:
        raise NotFound(f"There is no job {', '.join(sorted(missing))}.")
    return jobs


def look_at(session: Session, numbers: Iterable[str]) -> Choice:
    """The choice before it is built."""
    jobs = chosen(session, numbers)
    return Choice(
        PoolGroup(_lines(session, jobs)),
        tuple(misfits(jobs, MAILING)),
        len(streams(jobs)),
        tuple(address_words(one) for one in evidence_of(session, jobs)),
    )


def _lines(session: Session, jobs: Sequence[Job]) -> tuple[PoolJob, ...]:
    ids = [job.id for job in jobs]
    held = set(session.scalars(select(Hold.job_id).where(Hold.job_id.in_(ids), keeps_from("release"))))
    return tuple(
        PoolJob(
            job.number, job.title, job.agency.code, job.agency.name, job.pieces or 0, job.mail_date,
            job.mail_class, job.sort_plan, job.envelope, job.weight_oz, job.pages, job.id in held,
        )
        for job in jobs
    )  # fmt: skip
