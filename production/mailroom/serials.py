"""IMb serials: one block a batch, no serial twice within 45 days, burnt blocks never given back."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from kernel.errors import AttentionNeeded
from production.mailroom.models import MailerId, SerialBlock
from store.counters import next_block
from store.db import UnitOfWork

# USPS Publication 685, appendix A-2: unique for 45 days before and after the mailing date.
UNIQUE_DAYS = 45


def capacity(mailer_id: str) -> int:
    """Nine serial digits with a 6-digit mailer id, six with a 9-digit one (USPS-B-3200)."""
    return int(10 ** (15 - len(mailer_id)))


def reserve(uow: UnitOfWork, *, batch_id: int, pieces: int, mail_date: date) -> SerialBlock:
    """A block of ``pieces`` serials of the first active mailer id that has them free.

    AttentionNeeded IMB_EXHAUSTED when every mailer id would repeat a serial within 45 days.
    """
    mailers = uow.session.scalars(
        select(MailerId.mailer_id).filter_by(active=True).order_by(MailerId.mailer_id)
    )
    for mailer_id in mailers:
        first = _next_run(uow, mailer_id, pieces)
        if first is None or _is_taken(uow, mailer_id, first, pieces, mail_date):
            continue
        block = SerialBlock(
            mailer_id=mailer_id, first=first, last=first + pieces - 1, batch_id=batch_id, mail_date=mail_date
        )
        uow.session.add(block)
        return block
    raise AttentionNeeded(
        f"No mailer id has {pieces:,} serials free that were not used within {UNIQUE_DAYS} days.",
        code="IMB_EXHAUSTED",
    )


def _next_run(uow: UnitOfWork, mailer_id: str, pieces: int) -> int | None:
    """The next numbers of the mailer id that do not cross its end; what lies before the end is burnt."""
    size = capacity(mailer_id)
    if pieces > size:
        return None
    counter = f"serial-{mailer_id}"
    first = next_block(uow, counter, pieces) - 1
    if first % size + pieces > size:
        start_again = first - first % size + size
        next_block(uow, counter, start_again - first)
        first = start_again
    return first % size


def _is_taken(uow: UnitOfWork, mailer_id: str, first: int, pieces: int, mail_date: date) -> bool:
    window = timedelta(days=UNIQUE_DAYS)
    query = select(SerialBlock.id).where(
        SerialBlock.mailer_id == mailer_id,
        SerialBlock.last >= first,
        SerialBlock.first < first + pieces,
        SerialBlock.mail_date.between(mail_date - window, mail_date + window),
    )
    return uow.session.scalars(query).first() is not None
