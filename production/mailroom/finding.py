"""Where is a letter? By the recipient's name, within the actor's agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.jobs.models import Job, PresortBatch
from production.jobs.states import JobState
from production.mailroom.models import Recipient
from production.mailroom.recipients import name_key
from store.db import Actor

SHOWN = 50
SHORTEST = 3


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
    query = (
        select(Recipient, Job, PresortBatch)
        .join(Job, Job.id == Recipient.job_id)
        .join(PresortBatch, PresortBatch.id == Recipient.batch_id)
        .where(Recipient.name_key >= key, Recipient.name_key < key + "\U0010ffff")
        .order_by(Recipient.mail_date.desc(), Recipient.name_key, Recipient.piece)
        .limit(SHOWN)
    )
    if actor.agency_id is not None:
        query = query.where(Job.agency_id == actor.agency_id)
    return [
        FoundLetter(
            job_number=job.number,
            title=job.title,
            state=job.state,
            mail_date=row.mail_date,
            source_row=row.source_row,
            zip5=row.zip5,
            piece=row.piece,
            tracking=_tracking(batch, row.piece),
        )
        for row, job, batch in session.execute(query)
    ]


def _tracking(batch: PresortBatch, piece: int) -> str:
    """Serials are one block a batch, in the order of the pieces."""
    if batch.mailer_id is None or batch.first_serial is None:
        return ""
    digits = 15 - len(batch.mailer_id)
    return f"00{batch.service_type_of(piece)}{batch.mailer_id}{batch.first_serial + piece - 1:0{digits}d}"
