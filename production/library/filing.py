"""Filing a file of one's agency, and taking one away: each is in the audit chain."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from kernel import clock
from kernel.clock import long_date
from kernel.errors import Gone
from production.asked import Asked, Day, Line, Needed, Paragraph
from production.library.models import LibraryEntry
from production.library.queries import FileLine
from store.db import UnitOfWork

LONGEST = 10  # years that a file is kept at most by this; shop to confirm
FORM_NUMBER = 40


class Filing(Asked):
    """How a file is found again, and how long it is kept at least."""

    REFUSED = "The file was not filed."
    title: Annotated[Needed, Field(title="Title", max_length=200)]
    form_number: Annotated[
        Line, Field(title="Form number", description="With its revision, as in WP-114 rev. 3.")
    ] = Field("", max_length=FORM_NUMBER)
    note: Annotated[Paragraph, Field(title="Note", max_length=1000)] = ""
    keep_until: Annotated[
        Day | None,
        Field(
            title="Keep until",
            description="It is kept as long as the rules say; with a day here, at least until then.",
        ),
    ] = None


def file_under(uow: UnitOfWork, line: FileLine, said: Filing) -> LibraryEntry:
    """The file under a title of its agency's. InvalidInput for a day that cannot be; Gone for one that went."""
    assert uow.actor.agency_id is not None  # agency people only  # noqa: S101
    refuse_removed(line)
    if said.keep_until:
        _refuse_day(line, said.keep_until, clock.business_date(uow.now))
    query = select(LibraryEntry).filter_by(agency_id=uow.actor.agency_id, sha256=line.sha256)
    entry = uow.session.scalars(query.with_for_update()).first()
    if entry is None:
        entry = LibraryEntry(agency_id=uow.actor.agency_id, sha256=line.sha256)
        uow.session.add(entry)
    for name, value in said.facts().items():
        setattr(entry, name, value)
    entry.filed_by, entry.filed_at = uow.actor.name, uow.now
    until = said.keep_until.isoformat() if said.keep_until else ""
    uow.audit("library", None, "filed", of=line.number, file=line.sha256, keep_until=until)
    return entry


def fetched(uow: UnitOfWork, line: FileLine) -> None:
    """Somebody takes the file away: into the audit chain. Gone for one that went."""
    refuse_removed(line)
    uow.audit("library", None, "fetched", of=line.number, file=line.sha256, role=line.role)


def refuse_removed(line: FileLine) -> None:
    """Gone: the row of a file outlives its content."""
    if line.purged_at:
        day = clock.business_date(line.purged_at)
        raise Gone(f"{line.title} was removed on {long_date(day)}, when its time was over.")


def _refuse_day(line: FileLine, until: date, today: date) -> None:
    if line.names_people:
        raise Filing.refusal(
            "keep_until", "This proof names people. It is kept as long as the rules say, and no longer.",
            "Leave the day empty, or keep the master instead.",
        )  # fmt: skip
    if not today < until <= date(today.year + LONGEST, today.month, 1):
        raise Filing.refusal(
            "keep_until", "Keep it until a day after today.", f"Name one within {LONGEST} years."
        )
