"""The pool asked as questions: which jobs of one kind could be mailed together, which may wait, what days have brought.

Jobs that could be mailed together but for their dates are one question. A job that need not be ready
before the next mail day may wait for it. What comes on such a day is read from the streams of the same weekday in the
last weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from postal.data.mail_days import mail_day_from, next_mail_day
from postal.piece.kinds import alternatives
from postal.piece.mailpiece import Mailpiece
from production.catalog.piece_weight import envelopes
from production.catalog.shop_calendar import shop_calendar
from production.jobs.lifecycle import keeps_from
from production.jobs.models import Hold, JobFile
from production.jobs.states import JobState, LotState
from production.mailings.models import LetterJob, Mailing, PresortStream
from production.mailings.shop import ShopProfile, shop_profile
from production.mailroom.streams.building import MAILING

FOR_VOLUME = "for_volume"  # the hold of a job that waits for more mail
WEEKS = 8  # comparable days looked back to
_KIND = tuple(column for column in MAILING if column != "mail_date")


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """An approved job in the pool. ``ready_by``: the day by whose end its pieces must be ready; ``waits``: it is held
    for more mail already.
    """

    number: str
    title: str
    agency: str
    pieces: int
    mail_date: date
    mail_class: str
    sort_plan: str
    accepted_sha256: str
    mailpiece: Mailpiece
    ready_by: date
    waits: bool


@dataclass(frozen=True, slots=True)
class PastStream:
    """A stream of a comparable day."""

    mail_date: date
    plan_sha256: str
    mailpiece: Mailpiece


@dataclass(frozen=True, slots=True)
class Question:
    """Jobs of one kind, the two mail days to choose from, and the comparable days with their streams."""

    jobs: tuple[WaitingJob, ...]
    tonight: date
    next_day: date
    days: tuple[date, ...]
    past: tuple[PastStream, ...]

    @property
    def may_wait(self) -> tuple[WaitingJob, ...]:
        """Jobs that need not be ready before the next mail day."""
        return tuple(job for job in self.jobs if job.ready_by >= self.next_day)

    @property
    def must_go(self) -> tuple[WaitingJob, ...]:
        """Jobs to be ready tonight or before."""
        return tuple(job for job in self.jobs if job.ready_by < self.next_day)


def mailing_days(on: date) -> tuple[date, date]:
    """The first mail date that mail made on a day can have, 'tonight', and the mail day after it."""
    tonight = mail_day_from(on)
    return tonight, next_mail_day(tonight)


def questions(session: Session, on: date, *, limit: int = 500) -> tuple[Question, ...]:
    """The pool as questions, the earliest mail date first: kinds of which a job may wait, or waits already. Jobs that
    are on hold for another reason are in none.
    """
    tonight, next_day = mailing_days(on)
    calendar = shop_calendar(session)
    kinds: dict[tuple[object, ...], list[WaitingJob]] = defaultdict(list)
    for job, sha256, holds in _pool(session, limit):
        if holds <= {FOR_VOLUME}:
            kinds[tuple(getattr(job, column) for column in _KIND)].append(
                _line(job, sha256, ready_by=calendar.ready_by(job.mail_date), waits=bool(holds))
            )
    found = []
    for jobs in kinds.values():
        if any(job.waits or job.ready_by >= next_day for job in jobs):
            days = _comparable(session, next_day)
            found.append(Question(tuple(jobs), tonight, next_day, days, _past(session, jobs[0], days)))
    return tuple(found)


def read(session: Session, on: date) -> tuple[ShopProfile, tuple[Question, ...]]:
    """All that advice needs to know, read before the work."""
    return shop_profile(session), questions(session, on)


def _pool(session: Session, limit: int) -> list[tuple[LetterJob, str, set[str]]]:
    """Approved mailings without a stream, each with its accepted list and the reasons it is held for."""
    accepted = (
        (JobFile.job_id == LetterJob.id)
        & (JobFile.revision == LetterJob.revision)
        & (JobFile.role == "accepted_list")
    )
    query = (
        select(LetterJob, JobFile.sha256)
        .join(JobFile, accepted)
        .where(LetterJob.state == JobState.APPROVED, LetterJob.lot_id.is_(None))
        .order_by(LetterJob.mail_date, LetterJob.number)
        .limit(limit)
    )
    rows = session.execute(query).all()
    reasons: dict[int, set[str]] = defaultdict(set)
    ids = [job.id for job, _ in rows]
    held = select(Hold.job_id, Hold.reason).where(Hold.job_id.in_(ids), keeps_from("release"))
    for job_id, reason in session.execute(held):
        reasons[job_id or 0].add(reason)
    return [(job, sha256, reasons[job.id]) for job, sha256 in rows]


def _line(job: LetterJob, accepted_sha256: str, *, ready_by: date, waits: bool) -> WaitingJob:
    facts = job.facts
    envelope = envelopes()[facts.envelope]
    return WaitingJob(
        number=job.number,
        title=job.title,
        agency=job.agency.name,
        pieces=job.pieces or 0,
        mail_date=job.mail_date,
        mail_class=facts.mail_class,
        sort_plan=facts.sort_plan,
        accepted_sha256=accepted_sha256,
        mailpiece=envelope.mailpiece(thickness_in=facts.thickness_in, weight_oz=facts.weight_oz),
        ready_by=ready_by,
        waits=waits,
    )


def _comparable(session: Session, next_day: date) -> tuple[date, ...]:
    """The same weekday of the last weeks, newest first, since the shop's first stream."""
    planned = PresortStream.plan_sha256.is_not(None)
    first = session.scalar(
        select(func.min(Mailing.mail_date)).join_from(PresortStream, Mailing).where(planned)
    )
    days = [next_day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    return tuple(day for day in days if first is not None and day >= first)


def _past(session: Session, kind: WaitingJob, days: Sequence[date]) -> tuple[PastStream, ...]:
    query = (
        select(PresortStream)
        .join(PresortStream.mailing)
        .where(
            Mailing.mail_date.in_(days),
            PresortStream.plan_sha256.is_not(None),
            PresortStream.state != LotState.CANCELLED,
            Mailing.sort_plan.in_(alternatives(kind.sort_plan)),
        )
    )
    return tuple(
        PastStream(
            stream.mail_date,
            stream.plan_sha256,
            envelopes()[stream.envelope].mailpiece(
                thickness_in=stream.thickness_in, weight_oz=stream.weight_oz
            ),
        )
        for stream in session.scalars(query.order_by(PresortStream.id))
        if stream.plan_sha256 and stream.envelope in envelopes()
    )
