"""Each job's fair share of the postage of its mailing: computed with the plan, kept with the slice, read by screens.

The rule is postal.money.fair_shares; a stream planned before it has no shares, and its postage is
divided by level prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.money import ZERO, Money
from postal.money.fair_shares import FairShares, JobShare, explain_share
from production.jobs.models import Job
from production.mailings.models import MailJob, PresortShare, PresortStream
from production.mailings.streams import streams_of
from production.people.models import Agency
from store.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One job's share with the names people know it by."""

    stream: str
    number: str
    title: str
    agency: str
    share: JobShare

    @property
    def sentences(self) -> tuple[str, ...]:
        """The share in words, from the job's own figures only."""
        return explain_share(self.share)


@dataclass(frozen=True, slots=True)
class MailingShares:
    """The shares of a mailing and their sums; ``statements``: what the postage statements of its streams come to.
    ``metered`` and ``stamped`` None where a job has no such figure.
    """

    lines: tuple[ShareLine, ...]
    statements: Money

    @property
    def pieces(self) -> int:
        """Of all jobs."""
        return sum(line.share.pieces for line in self.lines)

    @property
    def share(self) -> Money:
        """What all pay: the sum of the statements."""
        return sum((line.share.share for line in self.lines), ZERO)

    @property
    def incentive(self) -> Money:
        """What incentives take off in all."""
        return sum((line.share.incentive for line in self.lines), ZERO)

    @property
    def alone(self) -> Money:
        """What the jobs would cost if each were mailed alone."""
        return sum((line.share.alone for line in self.lines), ZERO)

    @property
    def by_agency(self) -> list[tuple[str, Money]]:
        """What each agency saves by going together, by name."""
        return [
            (agency, sum((line.share.saved for line in own), ZERO))
            for agency, own in groupby(
                sorted(self.lines, key=lambda line: line.agency), lambda line: line.agency
            )
        ]

    @property
    def metered(self) -> Money | None:
        """What all pieces would cost singly by meter."""
        return sum_known([line.share.metered for line in self.lines])

    @property
    def stamped(self) -> Money | None:
        """What all pieces would cost singly with stamps."""
        return sum_known([line.share.stamped for line in self.lines])


def sum_known(amounts: Sequence[Money | None]) -> Money | None:
    """The sum, None where one is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if len(known) == len(amounts) else None


def record_shares(uow: UnitOfWork, stream: PresortStream, shares: FairShares) -> None:
    """Keep each job's figures with its slice."""
    slices = {
        part.position: part for part in uow.session.scalars(select(PresortShare).filter_by(lot_id=stream.id))
    }
    for job in shares.jobs:
        part = slices[job.job]
        part.level_cents, part.alone_cents, part.share_cents = job.at_levels, job.alone, job.share
        part.metered_cents, part.stamped_cents = job.metered, job.stamped
        part.incentive_cents = job.incentive
        part.alone_levels = dict(job.alone_levels)


def kept_share(part: PresortShare) -> JobShare | None:
    """A slice's share; None in a stream planned before there were shares, or not planned yet."""
    if part.share_cents is None or part.alone_cents is None or part.level_cents is None:
        return None
    return JobShare(
        job=part.position,
        pieces=part.pieces,
        at_levels=part.level_cents,
        alone=part.alone_cents,
        alone_levels=part.alone_levels or {},
        metered=part.metered_cents,
        stamped=part.stamped_cents,
        share=part.share_cents,
        incentive=part.incentive_cents or ZERO,
    )


def mailing_shares(session: Session, stream: PresortStream) -> MailingShares | None:
    """The shares of all jobs mailed together with this stream, in the order of streams and jobs; None where one of
    them has none (yet).
    """
    mailing = streams_of(session, stream.mailing_id)
    query = (
        select(PresortShare, PresortStream.number, Job.number, Job.title, Agency.name)
        .join(PresortStream, PresortStream.id == PresortShare.lot_id)
        .join(Job, Job.id == PresortShare.job_id)
        .join(Agency, Agency.id == Job.agency_id)
        .where(PresortShare.lot_id.in_([one.id for one in mailing]), PresortShare.pieces > 0)
        .order_by(PresortShare.lot_id, PresortShare.position)
    )
    found = [(row, kept_share(row[0])) for row in session.execute(query)]
    lines = tuple(
        ShareLine(stream, number, title, agency, share)
        for (_, stream, number, title, agency), share in found
        if share is not None
    )
    if not lines or len(lines) < len(found):
        return None
    return MailingShares(lines, sum((one.summary.figures.postage for one in mailing), ZERO))


def job_share(session: Session, job: Job) -> JobShare | None:
    """The share of a job in its stream; None before it is planned, or without one."""
    if not isinstance(job, MailJob) or job.lot_id is None:
        return None
    part = session.scalars(select(PresortShare).filter_by(job_id=job.id, lot_id=job.lot_id)).first()
    return kept_share(part) if part else None
