"""Approved jobs that wait for a stream: what fits together, and what a choice of them shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.findings import Finding
from kernel.quantities import rounded
from production.catalog.piece_weight import envelope_name
from production.jobs.lifecycle import keeps_from
from production.jobs.models import Hold
from production.jobs.route import OneJob
from production.jobs.states import JobState
from production.mailings.address_evidence import EvidenceFacts, evidence_facts, evidence_of
from production.mailings.models import LetterJob
from production.mailroom.streams.building import MAILING, misfits, streams
from production.people.models import Agency


@dataclass(frozen=True, slots=True)
class PoolJob:
    """An approved mailing in the pool."""

    number: str
    title: str
    agency_code: str
    agency: str
    pieces: int
    mail_date: date
    mail_class: str
    sort_plan: str | None
    envelope: str
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
    """Jobs that may be mailed together."""

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
    addresses: tuple[EvidenceFacts, ...] = ()


def pool(session: Session, *, limit: int = 500) -> tuple[PoolGroup, ...]:
    """Approved mailings without a stream, by what a mailing must share; by class, the earliest mail date first."""
    waits = (LetterJob.state == JobState.APPROVED, LetterJob.lot_id.is_(None))
    groups: dict[tuple[Any, ...], list[PoolJob]] = defaultdict(list)
    for key, job in _jobs(session, *waits, limit=limit):
        groups[key].append(job)
    found = [PoolGroup(tuple(jobs)) for jobs in groups.values()]
    return tuple(sorted(found, key=lambda group: group.shared.mail_class))


def chosen(session: Session, numbers: Iterable[str], kind: type[OneJob]) -> Sequence[OneJob]:
    """The jobs of a kind with these numbers, by number. NotFound naming those that do not exist."""
    wanted = sorted(set(numbers))
    jobs = session.scalars(select(kind).where(kind.number.in_(wanted)).order_by(kind.number)).all()
    missing = set(wanted) - {job.number for job in jobs}
    if missing:
        raise NotFound(f"There is no such mail to be sorted: {', '.join(sorted(missing))}.")
    return jobs


def choice_of(session: Session, numbers: Iterable[str]) -> Choice:
    """The choice before it is built; nothing is asked where nothing is chosen."""
    wanted = set(numbers)
    if not wanted:
        return Choice(PoolGroup(()), (), 0)
    jobs = chosen(session, wanted, LetterJob)
    lines = {line.number: line for _, line in _jobs(session, LetterJob.number.in_(wanted))}
    return Choice(
        PoolGroup(tuple(lines[job.number] for job in jobs)),
        tuple(misfits(jobs, MAILING)),
        len(streams(jobs)),
        tuple(evidence_facts(one) for one in evidence_of(session, jobs)),
    )


def _jobs(
    session: Session, *which: ColumnElement[bool], limit: int | None = None
) -> Iterator[tuple[tuple[Any, ...], PoolJob]]:
    """Jobs by mail date, each under what those of its mailing must share with it."""
    is_held = exists().where(Hold.job_id == LetterJob.id, keeps_from("release"))
    query = (
        select(
            LetterJob.number, LetterJob.title, Agency.code, Agency.name, func.coalesce(LetterJob.pieces, 0),
            LetterJob.mail_date, LetterJob.mail_class, LetterJob.sort_plan, LetterJob.envelope, LetterJob.weight_oz,
            LetterJob.pages, is_held, *(getattr(LetterJob, column) for column in MAILING),
        )
        .join(Agency, Agency.id == LetterJob.agency_id)
        .where(*which)
        .order_by(LetterJob.mail_date, LetterJob.id)
        .limit(limit)
    )  # fmt: skip
    of_job = len(query.selected_columns) - len(MAILING)
    for row in map(tuple[Any, ...], session.execute(query)):
        yield row[of_job:], PoolJob(*row[:of_job])
