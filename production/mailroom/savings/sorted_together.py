"""What sorting together saved: postage paid against each job alone, and against single pieces by meter and by stamp.

Sums over the shares kept with the streams (production.mailroom.streams.shares), by month of the mailing date and by
agency. Only pieces handed to the post count; those withdrawn were paid for and are compared with nothing. Streams
older than the shares are not counted, and said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, cast, func, select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.money import Money
from production.jobs.models import Job
from production.mailings.models import Mailing, PresortShare, PresortStream
from production.mailroom.streams.shares import sum_known
from production.people.models import Agency


@dataclass(frozen=True, slots=True)
class Saved:
    """Postage of some jobs, and what their mailed pieces would have cost otherwise (None: a job lacks its price)."""

    jobs: int
    pieces: int
    paid: Money
    alone: Money
    metered: Money | None
    stamped: Money | None
    incentive: Money

    @property
    def against_alone(self) -> Money:
        """Saved against each job mailed by itself."""
        return self.alone - self.paid

    @property
    def against_metered(self) -> Money | None:
        """Saved against every piece singly by meter."""
        return None if self.metered is None else self.metered - self.paid

    @property
    def against_stamped(self) -> Money | None:
        """Saved against every piece singly with a stamp."""
        return None if self.stamped is None else self.stamped - self.paid


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of mailing dates; ``older`` counts its streams without shares."""

    month: date
    saved: Saved
    older: int


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An agency in a month."""

    code: str
    name: str
    saved: Saved


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a month, with its stream."""

    number: str
    title: str
    stream: str
    mail_date: date
    saved: Saved


_MONTH = cast(func.date_trunc("month", Mailing.mail_date), Date)


def months(session: Session, *, since: date = date.min, limit: int = 36) -> tuple[MonthLine, ...]:
    """Months with mail handed to the post, newest first, of mailing dates from a day on."""
    older = dict(
        session.execute(
            select(_MONTH, func.count(PresortStream.id.distinct()))
            .join(PresortStream.mailing)
            .join(PresortShare, PresortShare.lot_id == PresortStream.id)
            .where(_MAILED, PresortShare.share_cents.is_(None), Mailing.mail_date >= since)
            .group_by(_MONTH)
        ).all()
    )
    query = (
        select(_MONTH, *_SUMS)
        .select_from(PresortShare)
        .join(PresortStream, PresortStream.id == PresortShare.lot_id)
        .join(PresortStream.mailing)
        .where(*_SHARED, Mailing.mail_date >= since)
    )
    rows = session.execute(query.group_by(_MONTH).order_by(_MONTH.desc()).limit(limit))
    return tuple(MonthLine(month, _saved(sums), older.get(month, 0)) for month, *sums in rows)


def agencies(session: Session, month: date) -> tuple[AgencyLine, ...]:
    """The agencies of a month, by name."""
    query = (
        select(Agency.code, Agency.name, *_SUMS)
        .select_from(PresortShare)
        .join(PresortStream, PresortStream.id == PresortShare.lot_id)
        .join(PresortStream.mailing)
        .join(Job, Job.id == PresortShare.job_id)
        .join(Agency, Agency.id == Job.agency_id)
        .where(*_SHARED, _is_in(month))
        .group_by(Agency.code, Agency.name)
        .order_by(Agency.name, Agency.code)
    )
    return tuple(AgencyLine(code, name, _saved(sums)) for code, name, *sums in session.execute(query))


def jobs(session: Session, month: date, agency_code: str, *, limit: int = 500) -> tuple[JobLine, ...]:
    """An agency's jobs of a month, by mailing date. NotFound without such an agency."""
    agency = session.scalars(select(Agency).filter_by(code=agency_code)).first()
    if agency is None:
        raise NotFound("There is no such agency.")
    key = (Job.number, Job.title, PresortStream.number, Mailing.mail_date)
    query = (
        select(*key, *_SUMS)
        .select_from(PresortShare)
        .join(PresortStream, PresortStream.id == PresortShare.lot_id)
        .join(PresortStream.mailing)
        .join(Job, Job.id == PresortShare.job_id)
        .where(*_SHARED, _is_in(month), Job.agency_id == agency.id)
        .group_by(*key)
        .order_by(Mailing.mail_date, Job.number)
        .limit(limit)
    )
    return tuple(JobLine(*row[:4], _saved(row[4:])) for row in session.execute(query))


def together(lines: Sequence[Saved]) -> Saved:
    """The sum of some lines."""
    return Saved(
        jobs=sum(line.jobs for line in lines),
        pieces=sum(line.pieces for line in lines),
        paid=Money(sum(line.paid.cents for line in lines)),
        alone=Money(sum(line.alone.cents for line in lines)),
        metered=sum_known([line.metered for line in lines]),
        stamped=sum_known([line.stamped for line in lines]),
        incentive=Money(sum(line.incentive.cents for line in lines)),
    )


def _is_in(month: date) -> ColumnElement[bool]:
    after = (month + timedelta(days=31)).replace(day=1)
    return (Mailing.mail_date >= month) & (Mailing.mail_date < after)


def _cents(column: Any) -> ColumnElement[int]:
    return func.sum(cast(column, BigInteger))


def _of_mailed(column: Any) -> ColumnElement[int]:
    """The part of a comparison that belongs to the pieces mailed, half up to the cent."""
    cents, mailed, pieces = (
        cast(value, BigInteger) for value in (column, PresortShare.mailed, PresortShare.pieces)
    )
    return func.sum((2 * cents * mailed + pieces) // (2 * pieces))


_MAILED = PresortShare.mailed > 0
_SHARED = (_MAILED, PresortShare.share_cents.is_not(None))
_SUMS = (
    func.count(),
    func.sum(PresortShare.mailed),
    _cents(PresortShare.share_cents),
    _of_mailed(PresortShare.alone_cents),
    _of_mailed(PresortShare.metered_cents),
    _of_mailed(PresortShare.stamped_cents),
    func.count(PresortShare.metered_cents),
    func.count(PresortShare.stamped_cents),
    func.coalesce(_cents(PresortShare.incentive_cents), 0),
)


def _saved(sums: Sequence[Any]) -> Saved:
    jobs, pieces, paid, alone, metered, stamped, with_metered, with_stamped, incentive = sums
    return Saved(
        jobs=jobs,
        pieces=int(pieces),
        paid=Money(int(paid)),
        alone=Money(int(alone)),
        metered=Money(int(metered)) if with_metered == jobs else None,
        stamped=Money(int(stamped)) if with_stamped == jobs else None,
        incentive=Money(int(incentive)),
    )
