"""The audit chain as people read it: who did what, when, to which thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Select, String, cast, or_, select
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE
from store.audit import AuditEntry, broken_at


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty is all. ``thing``: a number, a code, a name of sign-in, as the entry keeps it."""

    actor: str = ""
    subject: str = ""
    thing: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry. ``thing``: what people know it by. ``is_whole``: its hash follows from the one before."""

    number: int
    at: datetime
    actor: str
    subject: str
    act: str
    thing: str
    details: Mapping[str, object]
    is_whole: bool


_THINGS = (
    "of",
    "job",
    "number",
    "name",
    "code",
    "mailer_id",
    "label",
)  # what people know a thing by, first come


def entries(session: Session, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Seen]:
    """Entries, newest first, those before a number; each compared with its hash."""
    query = _matching(wanted).order_by(AuditEntry.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.number < before)
    rows = session.scalars(query).all()
    broken = broken_at(session, [row.number for row in rows])
    return [_seen(row, is_whole=row.number not in broken) for row in rows]


def all_entries(session: Session, wanted: Wanted, limit: int) -> Iterator[AuditEntry]:
    """Up to ``limit`` entries, newest first, for a file."""
    query = _matching(wanted).order_by(AuditEntry.number.desc()).limit(limit)
    yield from session.scalars(query.execution_options(yield_per=2_000))


def subjects(session: Session) -> list[str]:
    """Kinds of things that the chain knows."""
    return list(session.scalars(select(AuditEntry.subject).distinct().order_by(AuditEntry.subject)))


def looks_at_recipients(session: Session, *, limit: int) -> list[Seen]:
    """Who was shown to whom letters go, newest first; row-level security leaves an agency those of its own jobs."""
    query = select(AuditEntry).filter_by(subject="recipient", act="names_shown")
    rows = session.scalars(query.order_by(AuditEntry.number.desc()).limit(limit))
    return [_seen(row, is_whole=True) for row in rows]


def looks_at(session: Session, job: str, what: str, *, limit: int) -> list[Seen]:
    """Who was shown this very thing of a job, newest first."""
    query = select(AuditEntry).filter_by(subject="recipient", act="names_shown")
    query = query.where(AuditEntry.details["job"].astext == job, AuditEntry.details["what"].astext == what)
    rows = session.scalars(query.order_by(AuditEntry.number.desc()).limit(limit))
    return [_seen(row, is_whole=True) for row in rows]


def _matching(wanted: Wanted) -> Select[AuditEntry]:
    query = select(AuditEntry)
    if wanted.actor:
        query = query.filter_by(actor=wanted.actor)
    if wanted.subject:
        query = query.filter_by(subject=wanted.subject)
    if wanted.thing:
        said = [AuditEntry.details[name].astext.icontains(wanted.thing, autoescape=True) for name in _THINGS]
        query = query.where(or_(*said, cast(AuditEntry.ulid, String) == wanted.thing))
    if wanted.since:
        query = query.where(AuditEntry.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(AuditEntry.at < _midnight(wanted.until + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHOP_ZONE).astimezone(UTC)


def _seen(row: AuditEntry, *, is_whole: bool) -> Seen:
    thing = next((str(row.details[name]) for name in _THINGS if row.details.get(name)), "")
    return Seen(row.number, row.at, row.actor, row.subject, row.act, thing, row.details, is_whole)
