"""IMb serials: one block a batch, no serial twice within 45 days, burnt blocks never given back."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from kernel.errors import AttentionNeeded
from postal.imb import serial_digits
from production.mailroom.models import MailerId, SerialBlock
from store.counters import next_block
from store.db import UnitOfWork

# USPS Publication 685, appendix A-2: unique for 45 days before and after the mailing date.
UNIQUE_DAYS = 45


def capacity(mailer_id: str) -> int:
    """How many different serials a mailer id has."""
    return int(10 ** serial_digits(mailer_id))


def reserve(uow: UnitOfWork, *, batch_id: int, pieces: int, mail_date: date) -> SerialBlock:
    """A block of ``pieces`` serials of the first active mailer id that has them free.

    AttentionNeeded IMB_EXHAUSTED when every mailer id would repeat a serial within 45 days.
    """
    mailers = uow.session.scalars(
        select(MailerId.mailer_id).filter_by(active=True).order_by(MailerId.mailer_id)
    )
    for mailer_id in mailers.all():
        first = _free_run(uow, mailer_id, pieces, mail_date)
        if first is None:
            continue
        block = SerialBlock(
            mailer_id=mailer_id, first=first, last=first + pieces - 1, batch_id=batch_id, mail_date=mail_date
        )
        uow.session.add(block)
        return block
    raise AttentionNeeded(
        f"No mailer id has {pieces:,} serials in a row free that were not used within {UNIQUE_DAYS} days.",
        code="IMB_EXHAUSTED",
    )


def _free_run(uow: UnitOfWork, mailer_id: str, pieces: int, mail_date: date) -> int | None:
    """The next free run of serials, searched once round; what is passed over is burnt.

    The counter runs on for ever, so that its lock keeps two batches apart; a serial is its remainder.
    """
    size = capacity(mailer_id)
    if pieces > size:
        return None
    counter = f"serial-{mailer_id}"
    start = place = next_block(uow, counter, pieces) - 1
    while place < start + size:
        skip = _in_the_way(uow, mailer_id, place % size, pieces, mail_date)
        if not skip:
            return place % size
        next_block(uow, counter, skip)
        place += skip
    return None


def _in_the_way(uow: UnitOfWork, mailer_id: str, first: int, pieces: int, mail_date: date) -> int:
    """How many serials to pass over: up to the end of the numbers, or past what was used lately; 0 = none."""
    size = capacity(mailer_id)
    if first + pieces > size:
        return size - first
    window = timedelta(days=UNIQUE_DAYS)
    last = uow.session.scalar(
        select(func.max(SerialBlock.last)).where(
            SerialBlock.mailer_id == mailer_id,
            SerialBlock.last >= first,
            SerialBlock.first < first + pieces,
            SerialBlock.mail_date.between(mail_date - window, mail_date + window),
        )
    )
    return 0 if last is None else last + 1 - first
