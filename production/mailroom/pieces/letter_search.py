"""Where is a letter? By the recipient's name, within the actor's agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import Select, select, text, true, union_all
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.jobs import need_to_know
from production.jobs.models import Job
from production.jobs.states import JobState
from production.mailings.models import PresortStream
from production.mailroom.pieces.models import Recipient
from production.mailroom.pieces.recipients import name_key
from production.people.models import Agency
from store.db import Actor, UnitOfWork

SHOWN = 50
SHORTEST = 3
_LAST = "\U0010ffff"  # behind every letter


@dataclass(frozen=True, slots=True)
class FoundLetter:
    """A piece under that name. ``tracking`` is the barcode's 20 digits without routing code."""

    job_number: str
    title: str
    state: JobState
    mail_date: date
    source_row: int
    zip5: str
    piece: int
    tracking: str


def find_letters(session: Session, actor: Actor, name: str) -> Sequence[FoundLetter]:
    """Letters to people whose name begins like this, newest mailing first; at most ``SHOWN``. InvalidInput NAME."""
    key = name_key(pa.array([name])).to_pylist()[0]
    if len(key) < SHORTEST:
        finding = Finding(
            "NAME",
            Severity.STOP,
            f"Type at least {SHORTEST} letters of the name.",
            place=Place(column="name"),
        )
        raise InvalidInput("The name is too short.", code="NAME", findings=[finding])
    months = _months(session)
    if not months:
        return []
    # The newest month first; what is enough is not looked past. Each branch is cut off inside its own partition.
    branches = (_of_month(first, key, actor).subquery() for first in months)
    found = union_all(*(select(branch) for branch in branches)).limit(SHOWN).subquery()
    query = (
        select(found, Job.number, Job.title, Job.state)
        .join(Job, Job.id == found.c.job_id)
        .order_by(found.c.mail_date.desc(), found.c.name_key, found.c.piece)
    )
    rows = session.execute(query).all()
    streams = select(PresortStream).where(PresortStream.id.in_({row.lot_id for row in rows}))
    by_id = {stream.id: stream for stream in session.scalars(streams)}
    return [
        FoundLetter(
            job_number=row.number,
            title=row.title,
            state=row.state,
            mail_date=row.mail_date,
            source_row=row.source_row,
            zip5=row.zip5,
            piece=row.piece,
            tracking=_tracking(by_id[row.lot_id], row.piece),
        )
        for row in rows
    ]


def note_search(uow: UnitOfWork, letters: Sequence[FoundLetter], opened: set[str]) -> None:
    """Who searched, in which jobs names were matched, and whose recipients were shown; never the name."""
    jobs = {letter.job_number for letter in letters}
    shown = sorted(opened & jobs)
    uow.audit("recipient", None, "letters_searched", found=len(letters), jobs=sorted(jobs), shown=shown)
    for number in shown:
        need_to_know.note_shown(uow, number, "search by name")


def _months(session: Session) -> list[date]:
    """First days of the months that have a partition, newest first. A month without a letter of the actor's costs less
    than to ask for those that have one.
    """
    names = session.scalars(_PARTITIONS)
    return [date(int(name[-7:-3]), int(name[-2:]), 1) for name in names]


_PARTITIONS = text(
    """SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'recipient'::regclass ORDER BY relname DESC"""
)


def _of_month(first: date, key: str, actor: Actor) -> Select[Any]:
    """At most ``SHOWN`` letters of a month: so many of each agency by its index, then of all of them."""
    letter, agency = Recipient.__table__.c, Agency.__table__
    of_agency = (
        select(*letter)
        .where(
            letter.mail_date >= first,
            letter.mail_date < (first + timedelta(days=31)).replace(day=1),
            letter.agency_id == agency.c.id,
            letter.name_key >= key,
            letter.name_key < key + _LAST,
        )
        .order_by(letter.name_key)
        .limit(SHOWN)
        .lateral()
    )
    query = select(*of_agency.c).select_from(agency.join(of_agency, true())).limit(SHOWN)
    return query if actor.agency_id is None else query.where(agency.c.id == actor.agency_id)


def _tracking(stream: PresortStream, piece: int) -> str:
    """Serials are one block a stream, in the order of the pieces."""
    if stream.mailer_id is None or stream.first_serial is None:
        return ""
    digits = 15 - len(stream.mailer_id)
    return f"00{stream.service_type_of(piece)}{stream.mailer_id}{stream.first_serial + piece - 1:0{digits}d}"
